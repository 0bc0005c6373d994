"""What differs between the servers that speak ``/sdapi/v1`` (NOTES 4)."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

DialectName = Literal["a1111", "forge", "sdcpp"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One server's habits. ``version`` stands at the end of the infotext and in ``info``."""

    name: DialectName
    version: str
    text_key: Literal["errors", "message"] = "errors"
    """Where the words of an unexpected exception stand."""
    wraps_refusals: bool = True
    modern_validation: bool = False
    """422 bodies of pydantic 2 instead of 1."""
    tells_time: bool = True
    forge: bool = False
    """VAEs are modules, hires fix wants ``hr_additional_modules``, the checkpoint option loads later."""


_DIALECTS = {
    "a1111": Dialect(name="a1111", version="v1.10.1"),
    "forge": Dialect(
        name="forge",
        version="f2.0.1v1.10.1-previous-669-gdfdcbab6",
        text_key="message",
        wraps_refusals=False,
        modern_validation=True,
        tells_time=False,
        forge=True,
    ),
    "sdcpp": Dialect(name="sdcpp", version="stable-diffusion.cpp", tells_time=False),
}


def dialect_of(name: DialectName) -> Dialect:
    """The habits of ``name``."""
    return _DIALECTS[name]


@cache
def data(name: str) -> Any:
    """A data file of this package, parsed: ``data("a1111")`` reads ``data/a1111.json``."""
    return json.loads(files(__package__).joinpath("data", f"{name}.json").read_text(encoding="utf-8"))


def catalogue(dialect: Dialect, name: str) -> list[dict[str, Any]]:
    """A fixed list of the server: samplers, schedulers, upscalers, latent-upscale-modes …"""
    found: list[dict[str, Any]] = data(dialect.name)[name]
    return found


def fields_of(dialect: Dialect, request: str) -> list[list[Any]]:
    """The fields of a request body: [name, type, default, limits]. ``request`` is txt2img, extra_single …"""
    tables: dict[str, list[list[Any]]] = data("fields")
    return tables.get(f"forge_{request}" if dialect.forge else request) or tables[request]
