"""Panels of one layer of settings. All they know is in their custom_ids, so they outlive a restart."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isqrt
from typing import Any

import discord
from discord import ui

from bot.backends.catalog import Offer
from bot.errors import Gone
from bot.model.preferences import Layer, Merged, Preferences
from cogs.preferring import FIELDS, Field, Kind, fields_for, value_of
from cogs.present import Voice
from cogs.views.base import NO_JOB, choose, layout, press
from cogs.views.dialogs import dialog, text_field

PER_PAGE = 23
"""Names of a page: a select takes 25, and two turn the page."""
_LABEL = 100
_SHOWN = 200
_TURN = "page:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whose settings a panel is about, and which of them."""

    layer: Layer
    owner_id: int
    field: str = ""
    page: int = 0

    @property
    def argument(self) -> str:
        """As it stands in a custom_id."""
        parts = [self.layer.value, str(self.owner_id)]
        return "_".join([*parts, str(self.page), self.field] if self.field else parts)

    @classmethod
    def read(cls, argument: str | None) -> "Subject":
        """Back from ``argument``. Raises Gone."""
        layer, owner, page, field = (*(argument or "").split("_", 3), "", "", "", "")[:4]
        try:
            subject = cls(layer=Layer(layer), owner_id=int(owner), field=field, page=int(page or 0))
        except ValueError:
            raise Gone from None
        if field and field not in FIELDS:
            raise Gone
        return subject


def panel_view(voice: Voice, subject: Subject, preferences: Preferences) -> ui.LayoutView:
    """What the layer says, and what may be set."""
    lines = [f"### {title(voice, subject)}"]
    said = {name: value for name in FIELDS if (value := value_of(preferences, name)) is not None}
    lines += _grouped(
        voice, {name: f"{voice.code(name)} {shown(voice, name, value)}" for name, value in said.items()}
    )
    lines.append(f"-# {voice.say('settings.hint' if said else 'settings.nothing')}")
    items: list[ui.Item[Any]] = [ui.TextDisplay("\n".join(lines))]
    for caps in (False, True):
        fields = fields_for(subject.layer, caps=caps)
        if fields:
            options = [_field_option(voice, one) for one in fields]
            placeholder = voice.say("settings.pick_limit" if caps else "settings.pick")
            if caps:
                row = choose("set_cap", NO_JOB, subject.argument, options, placeholder)
            else:
                row = choose("set_pick", NO_JOB, subject.argument, options, placeholder)
            items.append(row)
    return layout(*items)


def choice_view(voice: Voice, subject: Subject, now: object, names: Sequence[str]) -> ui.LayoutView:
    """One field's names to choose from, or yes and no."""
    pages = max(1, -(-len(names) // PER_PAGE))
    page = min(subject.page, pages - 1)
    options = [
        discord.SelectOption(label=name[:_LABEL], value=coded(name), default=name == now)
        for name in names[page * PER_PAGE : (page + 1) * PER_PAGE]
    ]
    if page:
        options.insert(0, discord.SelectOption(label=voice.say("edit.before"), value=f"{_TURN}{page - 1}"))
    if page < pages - 1:
        options.append(discord.SelectOption(label=voice.say("edit.behind"), value=f"{_TURN}{page + 1}"))
    head = f"**{title(voice, subject)}**\n{voice.code(subject.field)} {shown(voice, subject.field, now)}"
    items: list[ui.Item[Any]] = [ui.TextDisplay(head)]
    if options:
        items.append(choose("set_value", NO_JOB, subject.argument, options, subject.field))
    else:
        items.append(ui.TextDisplay(voice.say("info.not_yet")))
    panel = Subject(layer=subject.layer, owner_id=subject.owner_id)
    items.append(
        ui.ActionRow(
            press("set_back", NO_JOB, label=voice.say("settings.back"), argument=panel.argument),
            press(
                "set_clear",
                NO_JOB,
                label=voice.say("settings.clear"),
                argument=subject.argument,
                disabled=now is None,
            ),
        )
    )
    return layout(*items)


def value_dialog(voice: Voice, subject: Subject, now: object) -> ui.Modal:
    """One field's text or number; left empty it says nothing any more."""
    long = FIELDS[subject.field].kind is Kind.TEXT
    value = "" if now is None else str(now)
    label = voice.say("settings.empty_clears")
    field = text_field("value", label, value, long=long, limit=4000 if long else 20)
    return dialog("set_text", subject.argument, subject.field, field)


def merged_lines(voice: Voice, merged: Merged) -> list[str]:
    """Every value that holds, with where it comes from: defaults first, then limits."""
    lines = {}
    for name, layer in merged.sources.items():
        value = getattr(merged.caps if FIELDS[name].cap else merged.choices, name)
        lines[name] = f"{voice.code(name)} {shown(voice, name, value)} · {voice.say(f'layer.{layer.value}')}"
    return _grouped(voice, lines)


def _grouped(voice: Voice, lines: Mapping[str, str]) -> list[str]:
    """The lines of fields by name, under a heading each for defaults and limits."""
    grouped: list[str] = []
    for heading, caps in (("settings.defaults", False), ("settings.limits", True)):
        part = [line for name, line in lines.items() if FIELDS[name].cap == caps]
        grouped += [f"**{voice.say(heading)}**", *part] if part else []
    return grouped


def title(voice: Voice, subject: Subject) -> str:
    """Whose settings these are."""
    match subject.layer:
        case Layer.CHANNEL:
            return voice.say("settings.of_channel", channel=f"<#{subject.owner_id}>")
        case Layer.ROLE:
            return voice.say("settings.of_role", role=f"<@&{subject.owner_id}>")
        case Layer.SERVER:
            return voice.say("settings.of_server")
        case _:
            return voice.say("settings.of_person")


def shown(voice: Voice, name: str, value: object) -> str:
    """A field's value as it reads."""
    if value is None:
        return voice.say("settings.unset")
    if isinstance(value, bool):
        return voice.say("settings.yes" if value else "settings.no")
    plain = voice.code(f"{value:.10g}" if isinstance(value, float) else str(value) or " ", _SHOWN)
    if name == "seconds_per_day" and isinstance(value, (int, float)):
        return f"{plain} ({voice.duration(value)})" if value else voice.say("settings.no_limit")
    if name == "max_pixels" and isinstance(value, int) and isqrt(value) ** 2 == value:
        return voice.say("settings.square", side=isqrt(value))
    return plain


def coded(name: str) -> str:
    """A name as the value of an option; what stands for it, if it is too long for Discord."""
    return name if len(name) <= _LABEL else "#" + hashlib.sha256(name.encode()).hexdigest()


def page_asked_for(value: str) -> int | None:
    """The page, if it was one that was chosen and no name."""
    number = value.removeprefix(_TURN)
    return int(number) if value.startswith(_TURN) and number.isdigit() else None


def names_for(voice: Voice, field: Field, offer: Offer) -> list[str]:
    """What can be chosen."""
    if field.kind is Kind.SWITCH:
        return [voice.say("settings.yes"), voice.say("settings.no")]
    return [] if field.names is None else [name for name in field.names(offer) if name]


def _field_option(voice: Voice, field: Field) -> discord.SelectOption:
    if field.cap:
        about = voice.say(f"limit.{field.name}")
    elif voice.texts.has(f"option.draw.{field.name}"):
        about = voice.say(f"option.draw.{field.name}")
    else:
        about = voice.say(f"setting.{field.name}")
    return discord.SelectOption(label=field.name, value=field.name, description=about[:_LABEL])
