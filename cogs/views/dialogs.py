"""Dialogs (modals). They live in Discord alone: what comes back is known by its custom_id."""

from typing import Any

import discord
from discord import ui

MAX_TEXT = 4000
"""Characters of one field, by Discord's rule."""
MAX_FIELDS = 5
"""Of a dialog, by Discord's rule."""
_TITLE = 45
_LABEL = 45


def dialog(action: str, about: str, title: str, *fields: ui.Label[Any]) -> ui.Modal:
    """A dialog that ``EaselBot.submits[action]`` answers.

    Stopped, so that discord.py's store never holds it.
    """
    modal = ui.Modal(title=title[:_TITLE], custom_id=f"e1:{action}:{about}")
    for field in fields:
        modal.add_item(field)
    modal.stop()
    return modal


def text_field(
    name: str, label: str, value: str, *, long: bool = False, limit: int = MAX_TEXT
) -> ui.Label[Any]:
    """A field that may be left empty; its text comes back under ``name``."""
    style = discord.TextStyle.paragraph if long else discord.TextStyle.short
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=name, style=style, default=value or None, required=False, max_length=limit
    )
    return ui.Label(text=label[:_LABEL], component=field)
