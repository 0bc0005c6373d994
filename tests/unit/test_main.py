"""The command line's own business."""

import gc

import pytest

from bot.__main__ import frozen_heap


def collected(thing: object) -> bool:
    """Whether garbage collection looks at it."""
    return any(found is thing for found in gc.get_objects())


def test_what_is_there_at_the_start_is_left_out_of_garbage_collection_while_the_bot_runs() -> None:
    there: list[object] = []
    assert collected(there)
    with frozen_heap():
        new: list[object] = []
        assert not collected(there)
        assert collected(new)
    assert collected(there)


def test_nothing_stays_frozen_when_the_bot_ends_with_an_error() -> None:
    there: list[object] = []
    with pytest.raises(ZeroDivisionError), frozen_heap():
        1 / 0  # noqa: B018 - any error
    assert collected(there)
