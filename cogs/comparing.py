"""A table of pictures: planned and priced first, and only then put into the line, all of it or nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
from discord import ui

from bot.errors import BadValue, Gone, Refused, TooManyCells
from bot.model.comparison import Comparison, Grid, Table
from bot.model.draft import Draft
from bot.model.work import Drawing, Request
from bot.queue.job import new_delivery_id, new_id
from bot.services import Services
from cogs.allowance import allowance_of
from cogs.axes import Axis
from cogs.choosing import chosen
from cogs.options import build_request, new_seed
from cogs.present import Voice, adjustment_lines, fenced, plain, subject, wait_words
from cogs.standards import Standards, standards_of
from cogs.submitting import admitted, origin_of, require_posting
from cogs.typed import Typed
from cogs.views.base import layout, press

_TOLD = 8
"""Adjustments that the question shows."""
_LABELS = 700
"""Characters of the labels of one side there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Makes the requests of a table from what was typed. Blocks for some milliseconds: for a thread."""

    services: Services
    standards: Standards
    typed: Typed

    def grid(self, x: Axis, y: Axis | None) -> Grid:
        """Raises BadValue, UnknownName, NotAllowed, TooManyCells."""
        self._require_room(len(x.values) * (1 if y is None else len(y.values)))
        typed = replace(self.typed, batch="1", seed=_one_seed(self.typed.seed))
        columns = self._side(x, typed)
        rows = {"": ""} if y is None else self._side(y, typed)
        if len(columns) == len(rows) == 1:
            raise BadValue(x.option, ", ".join(x.values)[:100], "one_value")
        cells = tuple(
            self._request(self._applied(y, down, self._applied(x, across, typed)))
            for down in rows.values()
            for across in columns.values()
        )
        return Grid(table=Table(columns=tuple(columns), rows=tuple(rows)), cells=cells)

    def _require_room(self, cells: int) -> None:
        settings = self.services.settings
        limit = min(settings.limits.max_cells, self.standards.admission(settings).per_person)
        if cells > limit:
            raise TooManyCells(cells=cells, limit=limit)

    def _side(self, axis: Axis, typed: Typed) -> dict[str, str]:
        """Values by their labels; of several that come to the same the first."""
        usual, found = _drawing(self._request(typed)), dict[str, str]()
        for value in axis.values:
            work = _drawing(self._request(self._applied(axis, value, typed)))
            found.setdefault(axis.label(value, work, usual), value)
        return found

    def _applied(self, axis: Axis | None, value: str, typed: Typed) -> Typed:
        if axis is None:
            return typed
        networks = _drawing(self._request(typed)).extra_networks if axis.name == "lora" else ()
        return axis.typed(value, typed, ", ".join(f"{one.name}:{plain(one.weight)}" for one in networks))

    def _request(self, typed: Typed) -> Request:
        services = self.services
        request = build_request(
            typed,
            services.catalog.offer(),
            services.settings,
            usual=services.pool.usual_checkpoint,
            below=self.standards.below,
        )
        return self.standards.applied_to(request, services.settings)


async def ask_first(
    interaction: discord.Interaction[Any], services: Services, typed: Typed, x: Axis, y: Axis | None
) -> None:
    """What the table takes, with the button that draws it.

    Raises what ``Plan.grid`` does, and whatever one of its cells would be refused for.
    """
    services.control.require_taking()
    standards = await standards_of(interaction, services)
    plan = Plan(services=services, standards=standards, typed=typed)
    grid = await asyncio.to_thread(plan.grid, x, y)
    cells = [await chosen(one, services.wildcards) for one in grid.cells]
    grid = grid.model_copy(update={"cells": tuple(cells)})
    grid = await _admitted(interaction, services, standards, grid)
    draft = Draft.of(grid.cells[0]).model_copy(update={"grid": grid})
    draft_id = await services.drafts.open(interaction.user.id, draft)
    waits = [await services.queue.wait_for_new(one, interaction.user.id) for one in grid.cells]
    voice = Voice(services.texts, str(interaction.locale))
    cost = voice.count(
        "compare.ask",
        len(grid.cells),
        columns=len(grid.table.columns),
        rows=len(grid.table.rows),
        time=voice.duration(sum(seconds for _, seconds in waits)),
        wait=wait_words(voice, waits[0][0]),
    )
    prompt = fenced(subject(voice, grid.cells[0].work))
    lines = [cost, *_sides(voice, grid.table), prompt, *_told(voice, grid)]
    button = press("compare", draft_id, label=voice.say("button.compare"), emoji="🎨")
    view = layout(ui.TextDisplay("\n".join(lines)), ui.ActionRow(button))
    await interaction.response.send_message(view=view, ephemeral=True)


async def draw_all(interaction: discord.Interaction[Any], services: Services, draft_id: str) -> None:
    """Every cell becomes a job of its own, and the table is remembered until its sheet is posted.

    Raises Gone where it was drawn already, and whatever one of the cells is refused for.
    """
    require_posting(interaction)
    draft = await services.drafts.get(interaction.user.id, draft_id)
    grid = _grid(draft)
    await services.drafts.change(interaction.user.id, draft_id, _taken)
    try:
        await _submit(interaction, services, grid)
    except Refused:
        await services.drafts.change(interaction.user.id, draft_id, lambda _: draft)
        raise
    voice = Voice(services.texts, str(interaction.locale))
    text: ui.TextDisplay[Any] = ui.TextDisplay(voice.count("compare.taken", len(grid.cells)))
    await interaction.response.edit_message(view=layout(text))


async def _submit(interaction: discord.Interaction[Any], services: Services, grid: Grid) -> None:
    services.control.require_taking()
    standards = await standards_of(interaction, services)
    grid = await _admitted(interaction, services, standards, grid)
    now = services.clock.now()
    group, ids = new_id(now), [new_id(now) for _ in grid.cells]
    comparison = Comparison(
        origin=origin_of(interaction),
        table=grid.table,
        jobs=tuple(ids),
        nonce=new_delivery_id(),
        created_at=now,
    )
    # First, so that no cell can be over before it is known what it belongs to.
    await services.comparisons.put(group, comparison)
    try:
        await services.queue.submit_all(
            dict(_by_checkpoint(ids, grid.within(group))),
            comparison.origin,
            admission=standards.admission(services.settings),
            allowance=allowance_of(services, standards.merged.caps),
        )
    except Refused:
        await services.comparisons.forget(group)
        raise


async def _admitted(
    interaction: discord.Interaction[Any], services: Services, standards: Standards, grid: Grid
) -> Grid:
    cells = [await admitted(interaction, services, standards, one) for one in grid.cells]
    return grid.model_copy(update={"cells": tuple(cells)})


def _by_checkpoint(ids: Sequence[str], cells: Sequence[Request]) -> Iterator[tuple[str, Request]]:
    """In an order in which each checkpoint is loaded once."""
    for name in dict.fromkeys(_drawing(one).checkpoint for one in cells):
        for job_id, one in zip(ids, cells, strict=True):
            if _drawing(one).checkpoint == name:
                yield job_id, one


def _grid(draft: Draft) -> Grid:
    if draft.grid is None:
        raise Gone
    return draft.grid


def _taken(draft: Draft) -> Draft:
    """Of two presses at once one draws."""
    _grid(draft)
    return draft.model_copy(update={"grid": None})


def _drawing(request: Request) -> Drawing:
    if not isinstance(request.work, Drawing):
        raise Gone
    return request.work


def _one_seed(seed: int | None) -> int:
    """The same for all, so that they can be compared."""
    return new_seed() if seed in (None, -1) else seed


def _sides(voice: Voice, table: Table) -> Iterator[str]:
    yield voice.say("compare.columns", labels=_labels(voice, table.columns))
    if any(table.rows):
        yield voice.say("compare.rows", labels=_labels(voice, table.rows))


def _labels(voice: Voice, labels: Sequence[str]) -> str:
    return voice.code(" | ".join(labels), _LABELS)


def _told(voice: Voice, grid: Grid) -> list[str]:
    """What was changed on the way in, each thing once."""
    told = dict.fromkeys(line for one in grid.cells for line in adjustment_lines(voice, one.adjustments))
    return [f"-# {line}" for line in list(told)[:_TOLD]]
