"""The endpoints that list what the server has (NOTES 2.3)."""

from collections.abc import Callable
from typing import Any

from bot.demo.webui import extensions
from bot.demo.webui.answers import Answer, Crash, json_answer
from bot.demo.webui.dialects import catalogue, data
from bot.demo.webui.library import Embedding
from bot.demo.webui.site import Call, Handler, Route, Routes, Site

_MEMORY = 25_276_502_016
_MEMORY_USED = 917_106_688


def _fixed(name: str) -> Handler:
    """A list that never changes."""

    async def answer(site: Site, _: Call) -> Answer:
        return json_answer(catalogue(site.dialect, name))

    return answer


def _computed(rows: Callable[[Site], Any]) -> Handler:
    """Whatever ``rows`` makes of the server as it is now."""

    async def answer(site: Site, _: Call) -> Answer:
        return json_answer(rows(site))

    return answer


def _checkpoints(site: Site) -> list[dict[str, Any]]:
    machine = site.machine
    rows = []
    for one in machine.checkpoints:
        hashed = machine.hashed(one)
        rows.append(
            {
                "title": machine.title(one),
                "model_name": one.model_name,
                "hash": one.short_hash if hashed else None,
                "sha256": one.sha256 if hashed else None,
                "filename": one.path,
                "config": None,
            }
        )
    return rows


def _vaes(site: Site) -> list[dict[str, Any]]:
    """Forge calls the same thing /sd-modules, and has text encoders there too."""
    return [{"model_name": vae.file, "filename": vae.path} for vae in site.machine.vaes]


def _loras(site: Site) -> list[dict[str, Any]]:
    return [
        {"name": one.name, "alias": one.alias, "path": one.path, "metadata": one.metadata}
        for one in site.machine.library.loras
    ]


def _hypernetworks(site: Site) -> list[dict[str, Any]]:
    return [{"name": one.name, "path": one.path} for one in site.machine.library.hypernetworks]


def _styles(site: Site) -> list[dict[str, Any]]:
    """Forge has a divider above each file's styles."""
    rows: list[dict[str, Any]] = [
        {"name": one.name, "prompt": one.prompt, "negative_prompt": one.negative_prompt}
        for one in site.machine.library.styles
    ]
    if not site.dialect.forge:
        return rows
    return [{"name": f"{' STYLES ':-^40}", "prompt": None, "negative_prompt": None}, *rows]


def _embedding(one: Embedding) -> dict[str, Any]:
    return {
        "step": None,
        "sd_checkpoint": None,
        "sd_checkpoint_name": None,
        "shape": one.shape,
        "vectors": one.vectors,
    }


def _embeddings(site: Site) -> dict[str, Any]:
    loaded, skipped = site.machine.embeddings()
    return {
        "loaded": {one.name: _embedding(one) for one in loaded},
        "skipped": {one.name: _embedding(one) for one in skipped},
    }


def _memory(_: Site) -> dict[str, Any]:
    ram = {"free": float(_MEMORY - _MEMORY_USED), "used": _MEMORY_USED, "total": float(_MEMORY)}
    return {"ram": ram, "cuda": {"error": "unavailable"}}


def _flags(site: Site) -> dict[str, Any]:
    """The password stands in it in clear (NOTES 2.3). Forge cannot answer at all (NOTES 4)."""
    flags: dict[str, Any] = dict(data(site.dialect.name)["cmd-flags"])
    flags |= {"api_auth": site.auth, "port": str(site.port), "nowebui": not site.with_ui}
    if site.dialect.forge:
        flags["port"] = site.port
        wrong = {"type": "string_type", "loc": ("response", "port"), "msg": "Input should be a valid string"}
        raise Crash("ResponseValidationError", f"1 validation errors:\n  {wrong}\n", flags)
    return flags


def _scripts(site: Site) -> dict[str, Any]:
    names: dict[str, list[str]] = data("scripts")["scripts"]
    return {kind: extensions.listed(listed, site.machine.extensions) for kind, listed in names.items()}


def _script_info(_: Site) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = data("scripts")["info"]
    return rows


def _nothing(_: Site) -> list[Any]:
    return []


_FIXED = (
    "samplers",
    "schedulers",
    "upscalers",
    "latent-upscale-modes",
    "realesrgan-models",
    "face-restorers",
)
_COMPUTED: dict[str, Callable[[Site], Any]] = {
    "sd-models": _checkpoints,
    "sd-vae": _vaes,
    "sd-modules": _vaes,
    "hypernetworks": _hypernetworks,
    "prompt-styles": _styles,
    "embeddings": _embeddings,
    "memory": _memory,
    "cmd-flags": _flags,
    "scripts": _scripts,
    "script-info": _script_info,
    "extensions": _nothing,
}

ROUTES: Routes = {
    **{f"/sdapi/v1/{name}": {"GET": Route(handler=_fixed(name))} for name in _FIXED},
    **{f"/sdapi/v1/{name}": {"GET": Route(handler=_computed(rows))} for name, rows in _COMPUTED.items()},
    # The Lora extension adds its own routes, which --api-auth does not cover (NOTES 2.3).
    "/sdapi/v1/loras": {"GET": Route(handler=_computed(_loras), open_to_all=True)},
}
