"""What one web UI has, read from its lists, and a job's names checked against them.

An unknown name is answered with 200 and something else (NOTES 2.5), so every name is looked up right before
the request, and goes out exactly as this very web UI spells it.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from pydantic import JsonValue

from bot.backends.catalog import Offer
from bot.errors import BadAnswer, InvalidRequest, ServerError, UnknownName, Unsupported
from bot.model.work import Drawing, ExtraNetwork, Frozen, Img2Img, Txt2Img, Upscale
from bot.webui import names, wire
from bot.webui.api import WebUIAPI
from bot.webui.dialects import Capabilities, Dialect
from bot.webui.endpoints import Endpoint
from bot.webui.overrides import allowed_overrides
from bot.webui.sdcpp import refuse_ignored, sdcpp_name

__all__ = ["Lists", "exact_names", "offer_of", "read_lists"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_W = TypeVar("_W", bound=Frozen)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """The lists as the web UI gave them, paths included. None: it does not serve that list, or not yet."""

    checkpoints: tuple[wire.Checkpoint, ...] | None = None
    samplers: tuple[wire.Sampler, ...] | None = None
    schedulers: tuple[wire.Scheduler, ...] | None = None
    vaes: tuple[wire.Vae, ...] | None = None
    modules: tuple[wire.Module, ...] | None = None
    styles: tuple[wire.Style, ...] | None = None
    loras: tuple[wire.Lora, ...] | None = None
    hypernetworks: tuple[wire.Hypernetwork, ...] | None = None
    embeddings: wire.Embeddings | None = None
    face_restorers: tuple[wire.FaceRestorer, ...] | None = None
    upscalers: tuple[wire.Upscaler, ...] | None = None
    latent_upscale_modes: tuple[wire.LatentUpscaleMode, ...] | None = None
    scripts: wire.Scripts | None = None
    options: Mapping[str, JsonValue] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    def checkpoint(self, name: str) -> wire.Checkpoint | None:
        """The record of a checkpoint by any name that the web UI itself takes for it."""
        known = self.checkpoints or ()
        return next((one for one in known if name == one.model_name or name in one.aliases), None)


async def read_lists(client: WebUIAPI, capabilities: Capabilities, before: Lists) -> Lists:
    """Ask for every list that the web UI serves; ``options`` stays as it was.

    A list that fails by itself (500, nonsense) stays as it was ``before``. Raises WebUIError when the web UI
    cannot be talked to at all.
    """

    async def read(endpoint: Endpoint, ask: Callable[[], Awaitable[_T]], old: _T | None) -> _T | None:
        if not capabilities.has(endpoint):
            return None
        try:
            return await ask()
        except Unsupported:
            return None
        except (ServerError, InvalidRequest, BadAnswer) as error:
            _log.info("a list could not be read", extra={"list": endpoint.short, "error": error.code})
            return old

    return Lists(
        checkpoints=await read(Endpoint.CHECKPOINTS, client.checkpoints, before.checkpoints),
        samplers=await read(Endpoint.SAMPLERS, client.samplers, before.samplers),
        schedulers=await read(Endpoint.SCHEDULERS, client.schedulers, before.schedulers),
        vaes=await read(Endpoint.VAES, client.vaes, before.vaes),
        modules=await read(Endpoint.MODULES, client.modules, before.modules),
        styles=await read(Endpoint.STYLES, client.styles, before.styles),
        loras=await read(Endpoint.LORAS, client.loras, before.loras),
        hypernetworks=await read(Endpoint.HYPERNETWORKS, client.hypernetworks, before.hypernetworks),
        embeddings=await read(Endpoint.EMBEDDINGS, client.embeddings, before.embeddings),
        face_restorers=await read(Endpoint.FACE_RESTORERS, client.face_restorers, before.face_restorers),
        upscalers=await read(Endpoint.UPSCALERS, client.upscalers, before.upscalers),
        latent_upscale_modes=await read(
            Endpoint.LATENT_UPSCALE_MODES, client.latent_upscale_modes, before.latent_upscale_modes
        ),
        scripts=await read(Endpoint.SCRIPTS, client.scripts, before.scripts),
        options=before.options,
    )


def offer_of(lists: Lists, capabilities: Capabilities) -> Offer:
    """The lists as people may see them: names, without the folders they lie in."""
    modules = lists.modules or ()
    vaes = [vae.model_name for vae in lists.vaes or ()]
    vaes += [module.model_name for module in modules if module.is_vae]
    embeddings = lists.embeddings or wire.Embeddings()
    scripts = lists.scripts or wire.Scripts()
    return Offer(
        known=True,
        checkpoints=tuple(_bare_checkpoint(one) for one in lists.checkpoints or ()),
        samplers=lists.samplers or (),
        schedulers=lists.schedulers or (),
        vaes=tuple(vaes),
        modules=tuple(module.model_name for module in modules if not module.is_vae),
        styles=lists.styles or (),
        loras=tuple(lora.model_copy(update={"path": ""}) for lora in lists.loras or ()),
        hypernetworks=tuple(network.name for network in lists.hypernetworks or ()),
        embeddings=(*embeddings.loaded, *embeddings.skipped),
        face_restorers=tuple(restorer.name for restorer in lists.face_restorers or ()),
        upscalers=tuple(upscaler.name for upscaler in lists.upscalers or ()),
        latent_upscale_modes=tuple(mode.name for mode in lists.latent_upscale_modes or ()),
        scripts=tuple(dict.fromkeys((*scripts.txt2img, *scripts.img2img))),
        options=_shown_options(lists.options) if capabilities.overrides else MappingProxyType({}),
    )


def _shown_options(options: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    """Every key, so that a closed one can be told from an unknown one; texts only of open ones."""
    open_keys = frozenset(allowed_overrides(options, options.keys()))
    return MappingProxyType(
        {key: value if key in open_keys else _blank(value) for key, value in options.items()}
    )


def _blank(value: JsonValue) -> JsonValue:
    """A folder or a name of a file is nobody's business; numbers and switches give nothing away."""
    return value if isinstance(value, bool | int | float) else ""


def _bare_checkpoint(checkpoint: wire.Checkpoint) -> wire.Checkpoint:
    file = checkpoint.filename.replace("\\", "/").rsplit("/", 1)[-1]
    return checkpoint.model_copy(update={"filename": file, "config": None})


def exact_names(work: _W, lists: Lists, capabilities: Capabilities) -> _W:
    """``work`` with every name as this web UI spells it. A list it does not serve cannot be looked up in.

    Raises ``UnknownName``.
    """
    return work.model_copy(update=_exact(work, lists, capabilities))


def _exact(work: Frozen, lists: Lists, capabilities: Capabilities) -> dict[str, object]:
    if isinstance(work, Upscale):
        return _exact_upscalers(work, lists)
    return _exact_drawing(work, lists, capabilities) if isinstance(work, Drawing) else {}


def _exact_upscalers(work: Upscale, lists: Lists) -> dict[str, object]:
    if lists.upscalers is None:
        return {}
    return {
        "upscaler": names.match_upscaler(work.upscaler, lists.upscalers),
        "second_upscaler": names.match_upscaler(work.second_upscaler, lists.upscalers),
    }


def _exact_drawing(work: Drawing, lists: Lists, capabilities: Capabilities) -> dict[str, object]:
    if capabilities.dialect is Dialect.SDCPP:
        refuse_ignored(work)
    changes = _exact_sampler(work, lists, capabilities)
    if work.checkpoint is not None and lists.checkpoints is not None:
        changes["checkpoint"] = names.match_checkpoint(work.checkpoint, lists.checkpoints).model_name
    if work.vae is not None and (known := _vaes(lists)) is not None:
        changes["vae"] = names.match_vae(work.vae, known)
    if lists.styles is not None:
        changes["styles"] = tuple(names.match_style(style, lists.styles) for style in work.styles)
    if work.face_restorer is not None and lists.face_restorers is not None:
        changes["face_restorer"] = names.match_face_restorer(work.face_restorer, lists.face_restorers)
    fix = work.highres_fix if isinstance(work, Txt2Img) else None
    if fix is not None and lists.upscalers is not None:
        upscaler = names.match_upscaler(fix.upscaler, [*(lists.latent_upscale_modes or ()), *lists.upscalers])
        changes["highres_fix"] = fix.model_copy(update={"upscaler": upscaler})
    if work.refiner is not None and lists.checkpoints is not None:
        refiner = names.match_checkpoint(work.refiner.checkpoint, lists.checkpoints).model_name
        changes["refiner"] = work.refiner.model_copy(update={"checkpoint": refiner})
    _require_scripts(work, lists)
    _require_options(work, lists)
    changes["extra_networks"] = tuple(_network(network, lists) for network in work.extra_networks)
    return changes


def _require_scripts(work: Drawing, lists: Lists) -> None:
    """An unknown script is a 422, after the person has waited for it."""
    scripts = lists.scripts or wire.Scripts()
    known = scripts.img2img if isinstance(work, Img2Img) else scripts.txt2img
    folded = {name.casefold() for name in known}
    for recipe in work.recipes:
        if not all(script.casefold() in folded for script in recipe.scripts):
            raise UnknownName("recipe", recipe.name)


def _require_options(work: Drawing, lists: Lists) -> None:
    """An unknown option is a 422 as well, or is passed over in silence."""
    for key in work.override:
        if lists.options and key not in lists.options:
            raise UnknownName("option", key)


def _exact_sampler(work: Drawing, lists: Lists, capabilities: Capabilities) -> dict[str, object]:
    """Sampler and scheduler. stable-diffusion.cpp has A1111's under names of its own (NOTES 4)."""
    changes: dict[str, object] = {}
    sampler, scheduler = work.sampler, work.scheduler
    if capabilities.dialect is Dialect.SDCPP:
        sampler, scheduler = sdcpp_name(sampler), sdcpp_name(scheduler)
    if lists.samplers is not None:
        choice = names.match_sampler(sampler, lists.samplers, lists.schedulers or ())
        changes["sampler"] = choice.sampler
        if choice.scheduler is not None and work.scheduler == names.AUTOMATIC:
            scheduler = choice.scheduler
    if lists.schedulers is not None and scheduler not in (names.AUTOMATIC, sdcpp_name(names.AUTOMATIC)):
        changes["scheduler"] = names.match_scheduler(scheduler, lists.schedulers)
    return changes


def _vaes(lists: Lists) -> tuple[wire.Vae, ...] | None:
    if lists.modules is not None:
        return tuple(module for module in lists.modules if module.is_vae)
    return lists.vaes


def _network(network: ExtraNetwork, lists: Lists) -> ExtraNetwork:
    name = network.name
    if network.kind == "lora" and lists.loras is not None:
        name = names.match_lora(name, lists.loras).name
    elif network.kind == "hypernet" and lists.hypernetworks is not None:
        name = names.match_hypernetwork(name, lists.hypernetworks)
    elif network.kind == "embedding" and lists.embeddings is not None and _is_told(lists.embeddings):
        name = names.match_embedding(name, lists.embeddings)
    return network.model_copy(update={"name": name})


def _is_told(embeddings: wire.Embeddings) -> bool:
    """Both lists are empty until a checkpoint is loaded (NOTES 2.3), which says nothing."""
    return bool(embeddings.loaded or embeddings.skipped)


def with_options(lists: Lists, options: Mapping[str, JsonValue]) -> Lists:
    """The lists with what /options says now."""
    return replace(lists, options=MappingProxyType(dict(options)))
