"""Two extensions that many web UIs have: ADetailer repairs faces, ControlNet follows another picture.

Their shapes as their sources have them: always-on scripts by lower-case name, arguments by position or as
objects, traces in the infotext, and maps of ControlNet that follow the results without being any.
https://github.com/Bing-su/adetailer, https://github.com/Mikubill/sd-webui-controlnet
"""

from collections.abc import Iterator
from typing import Any

from PIL import Image, ImageDraw, ImageFilter

from bot.demo.webui import pictures
from bot.demo.webui.work import Work

ADETAILER = "adetailer"
CONTROLNET = "controlnet"


def listed(names: list[str], installed: frozenset[str]) -> list[str]:
    """/scripts with what is installed."""
    return [*names, *sorted(installed)]


def describe(work: Work, installed: frozenset[str]) -> None:
    """What they add to the infotext."""
    for number, tab in enumerate(_faces(work, installed)):
        suffix = "" if number == 0 else f" {number + 1}"
        work.extra[f"ADetailer model{suffix}"] = tab["ad_model"]
        work.extra[f"ADetailer confidence{suffix}"] = tab.get("ad_confidence", 0.3)
        work.extra["ADetailer version"] = "24.11.1"
    for number, unit in enumerate(_units(work, installed)):
        words = f"Module: {unit.get('module', 'none')}, Model: {unit.get('model', 'None')}, Weight: 1.0"
        work.extra[f"ControlNet {number}"] = words


def repaired(work: Work, installed: frozenset[str], picture: Image.Image) -> Image.Image:
    """The picture with its face drawn anew: the middle of its upper half, sharper."""
    if not any(True for _ in _faces(work, installed)):
        return picture
    width, height = picture.size
    mask = Image.new("L", picture.size)
    ImageDraw.Draw(mask).ellipse((width * 0.3, height * 0.1, width * 0.7, height * 0.55), fill=255)
    sharper = picture.filter(ImageFilter.UnsharpMask(radius=3, percent=250, threshold=0))
    return Image.composite(sharper, picture, mask.filter(ImageFilter.GaussianBlur(2)))


def maps(work: Work, installed: frozenset[str], init: Image.Image | None) -> Iterator[Image.Image]:
    """What each unit made of its picture. A unit without one is skipped, with an error on the console."""
    for unit in _units(work, installed):
        given = unit.get("image")
        source = pictures.decode_base64(str(given)) if given else init
        if source is not None:
            yield source.convert("L").filter(ImageFilter.FIND_EDGES).convert("RGB").resize(work.final_size)


def _faces(work: Work, installed: frozenset[str]) -> Iterator[dict[str, Any]]:
    """The tabs that name a model, unless the first argument switches it off."""
    arguments = _arguments(work, ADETAILER, installed)
    if not arguments or arguments[0] is False:
        return
    for tab in arguments:
        if isinstance(tab, dict) and tab.get("ad_model", "None") != "None":
            yield tab


def _units(work: Work, installed: frozenset[str]) -> Iterator[dict[str, Any]]:
    for unit in _arguments(work, CONTROLNET, installed):
        if isinstance(unit, dict) and unit.get("enabled", True):
            yield unit


def _arguments(work: Work, script: str, installed: frozenset[str]) -> list[Any]:
    given: dict[str, Any] = work["alwayson_scripts"] or {}
    for name, value in given.items():
        if name.lower() == script and script in installed and isinstance(value, dict):
            return list(value.get("args") or ())
    return []
