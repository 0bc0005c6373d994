"""Reading what people type into one option: lists, weights, key=value pairs, "none"."""

import math
import re

from bot.errors import BadValue

NOTHING = "none"
"""The word that says: explicitly nothing, not even the default."""
MAX_ITEMS = 20
"""Names in one list. More is a slip of the hand or an attack."""
MAX_WEIGHT = 10.0
_LORA = re.compile(r"<lora:([^:<>]+)")


def says_nothing(text: str) -> bool:
    """Whether the person typed the word that means explicitly nothing."""
    return text.strip().casefold() == NOTHING


def lora_names(prompt: str) -> tuple[str, ...]:
    """The LoRAs that a prompt names by itself, as ``<lora:name:0.8>``."""
    return tuple(dict.fromkeys(_LORA.findall(prompt)))


def split_list(field: str, text: str) -> tuple[str, ...]:
    """Comma-separated names, trimmed, empty ones dropped, order kept.

    Raises BadValue (too_many) above MAX_ITEMS.
    """
    items = tuple(item.strip() for item in text.split(",") if item.strip())
    if len(items) > MAX_ITEMS:
        raise BadValue(field, str(len(items)), "too_many")
    return items


def split_weight(field: str, item: str, default: float) -> tuple[str, float]:
    """``name:0.8`` → ("name", 0.8); without a weight the default. The name may itself hold colons.

    Raises BadValue when what follows the last colon is a number that cannot be a weight.
    """
    name, colon, tail = item.rpartition(":")
    if not colon:
        return item.strip(), default
    try:
        weight = float(tail)
    except ValueError:
        return item.strip(), default
    if not math.isfinite(weight) or abs(weight) > MAX_WEIGHT:
        raise BadValue(field, item, "out_of_range")
    return name.strip(), weight


def split_pairs(field: str, text: str) -> tuple[tuple[str, str], ...]:
    """``key=value, key=value`` → pairs in order. A comma without a ``key=`` after it belongs to the value.

    Raises BadValue (not_a_pair) when there is no "=", too_many above MAX_ITEMS.
    """
    pairs: list[tuple[str, str]] = []
    for piece in text.split(","):
        key, equals, value = piece.partition("=")
        if equals and key.strip():
            pairs.append((key.strip(), value.strip()))
        elif pairs and piece.strip():
            last_key, last_value = pairs[-1]
            pairs[-1] = (last_key, f"{last_value},{piece.rstrip()}")
        elif piece.strip():
            raise BadValue(field, piece.strip()[:100], "not_a_pair")
    if len(pairs) > MAX_ITEMS:
        raise BadValue(field, str(len(pairs)), "too_many")
    return tuple(pairs)


def read_batch(text: str) -> tuple[int, int]:
    """``4`` → (4, 1); ``count,size`` (also with x or ×) → (count, size).

    Raises BadValue (not_a_number).
    """
    pieces = text.replace("×", ",").replace("x", ",").split(",")
    try:
        numbers = [int(piece) for piece in pieces]
    except ValueError:
        raise BadValue("batch", text[:100], "not_a_number") from None
    if len(numbers) not in (1, 2) or any(abs(number) > 10**6 for number in numbers):
        raise BadValue("batch", text[:100], "not_a_number")
    return numbers[0], numbers[1] if len(numbers) == 2 else 1
