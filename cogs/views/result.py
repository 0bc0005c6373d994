"""The messages of one job: the one that waits with it, and the cards with its pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord
from discord import ui

from bot.model.work import Drawing, Work
from bot.queue.events import Progressed
from bot.queue.job import Job, State
from bot.queue.manager import Wait
from cogs.present import (
    Voice,
    adjustment_lines,
    alt_text,
    change_line,
    fenced,
    notice_lines,
    parameter_line,
    progress_bar,
    subject,
    wait_words,
)
from cogs.progress import progress_words
from cogs.views.base import layout, press


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A picture of a card: its index in the job and the name of the file that is sent with the message."""

    index: int
    filename: str


def status_view(voice: Voice, job: Job, headline: str, previews: Sequence[str] = ()) -> ui.LayoutView:
    """The message that stays with a job until its result comes. ``previews``: names of files sent with it."""
    lines = [fenced(subject(voice, job.request.work))]
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


def waiting_headline(voice: Voice, wait: Wait | None, still: str | None = None) -> str:
    """Place and time; and why nothing moves, if that is so."""
    words = f"⏳ **{voice.say('state.waiting')}**"
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


def result_view(
    voice: Voice, job: Job, part: int, attached: list[Attached], *, mention: bool, defaults: Drawing
) -> ui.LayoutView:
    """A card: the pictures first, then the prompt, then what differs from the usual, then the buttons."""
    work, spoiler = job.request.work, job.request.spoiler
    gallery: ui.MediaGallery[Any] = ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                f"attachment://{item.filename}",
                description=alt_text(voice, work, job.pictures[item.index]),
                spoiler=spoiler,
            )
            for item in attached
        )
    )
    text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(_card_lines(voice, job, mention, defaults)))
    return layout(gallery, text, _result_row(voice, job.id, part))


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


def _card_lines(voice: Voice, job: Job, mention: bool, defaults: Drawing) -> list[str]:
    lines = [f"<@{job.origin.user_id}>" if mention else ""]
    if job.origin.after_user_id and mention:
        lines[0] += f" · {voice.say('card.after', person=f'<@{job.origin.after_user_id}>')}"
    lines.append(fenced(subject(voice, job.request.work)))
    if job.request.changes:
        lines.append(change_line(voice, job.request.changes))
    lines += adjustment_lines(voice, job.request.adjustments)
    lines += [f"⚠️ {line}" for line in notice_lines(voice, job.notices)]
    facts = [parameter_line(job.request.work, defaults, job.pictures)]
    if job.seconds is not None:
        facts.append(voice.duration(job.seconds))
    lines.append(f"-# {' · '.join(facts)}")
    return [line for line in lines if line]


def _waiting_row(voice: Voice, job: Job) -> ui.ActionRow[Any]:
    buttons = [press("cancel", job.id, label=voice.say("button.cancel"), emoji="✖️")]
    work = job.request.work
    if job.state is State.RUNNING and isinstance(work, Drawing) and work.batch_count > 1:
        buttons.append(press("skip", job.id, label=voice.say("button.skip"), emoji="⏭️"))
    return ui.ActionRow(*buttons)


def _result_row(voice: Voice, job_id: str, part: int) -> ui.ActionRow[Any]:
    """Again, data, delete. ``part`` tells the messages of one job apart when they are looked for later."""
    where = str(part)
    return ui.ActionRow(
        press("reroll", job_id, emoji="🎲", label=voice.say("button.reroll"), argument=where),
        press("edit", job_id, emoji="🖋️", label=voice.say("button.edit"), argument=where),
        press("data", job_id, emoji="📋", label=voice.say("button.data"), argument=where),
        press("delete", job_id, emoji="❌", label=voice.say("button.delete"), argument=where),
    )
