"""The messages of one job: the one that waits with it, and the cards with its pictures."""

import io
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.model.work import Drawing, Work
from bot.queue.events import Progressed
from bot.queue.job import Delivery, Job, State
from bot.queue.manager import Wait
from cogs.present import (
    Voice,
    adjustment_lines,
    alt_text,
    progress_bar,
    shown_prompt,
    subject,
    wait_words,
)
from cogs.progress import progress_words
from cogs.uploads import PICTURES_PER_MESSAGE, Upload
from cogs.views.base import Press, layout, press
from cogs.views.card import card_text, needs_file
from cogs.views.picture import result_rows

_PROMPT_WHILE_WAITING = 200
"""Characters: enough to tell one's jobs apart. The result has all of it."""
_ROW = 5
"""Buttons of a row; Discord takes no more."""


def status_view(voice: Voice, job: Job, headline: str, previews: Sequence[str] = ()) -> ui.LayoutView:
    """The message that stays with a job until its result comes. ``previews``: names of files sent with it."""
    prompt, hidden = subject(voice, job.request.work), job.request.hides_text or job.request.held
    lines = [shown_prompt(prompt, _PROMPT_WHILE_WAITING, hidden=hidden)]
    if job.request.held and not job.state.is_final:
        lines.append(f"-# {voice.say('review.will_wait')}")
    lines += [f"-# {line}" for line in adjustment_lines(voice, job.request.adjustments)]
    items: list[ui.Item[Any]] = [ui.TextDisplay(headline), ui.TextDisplay("\n".join(lines))]
    if previews:
        description = voice.say("progress.preview")
        shown = [
            discord.MediaGalleryItem(f"attachment://{name}", description=description) for name in previews
        ]
        items.insert(1, ui.MediaGallery(*shown))
    if job.state in (State.WAITING, State.RUNNING) and not job.cancel_requested:
        items.append(_waiting_row(voice, job))
    return layout(*items)


def waiting_headline(voice: Voice, job: Job, wait: Wait | None, still: str | None = None) -> str:
    """Place and time; what is drawn of it already; and why nothing moves, if that is so."""
    words = f"⏳ **{voice.say('state.waiting')}**"
    if job.drawn:
        words += f" · {voice.say('progress.drawn', drawn=job.drawn, pictures=job.request.work.pictures)}"
    if wait is not None:
        words += f" · {wait_words(voice, wait)}"
    return f"{words}\n{still}" if still else words


def running_headline(voice: Voice, work: Work, progress: Progressed | None) -> str:
    """How far it is, and below it what there is to say about that."""
    if progress is None or progress.fraction <= 0:
        return f"🎨 **{voice.say('state.running')}**"
    percent = f"{min(99, int(progress.fraction * 100))} %"
    head = f"🎨 **{voice.say('state.running')}** {progress_bar(progress.fraction)} {percent}"
    words = progress_words(voice, work, progress)
    return f"{head}\n-# {' · '.join(words)}" if words else head


def result_message(
    voice: Voice, job: Job, delivery: Delivery, uploads: Sequence[Upload], defaults: Drawing
) -> tuple[ui.LayoutView, list[discord.File]]:
    """A card: the pictures first, then the prompt, then what differs from the usual, then the buttons."""
    first = delivery.part == 0
    files = [upload.file() for upload in uploads]
    in_file = first and needs_file(voice, job) and len(files) < PICTURES_PER_MESSAGE
    text = card_text(voice, job, mention=first, defaults=defaults, in_file=in_file)
    items: list[ui.Item[Any]] = [gallery(voice, job, uploads), ui.TextDisplay(text)]
    if in_file:
        files.append(_prompt_file(voice, job))
        items.append(ui.File(f"attachment://{files[-1].filename}", spoiler=job.request.spoiler))
    items += file_rows(voice, job, delivery.pictures, uploads)
    return layout(*items, *result_rows(voice, job, delivery.part, delivery.pictures)), files


def gallery(voice: Voice, job: Job, uploads: Sequence[Upload]) -> ui.MediaGallery[Any]:
    """Pictures with their descriptions, behind a spoiler if the request was."""
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                f"attachment://{upload.filename}",
                description=_description(voice, job, upload),
                spoiler=job.request.spoiler,
            )
            for upload in uploads
        )
    )


def _description(voice: Voice, job: Job, upload: Upload) -> str:
    if upload.picture is not None and not job.request.hides_text:
        return alt_text(voice, job.request.work, upload.picture)
    return voice.say("card.sheet", count=len(job.pictures))


def _prompt_file(voice: Voice, job: Job) -> discord.File:
    prompt = subject(voice, job.request.work)
    return discord.File(io.BytesIO(prompt.encode()), filename=f"{job.id}.txt")


def file_rows(
    voice: Voice, job: Job, indices: Sequence[int], uploads: Sequence[Upload]
) -> list[ui.ActionRow[Any]]:
    """Buttons for what a message does not hold itself: the pages of a sheet, and the files in full size."""
    buttons = []
    if uploads[0].picture is None:
        pages = range(0, len(indices), PICTURES_PER_MESSAGE)
        buttons = [
            _page(job, number, indices[at : at + PICTURES_PER_MESSAGE]) for number, at in enumerate(pages)
        ]
    elif any(upload.reduced for upload in uploads):
        where = f"{indices[0]}_{indices[-1]}"
        buttons = [press("full", job.id, emoji="🖼️", label=voice.say("button.full"), argument=where)]
    return [ui.ActionRow(*buttons[at : at + _ROW]) for at in range(0, len(buttons), _ROW)]


def _page(job: Job, number: int, indices: Sequence[int]) -> Press:
    label = f"{indices[0] + 1}–{indices[-1] + 1}" if len(indices) > 1 else f"{indices[0] + 1}"
    return press("page", job.id, label=label, argument=str(number))


def confirm_delete_view(voice: Voice, job: Job) -> ui.LayoutView:
    """The question before a batch is deleted."""
    question: ui.TextDisplay[Any] = ui.TextDisplay(voice.count("delete.ask", len(job.pictures)))
    return layout(
        question,
        ui.ActionRow(
            press(
                "delete_yes", job.id, label=voice.say("button.delete_all"), style=discord.ButtonStyle.danger
            )
        ),
    )


def _waiting_row(voice: Voice, job: Job) -> ui.ActionRow[Any]:
    buttons = [press("cancel", job.id, label=voice.say("button.cancel"), emoji="✖️")]
    work = job.request.work
    if job.state is State.RUNNING and isinstance(work, Drawing) and work.batch_count > 1:
        buttons.append(press("skip", job.id, label=voice.say("button.skip"), emoji="⏭️"))
    return ui.ActionRow(*buttons)
