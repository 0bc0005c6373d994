"""Wildcards and alternatives in a prompt: ``{red|blue} cat``, ``{2$$a|b|c}``, ``__colour__``.

The work is the ``dynamicprompts`` library's. It sees only what is meant for it: unshielded it cuts a prompt
at "#", writes names of LoRAs anew and fails at "$5". So every character that means something to it, and
stands where a person means nothing by it, is changed for another one before and changed back after.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from dynamicprompts.commands import Command
from dynamicprompts.enums import SamplingMethod
from dynamicprompts.samplers import CombinatorialSampler, RandomSampler
from dynamicprompts.samplers.base import Sampler
from dynamicprompts.sampling_context import SamplingContext
from dynamicprompts.types import ResultGen
from dynamicprompts.wildcards import WildcardManager
from dynamicprompts.wildcards.values import WildcardValues

__all__ = ["MAX_EXPANDED", "Wildcards", "expand", "is_name", "is_template", "may_be_template", "permute"]

MAX_EXPANDED = 10_000
"""Characters of an expanded prompt; more is a file that grows without end."""
MAX_GROUPS = 100
"""Alternatives and wildcards in one prompt: the library takes 1 ms for each."""
MAX_DEPTH = 8
"""Alternatives inside alternatives."""
_MAX_STEPS = 20_000
"""Parts that may be looked at for one prompt: some 50 ms."""
_MAX_LOOKUPS = 300
"""Lists that may be opened for one prompt. Lists that name each other would never end."""

_HIDDEN = 0xF0000
"""Shielded characters are this much higher: in a plane that is for private use and that nobody types."""
_SHIELDED = re.compile(f"[{chr(_HIDDEN)}-{chr(_HIDDEN + 0x7F)}]")
_TOKEN = re.compile(r"\\.|<[^<>]*>|__[\w./ -]+?__|\{\d*-?\d*\$\$(?:[^$|{}]*\$\$)?|.", re.DOTALL)
"""An escape, a tag, perhaps a wildcard, the head of "some of these", or one character."""
_MEANING = frozenset("{}|$#%_<>\\@~!\t\n\r\x0b\x0c")


@dataclass(frozen=True, slots=True)
class Wildcards:
    """The host's lists: what ``__name__`` may stand for. A line is a prompt, with wildcards of its own."""

    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _ready: Mapping[str, WildcardValues] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = frozenset(self.lists)
        ready = {
            name: WildcardValues.from_items(_shielded(line, names) for line in lines)
            for name, lines in self.lists.items()
        }
        object.__setattr__(self, "_ready", ready)

    @property
    def names(self) -> tuple[str, ...]:
        """In order."""
        return tuple(sorted(self.lists))

    def values(self, name: str) -> WildcardValues:
        """The lines of one list as the library wants them."""
        return self._ready[name]


def is_name(text: str) -> bool:
    """Whether a list can be called so."""
    return re.fullmatch(r"[\w./ -]+", text) is not None and "__" not in f"_{text}_"


def may_be_template(prompt: str) -> bool:
    """A first look that costs nothing: False is certain."""
    return "{" in prompt or "__" in prompt


def is_template(prompt: str, wildcards: Wildcards) -> bool:
    """Whether there is anything to choose: ``{…|…}``, ``{n$$…}``, or the name of a list that exists.

    Takes up to 8 ms for a long prompt: for a thread, unless ``may_be_template`` says no.
    """
    return may_be_template(prompt) and _groups(_shielded(prompt, frozenset(wildcards.lists))) > 0


def expand(template: str, wildcards: Wildcards, seed: int) -> str | None:
    """One of its prompts, the same for the same seed; None where the template cannot be read.

    Takes up to a quarter of a second: for a thread.
    """
    found = _sampled(template, wildcards, SamplingMethod.RANDOM, 1, random.Random(seed))  # noqa: S311
    return found[0] if found else None


def permute(template: str, wildcards: Wildcards, limit: int) -> tuple[str, ...] | None:
    """Every one of its prompts, ``limit`` at most; None where the template cannot be read. For a thread."""
    found = _sampled(template, wildcards, SamplingMethod.COMBINATORIAL, limit, random.Random(0))  # noqa: S311
    return tuple(dict.fromkeys(found)) if found else None


def _sampled(
    template: str, wildcards: Wildcards, method: SamplingMethod, limit: int, rand: random.Random
) -> list[str] | None:
    """Whatever goes wrong in the library means: draw it as it was typed."""
    shielded = _shielded(template, frozenset(wildcards.lists))
    if _SHIELDED.search(template) or not 0 < _groups(shielded) <= MAX_GROUPS or _depth(shielded) > MAX_DEPTH:
        return None
    budget = _Budget(_MAX_STEPS)
    context = SamplingContext(
        default_sampling_method=method,
        wildcard_manager=_Manager(wildcards),
        samplers={
            SamplingMethod.RANDOM: _BoundedRandom(budget),
            SamplingMethod.COMBINATORIAL: _BoundedCombinatorial(budget),
        },
        rand=rand,
    )
    try:
        found = [_plain(str(one)) for one in islice(context.sample_prompts(shielded), limit)]
    except Exception:  # noqa: BLE001 - a parser of other people's texts; its exceptions quote the prompt
        return None
    return found if all(_is_usable(one, wildcards) for one in found) else None


def _is_usable(prompt: str, wildcards: Wildcards) -> bool:
    """What could be expanded once more would not draw the same again when it is copied."""
    return bool(prompt.strip()) and len(prompt) <= MAX_EXPANDED and not is_template(prompt, wildcards)


class _Budget:
    """How much may still be looked at."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self) -> None:
        """Raises RecursionError when there is none left."""
        self._left -= 1
        if self._left < 0:
            raise RecursionError


class _Bounded(Sampler):
    """Counts what it does."""

    def __init__(self, budget: _Budget) -> None:
        self._budget = budget

    def generator_from_command(self, command: Command, context: SamplingContext) -> ResultGen:
        self._budget.spend()
        return super().generator_from_command(command, context)


class _BoundedRandom(_Bounded, RandomSampler):
    """One at random."""


class _BoundedCombinatorial(_Bounded, CombinatorialSampler):
    """All, one after the other."""


class _Manager(WildcardManager):
    """Lists from memory; the library's own reads files whenever it likes."""

    def __init__(self, wildcards: Wildcards) -> None:
        super().__init__()
        self._wildcards = wildcards
        self._lookups = _Budget(_MAX_LOOKUPS)

    def get_values(self, wildcard: str) -> WildcardValues:
        self._lookups.spend()
        return self._wildcards.values(wildcard)


def _shielded(text: str, names: frozenset[str]) -> str:
    """``text`` with everything hidden that only looks like a part of a template."""
    pieces = [_piece(match.group(), names) for match in _TOKEN.finditer(text)]
    kept = set(_pairs(pieces))
    return "".join(
        _hidden(piece) if len(piece) == 1 and piece in "{}" and index not in kept else piece
        for index, piece in enumerate(_head_hidden(pieces, kept))
    )


def _piece(piece: str, names: frozenset[str]) -> str:
    if piece.startswith("__") and len(piece) > 4 and piece[2:-2] in names:
        return piece
    if piece.startswith("{") or piece in ("|", "}"):
        return piece
    return _hidden(piece)


def _pairs(pieces: list[str]) -> Iterator[int]:
    """The indexes of braces that hold a choice. Others are what the person wants to see."""
    opened: list[tuple[int, bool]] = []
    for index, piece in enumerate(pieces):
        if piece.startswith("{"):
            opened.append((index, len(piece) > 1))
        elif piece == "|" and opened:
            opened[-1] = (opened[-1][0], True)
        elif piece == "}" and opened:
            start, chooses = opened.pop()
            if chooses:
                yield from (start, index)


def _head_hidden(pieces: list[str], kept: set[int]) -> Iterator[str]:
    """A head ``{2$$`` whose brace is not closed is text; so is "|" outside of every choice."""
    depth = 0
    for index, piece in enumerate(pieces):
        if piece.startswith("{"):
            depth += index in kept
            yield piece if index in kept or len(piece) == 1 else _hidden(piece)
            continue
        depth -= piece == "}" and index in kept
        yield _hidden(piece) if piece == "|" and depth == 0 else piece


def _hidden(text: str) -> str:
    return "".join(chr(_HIDDEN + ord(char)) if char in _MEANING else char for char in text)


def _plain(text: str) -> str:
    return _SHIELDED.sub(lambda match: chr(ord(match.group()) - _HIDDEN), text)


def _groups(shielded: str) -> int:
    return shielded.count("{") + shielded.count("__") // 2


def _depth(shielded: str) -> int:
    depth = deepest = 0
    for char in shielded:
        depth += (char == "{") - (char == "}")
        deepest = max(deepest, depth)
    return deepest
