"""/upscale: pictures enlarged and faces repaired, as the web UI's Extras tab does it."""

from dataclasses import dataclass
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.backends.catalog import Offer
from bot.client import EaselBot
from bot.errors import BadValue
from bot.model.work import Upscale
from cogs.sources import Source, from_attachment, from_link, with_infotext
from cogs.submitting import loading, origin_of, require_posting, submit
from cogs.suggesting import suggested
from cogs.upscaling import upscaler_named, upscaling, usual_upscaler
from cogs.words import command_words, described
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was typed about the way to do it."""

    resize: float | None
    width: int | None
    height: int | None
    upscaler_1: str | None
    upscaler_2: str | None
    upscaler_2_strength: float | None
    gfpgan: float | None
    codeformer: float | None
    codeformer_weight: float | None
    upscale_first: bool

    def work(self, offer: Offer, settings: Settings) -> Upscale:
        """As a request, without the pictures. Raises BadValue, UnknownName."""
        if (self.width is None) is not (self.height is None):
            raise BadValue("size", f"{self.width or '?'}×{self.height or '?'}", "not_a_size")
        second = None if self.upscaler_2 is None else upscaler_named(self.upscaler_2, offer)
        first = self.upscaler_1
        return Upscale(
            inputs=(),
            upscaler=usual_upscaler(offer, settings) if first is None else upscaler_named(first, offer),
            scale=settings.defaults.upscale if self.resize is None else self.resize,
            size=None if self.width is None or self.height is None else (self.width, self.height),
            second_upscaler=second or "None",
            second_visibility=_share("upscaler_2_strength", self.upscaler_2_strength, 0.5) if second else 0.0,
            gfpgan_visibility=_share("gfpgan", self.gfpgan, 0.0),
            codeformer_visibility=_share("codeformer", self.codeformer, 0.0),
            codeformer_weight=_share("codeformer_weight", self.codeformer_weight, 0.5),
            upscale_first=self.upscale_first,
        )


def _share(name: str, given: float | None, otherwise: float) -> float:
    """A number from 0 to 1. Raises BadValue."""
    if given is None:
        return otherwise
    if not 0 <= given <= 1:
        raise BadValue(name, f"{given:g}", "out_of_range")
    return given


class UpscaleCog(commands.Cog):
    """Several pictures are one job."""

    def __init__(self, bot: EaselBot) -> None:
        self._services = bot.services

    @app_commands.command(name="upscale", description=command_words("upscale"))
    @described("upscale")
    async def upscale(
        self,
        interaction: discord.Interaction[Any],
        image: discord.Attachment | None = None,
        link: str | None = None,
        picture: int | None = None,
        resize: float | None = None,
        width: int | None = None,
        height: int | None = None,
        upscaler_1: str | None = None,
        upscaler_2: str | None = None,
        upscaler_2_strength: float | None = None,
        gfpgan: float | None = None,
        codeformer: float | None = None,
        codeformer_weight: float | None = None,
        upscale_first: bool = False,
        image_2: discord.Attachment | None = None,
        image_3: discord.Attachment | None = None,
        image_4: discord.Attachment | None = None,
        image_5: discord.Attachment | None = None,
        spoiler: bool = False,
    ) -> None:
        """Make pictures larger."""
        require_posting(interaction)
        files = [file for file in (image, image_2, image_3, image_4, image_5) if file is not None]
        if bool(files) is (link is not None):
            raise BadValue("image", "", "one_picture")
        wanted = Wanted(
            resize=resize,
            width=width,
            height=height,
            upscaler_1=upscaler_1,
            upscaler_2=upscaler_2,
            upscaler_2_strength=upscaler_2_strength,
            gfpgan=gfpgan,
            codeformer=codeformer,
            codeformer_weight=codeformer_weight,
            upscale_first=upscale_first,
        )
        services = self._services
        work = wanted.work(services.catalog.offer(), services.settings)
        async with loading(interaction):
            if link is not None:
                sources = [await from_link(interaction, services, link, _index(picture))]
            else:
                sources = [await from_attachment(services, file) for file in files]
            kept = [await with_infotext(services, source) for source in sources]
            request = upscaling(kept, work, services.settings, spoiler=spoiler or _was_spoiler(sources[0]))
            await submit(interaction, services, request, origin_of(interaction, after=sources[0].owner))

    @upscale.autocomplete("upscaler_1")
    @upscale.autocomplete("upscaler_2")
    async def _complete(
        self, interaction: discord.Interaction[Any], current: str
    ) -> list[app_commands.Choice[str]]:
        """Upscalers."""
        return await suggested(interaction, self._services, current)


def _index(picture: int | None) -> int:
    """Of a picture that is counted from 1. Raises BadValue."""
    if picture is not None and not 1 <= picture <= 100:
        raise BadValue("picture", str(picture), "out_of_range")
    return (picture or 1) - 1


def _was_spoiler(source: Source) -> bool:
    return source.job is not None and source.job.request.spoiler


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(UpscaleCog(bot))
