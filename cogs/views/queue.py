"""The line as a message: who waits, one's own jobs, and why it is fair. Of others it shows no prompt."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui

from bot.queue.control import WHOLE
from bot.queue.fairness import HUNDREDTHS
from bot.queue.job import Job, Overview, State
from bot.services import Services
from cogs.present import Voice, hold_words, job_line, still_words, wait_words
from cogs.views.base import NO_JOB, layout, press

WAITING_SHOWN = 10
"""Waiting jobs of a page."""
MINE_SHOWN = 5
"""Own jobs of a page, since they get a Cancel button each: one action row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Whom the line is shown to. People of other servers are not named to them."""

    user_id: int | None
    """None = everybody in a channel."""
    guild_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of the line. Any number may be asked for; the nearest one that is there is shown."""

    number: int
    count: int

    @classmethod
    def of(cls, asked: int, waiting: int, mine: int) -> "Page":
        """Page ``asked`` (the first is 0) of so many waiting jobs and own jobs."""
        count = max(1, math.ceil(waiting / WAITING_SHOWN), math.ceil(mine / MINE_SHOWN))
        return cls(number=min(max(asked, 0), count - 1), count=count)

    def part(self, jobs: Sequence[Job], size: int) -> list[tuple[int, Job]]:
        """The jobs of this page with their numbers, from 1 on."""
        first = self.number * size
        return list(enumerate(jobs[first : first + size], start=first + 1))


async def queue_view(voice: Voice, services: Services, reader: Reader, asked: int = 0) -> ui.LayoutView:
    """The panel of ``/queue``."""
    overview = await services.queue.overview(reader.user_id)
    waiting = await services.store.in_state(State.WAITING)
    page = Page.of(asked, len(waiting), len(overview.mine))
    lines = head_lines(voice, services, reader, overview)
    lines += await _mine_lines(voice, services, overview, page)
    lines += await waiting_lines(voice, services, reader, page.part(waiting, WAITING_SHOWN))
    lines += [f"-# {voice.say('queue.rule')}", f"-# {voice.say('queue.why_it_changes')}"]
    items: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(lines))]
    cancels = [
        press("cancel", job.id, label=f"{voice.say('button.cancel')} {number}")
        for number, job in page.part(overview.mine, MINE_SHOWN)
    ]
    if cancels:
        items.append(ui.ActionRow(*cancels))
    if page.count > 1:
        items.append(_page_row(voice, page))
    return layout(*items)


async def board_text(voice: Voice, services: Services, reader: Reader) -> str:
    """What a channel's board says: the beginning of the line."""
    waiting = await services.store.in_state(State.WAITING)
    lines = head_lines(voice, services, reader, await services.queue.overview())
    lines += await waiting_lines(voice, services, reader, list(enumerate(waiting[:WAITING_SHOWN], start=1)))
    if len(waiting) > WAITING_SHOWN:
        lines.append(voice.say("queue.more", count=len(waiting) - WAITING_SHOWN))
    return "\n".join([*lines, f"-# {voice.say('queue.rule')}"])


def head_lines(voice: Voice, services: Services, reader: Reader, overview: Overview) -> list[str]:
    """How many wait, and what is drawn now."""
    number = overview.waiting_pictures
    counted = (
        voice.count("queue.waiting", number, people=overview.people) if number else voice.say("queue.nobody")
    )
    running = [_running_line(voice, services, reader, job) for job in overview.running]
    still = still_words(voice, services)
    holds = [
        f"⏸️ {name} · {hold_words(voice, hold)}"
        for name, hold in services.control.holds.items()
        if name != WHOLE
    ]
    return [f"**{voice.say('queue.title')}**", counted, *([still] if still else []), *holds, *running]


async def waiting_lines(
    voice: Voice, services: Services, reader: Reader, jobs: Sequence[tuple[int, Job]]
) -> list[str]:
    """Who waits: a person, how many pictures, how long about."""
    lines = []
    for number, job in jobs:
        pictures = voice.count("queue.pictures", job.request.work.pictures)
        words = [f"`{number}` {_person(voice, reader, job)}", pictures]
        wait = await services.queue.wait_for(job.id)
        if wait is not None:
            words.append(voice.say("queue.wait", time=voice.between(wait.low, wait.high)))
        lines.append(" · ".join(words))
    return [f"**{voice.say('queue.in_line')}**", *lines] if lines else []


def _person(voice: Voice, reader: Reader, job: Job) -> str:
    """A mention, which pings nobody here; only for those who share the server, or are the reader."""
    shared = reader.guild_id is not None and reader.guild_id == job.origin.guild_id
    if shared or job.origin.user_id == reader.user_id:
        return f"<@{job.origin.user_id}>"
    return voice.say("queue.elsewhere")


def _running_line(voice: Voice, services: Services, reader: Reader, job: Job) -> str:
    length = voice.duration(job.cost / HUNDREDTHS)
    if reader.user_id is None:
        # A percentage would have a message that everybody sees edited all the time.
        return f"🎨 {_person(voice, reader, job)} · {length}"
    progress = services.queue.progress(job.id)
    percent = f"{min(99, int(progress.fraction * 100))} %" if progress else "…"
    return f"🎨 {percent} · {_person(voice, reader, job)} · {length}"


async def _mine_lines(voice: Voice, services: Services, overview: Overview, page: Page) -> list[str]:
    lines = []
    for number, job in page.part(overview.mine, MINE_SHOWN):
        line = f"{number}. {job_line(voice, job)}"  # the number is the one on its button
        wait = await services.queue.wait_for(job.id) if job.state is State.WAITING else None
        lines.append(f"{line} · {wait_words(voice, wait)}" if wait else line)
    return [f"**{voice.say('queue.mine')}**", *lines] if lines else []


def _page_row(voice: Voice, page: Page) -> ui.ActionRow[Any]:
    """Two buttons that name the page they lead to; at either end one of them is off."""
    first, last = page.number == 0, page.number + 1 == page.count
    where = voice.say("queue.page", page=page.number + 1, pages=page.count)
    before, after = str(max(0, page.number - 1)), str(page.number + 1)
    return ui.ActionRow(
        press("queue_page", NO_JOB, emoji="◀️", argument=before, disabled=first),
        press("queue_page", NO_JOB, emoji="▶️", label=where, argument=after, disabled=last),
    )
