"""What a picture says of how it was made, as fields and as a line to send, for one person."""

import io
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.imaging.infotext import Infotext
from cogs.present import Voice, draw_line, fenced
from cogs.rebuild import Rebuilt
from cogs.views.base import layout, press
from cogs.views.data import Message

_PROMPT = 900
_NEGATIVE = 500
_FIELDS = 900
_LOST = 400
_LINE = 900
"""Characters of each part. Together they stay below Discord's 4,000 for a message; a file has all of it."""


def info_message(voice: Voice, text: str, info: Infotext, rebuilt: Rebuilt | None, draft_id: str) -> Message:
    """``text``: the infotext; ``rebuilt``: what it asks for here, kept as the panel ``draft_id``."""
    line = "" if rebuilt is None else draw_line(rebuilt.work)
    shown = [
        voice.say("data.title"),
        fenced(info.prompt, _PROMPT),
        _titled(voice.say("info.negative"), info.negative_prompt, _NEGATIVE),
        _joined(voice, [f"{name}: {info.get(name)}" for name, _ in info.fields if name], _FIELDS),
        *(_lost(voice, rebuilt) if rebuilt is not None else ()),
        _titled(voice.say("data.again"), line, _LINE),
    ]
    items: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(part for part in shown if part))]
    message: Message = {}
    if len(info.prompt) > _PROMPT or len(text) > 2 * _PROMPT or len(line) > _LINE or "```" in text:
        message["files"] = [discord.File(io.BytesIO(f"{text}\n\n{line}".encode()), filename="data.txt")]
        items.append(ui.File("attachment://data.txt"))
    if rebuilt is not None:
        items.append(ui.ActionRow(press("redraw", draft_id, emoji="🖋️", label=voice.say("info.redraw"))))
    message["view"] = layout(*items)
    return message


def _lost(voice: Voice, rebuilt: Rebuilt) -> list[str]:
    """What cannot be had here, and what was lowered on the way."""
    things = _joined(voice, [f"{name}: {value}" for name, value in rebuilt.lost], _LOST)
    return [voice.say("info.lost", things=things)] if things else []


def _titled(title: str, text: str, room: int) -> str:
    return f"{title}\n{fenced(text, room)}" if text else ""


def _joined(voice: Voice, pieces: Sequence[str], room: int) -> str:
    """Each in code marks, as many as there is room for."""
    kept: list[str] = []
    for piece in pieces:
        shown = voice.code(piece)
        room -= len(shown) + 3
        if room < 0:
            return " · ".join([*kept, "…"])
        kept.append(shown)
    return " · ".join(kept)
