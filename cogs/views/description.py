"""What a web UI says is to be seen in a picture, as a message."""

from typing import Any

from discord import ui

from bot.model.work import Notice
from bot.queue.job import Job
from cogs.present import Voice, fenced
from cogs.views.base import layout, press

_ROOM = 3400
"""Characters of all texts together; Discord allows 4,000 in a message."""


def description_view(voice: Voice, job: Job) -> ui.LayoutView:
    """A text for each model that was asked, and who asked."""
    written = [notice for notice in job.notices if notice.code == "described"]
    missing = [notice for notice in job.notices if notice.code == "not_described"]
    lines = [f"<@{job.origin.user_id}>"]
    lines += [_described(voice, notice, _ROOM // len(written)) for notice in written]
    lines += [f"-# {voice.say('notice.not_described', **notice.data)}" for notice in missing]
    if job.seconds is not None:
        lines.append(f"-# {voice.duration(job.seconds)}")
    delete = press("delete", job.id, emoji="❌", argument="0")
    text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(lines))
    return layout(text, ui.ActionRow(delete))


def _described(voice: Voice, notice: Notice, room: int) -> str:
    title = voice.say("notice.described", model=notice.data["model"])
    return f"**{title}**\n{fenced(str(notice.data['text']), room)}"
