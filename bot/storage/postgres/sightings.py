"""The web UIs of all processes, in PostgreSQL. A row belongs to the process that works the web UI now."""

from collections.abc import Callable, Collection, Sequence

import psycopg

from bot.errors import StorageError
from bot.queue.sightings import Sighting
from bot.storage.postgres.link import Link

_PREFIX = "webui-"
"""Of the names: the same as those that the settings give where there is one process."""

_FORGET = """
DELETE FROM webuis WHERE process IS NULL AND told_at < now() - interval '7 days' AND key <> ALL (%s::text[])
"""
_REGISTER = """
WITH given AS (SELECT key, place FROM unnest(%s::text[]) WITH ORDINALITY AS given (key, place)),
     new AS (SELECT key, row_number() OVER (ORDER BY place) AS place FROM given
             WHERE key NOT IN (SELECT key FROM webuis)),
     free AS (SELECT number, row_number() OVER (ORDER BY number) AS place
              FROM generate_series(1, (SELECT count(*) + %s FROM webuis)::integer) AS number
              WHERE number NOT IN (SELECT number FROM webuis))
INSERT INTO webuis (key, number) SELECT new.key, free.number FROM new JOIN free USING (place)
ON CONFLICT DO NOTHING
"""
_NUMBERS = "SELECT key, number FROM webuis WHERE key = ANY (%s::text[])"
_TELL = """
UPDATE webuis SET process = %s, status = %s, knowledge = coalesce(%s, knowledge), version = %s,
       told_at = clock_timestamp()
WHERE number = %s
"""
_LOOK = """
SELECT number, status, CASE WHEN version = ANY (%s::text[]) THEN NULL ELSE knowledge END, version,
       process IS NOT NULL
FROM webuis WHERE status <> '' ORDER BY number
"""
_TRIES = 20
"""Two processes that start together may want the same number; one of them then takes the next."""


class PostgresSightings:
    """A SightingTable."""

    def __init__(self, link: Link, process: Callable[[], str]) -> None:
        """``process``: our id at present, as ``processes`` has it."""
        self._link = link
        self._process = process

    async def register(self, keys: Sequence[str]) -> Sequence[str]:
        """A name for each key, in the order of the keys; new ones get the lowest free numbers."""
        await self._link.run(_FORGET, [list(keys)])
        for _ in range(_TRIES):
            await self._link.run(_REGISTER, [list(keys), len(keys)])
            numbers: dict[str, int] = dict(await self._link.run(_NUMBERS, [list(keys)]))
            if len(numbers) == len(set(keys)):
                return [f"{_PREFIX}{numbers[key]}" for key in keys]
        raise StorageError(reason="busy")

    async def tell(self, sighting: Sighting) -> None:
        """It is ours now."""
        number = int(sighting.name.removeprefix(_PREFIX))
        values = [self._process(), sighting.status, sighting.knowledge, sighting.version, number]
        try:
            await self._link.run(_TELL, values)
        except psycopg.errors.ForeignKeyViolation as error:  # we were taken for dead
            raise StorageError(reason="busy") from error

    async def look(self, versions: Collection[str]) -> Sequence[Sighting]:
        """By number."""
        rows = await self._link.run(_LOOK, [list(versions)])
        return [
            Sighting(
                name=f"{_PREFIX}{number}",
                status=status,
                knowledge=knowledge,
                version=version,
                alive=alive,
            )
            for number, status, knowledge, version, alive in rows
        ]
