"""The gateway: login, sharding, intents, lost connections and resumed sessions, with discord.py."""

import asyncio

import aiohttp
import discord
import pytest

from bot.demo.discord import LocalDiscord, Permission, Upload
from tests.integration.probe_bot import PNG, ProbeBot, running
from tests.support import eventually

WAIT = 5.0


async def test_a_bot_logs_in_syncs_and_knows_its_server(local_discord: LocalDiscord) -> None:
    async with running(ProbeBot(), local_discord) as bot:
        await bot.wait_until_ready()
        assert bot.user is not None
        assert bot.user.id == bot.application_id == local_discord.application_id
        guild = bot.guilds[0]
        assert guild.name == "The Drawing Room"
        names = {one.name for one in guild.text_channels}
        assert names == {"drawing", "gallery", "after-dark", "no-bots"}
        assert [one.name for one in guild.threads] == ["sketches"]
        assert guild.filesize_limit == 10 << 20
        assert [one.name for one in guild.members] == ["easel"]
        listed = await bot.tree.fetch_commands()
        assert {one.name for one in listed} == {one.name for one in bot.tree.get_commands()} | {
            "Get Image Info",
            "Greet",
        }
        assert (await bot.application_info()).owner.name == "ada"
        assert (await guild.fetch_member(local_discord.person("ben").id)).name == "ben"


async def test_a_wrong_token_is_refused_at_login(local_discord: LocalDiscord) -> None:
    local_discord.world.token, right = "other", local_discord.token
    bot = ProbeBot()
    discord.http.Route.BASE, before = local_discord.api_url, discord.http.Route.BASE
    try:
        with pytest.raises(discord.LoginFailure):
            await bot.login(right)
    finally:
        discord.http.Route.BASE = before
        await bot.close()


async def test_a_wrong_token_in_identify_closes_with_4004(local_discord: LocalDiscord) -> None:
    assert await closing_code(local_discord, '{"op": 2, "d": {"token": "wrong", "intents": 0}}') == 4004


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        ('{"op": 3, "d": {}}', 4003),
        ('{"op": 2, "d": {"token": "TOKEN", "intents": 32768}}', 4014),
        ('{"op": 2, "d": {"token": "TOKEN", "intents": 0, "shard": [2, 2]}}', 4010),
        ("not json", 4002),
    ],
)
async def test_a_wrong_beginning_closes_the_connection(
    local_discord: LocalDiscord, payload: str, code: int
) -> None:
    assert await closing_code(local_discord, payload) == code


async def closing_code(server: LocalDiscord, payload: str) -> int | None:
    """How the gateway ends a connection after one payload."""
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_str(payload.replace("TOKEN", server.token))
        async with asyncio.timeout(WAIT):
            while (await socket.receive()).type != aiohttp.WSMsgType.CLOSE:
                pass
        return socket.close_code


async def test_a_privileged_intent_that_is_not_switched_on_ends_the_bot(local_discord: LocalDiscord) -> None:
    intents = discord.Intents(guilds=True, messages=True, message_content=True)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(ProbeBot(intents), local_discord):
            pass


async def test_content_of_others_is_withheld_in_events_but_for_mentions_and_direct_messages(
    local_discord: LocalDiscord,
) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    async with running(ProbeBot(), local_discord) as bot:
        await ben.say(drawing, "secret", [Upload("a.png", PNG)])
        await ben.say(drawing, "@Easel status", [Upload("a.png", PNG)])
        await ben.say(local_discord.dm(ben), "direct", [Upload("a.png", PNG)])
        await eventually(lambda: len(bot.heard) == 3)
    heard = [(one.content, len(one.attachments)) for one in bot.heard]
    assert heard == [("", 0), (f"{local_discord.mention} status", 1), ("direct", 1)]


async def test_with_the_intent_content_is_there(local_discord: LocalDiscord) -> None:
    local_discord.privileged_intents = 1 << 15
    intents = discord.Intents(guilds=True, messages=True, message_content=True)
    async with running(ProbeBot(intents), local_discord) as bot:
        heard = asyncio.create_task(bot.wait_for("message", timeout=WAIT))
        await asyncio.sleep(0)
        await local_discord.person("ben").say(local_discord.channel("drawing"), "no secret")
        assert (await heard).content == "no secret"


async def test_events_of_channels_that_the_bot_does_not_see_do_not_reach_it(
    local_discord: LocalDiscord,
) -> None:
    ben = local_discord.person("ben")
    hidden = local_discord.world.add_channel("hidden")
    local_discord.bot_permissions(hidden, deny=Permission.VIEW_CHANNEL)
    async with running(ProbeBot(), local_discord) as bot:
        await bot.wait_until_ready()
        assert bot.get_channel(hidden.id) is None
        heard = asyncio.create_task(bot.wait_for("message", timeout=WAIT))
        await asyncio.sleep(0)
        await ben.say(hidden, "@Easel here")
        await ben.say(local_discord.channel("drawing"), "@Easel there")
        assert (await heard).content.endswith("there")
        with pytest.raises(discord.Forbidden) as refused:
            await bot.fetch_channel(hidden.id)
        assert refused.value.code == 50001


async def test_several_shards_each_get_their_own_events(local_discord: LocalDiscord) -> None:
    ben = local_discord.person("ben")
    async with running(ProbeBot(shards=3), local_discord) as bot:
        await bot.wait_until_ready()
        assert sorted(bot.shards) == [0, 1, 2]
        home = (local_discord.guild.id >> 22) % 3
        assert bot.guilds[0].shard_id == home
        outcome = await ben.slash(local_discord.channel("drawing"), "say", {"text": "hello"})
        assert outcome.kind == "message"
        outcome = await ben.slash(local_discord.dm(ben), "say", {"text": "direct"})
        assert outcome.kind == "message"
        assert len(bot.seen) == 2


async def test_a_broken_line_is_resumed_and_what_was_missed_is_replayed(local_discord: LocalDiscord) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    async with running(ProbeBot(), local_discord) as bot:
        heard = asyncio.create_task(bot.wait_for("message", timeout=WAIT))
        await asyncio.sleep(0)
        session = next(iter(local_discord.gateway.sessions.values()))
        await local_discord.drop_connections()
        await local_discord.wait_for(lambda: session.connection is None, WAIT)
        await ben.say(drawing, "@Easel while you were away")
        assert (await heard).content.endswith("while you were away")
        async with asyncio.timeout(WAIT):
            await bot.resumed.wait()
        assert list(local_discord.gateway.sessions.values()) == [session]
        outcome = await ben.slash(drawing, "say", {"text": "back"})
        assert outcome.kind == "message"


async def test_a_reconnect_request_is_followed_by_a_resume(local_discord: LocalDiscord) -> None:
    async with running(ProbeBot(), local_discord) as bot:
        await local_discord.gateway.ask_reconnect()
        async with asyncio.timeout(WAIT):
            await bot.resumed.wait()


async def test_a_session_that_is_gone_is_begun_anew(local_discord: LocalDiscord) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    async with running(ProbeBot(), local_discord) as bot:
        first = next(iter(local_discord.gateway.sessions))
        await local_discord.drop_connections()
        await local_discord.wait_for(lambda: not local_discord.gateway.ready, WAIT)
        local_discord.gateway.forget_sessions()
        await local_discord.wait_for(lambda: local_discord.gateway.ready, 15)
        assert first not in local_discord.gateway.sessions
        assert (await ben.slash(drawing, "say", {"text": "back"})).kind == "message"
        assert not bot.resumed.is_set()


async def test_a_session_ends_with_the_bot(local_discord: LocalDiscord) -> None:
    async with running(ProbeBot(), local_discord):
        assert local_discord.gateway.ready
    await local_discord.wait_for(lambda: not local_discord.gateway.sessions, WAIT)
    local_discord.response_seconds = 0.05
    outcome = await local_discord.person("ben").slash(local_discord.channel("drawing"), "say", {"text": "x"})
    assert outcome.kind == "none"


async def test_presence_and_reactions_pass_over_the_gateway(local_discord: LocalDiscord) -> None:
    async with running(ProbeBot(), local_discord) as bot:
        await bot.wait_until_ready()
        await bot.change_presence(activity=discord.Game("with paint"))
        message = await local_discord.person("ben").say(local_discord.channel("drawing"), "x")
        reacted = asyncio.create_task(bot.wait_for("raw_reaction_add", timeout=WAIT))
        await asyncio.sleep(0)
        await local_discord.person("chloe").react(message, "⭐")
        assert str((await reacted).emoji) == "⭐"
        session = next(iter(local_discord.gateway.sessions.values()))
        await local_discord.wait_for(lambda: session.presence.get("activities"), WAIT)


async def test_changed_permissions_reach_the_bot(local_discord: LocalDiscord) -> None:
    async with running(ProbeBot(), local_discord) as bot:
        await bot.wait_until_ready()
        channel = bot.get_channel(local_discord.channel("gallery").id)
        assert isinstance(channel, discord.TextChannel)
        assert channel.permissions_for(channel.guild.me).attach_files
        changed = asyncio.create_task(bot.wait_for("guild_channel_update", timeout=WAIT))
        await asyncio.sleep(0)
        local_discord.bot_permissions(local_discord.channel("gallery"), deny=Permission.ATTACH_FILES)
        await changed
        assert not channel.permissions_for(channel.guild.me).attach_files


async def test_a_channel_that_is_deleted_disappears_for_the_bot(local_discord: LocalDiscord) -> None:
    async with running(ProbeBot(), local_discord) as bot:
        await bot.wait_until_ready()
        channel = local_discord.channel("gallery")
        gone = asyncio.create_task(bot.wait_for("guild_channel_delete", timeout=WAIT))
        await asyncio.sleep(0)
        local_discord.remove_channel(channel)
        assert (await gone).id == channel.id
