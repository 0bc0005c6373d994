"""Private answers about one job: all of its data, and what a request would do (``check:true``)."""

import io
import json
from collections.abc import Mapping
from typing import Any, TypedDict

import discord
from discord import ui
from pydantic import JsonValue

from bot.model.work import Drawing, Request
from bot.queue.job import Job
from bot.queue.manager import Wait
from cogs.present import Voice, adjustment_lines, draw_line, shown_prompt, wait_words
from cogs.views.base import layout

_TEXT_ROOM = 3400
"""Characters of a text block; Discord allows 4,000 in a message, and the rest has its own lines."""


class Message(TypedDict, total=False):
    """What ``send_message`` takes."""

    view: ui.LayoutView
    files: list[discord.File]


def data_message(voice: Voice, job: Job) -> Message:
    """The generation data of a job's pictures, and a line that asks for the same again."""
    line = draw_line(job.request.work)
    texts = [picture.infotext for picture in job.pictures] or [voice.say("data.none")]
    everything = "\n\n".join(texts)
    blocks = [(voice.say("data.title"), everything), (voice.say("data.again"), line)]
    work = job.request.work
    if isinstance(work, Drawing) and work.template is not None:
        blocks.insert(0, (voice.say("data.template"), work.template))
    hidden = job.request.hides_text
    return _blocks(voice, f"{job.id}.txt", blocks, hidden=hidden)


def dry_run_message(
    voice: Voice, request: Request, payload: Mapping[str, JsonValue], wait: Wait, seconds: float
) -> Message:
    """Everything that /draw would do, without doing it."""
    cost = voice.say(
        "check.cost",
        time=voice.duration(seconds),
        pictures=request.work.pictures,
        wait=wait_words(voice, wait),
    )
    lines = [voice.say("check.title"), cost, *adjustment_lines(voice, request.adjustments)]
    shown = json.dumps(payload, ensure_ascii=False, indent=1)
    return _blocks(voice, "payload.json", [("\n".join(lines), shown)])


def _blocks(voice: Voice, filename: str, blocks: list[tuple[str, str]], *, hidden: bool = False) -> Message:
    """Titles with their texts in code blocks; if they are too long together, in a file instead."""
    if sum(len(title) + len(text) + 20 for title, text in blocks) <= _TEXT_ROOM:
        text = "\n".join(
            f"{title}\n{shown_prompt(text, _TEXT_ROOM, hidden=hidden)}" for title, text in blocks
        )
        return {"view": layout(ui.TextDisplay(text))}
    body = "\n\n".join(f"{title}\n{text}" for title, text in blocks)
    file = discord.File(io.BytesIO(body.encode()), filename=filename)
    item: ui.File[Any] = ui.File(f"attachment://{filename}", spoiler=hidden)
    note: ui.TextDisplay[Any] = ui.TextDisplay(f"{blocks[0][0][:300]}\n{voice.say('data.in_file')}")
    return {"view": layout(note, item), "files": [file]}
