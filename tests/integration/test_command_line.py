"""``python -m bot`` as people start it: exit codes, one sentence when it cannot start, and how it stops."""

import asyncio
import os
import re
import signal
import sqlite3
import sys
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.demo.discord import LocalDiscord
from bot.demo.webui import StandIn
from bot.imaging.metadata import read_parameters
from tests.integration.programs import PATIENCE_SECONDS, Ended, ended, run, settings_of, started
from tests.support import ROOT

TOKEN = "a-token.of-nobody.at-all"
NOWHERE = "http://127.0.0.1:9/api/v10"
"""The discard service's port, which nothing listens on."""


def names_in(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def generation_data(picture: Path) -> str:
    text = read_parameters(picture.read_bytes())
    assert text is not None
    return text


signals = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has no signal that asks a process to end"
)


def assert_one_sentence(result: Ended, code: int, *words: str) -> None:
    """A failed start: its exit code, and one line with the cure, without a traceback or a secret."""
    assert result.code == code, result.err
    assert len(result.lines) == 1, result.err
    assert all(word in result.err for word in words), result.err
    assert "Traceback" not in result.err
    assert TOKEN not in result.out + result.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["dance"],
        ["run", "--loud"],
        ["run", "--role", "king"],
        ["run", "--shards", "1"],
        ["run", "--shards", "0-2/2"],
        ["run", "--shards", "2-1/4"],
        ["run", "--shards", "0/0"],
        ["demo", "--port", "70000"],
        ["demo", "--port", "x"],
        ["demo", "--webui", "localhost:7860"],
        ["check", "now"],
    ],
)
def test_a_wrong_command_line_ends_with_64_and_the_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    lines = capsys.readouterr().err.splitlines()
    assert ending.value.code == 64
    assert lines[0].startswith("usage: easel")
    assert lines[-1].startswith("easel")


async def test_a_wrong_command_line_is_no_stack_trace(tmp_path: Path) -> None:
    result = await run(tmp_path, "dance")
    assert result.code == 64
    assert "Traceback" not in result.err


async def test_help_names_every_command(tmp_path: Path) -> None:
    result = await run(tmp_path, "--help")
    assert result.code == 0
    assert all(command in result.out for command in ("run", "demo", "check", "config"))


async def test_without_a_token_the_demo_is_offered(tmp_path: Path) -> None:
    result = await run(tmp_path)
    assert_one_sentence(result, 78, "DISCORD_TOKEN", "python -m bot demo")
    assert names_in(tmp_path) == []


async def test_every_mistake_in_the_settings_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("EASEL__QUEUE__WAITING_TOTAL=many\n", encoding="utf-8")
    result = await run(tmp_path, DISCORD_TOKEN=TOKEN, WEBUI_URLS="ftp://user:hunter22@x", LOG_LEVEL="loud")
    assert result.code == 78
    assert len(result.lines) == 3
    assert {name for name in ("WAITING_TOTAL", "WEBUI_URLS", "LOG_LEVEL") if name in result.err} == {
        "WAITING_TOTAL",
        "WEBUI_URLS",
        "LOG_LEVEL",
    }
    assert "Traceback" not in result.err
    assert "hunter22" not in result.err


@pytest.mark.parametrize("role", ["gateway", "worker"])
async def test_a_part_of_the_work_needs_a_database_that_can_be_shared(tmp_path: Path, role: str) -> None:
    result = await run(tmp_path, "run", "--role", role, DISCORD_TOKEN=TOKEN, LOG_LEVEL="error")
    assert_one_sentence(result, 78, "DATABASE_URL", "postgresql://", role)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("words", [["--shards", "0-2/2"], ["--role", "worker", "--shards", "0/2"]])
async def test_shards_that_cannot_be_are_told_with_the_cure(tmp_path: Path, words: list[str]) -> None:
    result = await run(tmp_path, "run", *words, DISCORD_TOKEN=TOKEN)
    assert result.code == 64
    assert "the last is 1" in result.err or "Leave out --shards" in result.err


async def test_a_refused_token_ends_with_77(tmp_path: Path, local_discord: LocalDiscord) -> None:
    result = await run(tmp_path, **settings_of(local_discord, DISCORD_TOKEN=TOKEN, LOG_LEVEL="error"))
    assert_one_sentence(result, 77, "token")


async def test_an_unreachable_discord_ends_with_69(tmp_path: Path) -> None:
    result = await run(
        tmp_path, DISCORD_TOKEN=TOKEN, DISCORD_API_URL=NOWHERE, HTTP_BIND="", LOG_LEVEL="error"
    )
    assert_one_sentence(result, 69, "Discord", "DISCORD_API_URL")


async def test_a_database_that_is_in_use_ends_with_69(tmp_path: Path, local_discord: LocalDiscord) -> None:
    settings = settings_of(local_discord, LOG_LEVEL="error")
    async with started(tmp_path, **settings) as first:
        await local_discord.wait_ready(PATIENCE_SECONDS)
        second = await run(tmp_path, **settings)
        assert first.returncode is None
    assert_one_sentence(second, 69, "database", "PostgreSQL")


async def test_a_database_that_is_none_ends_with_69(tmp_path: Path) -> None:
    (tmp_path / "easel.db").write_bytes(b"this is no database at all" * 100)
    result = await run(tmp_path, DISCORD_TOKEN=TOKEN, DATABASE_URL="sqlite:///easel.db", LOG_LEVEL="error")
    assert_one_sentence(result, 69, "database")


async def test_a_database_that_cannot_be_made_ends_with_69(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where a folder should be", encoding="utf-8")
    result = await run(tmp_path, DISCORD_TOKEN=TOKEN, LOG_LEVEL="error")
    assert_one_sentence(result, 69, "DATABASE_URL")


async def test_a_postgresql_that_is_not_there_ends_with_69(tmp_path: Path) -> None:
    dsn = "postgresql://me:hunter22@127.0.0.1:9/easel"
    result = await run(tmp_path, DISCORD_TOKEN=TOKEN, DATABASE_URL=dsn, LOG_LEVEL="error")
    assert_one_sentence(result, 69, "PostgreSQL", "DATABASE_URL")
    assert "hunter22" not in result.err


async def test_postgresql_without_its_extra_ends_with_78_and_the_command_that_installs_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "psycopg.py").write_text("raise ImportError", encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    dsn = "postgresql://me@127.0.0.1:9/easel"
    result = await run(tmp_path, DISCORD_TOKEN=TOKEN, DATABASE_URL=dsn, LOG_LEVEL="error", PYTHONPATH=path)
    assert_one_sentence(result, 78, ".[postgres]")


async def test_a_token_that_is_taken_back_while_it_runs_ends_with_77(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    async with started(tmp_path, **settings_of(local_discord, LOG_FORMAT="json")) as process:
        await local_discord.wait_ready(PATIENCE_SECONDS)
        local_discord.world.token = "another"
        await local_discord.drop_connections(4004)
        result = await ended(process)
    assert result.code == 77
    assert "token" in result.lines[-1]
    assert "Traceback" not in result.lines[-1]


async def test_config_shows_values_with_their_sources_and_no_secret(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LOG_LEVEL=warning\n", encoding="utf-8")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.toml").write_text("[limits]\nmax_steps = 40\n", encoding="utf-8")
    result = await run(
        tmp_path, "config", DISCORD_TOKEN=TOKEN, WEBUI_URLS="http://anna:hunter22@10.0.0.7:7860"
    )
    assert result.code == 0
    assert result.err == ""
    rows = dict(re.split(r"  +", line, maxsplit=1) for line in result.out.splitlines())
    assert rows["LOG_LEVEL"].split() == ["warning", ".env"]
    assert rows["[limits] max_steps"].split() == ["40", "config/local.toml"]
    assert rows["DISCORD_TOKEN"].endswith("the environment")
    assert rows["[queue] waiting_total"].endswith("config/default.toml")
    assert "http://anna:***@10.0.0.7:7860" in rows["WEBUI_URLS"]
    assert TOKEN not in result.out
    assert "hunter22" not in result.out


# How it runs and stops


@signals
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_bot_with_0_in_time(
    tmp_path: Path, local_discord: LocalDiscord, number: signal.Signals
) -> None:
    async with started(tmp_path, **settings_of(local_discord)) as process:
        await local_discord.wait_ready(PATIENCE_SECONDS)
        process.send_signal(number)
        async with asyncio.timeout(10):
            result = await ended(process)
    assert result.code == 0
    assert "Traceback" not in result.err
    assert not local_discord.gateway.ready


@signals
async def test_a_signal_ends_a_start_that_waits_for_discord(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    hold = local_discord.hold_response("GET", "/users/@me")
    async with started(tmp_path, **settings_of(local_discord)) as process:
        await hold.reached(PATIENCE_SECONDS)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            result = await ended(process)
    assert result.code == 0
    assert "Traceback" not in result.err


async def test_the_log_of_a_program_is_json_without_secrets(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    async with started(tmp_path, **settings_of(local_discord, LOG_LEVEL="debug")) as process:
        await local_discord.wait_ready(PATIENCE_SECONDS)
        process.terminate()
        result = await ended(process)
    assert result.lines
    assert all(line.startswith("{") and line.endswith("}") for line in result.lines)
    assert local_discord.token not in result.err


# The demo


async def test_the_headless_demo_draws_one_picture_and_prints_where_it_lies(tmp_path: Path) -> None:
    async with asyncio.timeout(30):
        result = await run(tmp_path, "demo", "--headless", "--prompt", "maltese puppy, <b> & ünï")
    assert result.code == 0, result.err
    assert result.err == ""
    first, _, told = result.out.partition("\n")
    path = Path(first.removeprefix("Picture: "))
    text = generation_data(path)
    assert path.suffix == ".png"
    assert text.startswith("maltese puppy, <b> & ünï\n")
    assert told.rstrip("\n") == text


async def test_the_demo_reads_no_env_file_and_writes_only_below_the_output_folder(tmp_path: Path) -> None:
    env = f"DISCORD_TOKEN={TOKEN}\nWEBUI_URLS=http://127.0.0.1:9\nDATABASE_URL=sqlite:///mine.db\nLIMIT\n"
    (tmp_path / ".env").write_text(env, encoding="utf-8")
    (tmp_path / "temp").mkdir()
    temp = str(tmp_path / "temp")
    result = await run(
        tmp_path,
        *("demo", "--headless"),
        OUTPUT_DIR="pictures",
        DATABASE_URL="sqlite:///theirs.db",
        HTTP_BIND="nonsense",
        TMPDIR=temp,
        TEMP=temp,
        TMP=temp,
    )
    assert result.code == 0, result.err
    assert names_in(tmp_path) == [".env", "pictures", "temp"]
    assert names_in(tmp_path / "temp") == []
    assert Path(result.out.splitlines()[0].removeprefix("Picture: ")).is_relative_to(tmp_path / "pictures")


async def test_the_demo_lets_a_web_ui_of_ones_own_paint(tmp_path: Path) -> None:
    async with StandIn(seconds_per_step=0.0, switch_seconds=0.0, auth="anna:hunter22") as stand_in:
        url = stand_in.url.replace("http://", "http://anna:hunter22@")
        result = await run(
            tmp_path, "demo", "--headless", "--webui", url, "--prompt", "my own", LOG_LEVEL="debug"
        )
        assert [render.payload["prompt"] for render in stand_in.renders] == ["my own"]
        assert stand_in.renders[0].infotexts[0] in result.out
    assert result.code == 0, result.err
    assert "hunter22" not in result.out + result.err


async def test_a_wrong_log_level_of_the_demo_is_a_sentence_too(tmp_path: Path) -> None:
    result = await run(tmp_path, "demo", "--headless", LOG_LEVEL="loud")
    assert_one_sentence(result, 78, "LOG_LEVEL")


async def test_a_taken_port_of_the_demo_is_told(tmp_path: Path, local_discord: LocalDiscord) -> None:
    port = local_discord.url.rpartition(":")[2]
    result = await run(tmp_path, "demo", "--port", port)
    assert_one_sentence(result, 69, port, "--port")


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
async def test_a_code_page_that_lacks_a_letter_breaks_no_output(tmp_path: Path, encoding: str) -> None:
    result = await run(
        tmp_path,
        *("demo", "--headless", "--prompt", "東京 ünï 🎨"),
        encoding=encoding,
        PYTHONIOENCODING=encoding,
        PYTHONUTF8="0",
    )
    assert result.code == 0, result.err
    assert result.out.startswith("Picture: ")
    assert "Steps: 30" in result.out


async def test_config_is_shown_on_any_code_page(tmp_path: Path) -> None:
    result = await run(
        tmp_path,
        "config",
        encoding="ascii",
        PYTHONIOENCODING="ascii",
        OUTPUT_DIR="größe/東京",
        PYTHONUTF8="0",
    )
    assert result.code == 0
    assert "OUTPUT_DIR" in result.out


@signals
async def test_a_demo_serves_its_page_until_it_is_stopped(tmp_path: Path) -> None:
    async with started(tmp_path, "demo") as process:
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            first = (await process.stdout.readline()).decode()
            second = (await process.stdout.readline()).decode()
        assert re.match(r"Open http://127\.0\.0\.1:\d+\S* ", first)
        assert second.startswith("Picture: ")
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(15):
            result = await ended(process)
    assert result.code == 0
    assert result.err == ""


async def test_the_database_stands_where_the_settings_say(
    tmp_path: Path, local_discord: LocalDiscord
) -> None:
    async with started(
        tmp_path, **settings_of(local_discord, DATABASE_URL="sqlite:///deep/down/jobs.db")
    ) as process:
        await local_discord.wait_ready(PATIENCE_SECONDS)
        process.kill()
        await ended(process)
    with sqlite3.connect(tmp_path / "deep" / "down" / "jobs.db") as database:
        assert database.execute("select count(*) from jobs").fetchone() == (0,)
    database.close()
    assert names_in(tmp_path) == ["deep"]
