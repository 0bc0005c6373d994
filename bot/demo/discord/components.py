"""The components of a message: what Discord refuses, and how it gives them back.

https://discord.com/developers/docs/components/reference
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from bot.demo.discord.emoji import is_unicode_emoji
from bot.demo.discord.errors import Form, Path
from bot.demo.discord.parts import Json, walk

ROW, BUTTON, STRING_SELECT, SECTION, TEXT, THUMBNAIL = 1, 2, 3, 9, 10, 11
GALLERY, FILE, SEPARATOR, CONTAINER = 12, 13, 14, 17
ENTITY_SELECTS = (5, 6, 7, 8)
SELECTS = (STRING_SELECT, *ENTITY_SELECTS)

IN_CONTAINER = (ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR)
TOP_LEVEL_V2 = (*IN_CONTAINER, CONTAINER)
MAX_COMPONENTS = 40
MAX_TEXT = 4000
LINK, PREMIUM = 5, 6

MediaLookup: TypeAlias = Callable[[str], Json | None]
"""Turns a media URL into what is stored of it; None for ``attachment://`` of a file that is not there."""


def normalised(components: list[Json], *, v2: bool, media: MediaLookup, form: Form) -> list[Json]:
    """The components as Discord stores them: ids given, defaults filled in, media resolved.

    Mistakes are noted in ``form`` under ``components``; the result counts only if there are none.
    """
    reader = _Reader(form, media)
    allowed = TOP_LEVEL_V2 if v2 else (ROW,)
    if len(components) > (MAX_COMPONENTS if v2 else 5):
        form.length(("components",), components, 1, MAX_COMPONENTS if v2 else 5)
    stored = reader.children(components, ("components",), allowed)
    _totals(stored, form)
    _number(stored, form)
    return stored


def _totals(stored: list[Json], form: Form) -> None:
    parts = list(walk(stored))
    if len(parts) > MAX_COMPONENTS:
        form.wrong(
            ("components",),
            "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED",
            "The maximum number of components is 40",
        )
    if sum(len(part["content"]) for part in parts if part["type"] == TEXT) > MAX_TEXT:
        form.wrong(
            ("components",),
            "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED",
            "Displayable text size in components exceeded (max 4000)",
        )


def _number(stored: list[Json], form: Form) -> None:
    """Give every component its id: its own, or the next free number."""
    parts = list(walk(stored))
    taken = [part["id"] for part in parts if part["id"]]
    if len(set(taken)) < len(taken):
        form.wrong(("components",), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
    free = (number for number in range(1, 2 * len(parts) + 2) if number not in taken)
    for part in parts:
        part["id"] = part["id"] or next(free)


class _Reader:
    """Reads one message's components."""

    def __init__(self, form: Form, media: MediaLookup) -> None:
        self._form = form
        self._media = media
        self._custom_ids: set[str] = set()
        self._readers: dict[int, Callable[[Json, Path], Json]] = {
            ROW: self._row,
            BUTTON: self._button,
            STRING_SELECT: self._string_select,
            SECTION: self._section,
            TEXT: self._text,
            THUMBNAIL: self._thumbnail,
            GALLERY: self._gallery,
            FILE: self._file,
            SEPARATOR: self._separator,
            CONTAINER: self._container,
            **dict.fromkeys(ENTITY_SELECTS, self._entity_select),
        }

    def children(self, given: object, path: Path, allowed: tuple[int, ...]) -> list[Json]:
        """Read a list of components that may be of the ``allowed`` types."""
        if not isinstance(given, list):
            self._form.required(path)
            return []
        read = [self._one(part, (*path, index), allowed) for index, part in enumerate(given)]
        return [part for part in read if part is not None]

    def _one(self, part: Any, path: Path, allowed: tuple[int, ...]) -> Json | None:
        if not isinstance(part, dict):
            self._form.wrong(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return None
        if not self._form.choice((*path, "type"), part.get("type"), allowed):
            return None
        kind = part["type"]
        return {"type": kind, "id": part.get("id") or 0} | self._readers[kind](part, path)

    def _row(self, part: Json, path: Path) -> Json:
        inner: Path = (*path, "components")
        children = self.children(part.get("components"), inner, (BUTTON, *SELECTS))
        self._form.length(inner, part.get("components"), 1, 5)
        if any(child["type"] in SELECTS for child in children) and len(children) > 1:
            self._form.wrong(
                inner, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum width"
            )
        return {"components": children}

    def _container(self, part: Json, path: Path) -> Json:
        self._form.length((*path, "components"), part.get("components"), 1, MAX_COMPONENTS)
        if part.get("accent_color") is not None:
            self._form.within((*path, "accent_color"), part["accent_color"], 0, 0xFFFFFF)
        return {
            "accent_color": part.get("accent_color"),
            "spoiler": bool(part.get("spoiler")),
            "components": self.children(part.get("components"), (*path, "components"), IN_CONTAINER),
        }

    def _section(self, part: Json, path: Path) -> Json:
        self._form.length((*path, "components"), part.get("components"), 1, 3)
        texts = self.children(part.get("components"), (*path, "components"), (TEXT,))
        accessory = self._one(part.get("accessory"), (*path, "accessory"), (BUTTON, THUMBNAIL))
        return {"components": texts} | ({"accessory": accessory} if accessory else {})

    def _text(self, part: Json, path: Path) -> Json:
        self._form.length((*path, "content"), part.get("content"), 1, MAX_TEXT)
        return {"content": str(part.get("content"))}

    def _thumbnail(self, part: Json, path: Path) -> Json:
        return self._media_item(part, path)

    def _gallery(self, part: Json, path: Path) -> Json:
        items = part.get("items")
        self._form.length((*path, "items"), items, 1, 10)
        listed = items if isinstance(items, list) else []
        return {"items": [self._media_item(item, (*path, "items", at)) for at, item in enumerate(listed)]}

    def _media_item(self, item: Json, path: Path) -> Json:
        description = item.get("description")
        if description is not None:
            self._form.length((*path, "description"), description, 1, 1024)
        return {
            "media": self._resolved(item.get("media"), (*path, "media", "url")),
            "description": description,
            "spoiler": bool(item.get("spoiler")),
        }

    def _file(self, part: Json, path: Path) -> Json:
        media = self._resolved(part.get("file"), (*path, "file", "url"))
        if "attachment_id" not in media:
            self._form.wrong(
                (*path, "file", "url"),
                "UNFURLED_MEDIA_ITEM_REQUIRES_ATTACHMENT_REFERENCE",
                "The url must be an attachment reference",
            )
        return {"file": media, "spoiler": bool(part.get("spoiler"))}

    def _resolved(self, given: Any, path: Path) -> Json:
        url = given.get("url") if isinstance(given, dict) else None
        if not isinstance(url, str):
            self._form.required(path)
            return {"url": ""}
        self._form.length(path, url, 1, 2048)
        if not url.startswith(("attachment://", "http://", "https://")):
            self._form.wrong(
                path, "URL_TYPE_INVALID_SCHEME", "Scheme must be one of ('http', 'https', 'attachment')."
            )
        found = self._media(url)
        if found is None:
            self._form.wrong(
                path,
                "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND",
                "The referenced attachment was not found in attachments",
            )
        return found or {"url": url}

    def _separator(self, part: Json, path: Path) -> Json:
        spacing = part.get("spacing") or 1
        self._form.choice((*path, "spacing"), spacing, (1, 2))
        return {"spacing": spacing, "divider": part.get("divider") is not False}

    def _button(self, part: Json, path: Path) -> Json:
        style = part.get("style")
        self._form.choice((*path, "style"), style, (1, 2, 3, 4, LINK, PREMIUM))
        stored: Json = {"style": style, "disabled": bool(part.get("disabled"))}
        stored |= self._label_and_emoji(part, path)
        if style == LINK:
            return stored | self._link(part, path)
        if style == PREMIUM:
            return stored | {"sku_id": str(part.get("sku_id"))}
        return stored | self._custom_id(part, path)

    def _label_and_emoji(self, part: Json, path: Path) -> Json:
        label, emoji = part.get("label"), part.get("emoji")
        if label is not None and len(label) > 80:
            self._form.wrong((*path, "label"), "BASE_TYPE_MAX_LENGTH", "Must be 80 or fewer in length.")
        if not label and not emoji and part.get("style") != PREMIUM:
            self._form.wrong(path, "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "A label or emoji is required")
        return ({"label": label} if label else {}) | self._emoji(emoji, path)

    def _emoji(self, emoji: Any, path: Path) -> Json:
        if not emoji:
            return {}
        if not emoji.get("id") and not is_unicode_emoji(emoji.get("name") or ""):
            self._form.wrong((*path, "emoji", "name"), "BUTTON_COMPONENT_INVALID_EMOJI", "Invalid emoji")
        kept = {key: emoji[key] for key in ("id", "name", "animated") if emoji.get(key)}
        return {"emoji": kept | ({"id": str(kept["id"])} if "id" in kept else {})}

    def _link(self, part: Json, path: Path) -> Json:
        url = part.get("url")
        if part.get("custom_id"):
            self._form.wrong(
                path, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", "A custom id and url cannot both be specified"
            )
        self._form.length((*path, "url"), url, 1, 512)
        if isinstance(url, str) and not url.startswith(("http://", "https://", "discord://")):
            self._form.wrong(
                (*path, "url"),
                "URL_TYPE_INVALID_SCHEME",
                "Scheme must be one of ('http', 'https', 'discord').",
            )
        return {"url": url}

    def _custom_id(self, part: Json, path: Path) -> Json:
        custom_id = part.get("custom_id")
        if part.get("url"):
            self._form.wrong(
                path, "BUTTON_COMPONENT_CUSTOM_ID_AND_URL", "A custom id and url cannot both be specified"
            )
        self._form.length((*path, "custom_id"), custom_id, 1, 100)
        if custom_id in self._custom_ids:
            self._form.wrong(
                (*path, "custom_id"),
                "COMPONENT_CUSTOM_ID_DUPLICATED",
                "Component custom id cannot be duplicated",
            )
        self._custom_ids.add(str(custom_id))
        return {"custom_id": custom_id}

    def _select(self, part: Json, path: Path) -> Json:
        least = 1 if part.get("min_values") is None else part["min_values"]
        most = 1 if part.get("max_values") is None else part["max_values"]
        self._form.within((*path, "min_values"), least, 0, 25)
        self._form.within((*path, "max_values"), most, 1, 25)
        placeholder = part.get("placeholder")
        if placeholder is not None:
            self._form.length((*path, "placeholder"), placeholder, 0, 150)
        stored: Json = {"min_values": least, "max_values": most, "disabled": bool(part.get("disabled"))}
        return stored | ({"placeholder": placeholder} if placeholder else {}) | self._custom_id(part, path)

    def _string_select(self, part: Json, path: Path) -> Json:
        stored = self._select(part, path)
        return stored | {"options": read_options(part.get("options"), path, stored, self._form)}

    def _entity_select(self, part: Json, path: Path) -> Json:
        stored = self._select(part, path)
        defaults = [{"id": str(one["id"]), "type": one["type"]} for one in part.get("default_values") or []]
        kinds = {"channel_types": part["channel_types"]} if part.get("channel_types") else {}
        return stored | kinds | ({"default_values": defaults} if defaults else {})


def read_options(given: Any, path: Path, select: Json, form: Form) -> list[Json]:
    """The options of a string select, also of one in a modal."""
    inner: Path = (*path, "options")
    form.length(inner, given, 1, 25)
    options = [
        _option(one, (*inner, at), form) for at, one in enumerate(given if isinstance(given, list) else [])
    ]
    values = [option["value"] for option in options]
    if len(set(values)) < len(values):
        form.wrong(
            inner, "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", "The specified option value is already used"
        )
    if select["max_values"] > max(len(options), 1):
        form.wrong(
            (*path, "max_values"),
            "SELECT_COMPONENT_MAX_VALUES_TOO_LARGE",
            "max_values exceeds the number of options",
        )
    if sum(bool(option.get("default")) for option in options) > select["max_values"]:
        form.wrong(
            inner, "SELECT_COMPONENT_TOO_MANY_DEFAULTS", "More options are selected than max_values allows"
        )
    return options


def _option(given: Json, path: Path, form: Form) -> Json:
    for key in ("label", "value"):
        form.length((*path, key), given.get(key), 1, 100)
    stored: Json = {"label": given.get("label"), "value": given.get("value")}
    if given.get("description"):
        form.length((*path, "description"), given["description"], 1, 100)
        stored["description"] = given["description"]
    if given.get("default"):
        stored["default"] = True
    if given.get("emoji"):
        stored["emoji"] = {
            key: given["emoji"][key] for key in ("id", "name", "animated") if given["emoji"].get(key)
        }
    return stored
