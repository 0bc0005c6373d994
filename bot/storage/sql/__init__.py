"""Named SQL: the queries of one subject in a file, ``-- name: x`` before each; and numbered migrations."""

import re
from collections.abc import Mapping, Sequence
from importlib import resources

_NAMED = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)
_MIGRATION = re.compile(r"^(\d{4})_\w+\.sql$")


def load_queries(subject: str, package: str = __name__) -> Mapping[str, str]:
    """The queries of ``<subject>.sql`` by name."""
    text = (resources.files(package) / f"{subject}.sql").read_text(encoding="utf-8")
    return {name: query.strip() for name, query in _NAMED.findall(text)}


def load_migrations(package: str = __name__) -> Sequence[str]:
    """The scripts that make the schema, in order; applying the first n of them makes version n."""
    found = sorted(
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in resources.files(package).iterdir()
        if _MIGRATION.match(entry.name)
    )
    numbers = [int(name[:4]) for name, _ in found]
    if numbers != list(range(1, len(found) + 1)):
        raise ValueError(f"migrations must be numbered without a gap: {numbers}")
    return [script for _, script in found]
