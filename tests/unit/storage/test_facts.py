"""What Easel remembers between starts."""

import sqlite3
from pathlib import Path

import pytest
from pydantic import JsonValue

from bot.errors import StorageError
from bot.storage.facts import MAX_CHARACTERS, SQLiteFacts
from bot.storage.sqlite import Database


async def test_a_fact_is_there_after_a_restart(tmp_path: Path) -> None:
    value: JsonValue = {"sd_vae": "Automatic", "steps": [1, 2.5, None, True], "猫": "кот"}
    async with Database(tmp_path / "easel.db") as database:
        await SQLiteFacts(database).put("baseline", value)
    async with Database(tmp_path / "easel.db") as database:
        assert await SQLiteFacts(database).get("baseline") == value


async def test_a_fact_is_replaced_and_forgotten(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        facts = SQLiteFacts(database)
        await facts.put("a", 1)
        await facts.put("a", 2)
        assert await facts.get("a") == 2
        await facts.forget("a")
        assert await facts.get("a") is None


async def test_an_endless_value_is_refused(tmp_path: Path) -> None:
    async with Database(tmp_path / "easel.db") as database:
        with pytest.raises(StorageError) as refused:
            await SQLiteFacts(database).put("a", "x" * MAX_CHARACTERS)
        assert refused.value.reason == "value"


async def test_a_value_that_somebody_spoilt_is_a_storage_error(tmp_path: Path) -> None:
    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO facts (name, value) VALUES ('a', '{')")

    async with Database(tmp_path / "easel.db") as database:
        await database.write(lambda: spoil)
        with pytest.raises(StorageError) as refused:
            await SQLiteFacts(database).get("a")
        assert refused.value.reason == "corrupt"
