"""The control API: the page's and other processes' way to act as people and to steer the server."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.demo.discord import LocalDiscord
from bot.demo.discord.__main__ import main
from bot.demo.discord.control import Control
from bot.demo.discord.control_steering import Steering
from tests.integration.probe_bot import PNG, ProbeBot, pointed, running
from tests.integration.raw_api import RawApi, raw_api
from tests.openapi import validator

WAIT = 5.0


@dataclass(frozen=True, slots=True)
class Client:
    """A page or test that talks to the control API."""

    url: str
    session: aiohttp.ClientSession

    async def get(self, path: str, /, **query: Any) -> Any:
        """What comes back."""
        async with self.session.get(f"{self.url}/{path}", params=query) as response:
            return await response.json()

    async def post(self, path: str, body: dict[str, Any], files: dict[str, bytes] | None = None) -> Any:
        """What comes back; with files as multipart."""
        if files is None:
            async with self.session.post(f"{self.url}/{path}", json=body) as response:
                return await response.json()
        form = aiohttp.FormData({"payload": json.dumps(body)})
        for name, data in files.items():
            form.add_field(name, data, filename=f"{name}.png")
        async with self.session.post(f"{self.url}/{path}", data=form) as response:
            return await response.json()


@pytest_asyncio.fixture
async def steered() -> AsyncIterator[LocalDiscord]:
    """A local Discord with the control API."""
    discord = LocalDiscord(validator=validator())
    Control(discord).add_to(discord.web.router)
    Steering(discord).add_to(discord.web.router)
    async with discord:
        yield discord
        assert discord.violations == []


@pytest_asyncio.fixture
async def control(steered: LocalDiscord) -> AsyncIterator[Client]:
    """The control API."""
    async with aiohttp.ClientSession() as session:
        yield Client(f"{steered.url}/control", session)


@pytest_asyncio.fixture
async def bot(steered: LocalDiscord) -> AsyncIterator[ProbeBot]:
    """The probe bot, connected."""
    async with running(ProbeBot(), steered) as connected:
        yield connected


@pytest_asyncio.fixture
async def api(steered: LocalDiscord) -> AsyncIterator[RawApi]:
    """The bot's side of the API."""
    async with raw_api(steered) as requests:
        yield requests


async def test_the_snapshot_has_all_that_a_client_shows(control: Client, bot: ProbeBot) -> None:
    await control.post("say", {"person": "ada", "channel": "drawing", "text": "welcome"})
    state = await control.get("state", person="ben")
    assert state["me"]["username"] == "ben"
    assert [(one["username"], one["moderator"]) for one in state["people"]] == [
        ("ada", True),
        ("ben", False),
        ("chloe", False),
    ]
    assert state["bot"]["online"] is True
    channels = {one["name"]: one for one in state["channels"]}
    assert set(channels) == {"drawing", "gallery", "after-dark", "no-bots", "sketches", "dm"}
    assert [one["content"] for one in channels["drawing"]["messages"]] == ["welcome"]
    commands = {one["name"]: one for one in state["commands"]}
    assert [one["name"] for one in commands["draw"]["options"]][:3] == ["prompt", "steps", "scale"]
    assert commands["night"]["id"] not in channels["drawing"]["commands"]
    assert commands["night"]["id"] in channels["after-dark"]["commands"]
    assert commands["policy"]["id"] not in channels["drawing"]["commands"]


async def test_a_person_draws_presses_chooses_asks_and_deletes(control: Client, bot: ProbeBot) -> None:
    ben = {"person": "ben", "channel": "drawing"}
    drawn = await control.post(
        "slash", ben | {"command": "draw", "options": {"prompt": "x"}}, {"init_image": PNG + b"!"}
    )
    assert (drawn["kind"], drawn["message"]["loading"]) == ("deferred", True)
    await control.get("wait", channel="drawing", text="`x`", timeout=WAIT)
    shown = (await control.get("messages", person="ben", channel="drawing"))["messages"][0]
    assert shown["command"]["name"] == "draw"
    attachment = shown["shown_attachments"][0]
    async with control.session.get(f"{control.url}/attachments/{attachment['id']}") as response:
        assert await response.read() == PNG + b"!"
    pressed = await control.post("click", {"person": "ben", "message": shown["id"], "component": "🎲"})
    assert (pressed["ephemeral"], pressed["message"]["content"]) == (True, "again 7")
    said = await control.post("slash", ben | {"command": "say", "options": {"text": "choose"}})
    chosen = await control.post(
        "select",
        {"person": "ben", "message": said["message"]["id"], "component": "pick:sampler", "values": ["lms"]},
    )
    assert (chosen["kind"], chosen["message"]["content"]) == ("update", "picked lms")
    await control.post("delete", {"person": "ada", "message": shown["id"]})
    left = (await control.get("messages", person="chloe", channel="drawing"))["messages"]
    assert [one["content"] for one in left] == ["picked lms"]


async def test_a_dialog_is_opened_and_submitted_with_a_file(control: Client, bot: ProbeBot) -> None:
    asked = await control.post("slash", {"person": "ben", "channel": "drawing", "command": "ask"})
    modal = asked["modal"]
    assert (asked["kind"], modal["title"]) == ("modal", "Edit")
    values = {"person": "ben", "modal": modal["id"], "values": {"prompt": "a dog", "size": ["small"]}}
    answered = await control.post("modal", values, {"picture": PNG})
    assert answered["message"]["content"] == "a dog small ['picture.png']"


async def test_menus_reactions_and_choices(control: Client, bot: ProbeBot) -> None:
    said = await control.post("say", {"person": "chloe", "channel": "drawing", "text": "look"}, {"cat": PNG})
    message = said["message"]["id"]
    info = await control.post("menu", {"person": "ben", "command": "Get Image Info", "message": message})
    assert info["message"]["content"] == "look ['cat.png']"
    greeted = await control.post(
        "menu", {"person": "ben", "command": "Greet", "user": "ada", "channel": "drawing"}
    )
    assert greeted["message"]["content"] == "hello ada"
    await control.post("react", {"person": "ben", "message": message, "emoji": "⭐"})
    shown = (await control.get("messages", person="ben", channel="drawing"))["messages"][0]
    assert shown["reactions"][0]["count"] == 1
    typed = {"person": "ben", "channel": "drawing", "command": "draw", "option": "sampler", "typed": "heu"}
    assert await control.post("autocomplete", typed) == {"choices": [{"name": "Heun", "value": "Heun"}]}
    refused = await control.post("slash", {"person": "ben", "channel": "drawing", "command": "draw"})
    assert refused == {"error": "/draw needs prompt"}


async def next_event(response: aiohttp.ClientResponse) -> tuple[str, Any]:
    """One Server-Sent Event."""
    name = ""
    async with asyncio.timeout(WAIT):
        async for line in response.content:
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                return name, json.loads(line[6:])
    raise AssertionError("the stream ended")


async def test_the_stream_tells_one_person_what_they_see_as_it_happens(
    control: Client, bot: ProbeBot, steered: LocalDiscord
) -> None:
    async with control.session.get(f"{control.url}/events", params={"person": "ben"}) as stream:
        name, state = await next_event(stream)
        assert (name, state["me"]["username"]) == ("state", "ben")
        drawing = steered.channel("drawing")
        await steered.person("chloe").slash(drawing, "say", {"text": "psst", "hidden": True})
        steered.response_seconds = 0.05
        await steered.person("ben").slash(drawing, "slow")
        await steered.person("ben").slash(drawing, "ask")
        message = await steered.person("chloe").say(drawing, "hello")
        await steered.person("ada").react(message, "⭐")
        await steered.person("ada").delete(message)
        events = [await next_event(stream) for _ in range(8)]
    assert [name for name, _ in events] == [
        "interaction_create",
        "interaction_failed",
        "interaction_create",
        "modal_open",
        "interaction_answered",
        "message_create",
        "message_update",
        "message_delete",
    ]
    assert events[1][1]["name"] == "slow"
    assert events[3][1]["modal"]["title"] == "Edit"
    assert events[5][1]["message"]["content"] == "hello"
    assert events[7][1] == {"channel_id": str(drawing.id), "message_id": str(message.id)}


async def test_a_new_command_set_and_a_lost_bot_are_told(control: Client, steered: LocalDiscord) -> None:
    async with control.session.get(f"{control.url}/events", params={"person": "ben"}) as stream:
        assert (await next_event(stream))[1]["bot"]["online"] is False
        async with running(ProbeBot(), steered):
            events = [await next_event(stream) for _ in range(2)]
        lost = await next_event(stream)
    assert [name for name, _ in events] == ["commands_changed", "session"]
    assert {"draw", "queue"} <= {one["name"] for one in events[0][1]["commands"]}
    assert events[1][1] == {"online": True}
    assert lost == ("session", {"online": False})


async def test_stopping_ends_the_stream() -> None:
    discord = LocalDiscord()
    Control(discord).add_to(discord.web.router)
    await discord.start()
    async with aiohttp.ClientSession() as session:
        stream = await session.get(f"{discord.url}/control/events", params={"person": "ben"})
        await next_event(stream)
        async with asyncio.timeout(WAIT):
            await discord.stop()
            assert await stream.content.read() == b"\n"
        stream.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Origin": "null"},
    ],
)
async def test_other_pages_in_the_browser_are_refused(control: Client, headers: dict[str, str]) -> None:
    async with control.session.get(
        f"{control.url}/state", params={"person": "ben"}, headers=headers
    ) as response:
        assert response.status == 403


async def test_the_page_of_this_server_is_answered(control: Client, steered: LocalDiscord) -> None:
    for host in (steered.url, steered.url.replace("127.0.0.1", "localhost")):
        headers = {"Origin": host, "Host": host.removeprefix("http://")}
        async with control.session.get(
            f"{control.url}/state", params={"person": "ben"}, headers=headers
        ) as response:
            assert response.status == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("slash", {"person": "zoe", "channel": "drawing", "command": "draw"}, 400),
        ("slash", {"person": "ben", "channel": "nowhere", "command": "draw"}, 400),
        ("slash", {"person": "ben", "channel": "drawing"}, 400),
        ("slash", {"person": "ben", "channel": "drawing", "command": "dance"}, 409),
        ("click", {"person": "ben", "message": "5", "component": "x"}, 409),
        ("click", {"person": "ben", "message": "x", "component": "x"}, 400),
        ("react", {"person": "ben", "message": "5", "emoji": "x"}, 409),
    ],
)
async def test_nonsense_is_refused_with_a_reason(
    control: Client, path: str, body: dict[str, Any], status: int
) -> None:
    async with control.session.post(f"{control.url}/{path}", json=body) as response:
        assert response.status == status
        assert (await response.json())["error"]


async def test_faults_holds_and_the_clock_are_steered(
    control: Client, steered: LocalDiscord, api: RawApi
) -> None:
    drawing = steered.channel("drawing")
    route = {"method": "POST", "path": "messages$"}
    await control.post("faults", route | {"status": 403, "code": 50013})
    assert (await api.post(drawing, {"content": "x"})).code == 50013
    await control.post("faults", route | {"status": 404, "times": None})
    async with control.session.delete(f"{control.url}/faults") as response:
        assert response.status == 200
    hold = (await control.post("holds", route))["hold"]
    posting = asyncio.create_task(api.post(drawing, {"content": "y", "nonce": "n", "enforce_nonce": True}))
    assert await control.get(f"holds/{hold}", timeout=WAIT) == {"held": 1}
    await control.post("advance", {"seconds": 301})
    async with control.session.delete(f"{control.url}/holds/{hold}") as response:
        assert response.status == 200
    first = (await posting).body["id"]
    again = await api.post(drawing, {"content": "y", "nonce": "n", "enforce_nonce": True})
    assert again.body["id"] != first
    log = await control.get("log", method="POST", path="messages$")
    assert [one["status"] for one in log["entries"]] == [403, 200, 200]
    assert (await control.get("log", after=log["next"]))["entries"] == []
    assert await control.get("violations") == {"violations": []}


async def test_settings_people_and_channels_are_steered(control: Client, steered: LocalDiscord) -> None:
    await control.post("settings", {"strict_rate_limits": True, "response_seconds": 1.5, "premium_tier": 3})
    assert (steered.strict_rate_limits, steered.response_seconds) == (True, 1.5)
    assert steered.guild.filesize_limit == 100 << 20
    await control.post("people", {"name": "dora", "locale": "ja"})
    await control.post("locale", {"person": "dora", "locale": "ko"})
    assert steered.person("dora").locale == "ko"
    await control.post("channels", {"name": "attic", "nsfw": True})
    assert steered.channel("attic").nsfw
    async with control.session.delete(f"{control.url}/channels/attic") as response:
        assert response.status == 200
    with pytest.raises(KeyError):
        steered.channel("attic")


async def test_waiting_for_what_does_not_come_ends(control: Client) -> None:
    for path, query in (("ready", {}), ("wait", {"channel": "drawing"}), ("holds/0", {})):
        reply = await control.get(path, timeout="0.05", **query)
        assert "error" in reply


async def test_it_runs_as_a_process_of_its_own_and_keeps_its_state_when_the_bot_restarts(
    tmp_path: Path,
) -> None:
    log = tmp_path / "requests.jsonl"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.demo.discord", "--state-log", str(log), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            addresses = json.loads(await process.stdout.readline())
        where = (addresses["api_url"], addresses["gateway_url"], addresses["token"])
        async with aiohttp.ClientSession() as session:
            control = Client(addresses["control_url"], session)
            say = {"person": "ben", "channel": "drawing", "command": "say", "options": {"text": "one"}}
            for _ in range(2):
                async with pointed(ProbeBot(), *where):
                    assert await control.get("ready", timeout=WAIT) == {}
                    assert (await control.post("slash", say))["message"]["content"] == "one"
            assert len((await control.get("wait", channel="drawing", count=2))["messages"]) == 2
    finally:
        process.terminate()
        await process.wait()
    paths = [json.loads(line)["path"] for line in log.read_text(encoding="utf-8").splitlines()]
    assert paths.count("/users/@me") == 2


def test_an_unknown_argument_is_a_usage_error() -> None:
    with pytest.raises(SystemExit):
        main(["--nonsense"])
