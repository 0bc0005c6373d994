"""What holds for every cog, every command and every button together."""

import ast
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.client import EaselBot
from bot.demo.discord.commands import Commands, characters
from bot.demo.discord.world import World
from bot.l10n.catalog import Catalog
from bot.roles import Role
from bot.wiring import open_services
from config.live import LiveSettings
from config.settings import load
from tests.openapi import validator
from tests.support import ROOT, ManualClock

EXTENSIONS = Role.EVERYTHING.extensions
COGS = sorted(path.stem for path in (ROOT / "cogs").glob("*cog.py"))
OPTIONS = 25
"""Of one command, by Discord's rule."""
CHARACTERS = 8000
"""Of one command with all its options and choices, by Discord's rule."""
MENUS = 5
"""Of one kind, by discord.py's rule."""
BOUNDED = ("min_value", "max_value", "min_length", "max_length")


@asynccontextmanager
async def loaded(folder: Path, *extensions: str) -> AsyncIterator[EaselBot]:
    """The bot with some extensions, never logged in."""
    changes = {
        "DATABASE_URL": f"sqlite:///{(folder / 'easel.db').as_posix()}",
        "OUTPUT_DIR": str(folder / "outputs"),
        "WEBUI_URLS": "http://127.0.0.1:9",
    }
    async with AsyncExitStack() as stack:
        settings = load(changes, None, dotenv=False)
        opened = await open_services(LiveSettings(settings), Role.EVERYTHING, ManualClock(), stack)
        bot = await stack.enter_async_context(EaselBot(opened.services, extensions=extensions))
        for extension in extensions:
            await bot.load_extension(extension)
        yield bot


async def definitions(folder: Path) -> list[dict[str, Any]]:
    """Every command as Discord is told it, in every language."""
    async with loaded(folder, *EXTENSIONS) as bot:
        translator = bot.tree.translator
        assert translator is not None
        return [
            dict(await command.get_translated_payload(bot.tree, translator))
            for command in bot.tree.get_commands()
        ]


def test_every_cog_is_started() -> None:
    assert len(COGS) >= 5
    assert {f"cogs.{name}" for name in COGS} == set(EXTENSIONS) - {
        "cogs.errors",
        "cogs.words",
        "cogs.using",
    }


@pytest.mark.parametrize("name", COGS)
async def test_every_cog_can_be_loaded_by_itself_and_taken_away(tmp_path: Path, name: str) -> None:
    async with loaded(tmp_path, f"cogs.{name}") as bot:
        assert [cog.lower() for cog in bot.cogs] == [name]
        await bot.unload_extension(f"cogs.{name}")
        assert dict(bot.cogs) == {}
        assert bot.presses == {}
        assert bot.tree.get_commands() == []


DRAW = (
    "prompt negative_prompt batch data_model size sampler scheduler styles extra_net preset highres_fix "
    "facefix vae override more steps width height clip_skip seed guidance_scale strength spoiler check "
    "init_image"
)
"""All that Discord allows."""


async def test_draw_has_every_option_that_discord_allows(tmp_path: Path) -> None:
    (draw,) = [one for one in await definitions(tmp_path) if one["name"] == "draw"]
    assert len(draw["options"]) == OPTIONS
    assert {option["name"] for option in draw["options"]} == set(DRAW.split())
    assert [option["name"] for option in draw["options"] if option["required"]] == ["prompt"]


async def test_every_command_keeps_discords_limits(tmp_path: Path) -> None:
    found = {one["name"]: one for one in await definitions(tmp_path)}
    assert [name for name, one in found.items() if characters(one) > CHARACTERS] == []
    assert [name for name, one in found.items() if len(one.get("options", ())) > OPTIONS] == []


async def test_draw_leaves_bounds_to_us_so_that_they_are_worded(tmp_path: Path) -> None:
    (draw,) = [one for one in await definitions(tmp_path) if one["name"] == "draw"]
    assert [option["name"] for option in draw["options"] if set(BOUNDED) & set(option)] == []


async def test_every_command_and_option_is_described_from_the_catalogue(tmp_path: Path) -> None:
    texts = Catalog.load()
    english = {texts.text("en", key) for key in texts.keys if key.startswith(("command.", "option."))}

    def descriptions(part: dict[str, Any]) -> list[tuple[str, str]]:
        inner = [found for option in part.get("options", []) for found in descriptions(option)]
        return [(part["name"], part["description"]), *inner]

    slash = [one for one in await definitions(tmp_path) if one["type"] == 1]
    said = [found for command in slash for found in descriptions(command)]
    assert len(said) > len(slash)
    assert [name for name, description in said if description not in english] == []


async def test_discord_takes_every_command(tmp_path: Path) -> None:
    commands = await definitions(tmp_path)
    assert len(Commands(World()).replace(None, commands)) == len(commands)
    described = validator()
    if described is not None:
        assert described.request("PUT", "/applications/1/commands", commands) == []


async def test_there_are_no_more_menus_than_discord_py_takes(tmp_path: Path) -> None:
    kinds = [command["type"] for command in await definitions(tmp_path)]
    assert all(kinds.count(kind) <= MENUS for kind in (2, 3))


MAKERS = ("press", "choose")


def buttons() -> set[str]:
    """The action of every button and select that some view makes."""
    found: set[str] = set()
    for path in (ROOT / "cogs").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS:
                action = node.args[0]
                assert isinstance(action, ast.Constant), f"{path.name}:{node.lineno} hides its action"
                found.add(str(action.value))
    return found


async def test_every_button_does_something_and_nothing_waits_for_a_button_that_is_not_there(
    tmp_path: Path,
) -> None:
    async with loaded(tmp_path, *EXTENSIONS) as bot:
        assert buttons() == set(bot.presses)


def test_every_button_passes_the_one_wrapper() -> None:
    for path in (ROOT / "cogs").rglob("*.py"):
        if path.parent.name == "views" and path.stem == "base":
            continue
        text = path.read_text(encoding="utf-8")
        assert "ui.Button(" not in text, path.name
        assert "@ui.button" not in text, path.name
        assert "ui.Select(" not in text, path.name
