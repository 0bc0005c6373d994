"""``import-aiyabot DIR``: what an aiyabot folder says becomes settings and preferences, and is told."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bot.aiyabot import Taken, read_folder, toml_text
from bot.errors import StorageError
from bot.exits import EX_CONFIG, EX_OK, EX_USAGE, StartFailure, database_failure
from bot.l10n.catalog import Catalog
from bot.l10n.locales import SOURCE
from bot.model.clock import SystemClock
from bot.model.preferences import Choices, Layer, Preferences
from bot.storage.opening import open_storage
from bot.storage.preferences import PreferenceBook
from config.settings import Settings, SettingsProblem, load

LOCAL = Path("config/local.toml")
BESIDE = Path("config/aiyabot.toml")
"""Where the settings go that would take the place of the host's own, or that Easel cannot read yet."""

Say = Callable[[str], None]


def run_import(folder: Path, working: Path, environ: Mapping[str, str], say: Say) -> int:
    """Take it over, and say what was taken and what was not; the exit code.

    Nothing that is there is overwritten. Raises StartFailure and SettingsProblem.
    """
    texts = Catalog.load()
    settings = load(environ, working)
    try:
        taken = read_folder(folder)
    except NotADirectoryError as error:
        raise StartFailure("import.no_folder", EX_USAGE) from error
    written, problems = _write(toml_text(taken), working, environ)
    try:
        asyncio.run(_keep(taken, settings))
    except StorageError as error:
        raise database_failure(error, shared=settings.database_url.path is None) from error
    for line in _report(texts, taken, written):
        say(line)
    for problem in problems:
        say(problem)
    return EX_CONFIG if problems else EX_OK


def _write(text: str, working: Path, environ: Mapping[str, str]) -> tuple[Path, tuple[str, ...]]:
    """Where the settings were written, and what is wrong with them."""
    own = working / LOCAL
    path = working / (BESIDE if own.exists() else LOCAL)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if path != own:
        return BESIDE, ()
    try:
        load(environ, working)
    except SettingsProblem as error:
        own.replace(working / BESIDE)
        return BESIDE, error.problems
    return LOCAL, ()


async def _keep(taken: Taken, settings: Settings) -> None:
    async with open_storage(settings, SystemClock()) as storage:
        book = PreferenceBook(storage.facts)
        for channel, preferences in taken.channels.items():
            await book.put(Layer.CHANNEL, channel, preferences)
        for role in taken.hidden_roles:
            await book.put(Layer.ROLE, role, Preferences(choices=Choices(spoiler=True)))


def _report(texts: Catalog, taken: Taken, written: Path) -> Iterator[str]:
    def text(key: str, **values: object) -> str:
        return texts.text(SOURCE, key, **values)

    yield text(
        "import.taken",
        settings=len(taken.settings),
        models=len(taken.models),
        channels=len(taken.channels),
        file=written.as_posix(),
    )
    if written == BESIDE:
        yield text("import.beside", file=BESIDE.as_posix(), own=LOCAL.as_posix())
    for section, name in taken.settings:
        yield f"  {f'[{section}] ' if section else ''}{name}"
    for one in taken.left:
        what = f"{one.where} {one.what}".strip()
        yield text("import.left", what=what, why=text(f"import.why.{one.why}"))
    yield text("import.token")
