"""What goes wrong on request: refusals, broken connections, answers held back, rate limits."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest
import pytest_asyncio

from bot.demo.discord import LocalDiscord
from tests.integration.probe_bot import ProbeBot, running
from tests.integration.raw_api import RawApi, raw_api

WAIT = 5.0
MESSAGES = r"^/channels/\d+/messages$"


@pytest_asyncio.fixture
async def api(local_discord: LocalDiscord) -> AsyncIterator[RawApi]:
    """The bot's side of the API."""
    async with raw_api(local_discord) as requests:
        yield requests


@pytest_asyncio.fixture
async def channel(local_discord: LocalDiscord) -> AsyncIterator[discord.TextChannel]:
    """#drawing as discord.py sees it."""
    async with running(ProbeBot(), local_discord) as bot:
        await bot.wait_until_ready()
        found = bot.get_channel(local_discord.channel("drawing").id)
        assert isinstance(found, discord.TextChannel)
        yield found


async def test_a_fault_refuses_as_often_as_it_was_asked_to(
    local_discord: LocalDiscord, channel: discord.TextChannel
) -> None:
    local_discord.faults.add("POST", MESSAGES, status=403, code=50013, message="Missing Permissions", times=2)
    for _ in range(2):
        with pytest.raises(discord.Forbidden) as refused:
            await channel.send("x")
        assert refused.value.code == 50013
    await channel.send("x")
    assert [one.status for one in local_discord.requests("POST", MESSAGES)] == [403, 403, 200]
    assert len(local_discord.channel("drawing").messages) == 1


async def test_a_429_on_request_is_waited_for_by_discord_py(
    local_discord: LocalDiscord, channel: discord.TextChannel
) -> None:
    local_discord.faults.add("POST", MESSAGES, status=429, retry_after=0.02)
    await channel.send("x")
    assert [one.status for one in local_discord.requests("POST", MESSAGES)] == [429, 200]


async def test_a_fault_afterwards_lets_the_request_be_carried_out(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    local_discord.faults.add("POST", MESSAGES, status=500, after=True)
    assert (await api.post(drawing, {"content": "x"})).status == 500
    assert len(drawing.messages) == 1


async def test_a_dropped_connection_breaks_the_request(local_discord: LocalDiscord, api: RawApi) -> None:
    drawing = local_discord.channel("drawing")
    local_discord.faults.add("POST", MESSAGES, drop=True, after=True)
    with pytest.raises(aiohttp.ClientError):
        await api.post(drawing, {"content": "x"})
    assert len(drawing.messages) == 1
    assert (await api.post(drawing, {"content": "y"})).status == 200


async def test_a_held_answer_comes_when_it_is_released_and_the_message_is_there_before(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    hold = local_discord.hold_response("POST", MESSAGES)
    posting = asyncio.create_task(api.post(drawing, {"content": "x"}))
    await hold.reached(WAIT)
    assert len(drawing.messages) == 1
    assert not posting.done()
    assert (await api.post(drawing, {"content": "y"})).status == 200
    hold.release()
    assert (await posting).body["content"] == "x"


async def test_a_held_answer_to_somebody_who_has_gone_does_no_harm(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    hold = local_discord.hold_response("POST", MESSAGES)
    posting = asyncio.create_task(api.post(drawing, {"content": "x"}))
    await hold.reached(WAIT)
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)
    hold.release()
    assert (await api.post(drawing, {"content": "y"})).status == 200
    assert [one.content for one in drawing.messages] == ["x", "y"]


async def test_stopping_lets_held_answers_go(local_discord: LocalDiscord) -> None:
    other = LocalDiscord()
    await other.start()
    async with raw_api(other) as api:
        hold = other.hold_response("POST", MESSAGES)
        posting = asyncio.create_task(api.post(other.channel("drawing"), {"content": "x"}))
        await hold.reached(WAIT)
        async with asyncio.timeout(WAIT):
            await other.stop()
        await asyncio.gather(posting, return_exceptions=True)


async def test_every_answer_says_how_much_is_left(local_discord: LocalDiscord, api: RawApi) -> None:
    reply = await api.call("GET", "/users/@me")
    for name in ("Limit", "Remaining", "Reset", "Reset-After", "Bucket"):
        assert f"X-RateLimit-{name}" in reply.headers
    assert reply.headers["Content-Type"] == "application/json"


async def test_a_strict_server_refuses_the_sixth_message_in_five_seconds(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    local_discord.strict_rate_limits = True
    drawing = local_discord.channel("drawing")
    replies = [await api.post(drawing, {"content": str(one)}) for one in range(6)]
    assert [one.status for one in replies] == [200] * 5 + [429]
    assert replies[-1].headers["Via"]
    assert 0 < replies[-1].body["retry_after"] <= 5
    assert (await api.post(local_discord.channel("gallery"), {"content": "x"})).status == 200
    local_discord.advance(5)
    assert (await api.post(drawing, {"content": "x"})).status == 200


async def test_discord_py_keeps_itself_below_a_strict_limit(
    local_discord: LocalDiscord, channel: discord.TextChannel
) -> None:
    local_discord.strict_rate_limits = True
    sending = asyncio.gather(*(channel.send(str(one)) for one in range(6)))
    drawing = local_discord.channel("drawing")
    await local_discord.wait_for(lambda: len(drawing.messages) == 5, WAIT)
    assert not sending.done()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def test_the_log_has_what_was_sent_and_what_came_back(local_discord: LocalDiscord, api: RawApi) -> None:
    drawing = local_discord.channel("drawing")
    await api.post(drawing, {"content": "x"})
    await api.post(drawing, {"content": ""})
    entries = local_discord.requests("POST", MESSAGES)
    assert [(one.json, one.status, one.code) for one in entries] == [
        ({"content": "x"}, 200, 0),
        ({"content": ""}, 400, 50006),
    ]
    assert all(0 <= one.seconds < WAIT for one in entries)


async def test_broken_json_and_unreadable_shapes_are_refused(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    url = f"{local_discord.api_url}/channels/{drawing.id}/messages"
    headers = {"Authorization": f"Bot {local_discord.token}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session, session.post(url, data="{", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (400, 50109)
    assert (await api.post(drawing, {"embeds": 5})).status == 400
    assert len(local_discord.violations) == 1  # loud, since it may be the server's own mistake
    local_discord.violations.clear()
