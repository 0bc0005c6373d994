"""What can be done with a picture: the rows under a result, the panel behind "More…", the question which."""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import discord
from discord import ui

from bot.model.work import Drawing
from bot.queue.job import Job
from cogs.present import Voice
from cogs.views.base import Press, choose, layout, press

_PER_ROW = 5
"""Buttons of a row, by Discord's rule."""
_MOST = 25
"""Pictures that can be told apart in one panel: a select's options, or five rows of buttons."""

Pickable = Literal["vary", "upscale", "favourite"]
"""What stands under a result, and of a batch is asked about a picture first."""
PICKABLE: tuple[Pickable, ...] = get_args(Pickable)
_EMOJI: dict[Pickable, str] = {"vary": "🪄", "upscale": "⬆️", "favourite": "⭐"}


def result_rows(voice: Voice, job: Job, part: int, pictures: Sequence[int]) -> list[ui.ActionRow[Any]]:
    """Two short rows, so that a phone shows them whole. ``pictures``: indices of those of the message.

    ``part`` tells the messages of one job apart when they are looked for later.
    """
    where = str(part)
    upscale = _one_or_pick("upscale", job, part, pictures)
    common = [
        press("data", job.id, emoji="📋", argument=where),
        _one_or_pick("favourite", job, part, pictures),
        press("delete", job.id, emoji="❌", argument=where),
        press("more", job.id, label=voice.say("button.more"), argument=f"{part}_{pictures[0]}"),
    ]
    if not isinstance(job.request.work, Drawing):
        return [ui.ActionRow(upscale, *common)]
    drawing = [
        press("reroll", job.id, emoji="🎲", argument=where),
        press("edit", job.id, emoji="🖋️", argument=where),
        _one_or_pick("vary", job, part, pictures),
        upscale,
    ]
    return [ui.ActionRow(*drawing), ui.ActionRow(*common)]


def _one_or_pick(action: Pickable, job: Job, part: int, pictures: Sequence[int]) -> Press:
    """A button for the only picture of a message, or one that asks which."""
    if len(pictures) == 1:
        return _for_picture(action, job.id, pictures[0], emoji=_EMOJI[action])
    return press("pick", job.id, emoji=_EMOJI[action], argument=f"{action}_{part}")


def _for_picture(
    action: Pickable, job_id: str, picture: int, *, emoji: str | None = None, label: str | None = None
) -> Press:
    argument = str(picture)
    match action:
        case "vary":
            return press("vary", job_id, emoji=emoji, label=label, argument=argument)
        case "upscale":
            return press("upscale", job_id, emoji=emoji, label=label, argument=argument)
        case "favourite":
            return press("favourite", job_id, emoji=emoji, label=label, argument=argument)


def pick_view(voice: Voice, job: Job, action: Pickable, pictures: Sequence[int]) -> ui.LayoutView:
    """Which of the pictures? They are numbered as they stand in the message."""
    question: ui.TextDisplay[Any] = ui.TextDisplay(f"{_EMOJI[action]} {voice.say('pick.which')}")
    buttons = [
        _for_picture(action, job.id, picture, label=str(number))
        for number, picture in enumerate(pictures[:_MOST], start=1)
    ]
    rows = [buttons[at : at + _PER_ROW] for at in range(0, len(buttons), _PER_ROW)]
    return layout(question, *(ui.ActionRow[Any](*row) for row in rows))


def vary_view(voice: Voice, job_id: str, picture: int) -> ui.LayoutView:
    """A little, or much?"""
    question: ui.TextDisplay[Any] = ui.TextDisplay(f"🪄 {voice.say('vary.how')}")
    row = ui.ActionRow[Any](*_vary_buttons(voice, job_id, picture))
    return layout(question, row)


def _vary_buttons(voice: Voice, job_id: str, picture: int) -> list[Press]:
    at = str(picture)
    return [
        press("vary_subtle", job_id, emoji="🪄", label=voice.say("button.vary_subtle"), argument=at),
        press("vary_strong", job_id, emoji="🪄", label=voice.say("button.vary_strong"), argument=at),
    ]


def more_view(voice: Voice, job: Job, part: int, pictures: Sequence[int], picture: int) -> ui.LayoutView:
    """Everything that can be done with one picture of a message."""
    items: list[ui.Item[Any]] = [ui.TextDisplay(f"**{voice.say('more.title')}**")]
    if len(pictures) > 1:
        items.append(_picture_select(voice, job.id, part, pictures, picture))
    at, drawn = str(picture), isinstance(job.request.work, Drawing)
    larger = [press("upscale", job.id, emoji="⬆️", label=voice.say("button.upscale"), argument=at)]
    if drawn:
        larger.append(press("enhance", job.id, emoji="✨", label=voice.say("button.enhance"), argument=at))
        items.append(ui.ActionRow(*_vary_buttons(voice, job.id, picture)))
    items.append(ui.ActionRow(*larger))
    if drawn:
        items += _around_rows(voice, job.id, picture)
    keep = [
        press("favourite", job.id, emoji="⭐", label=voice.say("button.favourite"), argument=at),
        press("copy", job.id, emoji="✉️", label=voice.say("button.copy"), argument=at),
        press("report", job.id, emoji="🚩", label=voice.say("button.report"), argument=at),
    ]
    return layout(*items, ui.ActionRow(*keep))


def _around_rows(voice: Voice, job_id: str, picture: int) -> list[ui.ActionRow[Any]]:
    """The camera steps back or looks aside."""

    def view(name: str, emoji: str, label: str | None = None) -> Press:
        return press("around", job_id, emoji=emoji, label=label, argument=f"{picture}_{name}")

    square = voice.say("button.square")
    zoom = [view("zoom_1_5", "🔍", "1.5×"), view("zoom_2", "🔍", "2×"), view("square", "⏹️", square)]
    pan = [view("left", "⬅️"), view("right", "➡️"), view("up", "⬆️"), view("down", "⬇️")]
    return [ui.ActionRow(*zoom), ui.ActionRow(*pan)]


def _picture_select(
    voice: Voice, job_id: str, part: int, pictures: Sequence[int], chosen: int
) -> ui.ActionRow[Any]:
    options = [
        discord.SelectOption(
            label=voice.say("more.picture", number=number, count=len(pictures)),
            value=str(picture),
            default=picture == chosen,
        )
        for number, picture in enumerate(pictures[:_MOST], start=1)
    ]
    return choose("more_pick", job_id, str(part), options, voice.say("pick.which"))
