"""What Easel remembers between starts."""

import sqlite3
from pathlib import Path

import pytest

from bot.errors import StorageError
from bot.storage.facts import SQLiteFacts
from bot.storage.sqlite import Database


async def test_a_value_that_somebody_spoilt_is_a_storage_error(tmp_path: Path) -> None:
    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO facts (name, value) VALUES ('a', '{')")

    async with Database(tmp_path / "easel.db") as database:
        await database.write(lambda: spoil)
        with pytest.raises(StorageError) as refused:
            await SQLiteFacts(database).get("a")
        assert refused.value.reason == "corrupt"
