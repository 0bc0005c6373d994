"""What somebody had drawn, as private pages. A page's place and search are in its buttons' custom_id."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from discord import ui

from bot.queue.job import ID_LENGTH, Delivery, Job
from bot.storage.history import AFTER_ALL
from cogs.present import Voice, subject
from cogs.views.base import NO_JOB, layout, press

SHOWN = 5
"""Jobs of a page."""
MAX_SEARCH = 34
"""Bytes of what is searched for: more would not fit into a custom_id of 100 characters."""
_PROMPT = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the history a page begins, and what is searched for."""

    search: str = ""
    before: str = AFTER_ALL
    """The id of the last job of the page before."""

    @property
    def argument(self) -> str:
        """As it stands in a custom_id."""
        cursor = NO_JOB if self.before == AFTER_ALL else self.before
        return f"{cursor}_{base64.b32encode(self.search.encode()).decode().rstrip('=').lower()}"

    @classmethod
    def read(cls, argument: str | None) -> "Place":
        """Back from ``argument``; the beginning, if it is not one of ours."""
        cursor, _, coded = (argument or "").partition("_")
        padded = coded.upper() + "=" * (-len(coded) % 8)
        try:
            search = base64.b32decode(padded).decode()
        except (binascii.Error, UnicodeDecodeError):
            return cls()
        return cls(
            search=search, before=AFTER_ALL if cursor == NO_JOB or len(cursor) != ID_LENGTH else cursor
        )


def shortened(search: str) -> str:
    """As much of what was typed as can be searched for, one space between words."""
    return " ".join(search.split()).encode()[:MAX_SEARCH].decode(errors="ignore").strip()


def history_view(
    voice: Voice,
    place: Place,
    jobs: Sequence[Job],
    posted: Mapping[str, Sequence[Delivery]],
    *,
    adult: bool,
) -> ui.LayoutView:
    """``jobs``: up to one more than a page shows. ``posted``: their deliveries. ``adult``: in a place for
    adults."""
    shown = jobs[:SHOWN]
    title = voice.say("history.title")
    if place.search:
        title += f" · {voice.code(place.search)}"
    items: list[ui.Item[Any]] = [ui.TextDisplay(f"**{title}**")]
    if not shown:
        items.append(ui.TextDisplay(voice.say("history.none_found" if place.search else "history.none")))
    for job in shown:
        items.append(ui.TextDisplay(_lines(voice, job, posted.get(job.id, ()), adult=adult)))
        items.append(
            ui.ActionRow(
                press("reroll", job.id, emoji="🎲", label=voice.say("button.reroll"), argument="0"),
                press("data", job.id, emoji="📋", label=voice.say("button.data"), argument="0"),
            )
        )
    if row := _turn_row(voice, place, jobs):
        items.append(ui.ActionRow(*row))
    return layout(*items)


def _turn_row(voice: Voice, place: Place, jobs: Sequence[Job]) -> list[ui.Item[Any]]:
    row: list[ui.Item[Any]] = []
    if place.before != AFTER_ALL:
        newest = Place(search=place.search)
        row.append(press("history", NO_JOB, label=voice.say("history.newest"), argument=newest.argument))
    if len(jobs) > SHOWN:
        older = Place(search=place.search, before=jobs[SHOWN - 1].id)
        row.append(press("history", NO_JOB, label=voice.say("history.older"), argument=older.argument))
    return row


def _lines(voice: Voice, job: Job, deliveries: Sequence[Delivery], *, adult: bool) -> str:
    facts = [f"<t:{int(job.created_at)}:R>", voice.count("queue.pictures", len(job.pictures))]
    facts += [_link(job, one.message_id) for one in deliveries[:1] if one.message_id is not None]
    facts += [voice.say("history.not_posted")] if job.failure is not None and job.pictures else []
    shown = voice.code(subject(voice, job.request.work), _PROMPT)
    if job.request.adult and not adult:
        shown = f"🔞 {voice.say('history.adult')}"
    return f"{shown}\n-# {' · '.join(facts)}"


def _link(job: Job, message_id: int) -> str:
    return f"https://discord.com/channels/{job.origin.guild_id or '@me'}/{job.origin.channel_id}/{message_id}"
