"""Changed settings: which are taken over while the bot runs, which wait, and that nothing falls between."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from config.live import NEEDS_RESTART, LiveSettings
from config.settings import Settings, SettingsProblem, load, setting_keys, value_of
from tests.support import ROOT

OPENING = (
    *(ROOT / "bot" / name for name in ("app.py", "wiring.py", "webuis.py", "__main__.py")),
    *(ROOT / "bot" / "storage" / name for name in ("opening.py", "sharing.py")),
)
"""What reads settings once, to open something with them."""
ELSEWHERE = {"open", "height", "width", "enabled", "ids", "channels", "steps", "batch", "pictures", "spoiler"}
"""Names of settings that are also methods or fields of other things there."""


def attributes(path: Path, *, skip: str = "") -> Iterator[str]:
    """Every name behind a dot in a file, without what stands in functions called ``skip``."""

    def walk(node: ast.AST) -> Iterator[str]:
        if isinstance(node, ast.FunctionDef) and node.name == skip:
            return
        if isinstance(node, ast.Attribute):
            yield node.attr
        for child in ast.iter_child_nodes(node):
            yield from walk(child)

    return walk(ast.parse(path.read_text(encoding="utf-8")))


def read_live() -> set[str]:
    """What is read outside of the opening; a constructor keeps what it reads, so it does not count."""
    files = [*(ROOT / "cogs").rglob("*.py"), ROOT / "bot" / "tuning.py"]
    return {name for file in files for name in attributes(file, skip="__init__")}


def live_keys() -> list[tuple[str, ...]]:
    return [key for key in setting_keys() if key not in NEEDS_RESTART]


@pytest.mark.parametrize("key", live_keys(), ids=".".join)
def test_a_setting_that_needs_no_restart_is_read_where_it_is_used(key: tuple[str, ...]) -> None:
    assert key[-1] in read_live()


def test_what_is_opened_once_is_opened_with_what_needs_a_restart() -> None:
    names = {key[-1] for key in live_keys()} - {key[-1] for key in NEEDS_RESTART} - ELSEWHERE
    assert {(file.name, name) for file in OPENING for name in attributes(file) if name in names} == set()


def test_no_constructor_of_a_cog_keeps_settings() -> None:
    for file in (ROOT / "cogs").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                kept = {
                    ast.unparse(value)
                    for statement in node.body
                    if isinstance(statement, ast.Assign)
                    for value in ast.walk(statement.value)
                    if isinstance(value, ast.Attribute) and value.attr == "settings"
                    if not any(isinstance(one, ast.Lambda) for one in ast.walk(statement.value))
                }
                assert kept == set(), file.name


class Folder:
    """A working directory whose files change."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.environ: Mapping[str, str] = {}

    def write(self, text: str) -> None:
        (self._path / "config").mkdir(exist_ok=True)
        (self._path / "config" / "local.toml").write_text(text, encoding="utf-8")

    def read(self) -> Settings:
        return load(self.environ, self._path)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


async def test_a_changed_file_holds_from_then_on_and_whoever_watches_is_told(folder: Folder) -> None:
    live = LiveSettings(folder.read(), folder.read)
    seen: list[Settings] = []
    live.watch(seen.append)
    folder.write('[limits]\nmax_steps = 40\n[[model]]\nname = "tinyA"\nshown = "Tiny"\n')

    done = await live.reload()

    assert set(done.changed) == {"[limits] max_steps", "model"}
    assert done.waiting == ()
    assert live.now.limits.max_steps == 40
    assert live.now.sources[("limits", "max_steps")] == "config/local.toml"
    assert seen == [live.now]


async def test_what_needs_a_restart_is_named_and_stays_as_it_runs(folder: Folder) -> None:
    live = LiveSettings(folder.read(), folder.read)
    folder.write("[limits]\nmax_steps = 12\n[delivery]\nconcurrent = 9\nretry_max_seconds = 77\n")
    folder.environ = {"OUTPUT_DIR": "elsewhere", "WEBUI_URLS": "http://127.0.0.1:7999"}
    before = live.now

    done = await live.reload()

    assert set(done.waiting) == {"OUTPUT_DIR", "WEBUI_URLS", "[delivery] concurrent"}
    assert {value_of(live.now, key) == value_of(before, key) for key in NEEDS_RESTART} == {True}
    assert (live.now.limits.max_steps, live.now.delivery.retry_max_seconds) == (12, 77)
    assert (await live.reload()).waiting == done.waiting


async def test_one_mistake_among_good_changes_changes_nothing(folder: Folder) -> None:
    live = LiveSettings(folder.read(), folder.read)
    before = live.now
    live.watch(lambda _: pytest.fail("nobody is told"))
    folder.write('[limits]\nmax_steps = 12\nmax_width = "wide"\n[queue]\nwaiting_totl = 3\n')

    with pytest.raises(SettingsProblem) as raised:
        await live.reload()

    assert len(raised.value.problems) == 2
    assert live.now is before


async def test_files_that_say_the_same_are_no_change(folder: Folder) -> None:
    live = LiveSettings(folder.read(), folder.read)
    live.watch(lambda _: pytest.fail("nobody is told"))
    assert (await live.reload()).changed == ()
