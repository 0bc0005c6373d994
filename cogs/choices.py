"""What the selects of the edit panel offer: names from memory, sizes and steps from the limits."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.backends.catalog import Offer
from bot.backends.models import ModelList
from bot.model.draft import Draft, Selected
from bot.model.limits import MIN_SIDE, SIZE_STEP, Limits
from bot.webui.names import AUTOMATIC
from cogs.options import limits_of
from config.settings import Settings

MAX_OPTIONS = 25
"""Of one select, by Discord's rule."""
PER_PAGE = MAX_OPTIONS - 2
"""Of a select with pages: the two others turn them."""
MAX_VALUE = 100
"""Characters of an option's value, by Discord's rule."""
TURN = "page:"
"""How the value of an option begins that turns the page; its number follows."""
USUAL = "~usual"
"""The checkpoint that the host has made the usual one."""

_STEPS = (8, 10, 15, 20, 25, 30, 35, 40, 50, 60, 80, 100)
_RATIOS = ((1, 1), (5, 4), (4, 5), (4, 3), (3, 4), (3, 2), (2, 3), (16, 9), (9, 16), (21, 9), (9, 21))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing that can be chosen."""

    value: str
    """What Discord sends back."""
    shown: str
    """Empty = the usual one."""
    update: Mapping[str, object]
    """The fields of the work that it sets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a select shows at a time, and the pages before and behind it."""

    choices: Sequence[Choice]
    before: int | None = None
    behind: int | None = None


def page_of(choices: Sequence[Choice], number: int) -> Page:
    """The page ``number``, or the nearest one there is."""
    if len(choices) <= MAX_OPTIONS:
        return Page(choices=choices)
    last = (len(choices) - 1) // PER_PAGE
    number = min(number, last)
    return Page(
        choices=choices[number * PER_PAGE : (number + 1) * PER_PAGE],
        before=number - 1 if number else None,
        behind=number + 1 if number < last else None,
    )


def first_page(choices: Sequence[Choice], draft: Draft) -> int:
    """The page with the value that the draft has now."""
    at = next((at for at, choice in enumerate(choices) if is_chosen(choice, draft)), 0)
    return at // PER_PAGE


def is_chosen(choice: Choice, draft: Draft) -> bool:
    """Whether the draft has exactly that."""
    work = draft.work
    return all(getattr(work, name) == value for name, value in choice.update.items())


def choices_for(name: Selected, draft: Draft, offer: Offer, settings: Settings) -> list[Choice]:
    """Everything that one select offers; what the draft has now is always among it."""
    work, limits = draft.work, limits_of(settings)
    match name:
        case "checkpoint":
            usual = Choice(value=USUAL, shown="", update={"checkpoint": None})
            return [usual, *_checkpoints(work.checkpoint, offer, ModelList(settings.model))]
        case "sampler":
            return _named("sampler", [sampler.name for sampler in offer.samplers], work.sampler)
        case "scheduler":
            names = [AUTOMATIC, *(scheduler.shown for scheduler in offer.schedulers)]
            return _named("scheduler", names, work.scheduler)
        case "size":
            return _sizes(draft, limits)
        case "steps":
            numbers = {steps for steps in _STEPS if steps <= limits.max_steps} | {work.steps}
            return [Choice(value=str(n), shown=str(n), update={"steps": n}) for n in sorted(numbers)]


def _checkpoints(now: str | None, offer: Offer, models: ModelList) -> list[Choice]:
    """Those that the host offers, under the names that the host gives them."""
    offered = models.offered(offer.checkpoints)
    shown = {checkpoint.model_name: models.shown(checkpoint) for checkpoint in offered}
    choices = _named("checkpoint", shown, now)
    return [
        replace(choice, shown=shown.get(str(choice.update["checkpoint"]), choice.shown)) for choice in choices
    ]


def _named(field: str, names: Iterable[str], now: str | None) -> list[Choice]:
    distinct = dict.fromkeys([*names, *([now] if now is not None else [])])
    return [Choice(value=_value(name), shown=name, update={field: name}) for name in distinct if name]


def _value(name: str) -> str:
    """A name, or what stands for one that is too long for Discord."""
    return name if len(name) <= MAX_VALUE else "#" + hashlib.sha256(name.encode()).hexdigest()


def _sizes(draft: Draft, limits: Limits) -> list[Choice]:
    """The usual shapes with about as many pixels as the picture that was begun with."""
    before, now = draft.before, draft.work
    found = {(before.width, before.height): "", (now.width, now.height): ""}
    shapes = {_shape(before.width * before.height, *ratio): "{}:{}".format(*ratio) for ratio in _RATIOS}
    found = {**shapes, **{size: shapes.get(size, "") for size in found}}
    return [
        Choice(
            value=f"{width}x{height}",
            shown=f"{width} × {height}" + (f" · {ratio}" if ratio else ""),
            update={"width": width, "height": height},
        )
        for (width, height), ratio in found.items()
        if (width, height) == (now.width, now.height)
        or (width <= limits.max_width and height <= limits.max_height)
    ]


def _shape(pixels: int, across: int, down: int) -> tuple[int, int]:
    unit = (pixels / (across * down)) ** 0.5
    return _side(across * unit), _side(down * unit)


def _side(pixels: float) -> int:
    return max(MIN_SIDE, round(pixels / SIZE_STEP) * SIZE_STEP)
