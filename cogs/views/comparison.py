"""The message that carries the sheet of a table."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import discord
from discord import ui

from bot.model.comparison import Comparison
from bot.queue.job import Job, State
from cogs.errors import sentence
from cogs.present import Voice, shown_prompt, subject
from cogs.views.base import layout, press
from cogs.views.card import limited

_PROMPT = 700
"""Characters of the prompt; the cells have all of it."""
_FAILED_ROOM = 1500
"""Characters of what is said about cells without a picture."""
_ALT_LABELS = 400
"""Characters of one side's labels in the picture's description, of which Discord takes 1,024."""


def sheet_message(
    voice: Voice, group: str, comparison: Comparison, jobs: Sequence[Job | None], sheet: bytes
) -> tuple[ui.LayoutView, discord.File]:
    """The table, what it shows, and why a cell of it is empty."""
    file = discord.File(io.BytesIO(sheet), filename=f"{group}.webp")
    there = [job for job in jobs if job is not None]
    description = voice.say(
        "compare.alt", columns=_labels(comparison.table.columns), rows=_labels(comparison.table.rows)
    )
    hidden = any(_hides(job) for job in there)
    shown = discord.MediaGalleryItem(
        f"attachment://{file.filename}",
        description=None if hidden else description,
        spoiler=any(job.request.spoiler for job in there),
    )
    head = f"<@{comparison.origin.user_id}> · {voice.say('compare.sheet')}"
    lines = [head, shown_prompt(subject(voice, there[0].request.work), _PROMPT, hidden=hidden)]
    lines += limited(_empty_cells(voice, comparison, jobs), _FAILED_ROOM)
    button = press("delete_sheet", group, emoji="❌", argument=str(comparison.origin.user_id))
    gallery: ui.MediaGallery[Any] = ui.MediaGallery(shown)
    return layout(gallery, ui.TextDisplay("\n".join(lines)), ui.ActionRow(button)), file


def _hides(job: Job) -> bool:
    """Whether its prompt is not to be read: what a moderator let through stands open."""
    return job.request.hides_text or (job.request.held and job.state is not State.DELIVERED)


def sheet_mark(group: str, user_id: int) -> str:
    """The custom_id of the button that deletes a sheet: by it the message is known, and whose it is."""
    return f"e1:delete_sheet:{group}:{user_id}"


def _empty_cells(voice: Voice, comparison: Comparison, jobs: Sequence[Job | None]) -> Iterator[str]:
    for cell, job in enumerate(jobs):
        why = _why(voice, job)
        if why is not None:
            yield f"⚠️ {voice.code(comparison.table.label(cell))}: {why}"


def _why(voice: Voice, job: Job | None) -> str | None:
    if job is None:
        return voice.say("compare.gone")
    if job.state is State.CANCELLED:
        return voice.say("compare.cancelled")
    return None if job.failure is None else sentence(voice, job.failure.code, job.failure.data)


def _labels(labels: Sequence[str]) -> str:
    return ", ".join(labels)[:_ALT_LABELS] or "–"
