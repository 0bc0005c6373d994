"""The edit panel: present values, a select for each that can be chosen, a dialog for the texts, and Draw."""

from typing import Any, get_args

import discord
from discord import ui

from bot.backends.catalog import Offer
from bot.model.draft import Draft, Selected, changes
from bot.model.work import Img2Img
from bot.services import Services
from cogs.choices import TURN, Choice, choices_for, first_page, is_chosen, page_of
from cogs.drafting import PARTS
from cogs.present import Voice, change_line, fenced
from cogs.views.base import choose, layout, press
from cogs.views.dialogs import MAX_FIELDS, MAX_TEXT, dialog, text_field

_LABEL = 100
_PROMPT_SHOWN = 700
_NEGATIVE_SHOWN = 200
_MOST_LOST = 6
_SELECTS: tuple[Selected, ...] = get_args(Selected)


def edit_view(voice: Voice, services: Services, draft_id: str, draft: Draft, offer: Offer) -> ui.LayoutView:
    """The panel as it stands. ``offer``: what can be chosen by whoever has it open."""
    text: ui.TextDisplay[Any] = ui.TextDisplay("\n".join(_lines(voice, draft)))
    selects = [_select(voice, services, draft_id, draft, name, offer) for name in _SELECTS]
    buttons = ui.ActionRow[Any](
        press(
            "edit_draw",
            draft_id,
            label=voice.say("edit.draw"),
            emoji="🎨",
            style=discord.ButtonStyle.success,
        ),
        press("edit_text", draft_id, label=voice.say("edit.text"), emoji="📝"),
        press("edit_seed", draft_id, label=voice.say("edit.new_seed"), emoji="🎲"),
    )
    return layout(text, *selects, buttons)


def _lines(voice: Voice, draft: Draft) -> list[str]:
    work = draft.work
    lines = [f"🖋 **{voice.say('edit.title')}**", fenced(work.prompt, _PROMPT_SHOWN)]
    if work.negative_prompt:
        lines += [f"-# {voice.say('edit.negative')}", fenced(work.negative_prompt, _NEGATIVE_SHOWN)]
    strength = f" · strength {work.strength:g}" if isinstance(work, Img2Img) else ""
    lines.append(f"-# seed {work.seed} · CFG {work.cfg_scale:g}{strength}")
    if draft.lost:
        things = ", ".join(voice.code(f"{name}: {value}", 60) for name, value in draft.lost[:_MOST_LOST])
        lines.append(f"⚠️ {voice.say('info.lost', things=things)}")
    changed = changes(draft.before, work)
    return [*lines, change_line(voice, changed)] if changed else lines


def _select(
    voice: Voice, services: Services, draft_id: str, draft: Draft, name: Selected, offer: Offer
) -> ui.ActionRow[Any]:
    choices = choices_for(name, draft, offer, services.settings)
    number = draft.pages.get(name)
    page = page_of(choices, first_page(choices, draft) if number is None else number)
    title = voice.say(f"edit.{name}")
    options = [_option(voice, title, draft, choice) for choice in page.choices]
    if page.before is not None:
        options.insert(0, discord.SelectOption(label=voice.say("edit.before"), value=f"{TURN}{page.before}"))
    if page.behind is not None:
        options.append(discord.SelectOption(label=voice.say("edit.behind"), value=f"{TURN}{page.behind}"))
    now = next((choice.shown for choice in choices if is_chosen(choice, draft)), "")
    return choose("edit_set", draft_id, name, options, f"{title}: {now or voice.say('edit.usual')}"[:_LABEL])


def _option(voice: Voice, title: str, draft: Draft, choice: Choice) -> discord.SelectOption:
    """The one that holds now says what it is: on a closed select its label is all that shows."""
    shown = choice.shown or voice.say("edit.usual")
    chosen = is_chosen(choice, draft)
    label = f"{title}: {shown}" if chosen else shown
    return discord.SelectOption(label=label[:_LABEL], value=choice.value, default=chosen)


def text_dialog(voice: Voice, draft_id: str, draft: Draft) -> ui.Modal:
    """Prompt, negative prompt and seed. A text that two fields cannot hold stays as it is."""
    work = draft.work
    fields = [
        *_text_fields("prompt", voice.say("edit.prompt"), work.prompt),
        *_text_fields("negative", voice.say("edit.negative"), work.negative_prompt),
        text_field("seed", voice.say("edit.seed"), str(work.seed), limit=20),
    ]
    if isinstance(work, Img2Img) and len(fields) < MAX_FIELDS:
        fields.append(text_field("strength", voice.say("edit.strength"), f"{work.strength:g}", limit=20))
    return dialog("edit_text", draft_id, voice.say("edit.title"), *fields)


def _text_fields(name: str, label: str, text: str) -> list[ui.Label[Any]]:
    if len(text) <= MAX_TEXT:
        return [text_field(f"{name}_{PARTS[0]}", label, text, long=True)]
    cut = _cut(text)
    parts = (text[:cut], text[cut:])
    if len(parts[1]) > MAX_TEXT:
        return []
    return [
        text_field(f"{name}_{field}", f"{label} ({number}/2)", part, long=True)
        for number, (field, part) in enumerate(zip(PARTS, parts, strict=True), start=1)
    ]


def _cut(text: str) -> int:
    """Where a text is cut in two: inside a word, since Discord takes away the spaces at a field's ends."""
    places = range(MAX_TEXT, MAX_TEXT - 500, -1)
    return next((at for at in places if not (text[at - 1].isspace() or text[at].isspace())), MAX_TEXT)
