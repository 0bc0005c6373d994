"""The tables, made and brought up to date when a process connects: once, whoever comes first."""

import psycopg
from procrastinate.schema import SchemaManager

from bot.errors import StorageError
from bot.storage.postgres import sql
from bot.storage.postgres.link import Row
from bot.storage.sql import load_migrations

_SCHEMA_LOCK = 3_104_212
_VERSION = """
CREATE TABLE IF NOT EXISTS schema_version (
    single  boolean PRIMARY KEY DEFAULT true CHECK (single),
    version integer NOT NULL
)
"""
_LOOK = "SELECT coalesce((SELECT version FROM schema_version), 0)"
_NOTE = """
INSERT INTO schema_version (version) VALUES (%s)
ON CONFLICT (single) DO UPDATE SET version = excluded.version
"""


async def migrate(connection: psycopg.AsyncConnection[Row]) -> None:
    """All steps that are missing, in one transaction. Raises StorageError(newer).

    Without the ANALYZE PostgreSQL takes a table that was never filled for a large one, and plans the claims
    badly: 23 jobs a second were measured in place of 569.
    """
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_SCHEMA_LOCK])
        await connection.execute(_VERSION)
        version = await _one(connection, _LOOK)
        scripts = load_migrations(sql.__name__)
        if version > len(scripts):
            raise StorageError(reason="newer")
        if version == 0:
            await connection.execute(SchemaManager.get_schema())
        for script in scripts[version:]:
            await connection.execute(script)
        if version < len(scripts):
            await connection.execute(_NOTE, [len(scripts)])
            await connection.execute("ANALYZE procrastinate_jobs")


async def _one(connection: psycopg.AsyncConnection[Row], query: str) -> int:
    row = await (await connection.execute(query)).fetchone()
    return 0 if row is None else int(row[0])
