"""Scripts: which names are known, and the one that the stand-in runs, "Prompt matrix" (NOTES 2.2)."""

import math
from typing import Any

from PIL import Image

from bot.demo.webui import extensions, pictures
from bot.demo.webui.answers import Refusal
from bot.demo.webui.dialects import data
from bot.demo.webui.result import Picture, Result
from bot.demo.webui.settings import Options
from bot.demo.webui.validation import Payload
from bot.demo.webui.work import Kind, Work

_MATRIX = "prompt matrix"
_MATRIX_DEFAULTS: list[Any] = [False, False, "positive", "comma", 0]


def check_names(kind: Kind, payload: Payload, installed: frozenset[str]) -> None:
    """Raises ``Refusal`` for a script that is not there or not of the kind that it is used as."""
    known = [name.lower() for name in extensions.listed(data("scripts")["scripts"][kind], installed)]
    selectable = {one["name"].lower() for one in data("scripts")["info"] if not one["is_alwayson"]}
    name = payload["script_name"]
    if name and name.lower() not in selectable & set(known):
        raise Refusal(422, f"Script '{name}' not found")
    for other in payload["alwayson_scripts"] or {}:
        if other.lower() not in known:
            raise Refusal(422, f"Script '{other}' not found")
        if other.lower() in selectable:
            raise Refusal(422, "Cannot have a selectable script in the always on scripts params")


def prepare(work: Work) -> None:
    """Let the chosen script change the work. The stand-in runs the prompt matrix; others do nothing."""
    if (work["script_name"] or "").lower() != _MATRIX:
        return
    given = list(work["script_args"] or [])
    at_start, different_seeds, side, joiner, _ = given + _MATRIX_DEFAULTS[len(given) :]
    base = work.prompts[0] if side == "positive" else work.negative_prompts[0]
    prompts = _combinations(base, ", " if joiner == "comma" else " ", at_start=bool(at_start))
    count = len(prompts)
    negatives = [work.negative_prompts[0]] * count if side == "positive" else prompts
    work.prompts = prompts if side == "positive" else [work.prompts[0]] * count
    work.negative_prompts = negatives
    work.seeds = [work.seeds[0] + (index if different_seeds else 0) for index in range(count)]
    work.subseeds = [work.subseeds[0] + index for index in range(count)]
    work.payload = {**work.payload, "n_iter": math.ceil(count / work.batch_size)}


def _combinations(prompt: str, joiner: str, *, at_start: bool) -> list[str]:
    """Every choice of the parts behind ``|``, put before or behind the first part."""
    original, *parts = prompt.split("|")
    cleaned = [part.strip().strip(",") for part in parts]
    made = []
    for choice in range(2 ** len(cleaned)):
        chosen = [part for index, part in enumerate(cleaned) if choice & (1 << index)]
        made.append(joiner.join([*chosen, original] if at_start else [original, *chosen]))
    return made


def add_grid(work: Work, result: Result, options: Options) -> int:
    """Put the sheet first where one is wanted (NOTES 2.2). The index of the first picture that is none."""
    images = [_opened(picture) for picture in result.pictures]
    if (work["script_name"] or "").lower() == _MATRIX:
        columns = math.ceil(math.sqrt(len(images)))
        sheet = pictures.labelled_grid(images, columns, work.prompts)
        result.add_first(sheet, result.infotexts[0], None)
        return 1
    wanted = work["save_images"] and options.flag("return_grid")
    if not wanted or (len(images) < 2 and options.flag("grid_only_if_multiple")):
        return 0
    rows = int(options.number("n_rows"))
    chunk = result.infotexts[0] if options.flag("enable_pnginfo") else None
    result.add_first(
        pictures.grid(images, rows if rows > 0 else work.batch_size if rows == 0 else None),
        result.infotexts[0],
        chunk,
    )
    return 1


def _opened(picture: Picture) -> Image.Image:
    return pictures.open_picture(picture) if isinstance(picture, bytes) else picture
