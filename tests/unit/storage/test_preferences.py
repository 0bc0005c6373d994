"""Preferences and rules come back as they were put, for whom they count, whatever an older version wrote."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.model.preferences import Caps, Choices, Layer, Preferences
from bot.model.rules import Feature, Gate, Rules
from bot.storage.facts import SQLiteFacts
from bot.storage.preferences import PreferenceBook, Standing
from bot.storage.sqlite import Database


@pytest.fixture
async def facts(tmp_path: Path) -> AsyncIterator[SQLiteFacts]:
    async with Database(tmp_path / "easel.db") as database:
        yield SQLiteFacts(database)


def steps(count: int) -> Preferences:
    return Preferences(choices=Choices(steps=count))


async def test_all_that_counts_for_somebody_comes_in_the_order_of_the_layers(facts: SQLiteFacts) -> None:
    book = PreferenceBook(facts)
    for layer, owner in (
        (Layer.PERSON, 7),
        (Layer.ROLE, 31),
        (Layer.ROLE, 30),
        (Layer.CHANNEL, 21),
        (Layer.CHANNEL, 20),
        (Layer.SERVER, 10),
        (Layer.SERVER, 11),
        (Layer.PERSON, 8),
    ):
        await book.put(layer, owner, steps(owner))

    layers = await book.layers_for(Standing(user_id=7, guild_id=10, places=(20, 21), roles=(30, 31, 32)))

    assert [(layer, one.choices.steps) for layer, one in layers] == [
        (Layer.SERVER, 10),
        (Layer.CHANNEL, 20),
        (Layer.CHANNEL, 21),
        (Layer.ROLE, 30),
        (Layer.ROLE, 31),
        (Layer.PERSON, 7),
    ]
    assert await book.layers_for(Standing(user_id=9)) == []


async def test_what_says_nothing_any_more_is_forgotten(facts: SQLiteFacts) -> None:
    book = PreferenceBook(facts)
    await book.put(Layer.PERSON, 7, steps(20))
    await book.put(Layer.PERSON, 7, Preferences())
    await book.put(Layer.PERSON, 8, steps(20))
    await book.forget([(Layer.PERSON, 8)])

    assert await facts.several(["preferences:person:7", "preferences:person:8"]) == {}
    assert await book.of(Layer.PERSON, 8) == Preferences()


async def test_rules_are_kept_by_server(facts: SQLiteFacts) -> None:
    book = PreferenceBook(facts)
    rules = Rules(blocked=("wort",), features={Feature.INPAINT: Gate(off=True)})
    await book.put_rules(10, rules)

    assert await book.rules(10) == rules
    assert await book.rules(11) == await book.rules(None) == Rules()


async def test_a_value_that_is_not_known_any_more_takes_nothing_else_with_it(facts: SQLiteFacts) -> None:
    await facts.put(
        "preferences:server:10",
        {"choices": {"steps": 20, "colour": "red", "width": -1}, "caps": {"max_steps": 40}, "old": 1},
    )

    read = await PreferenceBook(facts).of(Layer.SERVER, 10)

    assert read == Preferences(choices=Choices(steps=20), caps=Caps(max_steps=40))


async def test_what_was_never_preferences_is_a_storage_error(facts: SQLiteFacts) -> None:
    await facts.put("rules:10", [1])

    with pytest.raises(StorageError):
        await PreferenceBook(facts).rules(10)
