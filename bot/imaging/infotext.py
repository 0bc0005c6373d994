"""The infotext of the web UIs: prompt, negative prompt and one line of parameters.

::

    a prompt
    of any lines
    Negative prompt: likewise
    Steps: 20, Sampler: Euler, Lora hashes: "a: 12, b: 34", Version: v1.10.1

Prompts are put in raw, so they may hold lines that look like any of these (NOTES 2.1): the last line that
looks like parameters is the one that counts, and the first before it that begins with ``Negative prompt:``. A
value with a comma, colon or line break is written as a JSON string. stable-diffusion.cpp and Civitai write
JSON objects and lists as bare values; they are one value here too.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Infotext", "parse", "quote", "render", "unquote"]

_MARK = "Negative prompt:"
_USUAL_MARK = "Negative prompt: "
_NEGATIVE = re.compile(r"^Negative prompt: ?", re.MULTILINE)
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"(?=, |$)')
_SIZE = re.compile(r"\s*([0-9]{1,9})\s*[x×]\s*([0-9]{1,9})\s*")
_WELL_KNOWN = frozenset({"Steps", "Sampler", "CFG scale", "Seed", "Size", "Model hash", "Model"})
_DECODER = json.JSONDecoder()
_JSON_ATTEMPTS = 16
"""Values of one line that are tried as JSON: one that never ends is read to the end of the line each time."""
_FEWEST = 3
"""``Key: value`` pairs that make a line one of parameters, as in the web UI's own reader."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Infotext:
    """An infotext, taken apart so that ``render`` gives back the very text it was parsed from."""

    prompt: str = ""
    negative_prompt: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    """(key, value) as written, so with quotes where the value has them; ``get`` gives them without. What the
    web UI wrote without a colon has the empty key: it shortens ``Key: Key`` to ``Key``."""
    negative_mark: str = ""
    """``Negative prompt:`` as written where that is not the usual way: without a space behind it, or with
    nothing following it."""
    trailer: str = ""
    """What follows the parameters, beginning with its line break. Extensions put their templates there."""

    @classmethod
    def of(cls, prompt: str, negative_prompt: str, fields: Mapping[str, str | float]) -> "Infotext":
        """From plain values, quoted as needed."""
        written = tuple((key, quote(str(value))) for key, value in fields.items())
        return cls(prompt=prompt, negative_prompt=negative_prompt, fields=written)

    def get(self, key: str) -> str | None:
        """The value of the first field of that name, without quotes; None if there is none."""
        for name, value in self.fields:
            if name == key:
                return unquote(value)
            if not name:
                bare, colon, rest = value.partition(":")
                if bare == key:
                    return unquote(rest.strip()) if colon else bare
        return None

    @property
    def size(self) -> tuple[int, int] | None:
        """(width, height) in pixels, as asked for; hires fix and upscaling come on top."""
        match = _SIZE.fullmatch(self.get("Size") or "")
        return (int(match[1]), int(match[2])) if match else None

    @property
    def steps(self) -> int | None:
        """Sampling steps."""
        return self._whole("Steps")

    @property
    def seed(self) -> int | None:
        """The seed of this very picture."""
        return self._whole("Seed")

    @property
    def clip_skip(self) -> int | None:
        """None where the web UI leaves out the default, which is 1."""
        return self._whole("Clip skip")

    @property
    def cfg_scale(self) -> float | None:
        """Guidance scale."""
        return self._number("CFG scale")

    @property
    def denoising_strength(self) -> float | None:
        """Of img2img or of the second pass."""
        return self._number("Denoising strength")

    @property
    def sampler(self) -> str | None:
        """The web UI's name. Before version 1.9 it ends with the scheduler's: ``DPM++ 2M Karras``."""
        return self.get("Sampler")

    @property
    def scheduler(self) -> str | None:
        """The web UI's label."""
        return self.get("Schedule type")

    @property
    def model(self) -> str | None:
        """The checkpoint's name without folder and ending; stable-diffusion.cpp keeps the ending."""
        return self.get("Model")

    @property
    def model_hash(self) -> str | None:
        """The first ten digits of the checkpoint's SHA-256; eight of another sum in old pictures."""
        return self.get("Model hash")

    def _number(self, key: str) -> float | None:
        try:
            number = float(self.get(key) or "")
        except ValueError:
            return None
        return number if math.isfinite(number) else None

    def _whole(self, key: str) -> int | None:
        try:
            return int(self.get(key) or "")
        except ValueError:
            number = self._number(key)
            return int(number) if number is not None and number.is_integer() else None


def parse(text: str) -> Infotext:
    """Take an infotext apart; a text without a line of parameters is all prompt. Never raises.

    ``render(parse(text)) == text`` for every text but one that begins with an empty line followed by the
    negative prompt or the parameters, which no web UI writes: the empty line goes.
    """
    start, end = _parameter_line(text)
    head = text[:start].removesuffix("\n") if end > start else text
    negative = _NEGATIVE.search(head)
    if negative is None:
        prompt, mark, negative_prompt = head, "", ""
    else:
        prompt, mark = head[: negative.start()].removesuffix("\n"), negative[0]
        negative_prompt = head[negative.end() :]
    return Infotext(
        prompt=prompt,
        negative_prompt=negative_prompt,
        fields=tuple(_fields(text[start:end])),
        negative_mark="" if negative_prompt and mark == _USUAL_MARK else mark,
        trailer=text[end:],
    )


def render(infotext: Infotext) -> str:
    """The text of an infotext, as the web UIs write it."""
    mark = infotext.negative_mark or (_USUAL_MARK if infotext.negative_prompt else "")
    parts = [infotext.prompt] if infotext.prompt else []
    if mark:
        parts.append(mark + infotext.negative_prompt)
    if infotext.fields:
        parts.append(", ".join(f"{key}: {value}" if key else value for key, value in infotext.fields))
    return "\n".join(parts) + infotext.trailer


def quote(value: str) -> str:
    """A value as it stands in the line of parameters: a JSON string if it could not be told apart bare.

    The web UI quotes for a comma, a colon or a line break; here also what would be read as quoted or as JSON,
    or lose its spaces.
    """
    if value and value == value.strip() and value[0] not in '"[{' and not set(value) & set(",:\n"):
        return value
    return json.dumps(value, ensure_ascii=False)


def unquote(written: str) -> str:
    """The value of ``quote``; what is no JSON string is taken as it stands."""
    if len(written) < 2 or written[0] != '"' or written[-1] != '"':
        return written
    try:
        value = json.loads(written)
    except ValueError:
        return written
    # JSON can name half a surrogate pair, which no encoding can write.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else written


def _parameter_line(text: str) -> tuple[int, int]:
    """(start, end) of the line of parameters; the end of the text twice if there is none.

    The last line with anything on it may have any order of keys; one with further lines behind it has to
    begin with ``Steps:``, since it might as well be a line of a prompt.
    """
    end = len(text)
    last = True
    while end >= 0:
        start = text.rfind("\n", 0, end) + 1
        line = text[start:end]
        if _is_parameters(line, last=last):
            return start, end
        last = last and not line.strip()
        end = start - 1
    return len(text), len(text)


def _is_parameters(line: str, *, last: bool) -> bool:
    if not line.startswith("Steps: ") and not (last and line.count(": ") >= _FEWEST):
        return False
    keys = [key for key, _ in _fields(line) if key]
    return len(keys) >= _FEWEST and not _WELL_KNOWN.isdisjoint(keys)


def _fields(line: str) -> Iterator[tuple[str, str]]:
    """The fields of a line, between which ", " stood: joining them gives the line back."""
    at = 0
    attempts = _JSON_ATTEMPTS
    while line and at <= len(line):
        end = line.find(", ", at)
        end = len(line) if end < 0 else end
        colon = line.find(": ", at, end)
        if colon <= at:
            yield "", line[at:end]
        else:
            value = colon + 2
            if line.startswith('"', value):
                end = _end_of_string(line, value, end)
            elif line.startswith(("{", "["), value) and attempts:
                attempts -= 1
                end = _end_of_json(line, value, end)
            yield line[at:colon], line[value:end]
        at = end + 2


def _end_of_string(line: str, at: int, otherwise: int) -> int:
    match = _STRING.match(line, at)
    return match.end() if match else otherwise


def _end_of_json(line: str, at: int, otherwise: int) -> int:
    try:
        _, end = _DECODER.raw_decode(line, at)
    except (ValueError, RecursionError):
        return otherwise
    return end if end == len(line) or line.startswith(", ", end) else otherwise
