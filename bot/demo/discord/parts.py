"""Components as JSON: how to walk through them, and what a person sees of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
"""One JSON object."""


@dataclass(slots=True, frozen=True)
class Button:
    """A button as a person sees it."""

    label: str
    emoji: str
    custom_id: str
    disabled: bool
    style: int
    url: str = ""


INTERACTIVE = frozenset({2, 3, 5, 6, 7, 8})
"""Component types that a person can press or choose from in a message."""


def button(part: Json) -> Button:
    """A button of a message's components."""
    return Button(
        label=part.get("label", ""),
        emoji=part.get("emoji", {}).get("name", ""),
        custom_id=part.get("custom_id", ""),
        disabled=part.get("disabled", False),
        style=part["style"],
        url=part.get("url", ""),
    )


def names(part: Json) -> set[str]:
    """What a person may call a component by: its label or placeholder, its emoji, or both."""
    emoji = part.get("emoji", {}).get("name", "")
    label = part.get("label", part.get("placeholder", ""))
    return {label, emoji, f"{emoji} {label}".strip()} - {""}


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, nested ones after the one that holds them."""
    for part in components:
        yield part
        yield from walk(part.get("components", []))
        for key in ("accessory", "component"):
            if key in part:
                yield from walk([part[key]])


def media_of(components: list[Json]) -> Iterator[Json]:
    """Every media reference in components, as the object that has a ``url``."""
    for part in walk(components):
        for key in ("media", "file"):
            if key in part:
                yield part[key]
        for item in part.get("items", []):
            yield item["media"]


def named_attachments(components: list[Json]) -> set[int]:
    """Ids of the attachments that components show."""
    return {int(media["attachment_id"]) for media in media_of(components) if "attachment_id" in media}
