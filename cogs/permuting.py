"""Every choice of a prompt at once: counted and priced first, and only then put into the line."""

import asyncio
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.errors import BadValue, Refused
from bot.model.draft import Draft
from bot.model.templates import permute
from bot.model.work import Drawing, Request
from bot.services import Services
from cogs.errors import sentence
from cogs.present import Voice, fenced, wait_words
from cogs.submitting import enqueue, origin_of, require_admission
from cogs.views.base import layout, press

_EXAMPLES = 5
"""Prompts that the question shows."""
_SECONDS = 5.0
"""For finding them all."""


async def ask_first(interaction: discord.Interaction[Any], services: Services, request: Request) -> None:
    """How many there are and what they take, with the button that draws them.

    Raises BadValue where there is nothing to choose, and whatever one of them would be refused for.
    """
    requests = await _permutations(request, services)
    await require_admission(interaction, services, requests[0])
    draft_id = await services.drafts.open(interaction.user.id, Draft.of(request))
    wait, seconds = await services.queue.wait_for_new(requests[0], interaction.user.id)
    voice = Voice(services.texts, str(interaction.locale))
    cost = voice.count(
        "permute.ask",
        len(requests),
        pictures=sum(one.work.pictures for one in requests),
        time=voice.duration(seconds * len(requests)),
        wait=wait_words(voice, wait),
    )
    shown = fenced("\n".join(_prompts(requests[:_EXAMPLES])) + ("\n…" if len(requests) > _EXAMPLES else ""))
    text: ui.TextDisplay[Any] = ui.TextDisplay(f"{cost}\n{shown}")
    button = press("permute", draft_id, label=voice.say("button.permute"), emoji="🎨")
    await interaction.response.send_message(view=layout(text, ui.ActionRow(button)), ephemeral=True)


async def draw_all(interaction: discord.Interaction[Any], services: Services, draft_id: str) -> None:
    """Each becomes a job of its own, until one is refused. Raises Gone, and what the first is refused for."""
    draft = await services.drafts.get(interaction.user.id, draft_id)
    requests = await _permutations(draft.request, services)
    await interaction.response.defer()
    taken, refused = 0, None
    for request in requests:
        try:
            await enqueue(interaction, services, request, origin_of(interaction))
        except Refused as error:
            refused = error
            break
        taken += 1
    voice = Voice(services.texts, str(interaction.locale))
    words = voice.say("permute.taken", taken=taken, all=len(requests))
    if refused is not None:
        words += f"\n{sentence(voice, refused.code, refused.data())}"
    await interaction.edit_original_response(view=layout(ui.TextDisplay(words)))


async def _permutations(request: Request, services: Services) -> Sequence[Request]:
    """One request for each prompt, all with one seed, so that they can be compared."""
    work = request.work
    limit = services.settings.prompts.max_permutations
    found = None
    if isinstance(work, Drawing):
        try:
            async with asyncio.timeout(_SECONDS):
                found = await asyncio.to_thread(permute, work.prompt, services.wildcards, limit)
        except TimeoutError:
            found = None
    if found is None:
        raise BadValue("permute", "true", "no_choices")
    return [
        request.model_copy(update={"work": work.model_copy(update={"prompt": prompt})}) for prompt in found
    ]


def _prompts(requests: Sequence[Request]) -> list[str]:
    return [" ".join(one.work.prompt.split()) for one in requests if isinstance(one.work, Drawing)]
