"""The panel of a server's rules. All it knows is in its custom_ids."""

from typing import Any

import discord
from discord import ui

from bot.model.rules import Gate, Rules
from cogs.present import Voice
from cogs.ruling import ANSWERS, RULE_FIELDS, gates_of, typed_value
from cogs.views.base import NO_JOB, choose, layout
from cogs.views.dialogs import dialog, text_field

_SHOWN = 150
_GATES = 15
_UNSAID = "-"
"""The value of the answer that the server leaves to the host."""


def rules_view(voice: Voice, rules: Rules) -> ui.LayoutView:
    """What is ruled, and what may be."""
    said = [(name, text) for name in RULE_FIELDS if (text := typed_value(rules, name))]
    lines = [f"**{voice.say('rules.title')}**"]
    lines += [f"{voice.say(f'rule.{name}')}: {voice.code(text, _SHOWN)}" for name, text in said]
    gates = gates_of(rules)
    lines += [f"{voice.code(what)} {gate_words(voice, gate)}" for what, gate in list(gates.items())[:_GATES]]
    if len(gates) > _GATES:
        lines.append(voice.say("queue.more", count=len(gates) - _GATES))
    lines += _people(voice, rules)
    if len(lines) == 1:
        lines.append(voice.say("rules.none"))
    lines.append(f"-# {voice.say('rules.host_too')}")
    options = [
        discord.SelectOption(label=voice.say(f"rule.{name}")[:100], value=name) for name in RULE_FIELDS
    ]
    row = choose("rule_pick", NO_JOB, "0", options, voice.say("rules.pick"))
    return layout(ui.TextDisplay("\n".join(lines)[:3900]), row)


def answer_view(voice: Voice) -> ui.LayoutView:
    """What becomes of pictures for adults."""
    options = [discord.SelectOption(label=voice.say(f"adult.{one}"), value=one) for one in ANSWERS]
    options.append(discord.SelectOption(label=voice.say("adult.host"), value=_UNSAID))
    title: ui.TextDisplay[Any] = ui.TextDisplay(f"**{voice.say('rule.adult_answer')}**")
    return layout(title, choose("rule_answer", NO_JOB, "0", options, voice.say("rule.adult_answer")))


def said_answer(value: str) -> str:
    """What was chosen, "" for what is left to the host."""
    return "" if value == _UNSAID else value


def rule_dialog(voice: Voice, rules: Rules, name: str) -> ui.Modal:
    """One field as it is typed."""
    kind = RULE_FIELDS[name].kind
    label = voice.say("rules.words" if kind == "words" else "settings.empty_clears")
    number = kind == "number"
    field = text_field(
        "value", label, typed_value(rules, name), long=not number, limit=10 if number else 4000
    )
    return dialog("rule_text", name, voice.say(f"rule.{name}"), field)


def gate_words(voice: Voice, gate: Gate) -> str:
    """Who may pass."""
    words = [voice.say("gate.off")] if gate.off else []
    if gate.roles:
        words.append(voice.say("gate.roles", roles=" ".join(f"<@&{role}>" for role in gate.roles)))
    if gate.channels:
        words.append(voice.say("gate.channels", channels=" ".join(f"<#{one}>" for one in gate.channels)))
    if gate.member_days:
        words.append(voice.say("gate.days", days=f"{gate.member_days:g}"))
    return ", ".join(words) or voice.say("gate.open")


def _people(voice: Voice, rules: Rules) -> list[str]:
    lines = []
    if rules.managers:
        roles = " ".join(f"<@&{role}>" for role in rules.managers[:10])
        lines.append(voice.say("rules.managers", roles=roles))
    if rules.banned:
        people = " ".join(f"<@{person}>" for person in rules.banned[:10])
        lines.append(voice.count("rules.banned", len(rules.banned), people=people))
    if rules.audit_channel:
        lines.append(voice.say("rules.audit", channel=f"<#{rules.audit_channel}>"))
    if rules.gallery_channel:
        lines.append(voice.say("rules.gallery", channel=f"<#{rules.gallery_channel}>"))
    if rules.review_channel:
        lines.append(voice.say("rules.review", channel=f"<#{rules.review_channel}>"))
    return lines
