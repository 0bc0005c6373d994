"""The options of /draw: from what was typed to a request, and what is suggested while typing.

Everything here works from memory. Names are matched against what the web UIs offer; while none has answered
yet they are taken as typed, and the back end that gets the job checks them.
"""

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import JsonValue

from bot.backends.catalog import Offer
from bot.errors import BadValue, UnknownName
from bot.model.limits import Limits, fit
from bot.model.prompts import read_batch, says_nothing, split_list, split_pairs, split_weight
from bot.model.work import MAX_SEED, Drawing, ExtraNetwork, HighresFix, Request, Txt2Img
from bot.webui.names import (
    AUTOMATIC,
    find_name,
    match_checkpoint,
    match_name,
    match_sampler,
    match_scheduler,
    match_style,
    nearest,
)
from bot.webui.overrides import allowed_overrides, check_override
from config.settings import Settings

MAX_CHOICES = 25
MAX_CHOICE = 100
"""Characters of a suggestion; Discord refuses longer ones."""
MAX_NAME = 200
LARGEST_SEED = 2**53 - 1
"""Discord's whole numbers end there."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What a person typed. None = nothing, so the default holds."""

    prompt: str
    negative_prompt: str | None = None
    data_model: str | None = None
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
    spoiler: bool | None = None


def build_request(typed: Typed, offer: Offer, settings: Settings) -> Request:
    """The request that ``typed`` means, within the limits.

    Raises BadValue, UnknownName, NotAllowed.
    """
    reading = _Reading(typed, offer, settings)
    work, adjustments = fit(reading.work(), limits_of(settings))
    spoiler = settings.defaults.spoiler if typed.spoiler is None else typed.spoiler
    return Request(work=work, spoiler=spoiler, adjustments=adjustments)


def again(request: Request, settings: Settings) -> Request:
    """The same with another seed, within today's limits."""
    work = request.work
    if isinstance(work, Drawing):
        work = work.model_copy(update={"seed": new_seed()})
    fitted, adjustments = fit(work, limits_of(settings))
    return request.model_copy(update={"work": fitted, "adjustments": adjustments, "changes": ()})


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
    """Reads one Typed, option by option."""

    def __init__(self, typed: Typed, offer: Offer, settings: Settings) -> None:
        self._typed = typed
        self._offer = offer
        self._settings = settings
        self._defaults = settings.defaults

    def work(self) -> Txt2Img:
        typed, defaults = self._typed, self._defaults
        if not typed.prompt.strip():
            raise BadValue("prompt", "", "empty")
        sampler, scheduler = self._sampler()
        count, size = read_batch(typed.batch) if typed.batch is not None else (defaults.batch, 1)
        return Txt2Img(
            prompt=typed.prompt,
            negative_prompt=self._text(typed.negative_prompt, defaults.negative_prompt),
            checkpoint=self._checkpoint(),
            vae=self._vae(),
            sampler=sampler,
            scheduler=scheduler,
            steps=_or(typed.steps, defaults.steps),
            width=_or(typed.width, defaults.width),
            height=_or(typed.height, defaults.height),
            cfg_scale=_or(typed.guidance_scale, defaults.guidance_scale),
            seed=self._seed(),
            clip_skip=_or(typed.clip_skip, defaults.clip_skip),
            styles=self._styles(),
            extra_networks=self._extra_networks(),
            face_restorer=self._face_restorer(),
            highres_fix=self._highres_fix(),
            batch_count=count,
            batch_size=size,
            override=self._override(),
        )

    def _text(self, given: str | None, default: str) -> str:
        if given is None:
            return default
        return "" if says_nothing(given) else given

    def _checkpoint(self) -> str | None:
        given = self._typed.data_model
        if given is None:
            return None
        checkpoints = self._offer.checkpoints
        return self._known(given, checkpoints, lambda: match_checkpoint(given, checkpoints).model_name)

    def _vae(self) -> str | None:
        given = self._typed.vae
        if given is None:
            return None
        if says_nothing(given):
            return "None"
        names = [AUTOMATIC, "None", *self._offer.vaes]
        return self._known(given, self._offer.vaes, lambda: match_name("vae", given, names))

    def _sampler(self) -> tuple[str, str]:
        """A trailing scheduler of the sampler counts unless one was typed by itself."""
        given = _or(self._typed.sampler, self._defaults.sampler)
        samplers, schedulers = self._offer.samplers, self._offer.schedulers
        if not samplers:
            return _short(given), _short(_or(self._typed.scheduler, self._defaults.scheduler))
        choice = match_sampler(given, samplers, schedulers)
        wanted = self._typed.scheduler or choice.scheduler or self._defaults.scheduler
        return choice.sampler, self._known(wanted, schedulers, lambda: match_scheduler(wanted, schedulers))

    def _seed(self) -> int:
        seed = self._typed.seed
        if seed is None or seed == -1:
            return new_seed()
        if not 0 <= seed <= LARGEST_SEED:
            raise BadValue("seed", str(seed), "out_of_range")
        return seed

    def _styles(self) -> tuple[str, ...]:
        given = self._typed.styles
        if given is None or says_nothing(given):
            return ()
        styles = self._offer.styles
        names = (given,) if any(style.name == given for style in styles) else split_list("styles", given)
        return tuple(dict.fromkeys(self._style(name) for name in names))

    def _style(self, name: str) -> str:
        styles = self._offer.styles
        return self._known(name, styles, lambda: match_style(name, styles))

    def _extra_networks(self) -> tuple[ExtraNetwork, ...]:
        given = self._typed.extra_net
        if given is None or says_nothing(given):
            return ()
        merged: dict[tuple[str, str], ExtraNetwork] = {}
        for item in split_list("extra_net", given):
            name, weight = split_weight("extra_net", item, self._defaults.extra_net_weight)
            network = self._network(name, weight)
            merged[network.kind, network.name] = network
        return tuple(merged.values())

    def _network(self, name: str, weight: float) -> ExtraNetwork:
        offer = self._offer
        if not offer.known:
            return ExtraNetwork(kind="lora", name=_short(name), weight=weight)
        loras = [lora.name for lora in offer.loras]
        aliases = {lora.alias: lora.name for lora in offer.loras if lora.alias}
        if (found := find_name(name, [*loras, *aliases])) is not None:
            return ExtraNetwork(kind="lora", name=aliases.get(found, found), weight=weight)
        if (found := find_name(name, offer.hypernetworks)) is not None:
            return ExtraNetwork(kind="hypernet", name=found, weight=weight)
        if (found := find_name(name, offer.embeddings)) is not None:
            return ExtraNetwork(kind="embedding", name=found, weight=weight)
        everything = [*loras, *offer.hypernetworks, *offer.embeddings]
        raise UnknownName("extra_network", _short(name), nearest(name, everything))

    def _face_restorer(self) -> str | None:
        given = self._typed.facefix
        if given is None or says_nothing(given):
            return None
        restorers = self._offer.face_restorers
        return self._known(given, restorers, lambda: match_name("face_restorer", given, restorers))

    def _highres_fix(self) -> HighresFix | None:
        given = self._typed.highres_fix
        if given is None or says_nothing(given):
            return None
        upscalers = [name for name in self._offer.highres_upscalers if not says_nothing(name)]
        name = self._known(given, upscalers, lambda: match_name("upscaler", given, upscalers))
        latent = name in self._offer.latent_upscale_modes or name.startswith("Latent")
        strength = self._defaults.highres_latent_strength if latent else self._defaults.highres_strength
        return HighresFix(upscaler=name, scale=self._defaults.highres_scale, denoising_strength=strength)

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

    def _known(self, given: str, names: Sequence[object], match: Callable[[], str]) -> str:
        """``match()``, or what was typed while no web UI has said what there is."""
        return match() if names or self._offer.known else _short(given)


def _or(given: _T | None, default: _T) -> _T:
    return default if given is None else given


def _short(text: str) -> str:
    return text.strip()[:MAX_NAME]


class Suggestions:
    """What is suggested while an option is typed: at most 25, never longer than Discord takes."""

    def __init__(self, settings: Settings) -> None:
        self._extra_allowed = settings.override.extra_allowed

    def for_option(self, option: str, current: str, offer: Offer) -> list[str]:
        """Full values for ``option``, where ``current`` is typed so far."""
        if option in ("styles", "extra_net"):
            return _in_list(current, self._names(option, offer))
        if option == "override":
            return _in_list(current, [f"{key}=" for key in self._names(option, offer)])
        return _ranked(current, self._names(option, offer), MAX_CHOICE)

    def _names(self, option: str, offer: Offer) -> list[str]:
        match option:
            case "data_model":
                return [checkpoint.model_name for checkpoint in offer.checkpoints]
            case "sampler":
                return [sampler.name for sampler in offer.samplers]
            case "scheduler":
                return [AUTOMATIC, *(s.shown for s in offer.schedulers if s.shown != AUTOMATIC)]
            case "styles":
                return ["none", *(style.name for style in offer.styles)]
            case "extra_net":
                return [*(lora.name for lora in offer.loras), *offer.hypernetworks, *offer.embeddings]
            case "facefix":
                return ["none", *offer.face_restorers]
            case "highres_fix":
                return ["none", *(name for name in offer.highres_upscalers if not says_nothing(name))]
            case "vae":
                return [AUTOMATIC, "none", *offer.vaes]
            case "override":
                return list(allowed_overrides(offer.options, self._extra_allowed))
            case _:
                return []


def _in_list(current: str, names: list[str]) -> list[str]:
    """Completes the last item; what stands before it is kept, and not suggested again."""
    before, comma, part = current.rpartition(",")
    head = f"{before}, " if comma else ""
    used = {item.strip().partition(":")[0].partition("=")[0] for item in before.split(",")}
    free = [name for name in names if name.rstrip("=") not in used and (not head or not says_nothing(name))]
    return [f"{head}{name}" for name in _ranked(part.strip(), free, MAX_CHOICE - len(head))]


def _ranked(current: str, names: Iterable[str], room: int) -> list[str]:
    """Those that begin with it, then those that contain it, each in the web UI's order."""
    wanted = current.strip().casefold()
    fitting = [name for name in names if 0 < len(name) <= room]
    begin = [name for name in fitting if name.casefold().startswith(wanted)]
    contain = [name for name in fitting if wanted in name.casefold()]
    return list(dict.fromkeys([*begin, *contain]))[:MAX_CHOICES]
