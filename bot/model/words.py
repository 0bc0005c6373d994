"""Words that a prompt must not hold, found the way a web UI would read the prompt.

A web UI deletes much of what is typed before it reads: ``<lora:x:1>``, backslashes, brackets, weights, and it
joins what is left, so that ``na(ked:1)`` is one word to the model. It also draws each part of ``[a|b]`` and
``[a:b:0.5]``. So a prompt has several readings, and a word counts that stands in any of them
(https://github.com/AUTOMATIC1111/stable-diffusion-webui/wiki/Features, attention and prompt editing).
"""

import itertools
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, partial

MAX_READINGS = 64
"""Readings of one prompt that are looked through; with more, every part is still read by itself."""

_TAG = re.compile(r"<[^<>]*>")
_COMMENT = re.compile(r"(?:^|(?<=\s))#[^\n]*")
_WEIGHT = re.compile(r":\s*[+-]?[\d.]+\s*(?=[)\]])")
_GROUP = re.compile(r"\[([^\[\]]*)\]")
_MARKS = re.compile(r"[()\[\]{}\\]")
_UNSEEN = ("Cf", "Cc")
_SPACES = re.compile(r"[\s_]+")
_RUN = re.compile(r"[^\W_]+")
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, kana and Han are written without spaces: there a word ends anywhere."""


def fold(text: str) -> str:
    """``text`` so that what looks alike is alike: compatibility forms, case, invisible characters, spaces.

    NFKC before and after the case, as Unicode's caseless matching wants it (Unicode 16, definition D147).
    """
    once = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(
        char for char in once if unicodedata.category(char) not in ("Cf", "Cc") or char.isspace()
    )
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", visible)).strip()


def readings(prompt: str) -> tuple[str, ...]:
    """Every text, folded, that a web UI may take from ``prompt``, and the prompt as it stands."""
    texts: list[str] = []
    for shown in (fold(prompt), fold(_COMMENT.sub(" ", prompt))):
        # Nothing in the place of a tag joins its neighbours, as the web UI does.
        bare = _WEIGHT.sub("", _TAG.sub("", shown)).replace("\\", "")
        texts += [shown, _MARKS.sub(" ", shown), _MARKS.sub("", shown)]
        texts += [_MARKS.sub("", text) for text in _choices(bare)]
    return tuple(dict.fromkeys(_SPACES.sub(" ", text) for text in dict.fromkeys(texts)))


class WordList:
    """Words and phrases, looked for as whole words in any case and in every language."""

    def __init__(self, words: Iterable[str] = ()) -> None:
        self.words = tuple(dict.fromkeys(word for word in map(fold, words) if word))

    def __bool__(self) -> bool:
        return bool(self.words)

    def found(self, *prompts: str) -> tuple[str, ...]:
        """Those of the list that stand in any of ``prompts``, in the list's order."""
        if not self.words:
            return ()
        texts = [text for prompt in prompts for text in readings(prompt)]
        present = {run for text in texts for run in _RUN.findall(text)} & set(self.words)
        for word, pattern in self._patterns.items():
            if any(pattern.search(text) for text in texts):
                present.add(word)
        return tuple(word for word in self.words if word in present)

    def removed_from(self, prompt: str) -> str:
        """``prompt`` without them, where they stand there as they are; the rest as it was typed."""
        if not self.words:
            return prompt
        pattern = re.compile("|".join(map(_as_typed, self._longest_first)), re.IGNORECASE)
        shorter = pattern.sub("", prompt)
        return prompt if shorter == prompt else re.sub(r"[ \t]{2,}", " ", shorter).strip(" \t,")

    @property
    def _longest_first(self) -> list[str]:
        return sorted(self.words, key=len, reverse=True)

    @cached_property
    def _patterns(self) -> dict[str, re.Pattern[str]]:
        """Of those that are more, or less, than one run of letters and digits."""
        return {
            word: re.compile(_whole(word))
            for word in self.words
            if not _RUN.fullmatch(word) or _UNSPACED.match(word[0]) or _UNSPACED.match(word[-1])
        }


def _choices(text: str) -> Iterator[str]:
    """``text`` with every combination of the parts of its ``[…|…]`` and ``[…:…]``.

    Of more than ``MAX_READINGS`` combinations those where one group differs from all the others.
    """
    counts: list[int] = []

    def count(_: int, parts: int) -> int:
        counts.append(parts)
        return 0

    yield _resolved(text, count)
    if math.prod(counts) <= MAX_READINGS:
        for combination in itertools.product(*map(range, counts)):
            yield _resolved(text, partial(_of, combination))
        return
    yield _resolved(text, _last)
    singles = [(group, part) for group, parts in enumerate(counts) for part in range(1, parts)]
    for group, part in singles[:MAX_READINGS]:
        yield _resolved(text, partial(_only, group, part))
    yield from re.split(r"[\[\]|:]", text)


def _of(combination: tuple[int, ...], group: int, _: int) -> int:
    return combination[group]


def _last(_: int, parts: int) -> int:
    return parts - 1


def _only(wanted: int, part: int, group: int, _: int) -> int:
    return part if group == wanted else 0


def _resolved(text: str, choose: Callable[[int, int], int]) -> str:
    """``text`` without groups: ``choose`` is given a group's number and its number of parts, innermost first.

    The numbers hold for every choice, since a part that is chosen brings no new group.
    """
    numbers = itertools.count()

    def part(group: re.Match[str]) -> str:
        parts = re.split(r"[|:]", group[1])
        return parts[choose(next(numbers), len(parts))]

    before = None
    while text != before and _GROUP.search(text):
        before, text = text, _GROUP.sub(part, text)
    return text


def _whole(word: str) -> str:
    """A pattern for a folded word: not in the middle of a longer one."""
    before = "" if _UNSPACED.match(word[0]) else r"(?<![^\W_])"
    after = "" if _UNSPACED.match(word[-1]) else r"(?![^\W_])"
    return f"{before}{re.escape(word)}{after}"


def _as_typed(word: str) -> str:
    return _whole(word).replace(r"\ ", r"[\s_]+")
