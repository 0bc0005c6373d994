"""What a person is putting together in the edit panel, before it is asked for."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from bot.errors import Gone
from bot.model.comparison import Grid
from bot.model.work import Change, Drawing, Frozen, Img2Img, Request, Txt2Img

Selected = Literal["checkpoint", "sampler", "scheduler", "size", "steps"]
"""What the panel's selects choose."""


Painting = Annotated[Txt2Img | Img2Img, Field(discriminator="kind")]
"""Work that has a prompt, a seed and a size."""


class Draft(Frozen):
    """One panel. ``work`` is what *Draw* would ask for as it stands."""

    work: Painting
    before: Painting
    """What the panel was opened with, so that the card can say what changed."""
    request: Request
    """Where all but the work comes from."""
    after_user_id: int | None = None
    """Whose picture it began with, where that was another person's."""
    lost: tuple[tuple[str, str], ...] = ()
    """(name, value) of what the picture's data names and nobody here has."""
    grid: Grid | None = None
    """What *Draw* asks for in place of the work, where that is a whole table."""
    pages: dict[Selected, int] = Field(default_factory=dict)
    """The page of each select that has more than one; the first is 0."""

    @classmethod
    def of(cls, request: Request, after_user_id: int | None = None) -> "Draft":
        """A panel in which nothing was changed yet.

        Raises Gone if there is nothing in the request that the panel could change.
        """
        work = request.work
        if not isinstance(work, Txt2Img | Img2Img):
            raise Gone
        return cls(work=work, before=work, request=request, after_user_id=after_user_id)

    def missing(self, lost: tuple[tuple[str, str], ...]) -> "Draft":
        """With what could not be had."""
        return self.model_copy(update={"lost": lost})

    def turned(self, name: Selected, page: int) -> "Draft":
        """With another page of one select."""
        return self.model_copy(update={"pages": {**self.pages, name: max(0, page)}})

    def with_work(self, **values: object) -> "Draft":
        """With other values of the work."""
        return self.model_copy(update={"work": self.work.model_copy(update=values)})


_SHOWN = (
    ("checkpoint", "data_model"),
    ("vae", "vae"),
    ("sampler", "sampler"),
    ("scheduler", "scheduler"),
    ("steps", "steps"),
    ("cfg_scale", "guidance_scale"),
    ("seed", "seed"),
    ("clip_skip", "clip_skip"),
    ("strength", "strength"),
)
"""Fields whose values fit on a card, and the names that people type."""


def changes(before: Drawing, after: Drawing) -> tuple[Change, ...]:
    """What differs between two requests, short enough for a card: of texts only that they do."""
    return tuple(_changes(before, after))


def _changes(before: Drawing, after: Drawing) -> Iterator[Change]:
    for name in ("prompt", "negative_prompt"):
        if getattr(before, name) != getattr(after, name):
            yield Change(field=name)
    for name, shown in _SHOWN:
        old, new = getattr(before, name, None), getattr(after, name, None)
        if old != new:
            yield Change(field=shown, before=_plain(old), after=_plain(new))
    if (before.width, before.height) != (after.width, after.height):
        old, new = (f"{work.width}×{work.height}" for work in (before, after))
        yield Change(field="size", before=old, after=new)


def _plain(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)
