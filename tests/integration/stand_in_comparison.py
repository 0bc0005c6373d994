"""Where two answers differ in kind: status, keys, kinds of values, errors, pictures. Values may differ."""

import base64
import json
import re
from typing import Any

from yarl import URL

from tests.integration.stand_in_recordings import Answered, Recording, opened

_SIGNATURES = {b"\x89PNG": "png", b"\xff\xd8\xff\xe0": "jpeg", b"RIFF": "webp"}
_HEADERS = ("content-type", "allow")


def differences(known: Recording, answered: Answered) -> list[str]:
    """What the stand-in does otherwise than the recorded server; nothing if all is well."""
    found = []
    if known.status != answered.status:
        found.append(f"status {answered.status} instead of {known.status}: {str(answered.body)[:300]}")
    if ("x-process-time" in known.answer_headers) != ("x-process-time" in answered.headers):
        found.append("x-process-time is there only in one of them")
    for name in _HEADERS:
        expected = known.answer_headers.get(name)
        if expected is not None and answered.headers.get(name) != expected:
            found.append(f"{name} is {answered.headers.get(name)!r} instead of {expected!r}")
    if "location" in known.answer_headers:
        expected, given = (
            URL(one.get("location", "")).path for one in (known.answer_headers, answered.headers)
        )
        found += [] if expected == given else [f"sends on to {given} instead of {expected}"]
    if known.status >= 400:
        return found + error_differences(known.body, answered.body)
    return found + shape_differences(known.body, answered.body, "body")


def error_differences(known: Any, answered: Any) -> list[str]:
    """Errors are the same in all that a client can tell them by."""
    if not isinstance(known, dict) or not isinstance(answered, dict):
        return [] if known == answered else [f"error body {answered!r} instead of {known!r}"]
    found = shape_differences(known, answered, "error")
    for key in ("error", "detail"):
        if known.get(key) != answered.get(key):
            found.append(f"{key} is {answered.get(key)!r} instead of {known.get(key)!r}")
    return found


def shape_differences(known: Any, answered: Any, where: str) -> list[str]:
    """Keys of objects, first entries of lists, kinds of everything; null fits anything."""
    if known is None or answered is None:
        return []
    if kind_of(known) != kind_of(answered):
        return [f"{where} is a {kind_of(answered)} instead of a {kind_of(known)}"]
    if isinstance(known, dict):
        return _object_differences(known, answered, where)
    if isinstance(known, list) and known and answered:
        return shape_differences(known[0], answered[0], f"{where}[0]")
    return []


def _object_differences(known: dict[str, Any], answered: dict[str, Any], where: str) -> list[str]:
    found = [f"{where} has no {key}" for key in known if key not in answered]
    found += [f"{where} has {key}" for key in answered if key not in known]
    for key in known:
        if key not in answered:
            continue
        if key == "info" and "images" in known:
            found += info_differences(json.loads(known[key]), json.loads(answered[key]))
        elif key == "images" and isinstance(known[key], list):
            found += picture_differences(known[key], answered[key])
        else:
            found += shape_differences(known[key], answered[key], f"{where}.{key}")
    return found


def kind_of(value: Any) -> str:
    """The JSON kind."""
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, int | float) else type(value).__name__


def info_differences(known: dict[str, Any], answered: dict[str, Any]) -> list[str]:
    """Shapes, the order of an infotext's fields, and how many of everything there are."""
    found = shape_differences(known, answered, "info")
    if found:
        return found
    for key in ("infotexts", "all_seeds", "all_prompts", "styles"):
        if len(known.get(key, ())) != len(answered.get(key, ())):
            found.append(f"{len(answered[key])} {key} instead of {len(known[key])}")
    if known.get("index_of_first_image") != answered.get("index_of_first_image"):
        found.append("index_of_first_image differs")
    for expected, text in zip(known["infotexts"], answered["infotexts"], strict=False):
        if field_names(expected) != field_names(text):
            found.append(f"infotext has {field_names(text)} instead of {field_names(expected)}")
    return found


def field_names(infotext: str) -> list[str]:
    """The names in the last line, in their order, without what stands in quotes or braces."""
    last = re.sub(r'"(\\.|[^"\\])*"', '""', infotext.split("\n")[-1].split(", SDCPP: ")[0])
    return [part.split(":")[0] for part in last.split(", ")]


def picture_differences(known: list[str], answered: list[str]) -> list[str]:
    """Number, kind, size, and which chunk holds the text."""
    if len(known) != len(answered):
        return [f"{len(answered)} pictures instead of {len(known)}"]
    found = []
    for index, (expected, picture) in enumerate(zip(known, answered, strict=True)):
        if described(expected) != described(picture):
            found.append(f"picture {index} is {described(picture)} instead of {described(expected)}")
    return found


def described(picture: str) -> tuple[str, tuple[int, int], str, str]:
    """(kind, size, mode, name of the text chunk)."""
    raw = base64.b64decode(picture)
    kind = _SIGNATURES.get(raw[:4], "unknown")
    chunk = next((name.decode() for name in (b"tEXtparameters", b"iTXtparameters") if name in raw), "")
    image = opened(picture)
    return kind, image.size, image.mode, chunk
