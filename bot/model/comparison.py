"""A table of pictures that differ along two axes: as it is offered, and as it is being drawn."""

from typing import Self

from bot.model.work import Frozen, Group, Origin, Request


class Table(Frozen):
    """The labels of the columns and of the rows: at least one each. An empty one is not shown."""

    columns: tuple[str, ...]
    rows: tuple[str, ...]

    def label(self, cell: int) -> str:
        """What tells a cell from the others."""
        row, column = divmod(cell, len(self.columns))
        return " · ".join(filter(None, (self.columns[column], self.rows[row])))


class Grid(Frozen):
    """A table, and the request of each of its cells, row by row."""

    table: Table
    cells: tuple[Request, ...]

    def within(self, group: str) -> list[Request]:
        """The requests, each knowing its cell of the group."""
        return [
            request.model_copy(update={"group": Group(id=group, cell=cell)})
            for cell, request in enumerate(self.cells)
        ]


class Comparison(Frozen):
    """A table whose cells are in the line, until its sheet is posted. Times are seconds since 1970."""

    origin: Origin
    table: Table
    jobs: tuple[str, ...]
    """The id of each cell's job, row by row."""
    nonce: str
    """Of the sheet's message: at most 25 characters."""
    created_at: float
    attempted_at: float | None = None
    """Stored before the first attempt to post the sheet."""

    def attempted(self, now: float) -> Self:
        """As it is from an attempt on."""
        return self.model_copy(update={"attempted_at": self.attempted_at or now})
