"""What a person typed into /draw, and what stands in for the rest of it."""

from dataclasses import dataclass, fields, replace

from bot.model.prompts import says_nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a person typed, or what stands in for it. None = nothing, so the next layer holds."""

    prompt: str
    negative_prompt: str | None = None
    data_model: str | None = None
    size: str | None = None
    steps: int | None = None
    width: int | None = None
    height: int | None = None
    guidance_scale: float | None = None
    sampler: str | None = None
    scheduler: str | None = None
    seed: int | None = None
    styles: str | None = None
    extra_net: str | None = None
    facefix: str | None = None
    highres_fix: str | None = None
    clip_skip: int | None = None
    vae: str | None = None
    batch: str | None = None
    override: str | None = None
    more: str | None = None
    spoiler: bool | None = None

    def over(self, below: "Typed") -> "Typed":
        """This, and what ``below`` says of the rest.

        What belongs together stays together: a size that is named beats a width from below, a sampler a
        scheduler from below. ``more`` is merged key by key.
        """
        if self.size is not None:
            below = replace(below, width=None, height=None)
        if self.sampler is not None:
            below = replace(below, scheduler=None)
        if self.more is not None and says_nothing(self.more):
            below = replace(below, more=None)
        changes = {
            field.name: getattr(below, field.name)
            for field in fields(self)
            if getattr(self, field.name) is None
        }
        more = ", ".join(filter(None, (below.more, self.more)))
        return replace(self, **(changes | {"more": more or None}))


NOTHING_TYPED = Typed(prompt="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """What stands in for what was not typed, over the host's defaults."""

    person: Typed = NOTHING_TYPED
    """What a person prefers: over a checkpoint's own defaults."""
    place: Typed = NOTHING_TYPED
    """What a server, a channel and roles prefer: below them."""
