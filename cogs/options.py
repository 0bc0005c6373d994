"""The options of /draw: from what was typed, the model's own defaults and the host's, to a request."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar, cast, get_args

from pydantic import JsonValue

from bot.backends.catalog import Offer
from bot.backends.models import ModelList
from bot.errors import BadValue, UnknownName
from bot.model.details import read_details
from bot.model.families import Family, is_distilled
from bot.model.limits import Limits, fit
from bot.model.prompts import lora_names, read_batch, says_nothing, split_pairs
from bot.model.sizes import read_size
from bot.model.work import (
    MAX_SEED,
    Adjustment,
    Drawing,
    HighresFix,
    Recipe,
    Refiner,
    Request,
    ResizeMode,
    Txt2Img,
    Variation,
)
from bot.webui.overrides import check_override
from bot.webui.wire import Checkpoint
from cogs.naming import Naming
from cogs.typed import NOTHING_TYPED, Below, Typed
from config.sections import ModelTable
from config.settings import Settings

LARGEST_SEED = 2**53 - 1
"""Discord's whole numbers end there."""
_VARIATION = 0.2
"""How much of a variation's noise is mixed in where only its seed is named: enough to be seen."""

_OF_HIGHRES_FIX = frozenset({"hr_scale", "hr_steps", "hr_denoise", "hr_prompt"})

_T = TypeVar("_T")


def build_request(
    typed: Typed, offer: Offer, settings: Settings, *, usual: str | None = None, below: Below | None = None
) -> Request:
    """The request that ``typed`` means, within the host's limits.

    ``usual``: the checkpoint that draws where none is named. Raises BadValue, UnknownName, NotAllowed; for
    what stands in ``below`` only when it could never be right: a name that has vanished since is told.
    """
    reading = _Reading(typed, offer, settings, usual, below or Below())
    work, adjustments = fit(reading.work(), limits_of(settings))
    return Request(work=work, spoiler=reading.spoiler, adjustments=(*reading.adjustments(work), *adjustments))


def wants_all(typed: Typed) -> bool:
    """Whether every choice of the prompt is to be drawn. Raises BadValue, UnknownName."""
    return read_details(typed.more).switch("permute")


def resize_mode_of(typed: Typed) -> ResizeMode | None:
    """How a picture of another shape is brought to the size. Raises BadValue, UnknownName."""
    given = read_details(typed.more).text("resize_mode")
    for mode in get_args(ResizeMode):
        if given is not None and given.casefold() == mode:
            return cast("ResizeMode", mode)
    if given is not None:
        raise BadValue("resize_mode", given[:100], "not_a_resize_mode")
    return None


def again(request: Request, settings: Settings) -> Request:
    """The same with another seed, within today's limits."""
    work = request.work
    if isinstance(work, Drawing):
        work = work.as_typed.model_copy(update=_new_seeds(work))
    fitted, adjustments = fit(work, limits_of(settings))
    return request.model_copy(update={"work": fitted, "adjustments": adjustments, "changes": ()})


def _new_seeds(work: Drawing) -> dict[str, object]:
    """Of a variation the second seed is another one: the first is what it varies."""
    if work.variation is None:
        return {"seed": new_seed()}
    return {"variation": work.variation.model_copy(update={"seed": new_seed()})}


def limits_of(settings: Settings) -> Limits:
    """The host's limits."""
    limits = settings.limits
    return Limits(
        max_steps=limits.max_steps,
        max_width=limits.max_width,
        max_height=limits.max_height,
        max_pixels=limits.max_pixels,
        max_pictures=limits.max_batch,
        max_upscaled_pixels=limits.max_upscaled_pixels,
    )


def default_work(settings: Settings) -> Txt2Img:
    """What an empty /draw asks for: what a card need not mention."""
    defaults = settings.defaults
    return Txt2Img(
        prompt="",
        negative_prompt=defaults.negative_prompt,
        steps=defaults.steps,
        width=defaults.width,
        height=defaults.height,
        cfg_scale=defaults.guidance_scale,
        sampler=defaults.sampler,
        scheduler=defaults.scheduler,
        clip_skip=defaults.clip_skip,
        batch_count=defaults.batch,
        seed=0,
    )


def new_seed() -> int:
    """A seed drawn by us, so that every picture can be repeated."""
    return secrets.randbelow(MAX_SEED + 1)


class _Reading:
    """Reads one Typed, option by option, over the defaults of its checkpoint and of the host."""

    def __init__(
        self, typed: Typed, offer: Offer, settings: Settings, usual: str | None, below: Below
    ) -> None:
        self._offer = offer
        self._settings = settings
        self._defaults = settings.defaults
        self._models = ModelList(settings.model)
        self._naming = Naming(offer, self._models, settings.recipe)
        self._vanished: list[Adjustment] = []
        upper = typed.over(self._surviving(below.person))
        place = self._surviving(below.place)
        named = upper.data_model or place.data_model
        self._named = None if named is None else self._naming.checkpoint(named)
        self._checkpoint = self._named or self._usual(usual)
        self._about = None if self._checkpoint is None else self._models.about(self._checkpoint)
        if self._checkpoint is not None and self._models.side(self._checkpoint) is not None:
            place = replace(place, width=None, height=None)  # the model knows its own size best
        self._typed = upper.over(NOTHING_TYPED if self._about is None else _of_model(self._about)).over(place)
        self._details = read_details(self._typed.more)

    def _usual(self, name: str | None) -> Checkpoint | None:
        return None if name is None else self._models.named(name, self._offer.checkpoints)

    @property
    def spoiler(self) -> bool:
        """Whether the result is hidden."""
        return _or(self._typed.spoiler, self._defaults.spoiler)

    def _surviving(self, layer: Typed) -> Typed:
        """A layer without the names that no web UI has any more."""
        naming, gone = self._naming, dict[str, Any]()
        reads: dict[str, Callable[[str], object]] = {
            "data_model": naming.checkpoint,
            "sampler": lambda given: naming.sampler(given, None, self._defaults.scheduler),
            "scheduler": lambda given: naming.sampler(self._defaults.sampler, given, given),
            "styles": naming.styles,
            "extra_net": lambda given: naming.networks(given, self._defaults.extra_net_weight),
            "facefix": lambda given: says_nothing(given) or naming.face_restorer(given),
            "highres_fix": lambda given: says_nothing(given) or naming.upscaler(given),
            "vae": naming.vae,
        }
        for name, read in reads.items():
            given = getattr(layer, name)
            try:
                _ = given is None or read(given)
            except UnknownName:
                gone[name] = None
                self._vanished.append(_adjusted(name, given, "", "vanished"))
        return replace(layer, **gone) if gone else layer

    @property
    def _family(self) -> Family | None:
        return None if self._checkpoint is None else self._models.family(self._checkpoint)

    def work(self) -> Txt2Img:
        typed, defaults, naming = self._typed, self._defaults, self._naming
        if not typed.prompt.strip():
            raise BadValue("prompt", "", "empty")
        given = _or(typed.sampler, defaults.sampler)
        sampler, scheduler = naming.sampler(given, typed.scheduler, defaults.scheduler)
        count, size = read_batch(typed.batch) if typed.batch is not None else (defaults.batch, 1)
        width, height = self._size()
        face_restorer, recipes = self._repairs()
        return Txt2Img(
            prompt=self._prompt(),
            negative_prompt=self._negative_prompt(),
            checkpoint=None if self._named is None else self._named.model_name,
            vae=None if typed.vae is None else naming.vae(typed.vae),
            sampler=sampler,
            scheduler=scheduler,
            steps=_or(typed.steps, defaults.steps),
            width=width,
            height=height,
            cfg_scale=_or(typed.guidance_scale, defaults.guidance_scale),
            seed=_seed("seed", typed.seed),
            clip_skip=_or(typed.clip_skip, defaults.clip_skip),
            styles=naming.styles(typed.styles),
            extra_networks=naming.networks(typed.extra_net, defaults.extra_net_weight),
            face_restorer=face_restorer,
            highres_fix=self._highres_fix(),
            batch_count=count,
            batch_size=size,
            refiner=self._refiner(),
            variation=self._variation(),
            tiling=self._details.switch("tiling"),
            recipes=recipes,
            override=self._override(),
        )

    def adjustments(self, work: Drawing) -> Iterator[Adjustment]:
        """What the person should know before it is drawn."""
        yield from self._vanished
        about, shown = self._about, self._shown
        if about is not None and about.activator and not _holds(self._typed.prompt, about.activator):
            yield _adjusted("prompt", shown, about.activator, "activator")
        negative = self._typed.negative_prompt
        if is_distilled(self._family) and negative is not None and not says_nothing(negative):
            yield _adjusted("negative_prompt", shown, "", "negative_ignored")
        named = [one.name for one in work.extra_networks if one.kind == "lora"]
        for name in dict.fromkeys([*named, *lora_names(work.prompt)]):
            family = self._naming.lora_family(name)
            if family is not None and self._family is not None and family != self._family:
                yield _adjusted("extra_net", name, shown, "other_family")

    @property
    def _shown(self) -> str:
        return "" if self._checkpoint is None else self._models.shown(self._checkpoint)

    def _prompt(self) -> str:
        """With the words that the model wants, unless they are there already."""
        prompt, activator = self._typed.prompt, self._about.activator if self._about else ""
        return prompt if _holds(prompt, activator) else f"{activator}, {prompt}"

    def _negative_prompt(self) -> str:
        given = self._typed.negative_prompt
        if is_distilled(self._family) or (given is not None and says_nothing(given)):
            return ""
        negative = _or(given, self._defaults.negative_prompt)
        prefix = self._about.negative_prefix if self._about else ""
        return negative if _holds(negative, prefix) else ", ".join(filter(None, (prefix, negative)))

    def _size(self) -> tuple[int, int]:
        """Both sides that were typed; else the shape; else the model's own; else the host's."""
        typed, defaults = self._typed, self._defaults
        side = None if self._checkpoint is None else self._models.side(self._checkpoint)
        width, height = (defaults.width, defaults.height) if side is None else (side, side)
        if typed.size is not None:
            width, height = read_size(typed.size, side or round((width * height) ** 0.5))
        return _or(typed.width, width), _or(typed.height, height)

    def _repairs(self) -> tuple[str | None, tuple[Recipe, ...]]:
        """The face restorer and the recipes: ``facefix`` names either."""
        given, recipes = self._typed.facefix, self._naming.recipes(self._details.text("recipe"))
        if given is None or says_nothing(given):
            return None, recipes
        found = self._naming.face_restorer(given)
        if isinstance(found, str):
            return found, recipes
        return None, tuple({recipe.name: recipe for recipe in (*recipes, found)}.values())

    def _highres_fix(self) -> HighresFix | None:
        given, details = self._typed.highres_fix, self._details
        if given is None:
            for key in details.values.keys() & _OF_HIGHRES_FIX:
                raise BadValue(key, details.values[key][:100], "needs_highres_fix")
        if given is None or says_nothing(given):
            return None
        name, defaults = self._naming.upscaler(given), self._defaults
        latent = self._naming.is_latent(name)
        usual = defaults.highres_latent_strength if latent else defaults.highres_strength
        return HighresFix(
            upscaler=name,
            scale=_or(details.number("hr_scale", 1, 8), defaults.highres_scale),
            steps=_or(details.whole("hr_steps", 0, self._settings.limits.max_steps), 0),
            denoising_strength=_or(details.number("hr_denoise", 0, 1), usual),
            prompt=details.text("hr_prompt") or "",
        )

    def _refiner(self) -> Refiner | None:
        given = self._details.text("refiner")
        at = _or(self._details.number("refiner_at", 0, 1), Refiner(checkpoint="").switch_at)
        if given is None or says_nothing(given):
            return None
        return Refiner(checkpoint=self._naming.checkpoint(given).model_name, switch_at=at)

    def _variation(self) -> Variation | None:
        seed = self._details.whole("variation_seed", -1, LARGEST_SEED)
        strength = self._details.number("variation_strength", 0, 1)
        if strength is None:
            strength = 0.0 if seed is None else _VARIATION
        return Variation(seed=_seed("variation_seed", seed), strength=strength) if strength else None

    def _override(self) -> dict[str, JsonValue]:
        given = self._typed.override
        if given is None or says_nothing(given):
            return {}
        allowed = self._settings.override.extra_allowed
        checked = (
            check_override(key, value, self._offer.options, allowed)
            for key, value in split_pairs("override", given)
        )
        return dict(checked)


def _of_model(about: ModelTable) -> Typed:
    """A checkpoint's own defaults, as if they had been typed."""
    return Typed(
        prompt="",
        steps=about.steps,
        width=about.width,
        height=about.height,
        guidance_scale=about.guidance_scale,
        sampler=about.sampler,
        scheduler=about.scheduler,
        clip_skip=about.clip_skip,
        vae=about.vae,
    )


def _adjusted(field: str, asked: str, given: str, reason: str) -> Adjustment:
    return Adjustment(field=field, asked=asked, given=given, reason=reason)


def _holds(text: str, words: str) -> bool:
    return words.casefold() in text.casefold()


def _seed(field: str, seed: int | None) -> int:
    if seed is None or seed == -1:
        return new_seed()
    if not 0 <= seed <= LARGEST_SEED:
        raise BadValue(field, str(seed), "out_of_range")
    return seed


def _or(given: _T | None, default: _T) -> _T:
    return default if given is None else given
