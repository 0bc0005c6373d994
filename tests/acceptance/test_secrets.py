"""Token, passwords and addresses of web UIs show nowhere: not in a log, a message, a number or a repr.

A session in which as much as possible goes wrong, at the most talkative log level, searched afterwards.
"""

import asyncio
import base64
import io
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from bot.app import App
from bot.demo.discord import LocalDiscord
from bot.demo.webui import Fault, StandIn
from bot.demo.webui.faults import FaultKind
from bot.model.clock import SystemClock
from bot.ops.logs import JsonFormatter, LogWriter, TextFormatter
from bot.ops.masking import Mask
from config.settings import Settings
from tests.harness import WAIT, World, offer_known, running_bot, settings_for
from tests.openapi import validator

USER, PASSWORD = "anna", "hunter22 is/sehr@geheim"
ENCODED = quote(PASSWORD, safe="")
TXT2IMG = "/sdapi/v1/txt2img"
PASSING: tuple[FaultKind, ...] = ("500", "reset", "truncated", "html", "no_images", "corrupt_png", "refuse")


class HurriedClock(SystemClock):
    """Whoever waits after a failure waits for a moment."""

    async def sleep(self, seconds: float) -> None:
        """In real time, but not for long."""
        await super().sleep(min(seconds, 0.02))


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """What was logged, in both formats."""

    text: io.StringIO
    json: io.StringIO

    def written(self) -> str:
        """All of it."""
        return self.text.getvalue() + self.json.getvalue()


@contextmanager
def logged(settings: Settings) -> Iterator[Logs]:
    """Everything that is logged meanwhile, as the program would write it."""
    logs = Logs(text=io.StringIO(), json=io.StringIO())
    mask = Mask(settings.secrets())
    writers = (LogWriter(logs.text, TextFormatter(mask)), LogWriter(logs.json, JsonFormatter(mask)))
    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.DEBUG)
    for writer in writers:
        root.addHandler(writer)
    try:
        yield logs
    finally:
        root.setLevel(level)
        for writer in writers:
            root.removeHandler(writer)
            writer.close()


@asynccontextmanager
async def session(
    folder: Path, *, host: str = "127.0.0.1", password: str = PASSWORD
) -> AsyncIterator[tuple[World, Logs, Settings]]:
    """A bot with a web UI that wants a password, and a second one that is down."""
    async with LocalDiscord(validator=validator()) as discord:
        stand_in = StandIn(seconds_per_step=0.0, switch_seconds=0.0, auth=f"{USER}:{PASSWORD}")
        await stand_in.start()
        port = stand_in.url.rpartition(":")[2]
        webuis = f"http://{USER}:{quote(password, safe='')}@{host}:{port},http://x:{ENCODED}@{host}:9"
        changes = {"EASEL__QUEUE__MAX_ATTEMPTS": "9", "EASEL__WEBUI__READ_SECONDS": "5"}
        settings = settings_for(discord, webuis, folder, changes)
        with logged(settings) as logs:
            async with running_bot(settings, discord, HurriedClock()) as app:
                yield World(discord=discord, stand_in=stand_in, app=app), logs, settings
            await stand_in.stop()


def secrets_of(world: World) -> dict[str, str]:
    """What must be found nowhere, by what it is."""
    port = world.stand_in.url.rpartition(":")[2]
    return {
        "token": world.discord.token,
        "password": PASSWORD,
        "encoded password": ENCODED,
        "part of the password": "hunter22",
        "basic authentication": base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(),
        "address": f"127.0.0.1:{port}",
        "named address": f"localhost:{port}",
        "address of a socket": f"'127.0.0.1', {port}",
        "address of the one that is down": "127.0.0.1:9",
        "its socket": "'127.0.0.1', 9)",
    }


def said_by(world: World) -> str:
    """All that the bot told Discord, messages and files alike."""
    sent = [json.dumps(entry.json, ensure_ascii=False) for entry in world.discord.log]
    messages = [message for channel in world.discord.world.channels.values() for message in _all(channel)]
    texts = [f"{message.text}{message.components}" for message in messages]
    files = [attachment.data.decode("latin-1") for message in messages for attachment in message.attachments]
    return "\n".join([*sent, *texts, *files])


def _all(channel: Any) -> list[Any]:
    return list(channel.stored.values())


def shown_by(app: App, settings: Settings) -> str:
    """What the parts of the program look like in a debugger or a careless log line."""
    services = app.services
    parts: list[object] = [app.bot, services, settings, settings.backends, settings.webui_urls]
    parts += [services.pool, *services.pool.runners, *services.pool.statuses(), services.catalog.offer()]
    parts += [*app.workers, *services.pool._backends, *services.pool._clients]
    return "\n".join(f"{part!r}{part}" for part in parts)


def assert_hidden(where: str, text: str, secrets: dict[str, str]) -> None:
    """None of the secrets is in ``text``; says which one, and around what."""
    assert text
    found = {
        name: text[max(0, text.find(one) - 200) : text.find(one)]
        for name, one in secrets.items()
        if one in text
    }
    assert found == {}, f"{where} shows the {', '.join(found)}"


async def assert_all_hidden(world: World, logs: Logs, settings: Settings) -> None:
    """After the session: nothing was shown anywhere."""
    secrets = secrets_of(world)
    for handler in logging.getLogger().handlers:
        await asyncio.to_thread(handler.flush)
    # The local Discord's own address is no secret, and has the same host.
    assert_hidden("a message", said_by(world), secrets)
    assert_hidden("the log", logs.written(), secrets)
    tokens = {f"token {one.id}": one.token for one in world.discord.world.interactions.values()}
    assert_hidden("the log", logs.written(), tokens)
    assert_hidden("a metric", world.app.services.metrics.exposition().decode(), secrets)
    assert_hidden("a repr", shown_by(world.app, settings), secrets)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_session_full_of_faults_shows_no_secret(tmp_path: Path, host: str) -> None:
    async with session(tmp_path, host=host) as (world, logs, settings):
        await offer_known(world.app)
        for kind in PASSING:
            world.stand_in.faults.add(Fault(kind=kind, path=TXT2IMG, times=1))
        world.stand_in.faults.add(Fault(kind="500", path="/sdapi/v1/options", times=1))
        await world.draw("a cat")
        await world.result()
        world.stand_in.faults.add(Fault(kind="oom", path=TXT2IMG, times=1))
        failed = await world.draw("too large")
        await world.until(lambda: "⚠️" in failed.message.text)
        for what in ("webuis", "checkpoints", "vaes"):
            await world.ben.slash(world.drawing, "info", {"what": what}, timeout=WAIT)
        await world.draw("a cat", check=True)
        await world.ben.click(world.results()[0], "📋")
        await world.ada.say(world.drawing, "@Easel status")
        await world.until(lambda: any("Running:" in message.content for message in world.bot_messages()))
        await world.stand_in.stop()
        await world.draw("down")
        await world.until(lambda: not any(one.up for one in world.app.services.pool.statuses()))
        await world.ben.slash(world.drawing, "info", {"what": "webuis"}, timeout=WAIT)
        await assert_all_hidden(world, logs, settings)
        assert "webui-1" in logs.written()


async def test_a_wrong_password_is_told_to_the_host_without_it(tmp_path: Path) -> None:
    async with session(tmp_path, password="hunter22 is wrong") as (world, logs, settings):
        await world.draw("a cat")

        def refused() -> bool:
            return "webui_unauthorized" in {one.error for one in world.app.services.pool.statuses()}

        await world.stand_in.wait_until(refused, WAIT)
        await world.ben.slash(world.drawing, "info", {"what": "webuis"}, timeout=WAIT)
        await assert_all_hidden(world, logs, settings)
        assert "webui_unauthorized" in logs.written()


async def test_an_unexpected_error_that_speaks_of_secrets_shows_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with session(tmp_path) as (world, logs, settings):
        await offer_known(world.app)
        loud = " ".join(settings.secrets())
        loud += f" {settings.backends[0].address.secret_url} {PASSWORD!r}"

        async def fail(*_: object, **__: object) -> None:
            raise RuntimeError(loud) from ValueError(loud)

        await world.draw("a cat")
        result = await world.result()
        monkeypatch.setitem(world.app.bot.presses, "data", fail)
        monkeypatch.setattr(world.app.services.queue, "overview", fail)
        pressed = await world.ben.click(result, "📋")
        asked = await world.ben.slash(world.drawing, "queue", timeout=WAIT)
        assert pressed.ephemeral
        assert asked.ephemeral
        world.app.tasks.start(fail(), "a task of no use")
        logging.getLogger("elsewhere").error("no %s", loud, extra={"address": loud})
        await assert_all_hidden(world, logs, settings)
        assert "RuntimeError" in logs.written()
        assert "a background task died" in logs.written()


async def test_an_answer_of_a_web_ui_that_tells_its_address_is_not_passed_on(tmp_path: Path) -> None:
    async with session(tmp_path) as (world, logs, settings):
        await offer_known(world.app)
        world.stand_in.disk.checkpoints.clear()
        outcome = await world.draw("a cat", data_model="no such model")
        assert outcome.ephemeral
        await assert_all_hidden(world, logs, settings)
