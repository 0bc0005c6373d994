"""🖋: change a picture's request in a panel, and draw it. The panel lives in the database."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import discord
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import BadValue
from bot.model.draft import Draft, Selected
from cogs.drafting import asked_for, with_choice, with_seed, with_strength, with_texts
from cogs.options import build_request
from cogs.panels import open_panel
from cogs.present import Voice
from cogs.showing import as_shown
from cogs.standards import standards_of
from cogs.submitting import origin_of, require_posting, source_of, submit
from cogs.typed import Typed
from cogs.using import open_offer
from cogs.views.base import chosen
from cogs.views.edit import edit_view, text_dialog


class EditCog(commands.Cog):
    """Answers in private, until *Draw*."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {
            "edit": self._open,
            "edit_described": self._open_described,
            "edit_set": self._set,
            "edit_text": self._ask_texts,
            "edit_seed": self._new_seed,
            "edit_draw": self._draw,
        }
        self._submits = {"edit_text": self._take_texts}

    async def cog_load(self) -> None:
        """Panels of earlier processes go on working."""
        self._bot.presses.update(self._presses)
        self._bot.submits.update(self._submits)

    async def cog_unload(self) -> None:
        """Take them back."""
        for action in self._presses:
            self._bot.presses.pop(action, None)
        for action in self._submits:
            self._bot.submits.pop(action, None)

    async def _open(self, interaction: discord.Interaction[Any], job_id: str, _: str | None) -> None:
        job = await source_of(interaction, self._services, job_id)
        job = await as_shown(interaction, self._services, job)
        await open_panel(interaction, self._services, Draft.of(job.request, job.origin.user_id))

    async def _open_described(
        self, interaction: discord.Interaction[Any], job_id: str, _: str | None
    ) -> None:
        """What a web UI saw in a picture, as the prompt of another one."""
        job = await source_of(interaction, self._services, job_id)
        text = next((str(one.data["text"]) for one in job.notices if one.code == "described"), "")
        standards = await standards_of(interaction, self._services)
        request = build_request(
            Typed(prompt=text),
            self._services.catalog.offer(),
            self._services.settings,
            usual=self._services.pool.usual_checkpoint,
            below=standards.below,
        )
        request = request.model_copy(update={"spoiler": request.spoiler or job.request.spoiler})
        await open_panel(interaction, self._services, Draft.of(request, job.origin.user_id))

    async def _set(self, interaction: discord.Interaction[Any], draft_id: str, name: str | None) -> None:
        """One of the selects: a value, or another page."""
        offer, settings = self._services.catalog.offer(), self._services.settings
        field, value = cast("Selected", name), chosen(interaction)
        await self._change(
            interaction, draft_id, lambda draft: with_choice(draft, field, value, offer, settings)
        )

    async def _new_seed(self, interaction: discord.Interaction[Any], draft_id: str, _: str | None) -> None:
        await self._change(interaction, draft_id, lambda draft: with_seed(draft, ""))

    async def _ask_texts(self, interaction: discord.Interaction[Any], draft_id: str, _: str | None) -> None:
        draft = await self._services.drafts.get(interaction.user.id, draft_id)
        await interaction.response.send_modal(text_dialog(self._voice(interaction), draft_id, draft))

    async def _take_texts(
        self, interaction: discord.Interaction[Any], draft_id: str, sent: Mapping[str, str]
    ) -> None:
        """The texts are kept also where a number is none: they are what took time to type."""
        refusals = list[BadValue]()

        def take(draft: Draft) -> Draft:
            draft = with_texts(draft, sent)
            try:
                return with_strength(with_seed(draft, sent.get("seed", "")), sent.get("strength"))
            except BadValue as error:
                refusals.append(error)
                return draft

        await self._change(interaction, draft_id, take)
        if refusals:
            raise refusals[0]

    async def _change(
        self, interaction: discord.Interaction[Any], draft_id: str, change: Callable[[Draft], Draft]
    ) -> None:
        """Change the draft, and show the panel as it then stands."""
        draft = await self._services.drafts.change(interaction.user.id, draft_id, change)
        offer = await open_offer(interaction, self._services)
        view = edit_view(self._voice(interaction), self._services, draft_id, draft, offer)
        await interaction.response.edit_message(view=view)

    async def _draw(self, interaction: discord.Interaction[Any], draft_id: str, _: str | None) -> None:
        """A job of whoever holds the panel, which stays open for the next try."""
        require_posting(interaction)
        draft = await self._services.drafts.get(interaction.user.id, draft_id)
        request = asked_for(draft, self._services.settings)
        await submit(interaction, self._services, request, origin_of(interaction, draft.after_user_id))

    def _voice(self, interaction: discord.Interaction[Any]) -> Voice:
        return Voice(self._services.texts, str(interaction.locale))


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(EditCog(bot))
