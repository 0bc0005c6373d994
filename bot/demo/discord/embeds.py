"""Embeds of a message: their limits, and how they are given back.

https://discord.com/developers/docs/resources/message#embed-object-embed-limits
"""

from bot.demo.discord.components import MediaLookup
from bot.demo.discord.errors import Form, Path
from bot.demo.discord.parts import Json

_TEXTS: tuple[tuple[Path, int], ...] = (
    (("title",), 256),
    (("description",), 4096),
    (("footer", "text"), 2048),
    (("author", "name"), 256),
)


def normalised(embeds: list[Json], *, media: MediaLookup, form: Form) -> list[Json]:
    """The embeds as Discord stores them. Mistakes are noted in ``form`` under ``embeds``."""
    if len(embeds) > 10:
        form.wrong(("embeds",), "BASE_TYPE_MAX_LENGTH", "Must be 10 or fewer in length.")
    if sum(_size(embed) for embed in embeds) > 6000:
        form.wrong(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
    return [_one(embed, ("embeds", at), media, form) for at, embed in enumerate(embeds)]


def _text(embed: Json, path: Path) -> str:
    value: object = embed
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _size(embed: Json) -> int:
    fields = sum(
        len(field.get("name", "")) + len(field.get("value", "")) for field in embed.get("fields") or []
    )
    return fields + sum(len(_text(embed, path)) for path, _ in _TEXTS)


def _one(embed: Json, path: Path, media: MediaLookup, form: Form) -> Json:
    for where, most in _TEXTS:
        if len(_text(embed, where)) > most:
            form.wrong((*path, *where), "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
    stored = {key: value for key, value in embed.items() if value is not None and key != "type"} | {
        "type": "rich"
    }
    if "fields" in stored:
        stored["fields"] = _fields(stored["fields"], (*path, "fields"), form)
    for key in ("image", "thumbnail"):
        if key in stored:
            stored[key] = _picture(stored[key], (*path, key), media, form)
    return stored


def _fields(fields: list[Json], path: Path, form: Form) -> list[Json]:
    if len(fields) > 25:
        form.wrong(path, "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for at, field in enumerate(fields):
        form.length((*path, at, "name"), field.get("name"), 1, 256)
        form.length((*path, at, "value"), field.get("value"), 1, 1024)
    return [field | {"inline": bool(field.get("inline"))} for field in fields]


def _picture(given: Json, path: Path, media: MediaLookup, form: Form) -> Json:
    url = str(given.get("url"))
    found = media(url)
    if found is None or not url.startswith(("http://", "https://", "attachment://")):
        form.wrong((*path, "url"), "URL_TYPE_INVALID_URL", "Not a well formed URL.")
    return found or {"url": url}
