"""``python -m bot check``: a line for everything the bot needs, with the cure, and an exit code."""

import shutil
from collections import namedtuple
from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.check import NEEDED, check
from bot.demo.discord import LocalDiscord
from bot.demo.discord.permissions import Permission
from bot.demo.webui import Fault, StandIn
from bot.demo.webui.faults import FaultKind
from bot.demo.webui.library import default_library
from bot.l10n.catalog import Catalog
from bot.storage.sqlite import Database
from config.settings import Settings
from tests.harness import settings_for
from tests.integration.postgres import database_url
from tests.integration.programs import run, settings_of

PASSWORD = "hunter22 is/secret"
ENCODED = "hunter22%20is%2Fsecret"
OK, UNAVAILABLE, NOPERM, CONFIG = 0, 69, 77, 78


async def findings(settings: Settings) -> tuple[int, list[str]]:
    """The exit code and the lines. No line holds a secret or has a hole in it."""
    lines: list[str] = []
    code = await check(settings, Catalog.load(strict=True), lines.append)
    assert lines
    for line in lines:
        assert line[:5] in ("ok   ", "FAIL ", "note ")
        assert "{" not in line
        assert not any(secret in line for secret in (PASSWORD, ENCODED))
        token = settings.discord_token
        assert token is None or token.get_secret_value() not in line
    # One line of failure asks for an exit code, and nothing else does.
    assert (code != OK) == any(line.startswith("FAIL") for line in lines)
    return code, lines


def settings(discord: LocalDiscord, folder: Path, webuis: str, **changes: str) -> Settings:
    return settings_for(discord, webuis, folder, changes)


def about(lines: list[str], beginning: str) -> str:
    """The one line that begins so, after its mark."""
    (line,) = [line for line in lines if line[5:].startswith(beginning)]
    return line


async def test_all_is_well(tmp_path: Path, local_discord: LocalDiscord) -> None:
    async with StandIn(auth=f"anna:{PASSWORD}") as stand_in:
        address = stand_in.url.replace("//", f"//anna:{ENCODED}@")
        code, lines = await findings(settings(local_discord, tmp_path, address))
    assert code == OK
    assert {line.split()[0] for line in lines} == {"ok"}
    assert "Easel" in about(lines, "Discord: logged in")
    assert f"client_id={local_discord.application_id}" in about(lines, "Invite link")
    assert f"answers as a1111, checkpoints: {len(stand_in.disk.checkpoints)}" in about(lines, "webui-1")
    assert "sdxl: " in about(lines, "Model families of webui-1")
    assert about(lines, "Database")
    assert str(tmp_path / "outputs") in about(lines, "Pictures")


async def test_nothing_is_left_behind(tmp_path: Path, local_discord: LocalDiscord) -> None:
    async with StandIn() as stand_in:
        await findings(settings(local_discord, tmp_path, stand_in.url))
        assert stand_in.requests
        assert stand_in.renders == []
        assert [one for one in stand_in.requests if one.method == "POST" and "options" in one.path] == []
    assert local_discord.world.commands == {}
    assert {entry.method for entry in local_discord.log} == {"GET"}
    assert [one.name for one in (tmp_path / "outputs").glob("*")] == []


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("html", "not as a Stable Diffusion web UI"),
        ("refuse", "breaks the connection off"),
        ("hang", "does not answer in time"),
    ],
)
async def test_a_web_ui_that_is_of_no_use_is_told_with_the_cure(
    tmp_path: Path, local_discord: LocalDiscord, fault: FaultKind, words: str
) -> None:
    async with StandIn() as stand_in:
        stand_in.faults.add(Fault(kind=fault, path="*", times=99))
        quick = {"EASEL__WEBUI__READ_SECONDS": "0.3"}
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url, **quick))
    assert code == UNAVAILABLE
    assert about(lines, f"webui-1 ({stand_in.url})").startswith("FAIL")
    assert words in about(lines, "webui-1")


async def test_a_web_ui_that_is_down_is_told_with_the_cure(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    code, lines = await findings(settings(local_discord, tmp_path, "http://127.0.0.1:9"))
    assert code == UNAVAILABLE
    assert "Start the web UI with --api" in about(lines, "webui-1 (http://127.0.0.1:9)")


@pytest.mark.parametrize("credentials", ["", "anna:hunter23@"])
async def test_a_web_ui_that_lets_nobody_in_is_told_with_the_cure(
    tmp_path: Path, local_discord: LocalDiscord, credentials: str
) -> None:
    async with StandIn(auth=f"anna:{PASSWORD}") as stand_in:
        address = stand_in.url.replace("//", f"//{credentials}")
        code, lines = await findings(settings(local_discord, tmp_path, address))
    assert code == UNAVAILABLE
    assert "wants a user and a password" in about(lines, "webui-1")
    assert "hunter23" not in about(lines, "webui-1")


async def test_a_web_ui_without_its_api_is_told_to_be_started_with_it(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    # Discord's API stands for a server that has other paths.
    code, lines = await findings(settings(local_discord, tmp_path, local_discord.url))
    assert code == UNAVAILABLE
    assert "--api" in about(lines, "webui-1")


async def test_a_web_ui_without_a_model_is_told(tmp_path: Path, local_discord: LocalDiscord) -> None:
    empty = default_library()
    empty.checkpoints.clear()
    async with StandIn(library=empty) as stand_in:
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url))
    assert code == UNAVAILABLE
    assert "models/Stable-diffusion" in about(lines, "webui-1")


async def test_every_web_ui_gets_its_own_line(tmp_path: Path, local_discord: LocalDiscord) -> None:
    async with StandIn() as one, StandIn("sdcpp") as two:
        webuis = f"{one.url}, http://127.0.0.1:9, {two.url}"
        code, lines = await findings(settings(local_discord, tmp_path, webuis))
    assert code == UNAVAILABLE
    marks = [about(lines, f"webui-{number}").split()[0] for number in (1, 2, 3)]
    assert marks == ["ok", "FAIL", "ok"]
    assert "sdcpp" in about(lines, "webui-3")


@pytest.mark.parametrize(
    ("name", "bit"),
    [
        ("View Channel", Permission.VIEW_CHANNEL),
        ("Send Messages", Permission.SEND_MESSAGES),
        ("Send Messages in Threads", Permission.SEND_MESSAGES_IN_THREADS),
        ("Attach Files", Permission.ATTACH_FILES),
        ("Embed Links", Permission.EMBED_LINKS),
        ("Read Message History", Permission.READ_MESSAGE_HISTORY),
    ],
)
async def test_a_missing_permission_is_named_as_discord_names_it(
    tmp_path: Path, local_discord: LocalDiscord, name: str, bit: int
) -> None:
    for role in local_discord.guild.roles.values():
        role.permissions &= ~bit
    async with StandIn() as stand_in:
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url))
    assert code == NOPERM
    line = about(lines, "Discord: in the server")
    assert f"missing: {name}." in line
    assert local_discord.guild.name in line


def test_the_invite_link_asks_for_everything_that_is_looked_at() -> None:
    names = {"view_channel", "send_messages", "send_messages_in_threads", "attach_files", "embed_links"}
    assert set(NEEDED) == names | {"read_message_history"}


async def test_a_refused_token_is_told_and_the_rest_is_still_tried(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    async with StandIn() as stand_in:
        wrong = settings(local_discord, tmp_path, stand_in.url, DISCORD_TOKEN="wrong.token.here")
        code, lines = await findings(wrong)
    assert code == NOPERM
    assert "DISCORD_TOKEN" in lines[0]
    assert about(lines, "webui-1").startswith("ok")


async def test_no_token_is_told_and_the_rest_is_still_tried(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    async with StandIn() as stand_in:
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url, DISCORD_TOKEN=""))
    assert code == CONFIG
    assert "python -m bot demo" in lines[0]
    assert about(lines, "webui-1").startswith("ok")


async def test_an_unreachable_discord_is_told(tmp_path: Path, local_discord: LocalDiscord) -> None:
    async with StandIn() as stand_in:
        nowhere = {"DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url, **nowhere))
    assert code == UNAVAILABLE
    assert "DISCORD_API_URL" in lines[0]


async def test_a_server_that_may_not_be_looked_at_is_no_failure_of_the_connection(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    local_discord.faults.add("GET", r"/guilds/\d+", status=403, code=50001)
    async with StandIn() as stand_in:
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url))
    assert code == OK
    assert any(line.startswith("note") and local_discord.guild.name in line for line in lines)


async def test_a_database_in_use_is_said_to_be_so(tmp_path: Path, local_discord: LocalDiscord) -> None:
    async with StandIn() as stand_in, Database(tmp_path / "easel.db"):
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url))
    assert code == OK
    assert "in use" in about(lines, "Database")


async def test_a_postgresql_database_is_tried(tmp_path: Path, local_discord: LocalDiscord) -> None:
    async with StandIn() as stand_in:
        shared = settings(local_discord, tmp_path, stand_in.url, DATABASE_URL=database_url(tmp_path))
        code, lines = await findings(shared)
    assert code == OK
    assert about(lines, "Database: PostgreSQL").startswith("ok")


async def test_a_postgresql_database_that_is_not_there_is_told_without_its_password(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    url = f"postgresql://me:{ENCODED}@127.0.0.1:9/easel"
    async with StandIn() as stand_in:
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url, DATABASE_URL=url))
    assert code == UNAVAILABLE
    assert about(lines, "PostgreSQL cannot be used").startswith("FAIL")
    assert not any(secret in line for line in lines for secret in (PASSWORD, ENCODED, "127.0.0.1:9/"))


async def test_a_database_that_is_none_is_told(tmp_path: Path, local_discord: LocalDiscord) -> None:
    (tmp_path / "easel.db").write_bytes(b"no database" * 1000)
    async with StandIn() as stand_in:
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url))
    assert code == UNAVAILABLE
    assert about(lines, "The database cannot be opened").startswith("FAIL")


async def test_an_output_folder_that_cannot_be_written_is_told(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    async with StandIn() as stand_in:
        place = str(tmp_path / "file" / "outputs")
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url, OUTPUT_DIR=place))
    assert code == CONFIG
    assert "OUTPUT_DIR" in about(lines, "Pictures")


async def test_a_full_disk_is_a_warning(
    tmp_path: Path, local_discord: LocalDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40 - 2**29, 2**29))
    async with StandIn() as stand_in:
        code, lines = await findings(settings(local_discord, tmp_path, stand_in.url))
    assert code == OK
    assert "512 MB" in about(lines, "Pictures: only")


# As a program


async def test_the_program_prints_the_lines_and_ends_with_the_code(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    variables: Mapping[str, str] = settings_of(
        local_discord, WEBUI_URLS=f"http://anna:{ENCODED}@127.0.0.1:9", PYTHONIOENCODING="cp1252"
    )
    result = await run(tmp_path, "check", encoding="cp1252", **variables)
    assert result.code == UNAVAILABLE
    assert result.err == ""
    assert len(result.out.splitlines()) == 6
    assert "http://anna:***@127.0.0.1:9" in result.out
    assert ENCODED not in result.out
    assert PASSWORD not in result.out
