"""Infotext: the text in a picture that says how it was made, written and read as by A1111 (NOTES 2.1)."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from bot.demo.webui.library import Library, Style

_FIELD = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_SIZE = re.compile(r"^(\d+)x(\d+)$")
_LORA = re.compile(r"<lora:([^:>]+)")
_MINIMUM_FIELDS = 3
"""A last line with fewer fields is taken for a part of the prompt."""

_DEFAULTS: dict[str, Any] = {
    "Clip skip": "1",
    "Hires resize-1": 0,
    "Hires resize-2": 0,
    "Hires sampler": "Use same sampler",
    "Hires schedule type": "Use same scheduler",
    "Hires checkpoint": "Use same checkpoint",
    "Hires prompt": "",
    "Hires negative prompt": "",
    "Mask mode": "Inpaint masked",
    "Masked content": "original",
    "Inpaint area": "Whole picture",
    "Masked area padding": 32,
    "RNG": "GPU",
    "Schedule type": "Automatic",
    "Schedule max sigma": 0,
    "Schedule min sigma": 0,
    "Schedule rho": 0,
    "VAE Encoder": "Full",
    "VAE Decoder": "Full",
    "FP8 weight": "Disable",
    "Refiner switch by sampling steps": False,
}


def write(prompt: str, negative_prompt: str, fields: Mapping[str, object]) -> str:
    """The whole text. Fields that are None are left out; the prompts go in raw, line breaks and all."""
    shown = ", ".join(
        name if value == name else f"{name}: {_quoted(value)}"
        for name, value in fields.items()
        if value is not None
    )
    negative = f"\nNegative prompt: {negative_prompt}" if negative_prompt else ""
    return f"{prompt}{negative}\n{shown}".strip()


def _quoted(value: object) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r"[,:\n]", text) else text


def read(text: str) -> dict[str, Any]:
    """Fields of an infotext, then "Prompt" and "Negative prompt". Sizes are split into -1 and -2."""
    *lines, last = text.strip().split("\n")
    found = _FIELD.findall(last)
    if len(found) < _MINIMUM_FIELDS:
        lines, found = [*lines, last], []
    values: dict[str, Any] = {}
    for name, raw in found:
        values |= _value(name, raw)
    prompt, negative = _prompts(lines)
    return values | {"Prompt": prompt, "Negative prompt": negative}


def _value(name: str, raw: str) -> dict[str, str]:
    value = _unquoted(raw)
    size = _SIZE.match(value)
    if size:
        return {f"{name}-1": size[1], f"{name}-2": size[2]}
    return {name: value}


def _unquoted(raw: str) -> str:
    if not (raw.startswith('"') and raw.endswith('"')):
        return raw
    try:
        return str(json.loads(raw))
    except json.JSONDecodeError:
        return raw


def _prompts(lines: list[str]) -> tuple[str, str]:
    """Everything after the line that begins with "Negative prompt:" is negative."""
    positive: list[str] = []
    negative: list[str] = []
    target = positive
    for line in lines:
        stripped = line.strip()
        if stripped.startswith("Negative prompt:"):
            target = negative
            stripped = stripped.removeprefix("Negative prompt:").strip()
        target.append(stripped)
    return "\n".join(positive), "\n".join(negative)


def pasted(text: str, library: Library) -> dict[str, Any]:
    """``parameters`` of ``/png-info``: fields as the UI would paste them, defaults filled in.

    Known styles are taken out of the prompts again, and LoRAs are named by their alias.
    """
    values: dict[str, Any] = read(text) if text else {"Prompt": "", "Negative prompt": ""}
    typed, typed_negative = values.pop("Prompt"), values.pop("Negative prompt")
    prompt, negative, names = _without_styles(typed, typed_negative, library.styles)
    if names:
        values["Styles array"] = names
    values["Prompt"], values["Negative prompt"] = _by_alias(prompt, library), negative
    for name, default in _DEFAULTS.items():
        values.setdefault(name, default)
    return values


def _by_alias(prompt: str, library: Library) -> str:
    aliases = {lora.name: lora.alias for lora in library.loras}
    return _LORA.sub(lambda match: f"<lora:{aliases.get(match[1], match[1])}", prompt)


def _without_styles(prompt: str, negative: str, styles: Iterable[Style]) -> tuple[str, str, list[str]]:
    """Styles lie around each other: each one that fits is taken off, until none does."""
    left = [style for style in styles if style.prompt]
    names: list[str] = []
    while True:
        for style in left:
            plain, plain_negative = _without(style.prompt, prompt), _without(style.negative_prompt, negative)
            if plain is not None and plain_negative is not None:
                break
        else:
            return prompt, negative, names[::-1]
        prompt, negative = plain, plain_negative
        left.remove(style)
        names.append(style.name)


def _without(style: str, text: str) -> str | None:
    """``text`` before the style was applied; None if it does not look as if it was."""
    if not style:
        return text
    before, marker, after = style.partition("{prompt}")
    if marker:
        fits = text.startswith(before) and text.endswith(after) and len(text) >= len(before) + len(after)
        return text[len(before) : len(text) - len(after)] if fits else None
    if text == style:
        return ""
    return text.removesuffix(style).removesuffix(", ") if text.endswith(f", {style}") else None


def with_style(style: str, text: str) -> str:
    """``text`` with a style's part put around it or behind it."""
    if "{prompt}" in style:
        return style.replace("{prompt}", text)
    return ", ".join(part for part in (text.strip(), style.strip()) if part)


def without_comments(text: str) -> str:
    """Everything from ``#`` to the end of its line becomes a line break (NOTES 2.5)."""
    return re.sub(r"\n?#[^\n]*\n?", "\n", text)
