"""Messages: what the bot may post, edit, delete and read, and what Discord refuses it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from bot.demo.discord import LocalDiscord, NotPossible, Permission, Upload
from bot.demo.discord.model import Overwrite
from tests.integration.probe_bot import PNG
from tests.integration.raw_api import RawApi, raw_api

V2 = 1 << 15


@pytest_asyncio.fixture
async def api(local_discord: LocalDiscord) -> AsyncIterator[RawApi]:
    """The bot's side of the API."""
    async with raw_api(local_discord) as requests:
        yield requests


def deny(server: LocalDiscord, channel: str, denied: int) -> None:
    """Take permissions from the bot in a channel."""
    server.bot_permissions(server.channel(channel), deny=denied)


def card(text: str, *names: str) -> dict[str, Any]:
    """A Components V2 message with pictures."""
    gallery = {"type": 12, "items": [{"media": {"url": f"attachment://{name}"}} for name in names]}
    parts: list[dict[str, Any]] = [gallery] if names else []
    return {"flags": V2, "components": [*parts, {"type": 10, "content": text}]}


# posting


async def test_a_message_appears_with_its_files_and_their_bytes(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    about = [{"id": "0", "filename": "cat.png", "description": "a cat"}]
    reply = await api.post(drawing, {"content": "look", "attachments": about}, [Upload("x.bin", PNG)])
    message = drawing.messages[0]
    assert reply.status == 200
    assert reply.body["id"] == str(message.id)
    attachment = message.attachments[0]
    assert (attachment.filename, attachment.description, attachment.content_type) == (
        "cat.png",
        "a cat",
        "image/png",
    )
    async with (
        aiohttp.ClientSession() as session,
        session.get(reply.body["attachments"][0]["url"]) as response,
    ):
        assert (response.status, await response.read()) == (200, PNG)


async def test_an_address_of_a_file_is_gone_after_a_day_and_a_fresh_one_works(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    posted = (await api.post(drawing, {"content": "x"}, [Upload("a.png", PNG)])).body
    local_discord.advance(25 * 3600)
    again = (await api.call("GET", f"/channels/{drawing.id}/messages/{posted['id']}")).body
    async with aiohttp.ClientSession() as session:
        async with session.get(posted["attachments"][0]["url"]) as response:
            assert response.status == 404
        async with session.get(again["attachments"][0]["url"]) as response:
            assert response.status == 200


async def test_the_files_of_a_deleted_message_and_those_edited_away_are_gone(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    files = [Upload("a.png", PNG), Upload("b.png", PNG)]
    posted = (await api.post(drawing, {"content": "x"}, files)).body
    path = f"/channels/{drawing.id}/messages/{posted['id']}"
    await api.call("PATCH", path, {"attachments": [{"id": posted["attachments"][0]["id"]}]})
    async with aiohttp.ClientSession() as session:

        async def statuses() -> list[int]:
            found = []
            for attachment in posted["attachments"]:
                async with session.get(attachment["url"]) as response:
                    found.append(response.status)
            return found

        assert await statuses() == [200, 404]
        await api.call("DELETE", path)
        assert await statuses() == [404, 404]


async def test_files_that_a_component_shows_are_not_among_the_attachments(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    files = [Upload("a.png", PNG), Upload("b.png", PNG + b"b")]
    body = (await api.post(drawing, card("text", "a.png"), files)).body
    message = drawing.messages[0]
    assert [one["filename"] for one in body["attachments"]] == ["b.png"]
    media = body["components"][0]["items"][0]["media"]
    assert (media["attachment_id"], media["width"]) == (str(message.attachments[0].id), 64)
    assert [one.filename for one in message.attachments] == ["a.png", "b.png"]
    assert [one.filename for one in message.shown_attachments] == ["a.png"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": "x" * 2001}, "content"),
        ({"content": "x", **card("y")}, "content"),
        ({"embeds": [{"title": "x"}], **card("y")}, "embeds"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds"),
        ({"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]}, "embeds"),
        ({"embeds": [{"fields": [{"name": "n", "value": ""}]}]}, "embeds"),
        ({"embeds": [{"title": "x"}] * 11}, "embeds"),
        (card("y", "nowhere.png"), "components"),
        ({"components": card("y")["components"]}, "components"),
        ({"content": "x", "nonce": "n" * 26}, "nonce"),
        ({"content": "x", "attachments": [{"id": "5"}]}, "attachments"),
        ({"content": "x", "message_reference": {"message_id": "5"}}, "message_reference"),
    ],
    ids=lambda value: str(value)[:50],
)
async def test_a_wrong_message_is_refused_naming_the_field(
    local_discord: LocalDiscord, api: RawApi, body: dict[str, Any], field: str
) -> None:
    reply = await api.post(local_discord.channel("drawing"), body)
    assert (reply.status, reply.code, reply.body["message"]) == (400, 50035, "Invalid Form Body")
    assert list(reply.body["errors"]) == [field]
    assert local_discord.channel("drawing").messages == []


@pytest.mark.parametrize("body", [{}, {"content": "  \n "}, {"flags": V2, "components": []}])
async def test_an_empty_message_is_refused(
    local_discord: LocalDiscord, api: RawApi, body: dict[str, Any]
) -> None:
    reply = await api.post(local_discord.channel("drawing"), body)
    assert (reply.status, reply.code) == (400, 50006)


async def test_ten_files_fit_and_eleven_do_not(local_discord: LocalDiscord, api: RawApi) -> None:
    files = [Upload(f"{one}.png", PNG) for one in range(11)]
    assert (await api.post(local_discord.channel("drawing"), {"content": "x"}, files[:10])).status == 200
    assert (await api.post(local_discord.channel("drawing"), {"content": "x"}, files)).code == 30015


async def test_a_file_above_the_servers_limit_is_too_large_and_boosts_raise_the_limit(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    file = [Upload("big.png", bytes((10 << 20) + 1))]
    reply = await api.post(drawing, {"content": "x"}, file)
    assert (reply.status, reply.code) == (413, 40005)
    local_discord.guild.premium_tier = 2
    assert (await api.post(drawing, {"content": "x"}, file)).status == 200


async def test_a_request_above_25_mib_is_too_large_and_the_answer_arrives(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    local_discord.guild.premium_tier = 3
    files = [Upload(f"{one}.png", bytes(9 << 20)) for one in range(3)]
    reply = await api.post(local_discord.channel("drawing"), {"content": "x"}, files)
    assert (reply.status, reply.code) == (413, 40005)
    assert (await api.post(local_discord.channel("drawing"), {"content": "x"}, files[:2])).status == 200


async def test_the_same_nonce_gives_back_the_first_message_for_five_minutes(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing, gallery = local_discord.channel("drawing"), local_discord.channel("gallery")
    body = {"content": "once", "nonce": "delivery-1", "enforce_nonce": True}
    first = await api.post(drawing, body)
    local_discord.advance(290)
    second = await api.post(drawing, body | {"content": "again"})
    assert (second.status, second.body["id"], second.body["content"]) == (200, first.body["id"], "once")
    assert (await api.post(gallery, body)).body["id"] != first.body["id"]
    assert (await api.post(drawing, body | {"nonce": "delivery-2"})).body["id"] != first.body["id"]
    local_discord.advance(20)
    assert (await api.post(drawing, body)).body["id"] != first.body["id"]
    assert len(drawing.messages) == 3


async def test_a_nonce_that_is_not_enforced_is_only_given_back(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    replies = [await api.post(drawing, {"content": "x", "nonce": "n"}) for _ in range(2)]
    assert [one.body["nonce"] for one in replies] == ["n", "n"]
    assert len(drawing.messages) == 2


async def test_only_those_allowed_are_pinged_and_code_pings_nobody(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    ben, chloe = local_discord.person("ben"), local_discord.person("chloe")
    drawing = local_discord.channel("drawing")
    text = f"{ben.mention} {chloe.mention} @everyone"
    only_ben = {"parse": [], "users": [str(ben.id)]}
    await api.post(drawing, {"content": text, "allowed_mentions": only_ben})
    await api.post(drawing, {"content": text, "allowed_mentions": {"parse": []}})
    await api.post(drawing, {"content": f"`{text}`"})
    await api.post(drawing, card(text) | {"allowed_mentions": only_ben})
    await api.post(drawing, {"content": text})
    assert [one.pinged for one in drawing.messages] == [{ben.id}, set(), set(), {ben.id}, {ben.id, chloe.id}]
    assert [one.id for one in drawing.messages[0].mentions] == [ben.id]


async def test_everyone_is_pinged_only_by_those_who_may(local_discord: LocalDiscord) -> None:
    ada, ben, chloe = (local_discord.person(name) for name in ("ada", "ben", "chloe"))
    drawing = local_discord.channel("drawing")
    assert {ben.id, chloe.id} <= (await ada.say(drawing, "@everyone")).pinged
    assert (await ben.say(drawing, "@everyone")).pinged == set()


async def test_a_reply_pings_its_author_if_it_may_and_names_the_message(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing, ben = local_discord.channel("drawing"), local_discord.person("ben")
    asked = await ben.say(drawing, f"hello {local_discord.mention}")
    reference = {"message_id": str(asked.id)}
    quiet = await api.post(
        drawing, {"content": "x", "message_reference": reference, "allowed_mentions": {"parse": []}}
    )
    loud = await api.post(drawing, {"content": "x", "message_reference": reference})
    assert quiet.body["mentions"] == []
    assert [one["username"] for one in loud.body["mentions"]] == ["ben"]
    assert loud.body["referenced_message"]["content"] == f"hello {local_discord.mention}"


# permissions


@pytest.mark.parametrize(
    ("denied", "body", "files", "code"),
    [
        (Permission.VIEW_CHANNEL, {"content": "x"}, (), 50001),
        (Permission.SEND_MESSAGES, {"content": "x"}, (), 50013),
        (Permission.ATTACH_FILES, {"content": "x"}, (Upload("a.png", PNG),), 50013),
        (Permission.EMBED_LINKS, {"embeds": [{"title": "x"}]}, (), 50013),
    ],
)
async def test_posting_without_a_permission_is_refused(
    local_discord: LocalDiscord,
    api: RawApi,
    denied: int,
    body: dict[str, Any],
    files: tuple[Upload, ...],
    code: int,
) -> None:
    deny(local_discord, "gallery", denied)
    reply = await api.post(local_discord.channel("gallery"), body, files)
    assert (reply.status, reply.code) == (403, code)


async def test_a_thread_needs_a_permission_of_its_own(local_discord: LocalDiscord, api: RawApi) -> None:
    thread = local_discord.channel("sketches")
    deny(local_discord, "drawing", Permission.SEND_MESSAGES)
    assert (await api.post(thread, {"content": "x"})).status == 200
    deny(local_discord, "drawing", Permission.SEND_MESSAGES_IN_THREADS)
    assert (await api.post(thread, {"content": "x"})).code == 50013


async def test_reading_needs_read_message_history_and_without_it_the_history_is_empty(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    posted = (await api.post(drawing, {"content": "x"})).body["id"]
    deny(local_discord, "drawing", Permission.READ_MESSAGE_HISTORY)
    base = f"/channels/{drawing.id}/messages"
    assert (await api.call("GET", base)).body == []
    assert (await api.call("GET", f"{base}/{posted}")).code == 50001
    reply = await api.post(drawing, {"content": "x", "message_reference": {"message_id": posted}})
    assert reply.code == 160002


async def test_others_messages_are_deleted_only_with_manage_messages_and_never_edited(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    message = await local_discord.person("ben").say(drawing, "mine")
    path = f"/channels/{drawing.id}/messages/{message.id}"
    assert (await api.call("PATCH", path, {"content": "yours"})).code == 50005
    assert (await api.call("DELETE", path)).code == 50013
    role = next(one for one in local_discord.guild.roles.values() if one.bot_id)
    role.permissions |= Permission.MANAGE_MESSAGES
    assert (await api.call("DELETE", path)).status == 204
    assert message.deleted
    assert (await api.call("DELETE", path)).code == 10008


async def test_unknown_things_are_not_found(local_discord: LocalDiscord, api: RawApi) -> None:
    drawing = local_discord.channel("drawing")
    assert (await api.call("GET", "/channels/5")).code == 10003
    assert (await api.call("GET", f"/channels/{drawing.id}/messages/5")).code == 10008
    assert (await api.call("GET", "/guilds/5")).code == 10004
    assert (await api.call("GET", "/users/5")).code == 10013
    assert (await api.call("GET", f"/guilds/{local_discord.guild.id}/members/5")).code == 10013
    assert (await api.call("GET", "/nowhere")).status == 404
    assert (await api.call("DELETE", "/users/@me")).status == 405
    assert (await api.call("GET", "/users/@me", token="wrong")).status == 401
    local_discord.world.remove_channel(drawing)
    assert (await api.post(drawing, {"content": "x"})).code == 10003
    assert (await api.post(local_discord.dm(local_discord.person("ben")), {"content": "x"})).status == 200


async def test_somebody_who_left_is_no_member_any_more_and_can_do_nothing(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    message = await ben.say(drawing, "mine")
    local_discord.remove_person(ben)
    assert (await api.call("GET", f"/guilds/{local_discord.guild.id}/members/{ben.id}")).code == 10007
    assert (await api.call("GET", f"/users/{ben.id}")).body["username"] == "ben"
    with pytest.raises(NotPossible):
        await ben.say(drawing, "still here")
    with pytest.raises(NotPossible):
        await ben.delete(message)


async def test_a_person_may_close_their_direct_messages(local_discord: LocalDiscord, api: RawApi) -> None:
    ben = local_discord.person("ben")
    opened = await api.call("POST", "/users/@me/channels", {"recipient_id": str(ben.id)})
    assert opened.body["id"] == str(local_discord.dm(ben).id)
    ben.user.accepts_direct_messages = False
    reply = await api.post(local_discord.dm(ben), {"content": "x"})
    assert (reply.status, reply.code) == (403, 50007)


# edits


async def test_an_edit_changes_only_what_it_names(local_discord: LocalDiscord, api: RawApi) -> None:
    drawing = local_discord.channel("drawing")
    files = [Upload("a.png", PNG), Upload("b.png", PNG)]
    posted = (await api.post(drawing, {"content": "one"}, files)).body
    path = f"/channels/{drawing.id}/messages/{posted['id']}"
    message = drawing.messages[0]
    kept = posted["attachments"][1]["id"]
    await api.call("PATCH", path, {"content": "two"})
    assert (message.content, len(message.attachments)) == ("two", 2)
    await api.call("PATCH", path, {"attachments": [{"id": kept}, {"id": "0"}]}, [Upload("c.png", PNG)])
    assert [one.filename for one in message.attachments] == ["b.png", "c.png"]
    assert message.content == "two"
    assert [one.content for one in message.edits] == ["one", "two"]
    reply = await api.call("PATCH", path, {"content": None, "attachments": []})
    assert reply.code == 50006
    assert message.content == "two"


async def test_components_v2_can_be_switched_on_by_an_edit_that_clears_the_content_and_never_off(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    path = f"/channels/{drawing.id}/messages/{(await api.post(drawing, {'content': 'one'})).body['id']}"
    assert (await api.call("PATCH", path, card("two"))).code == 50035
    assert (await api.call("PATCH", path, card("two") | {"content": None})).status == 200
    message = drawing.messages[0]
    assert (message.text, message.uses_components_v2) == ("two", True)
    assert (await api.call("PATCH", path, {"flags": 0, "content": "three"})).code == 50035
    assert message.text == "two"


async def test_edits_of_a_message_older_than_an_hour_are_counted(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    path = f"/channels/{drawing.id}/messages/{(await api.post(drawing, {'content': 'one'})).body['id']}"
    for _ in range(10):
        assert (await api.call("PATCH", path, {"content": "young"})).status == 200
    local_discord.advance(3601)
    replies = [await api.call("PATCH", path, {"content": "old"}) for _ in range(4)]
    assert [one.status for one in replies] == [200, 200, 200, 429]
    assert replies[-1].code == 30046
    assert "Via" in replies[-1].headers


async def test_an_edit_pings_nobody_anew(local_discord: LocalDiscord, api: RawApi) -> None:
    drawing, ben = local_discord.channel("drawing"), local_discord.person("ben")
    posted = await api.post(drawing, {"content": "x"})
    reply = await api.call(
        "PATCH", f"/channels/{drawing.id}/messages/{posted.body['id']}", {"content": ben.mention}
    )
    assert [one["username"] for one in reply.body["mentions"]] == ["ben"]
    assert drawing.messages[0].pinged == set()


# reading


async def test_history_is_newest_first_and_can_be_asked_before_after_and_around(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing = local_discord.channel("drawing")
    ids = [(await api.post(drawing, {"content": str(one)})).body["id"] for one in range(7)]
    base = f"/channels/{drawing.id}/messages"

    async def contents(query: str) -> str:
        return "".join(one["content"] for one in (await api.call("GET", f"{base}?{query}")).body)

    assert await contents("limit=3") == "654"
    assert await contents(f"before={ids[3]}&limit=2") == "21"
    assert await contents(f"after={ids[3]}&limit=2") == "54"
    assert await contents(f"around={ids[3]}&limit=3") == "432"
    assert (await api.call("GET", f"{base}?limit=101")).code == 50035


async def test_without_the_intent_others_content_is_withheld_but_for_mentions_and_direct_messages(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    drawing, ben = local_discord.channel("drawing"), local_discord.person("ben")
    file = [Upload("a.png", PNG)]
    await ben.say(drawing, "secret", file)
    await ben.say(drawing, "@Easel look", file)
    await ben.say(local_discord.dm(ben), "direct", file)
    await api.post(drawing, {"content": "own"}, file)

    async def seen(channel_id: int) -> list[tuple[str, int]]:
        listed = (await api.call("GET", f"/channels/{channel_id}/messages")).body
        return [(one["content"], len(one["attachments"])) for one in reversed(listed)]

    assert await seen(drawing.id) == [("", 0), (f"{local_discord.mention} look", 1), ("own", 1)]
    assert await seen(local_discord.dm(ben).id) == [("direct", 1)]
    local_discord.privileged_intents = 1 << 15
    assert await seen(drawing.id) == [("secret", 1), (f"{local_discord.mention} look", 1), ("own", 1)]


# reactions, bulk deletion, threads


async def test_reactions_are_counted_and_taken_back(local_discord: LocalDiscord, api: RawApi) -> None:
    drawing, ben = local_discord.channel("drawing"), local_discord.person("ben")
    posted = (await api.post(drawing, {"content": "x"})).body["id"]
    path = f"/channels/{drawing.id}/messages/{posted}"
    assert (await api.call("PUT", f"{path}/reactions/%E2%AD%90/@me")).status == 204
    assert (await api.call("PUT", f"{path}/reactions/star/@me")).code == 10014
    await ben.react(drawing.messages[0], "⭐")
    body = (await api.call("GET", path)).body["reactions"][0]
    assert (body["emoji"]["name"], body["count"], body["me"]) == ("⭐", 2, True)
    assert (await api.call("DELETE", f"{path}/reactions/%E2%AD%90/@me")).status == 204
    assert drawing.messages[0].reactions == {"⭐": [ben.id]}
    assert (await api.call("DELETE", f"{path}/reactions/%E2%AD%90/{ben.id}")).code == 50013
    deny(local_discord, "drawing", Permission.ADD_REACTIONS)
    assert (await api.call("PUT", f"{path}/reactions/%E2%9D%8C/@me")).code == 50013


async def test_bulk_deletion_takes_2_to_100_messages_of_the_last_two_weeks(
    local_discord: LocalDiscord, api: RawApi
) -> None:
    gallery = local_discord.channel("gallery")
    path = f"/channels/{gallery.id}/messages/bulk-delete"
    ids = [(await api.post(gallery, {"content": "x"})).body["id"] for _ in range(3)]
    assert (await api.call("POST", path, {"messages": ids})).code == 50013
    role = next(one for one in local_discord.guild.roles.values() if one.bot_id)
    role.permissions |= Permission.MANAGE_MESSAGES
    assert (await api.call("POST", path, {"messages": ids[:1]})).code == 50016
    assert (await api.call("POST", path, {"messages": ids[:2]})).status == 204
    assert [str(one.id) for one in gallery.messages] == ids[2:]
    local_discord.advance(15 * 86400)
    assert (await api.call("POST", path, {"messages": ids})).code == 50034


async def test_a_thread_is_started_from_a_message_once(local_discord: LocalDiscord, api: RawApi) -> None:
    drawing = local_discord.channel("drawing")
    posted = (await api.post(drawing, {"content": "x"})).body["id"]
    path = f"/channels/{drawing.id}/messages/{posted}/threads"
    reply = await api.call("POST", path, {"name": "details"})
    assert (reply.status, reply.body["id"], reply.body["parent_id"]) == (201, posted, str(drawing.id))
    assert (await api.call("POST", path, {"name": "details"})).code == 160004
    assert (await api.post(local_discord.channel("details"), {"content": "inside"})).status == 200
    assert len(drawing.messages) == 1


async def test_people_write_only_where_they_may(local_discord: LocalDiscord) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    drawing.overwrites[local_discord.guild.id] = Overwrite(
        local_discord.guild.id, 0, deny=int(Permission.SEND_MESSAGES)
    )
    with pytest.raises(NotPossible):
        await ben.say(drawing, "x")
    with pytest.raises(NotPossible):
        await ben.say(local_discord.channel("gallery"), "x" * 2001)
