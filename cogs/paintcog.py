"""/inpaint, /outpaint and /blend: parts of a picture, the world around it, several in one."""

from dataclasses import dataclass
from typing import Any, cast

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import BadValue
from bot.model.work import Inpaint, MaskedFill, Request
from bot.services import Services
from cogs.options import build_request
from cogs.paintings import AREAS, VIEWS, View, area_mask, attached_mask, blend, outpaint
from cogs.sources import Given, Source, from_attachment
from cogs.standards import standards_of
from cogs.submitting import loading, origin_of, require_admission, require_posting, submit
from cogs.suggesting import suggested
from cogs.typed import Typed
from cogs.variations import begun_with, one_of
from cogs.words import choices, command_words, described

FILLS: dict[str, MaskedFill] = {
    "fill": "fill",
    "original": "original",
    "latent_noise": "latent noise",
    "latent_nothing": "latent nothing",
}

_UNREAD = Source(input="", data=b"", width=512, height=512)
"""In the place of a picture that was not read yet, to see whether all else can be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """What of the picture is to be drawn anew: a mask, or a word in place of one."""

    mask: discord.Attachment | None
    area: str | None
    everything_but: bool

    def check(self) -> None:
        """Raises BadValue."""
        if (self.mask is None) is (self.area is None):
            raise BadValue("mask", "", "one_mask")

    async def read(self, services: Services, source: Source) -> str:
        """The mask for a picture, as an input. Raises Refused, PictureError and StorageError."""
        if self.mask is not None:
            return await attached_mask(services, source, self.mask)
        return await area_mask(services, source, self.area or "", everything_but=self.everything_but)

    @property
    def inverted(self) -> bool:
        """Whether the web UI has to swap what is white and what is black."""
        return self.everything_but and (self.mask is not None or self.area == "alpha")


class PaintCog(commands.Cog):
    """Pictures that begin with pictures."""

    def __init__(self, bot: EaselBot) -> None:
        self._services = bot.services

    @app_commands.command(name="inpaint", description=command_words("inpaint"))
    @app_commands.choices(area=choices("area", AREAS), fill=choices("fill", FILLS))
    @described("inpaint")
    async def inpaint(
        self,
        interaction: discord.Interaction[Any],
        prompt: str,
        image: discord.Attachment | None = None,
        link: str | None = None,
        picture: int | None = None,
        mask: discord.Attachment | None = None,
        area: str | None = None,
        everything_but: bool = False,
        strength: float | None = None,
        blur: int | None = None,
        fill: str | None = None,
        only_masked: bool = False,
        padding: int | None = None,
        negative_prompt: str | None = None,
        data_model: str | None = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
        sampler: str | None = None,
        seed: int | None = None,
        styles: str | None = None,
        extra_net: str | None = None,
        batch: str | None = None,
        spoiler: bool | None = None,
    ) -> None:
        """Draw a part of a picture anew."""
        require_posting(interaction)
        request = await self._request(
            interaction,
            prompt=prompt,
            negative_prompt=negative_prompt,
            data_model=data_model,
            steps=steps,
            guidance_scale=guidance_scale,
            sampler=sampler,
            seed=seed,
            styles=styles,
            extra_net=extra_net,
            batch=batch,
            spoiler=spoiler,
        )
        region = Region(mask=mask, area=area, everything_but=everything_but)
        usual = Inpaint(mask="", only_masked=only_masked, inverted=region.inverted)
        given: dict[str, object] = {"blur": blur, "padding": padding, "fill": FILLS.get(fill or "")}
        changes = {name: value for name, value in given.items() if value is not None}
        painting = Painting(
            given=Given(image=image, link=link, picture=picture),
            region=region,
            inpaint=usual.model_copy(update=changes),
            strength=strength,
        )
        painting.check(request, self._services)
        await require_admission(interaction, self._services, request)
        async with loading(interaction):
            request, owner = await painting.request(interaction, request, self._services)
            await submit(interaction, self._services, request, origin_of(interaction, after=owner))

    @app_commands.command(name="outpaint", description=command_words("outpaint"))
    @app_commands.choices(view=choices("view", VIEWS))
    @described("outpaint")
    async def outpaint(
        self,
        interaction: discord.Interaction[Any],
        view: str,
        prompt: str | None = None,
        image: discord.Attachment | None = None,
        link: str | None = None,
        picture: int | None = None,
        negative_prompt: str | None = None,
        data_model: str | None = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
        sampler: str | None = None,
        seed: int | None = None,
        styles: str | None = None,
        extra_net: str | None = None,
        batch: str | None = None,
        spoiler: bool | None = None,
    ) -> None:
        """Draw what is around a picture."""
        require_posting(interaction)
        given = Given(image=image, link=link, picture=picture)
        given.check()
        request = None
        if prompt is not None or link is None:
            request = await self._request(
                interaction,
                prompt=prompt or "",
                negative_prompt=negative_prompt,
                data_model=data_model,
                steps=steps,
                guidance_scale=guidance_scale,
                sampler=sampler,
                seed=seed,
                styles=styles,
                extra_net=extra_net,
                batch=batch,
                spoiler=spoiler,
            )
        if request is not None:
            await require_admission(interaction, self._services, request)
        async with loading(interaction):
            source = await given.read(interaction, self._services)
            asked = request or _own_request(source)
            asked = await outpaint(self._services, asked, source, cast("View", view))
            origin = origin_of(interaction, after=source.owner)
            await submit(interaction, self._services, asked, origin)

    @app_commands.command(name="blend", description=command_words("blend"))
    @described("blend")
    async def blend(
        self,
        interaction: discord.Interaction[Any],
        prompt: str,
        image_1: discord.Attachment,
        image_2: discord.Attachment,
        image_3: discord.Attachment | None = None,
        image_4: discord.Attachment | None = None,
        image_5: discord.Attachment | None = None,
        strength: float | None = None,
        negative_prompt: str | None = None,
        data_model: str | None = None,
        steps: int | None = None,
        guidance_scale: float | None = None,
        sampler: str | None = None,
        seed: int | None = None,
        styles: str | None = None,
        extra_net: str | None = None,
        batch: str | None = None,
        spoiler: bool | None = None,
    ) -> None:
        """Draw one picture of several that are laid over each other."""
        require_posting(interaction)
        request = await self._request(
            interaction,
            prompt=prompt,
            negative_prompt=negative_prompt,
            data_model=data_model,
            steps=steps,
            guidance_scale=guidance_scale,
            sampler=sampler,
            seed=seed,
            styles=styles,
            extra_net=extra_net,
            batch=batch,
            spoiler=spoiler,
        )
        begun_with(request, _UNREAD, self._services.settings, strength=strength)  # refuses what is wrong
        await require_admission(interaction, self._services, request)
        given = [one for one in (image_1, image_2, image_3, image_4, image_5) if one is not None]
        async with loading(interaction):
            sources = [await from_attachment(self._services, one) for one in given]
            request = await blend(self._services, request, sources, strength)
            await submit(interaction, self._services, request, origin_of(interaction))

    @inpaint.autocomplete("data_model")
    @inpaint.autocomplete("sampler")
    @inpaint.autocomplete("styles")
    @inpaint.autocomplete("extra_net")
    @outpaint.autocomplete("data_model")
    @outpaint.autocomplete("sampler")
    @outpaint.autocomplete("styles")
    @outpaint.autocomplete("extra_net")
    @blend.autocomplete("data_model")
    @blend.autocomplete("sampler")
    @blend.autocomplete("styles")
    @blend.autocomplete("extra_net")
    async def _complete(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        return await suggested(interaction, self._services, current)

    async def _request(self, interaction: discord.Interaction[Any], **typed: Any) -> Request:
        """What was typed, over what holds for the person here. Raises BadValue, UnknownName, NotAllowed."""
        services = self._services
        standards = await standards_of(interaction, services)
        return build_request(
            Typed(**typed),
            services.catalog.offer(),
            services.settings,
            usual=services.pool.usual_checkpoint,
            below=standards.below,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """What /inpaint was told besides what every drawing is."""

    given: Given
    region: Region
    inpaint: Inpaint
    """Without its mask."""
    strength: float | None

    def check(self, request: Request, services: Services) -> None:
        """Refuse what can be refused before the picture is read. Raises BadValue."""
        self.given.check()
        self.region.check()
        self._begun(request, _UNREAD, self.inpaint, services)

    async def request(
        self, interaction: discord.Interaction[Any], request: Request, services: Services
    ) -> tuple[Request, int | None]:
        """What is asked for, and whose picture it begins with. Raises Refused, PictureError, StorageError."""
        source = await self.given.read(interaction, services)
        mask = await self.region.read(services, source)
        inpaint = self.inpaint.model_copy(update={"mask": mask})
        return self._begun(request, source, inpaint, services), source.owner

    def _begun(self, request: Request, source: Source, inpaint: Inpaint, services: Services) -> Request:
        return begun_with(
            request,
            source,
            services.settings,
            strength=self.strength,
            pixels=source.width * source.height,
            inpaint=inpaint,
        )


def _own_request(source: Source) -> Request:
    """What the picture itself was asked for with. Raises BadValue where nobody knows."""
    if source.job is None or source.index is None:
        raise BadValue("prompt", "", "empty")
    return one_of(source.job, source.index)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(PaintCog(bot))
