"""What a web UI says is to be seen in a picture, as a message with that picture."""

import io
from typing import Any

import discord
from discord import ui

from bot.model.work import Notice
from bot.queue.job import Job
from cogs.present import ALT_TEXT, Voice, shown_prompt
from cogs.views.base import layout, press

_ROOM = 3400
"""Characters of all texts together; Discord allows 4,000 in a message."""
_NAMES = {"clip": "CLIP", "deepdanbooru": "DeepDanbooru"}


def description_message(
    voice: Voice, job: Job, picture: bytes | None
) -> tuple[ui.LayoutView, list[discord.File]]:
    """A text for each model that was asked, and who asked.

    ``picture``: a small WebP of what is described; None where it is not kept any more.
    """
    written = [notice for notice in job.notices if notice.code == "described"]
    missing = [notice for notice in job.notices if notice.code == "not_described"]
    hidden = job.request.hides_text
    lines = [f"<@{job.origin.user_id}>"]
    lines += [_described(voice, notice, _ROOM // len(written), hidden=hidden) for notice in written]
    lines += [f"-# {voice.say('notice.not_described', model=_model(notice))}" for notice in missing]
    if job.seconds is not None:
        lines.append(f"-# {voice.duration(job.seconds)}")
    items: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(lines))]
    files: list[discord.File] = []
    if picture is not None:
        files.append(discord.File(io.BytesIO(picture), filename=f"{job.id}.webp"))
        words = " ".join(str(notice.data["text"]) for notice in written)[:ALT_TEXT]
        about = None if hidden else words or None
        shown = discord.MediaGalleryItem(
            f"attachment://{job.id}.webp", description=about, spoiler=job.request.spoiler
        )
        items.insert(0, ui.MediaGallery(shown))
    buttons = [press("delete", job.id, emoji="❌", argument="0")]
    if written:
        label = voice.say("button.edit_described")
        buttons.insert(0, press("edit_described", job.id, emoji="🖋️", label=label))
    return layout(*items, ui.ActionRow(*buttons)), files


def _described(voice: Voice, notice: Notice, room: int, *, hidden: bool) -> str:
    title = voice.say("notice.described", model=_model(notice))
    return f"**{title}**\n{shown_prompt(str(notice.data['text']), room, hidden=hidden)}"


def _model(notice: Notice) -> str:
    model = str(notice.data["model"])
    return _NAMES.get(model, model)
