"""/server: rules of a server, set on a phone by whoever may; what was done is written down."""

from pathlib import Path

import pytest

from bot.demo.discord.model import Channel, Message
from bot.demo.discord.people import Outcome
from bot.model.rules import Feature, Gate, Rules
from tests.acceptance.test_settings import part
from tests.harness import WAIT, World, easel


async def server(world: World, command: str, **options: object) -> Outcome:
    return await world.ada.slash(world.drawing, f"server {command}", options, timeout=WAIT)


async def rules(world: World) -> Rules:
    return await world.app.services.preferences.rules(world.drawing.guild.id if world.drawing.guild else None)


def written(channel: Channel) -> list[str]:
    return [message.text for message in channel.messages]


async def ruled(world: World, panel: Message, field: str, text: str) -> Outcome:
    dialog = (await world.ada.select(panel, part(panel, "rule_pick"), [field])).modal
    return await world.ada.submit(dialog, {"value": text})


async def test_words_are_set_in_a_dialog_and_hold_at_once(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = (await server(world, "rules")).message
        await ruled(world, panel, "blocked", "spider,  big   spider\nsnake")
        assert "`spider, big spider, snake`" in panel.text
        outcome = await world.draw("a Snake")
        assert "`snake`" in outcome.message.text
        await ruled(world, panel, "blocked", "")
        assert (await rules(world)).blocked == ()


async def test_a_list_that_is_too_long_changes_nothing_and_says_so(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = (await server(world, "rules")).message
        await ruled(world, panel, "blocked", "one")
        outcome = await ruled(world, panel, "blocked", "x" * 200)
        assert "too long" in outcome.message.text
        outcome = await ruled(world, panel, "member_days", "many")
        assert "number" in outcome.message.text
        assert (await rules(world)).blocked == ("one",)


async def test_the_answer_to_pictures_for_adults_is_chosen(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__POLICY__ADULT="spoiler") as world:
        panel = (await server(world, "rules")).message
        for value in ("refuse", "-"):
            await world.ada.select(panel, part(panel, "rule_pick"), ["adult_answer"])
            await world.ada.select(panel, part(panel, "rule_answer"), [value])
            answer = (await rules(world)).adult_answer
            assert (answer and answer.value) == (None if value == "-" else value)


async def test_a_feature_is_kept_for_some_and_given_back_to_all(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        suggested = await world.ada.autocomplete(world.drawing, "server allow", "what", "img2")
        assert [value for _, value in suggested] == ["feature:img2img"]
        await server(world, "allow", what="feature:img2img", days=2)
        assert (await rules(world)).features == {Feature.IMG2IMG: Gate(member_days=2)}
        outcome = await server(world, "allow", what="feature:img2img")
        assert "for everybody" in outcome.message.text
        assert (await rules(world)) == Rules()
        outcome = await server(world, "allow", what="anything")
        assert "suggestions" in outcome.message.text


async def test_who_is_banned_is_drawn_for_again_when_unbanned(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await server(world, "ban", person=world.ben.id, reason="spam")
        assert (await world.draw()).ephemeral
        await server(world, "unban", person=world.ben.id)
        assert not (await world.draw()).ephemeral


async def test_a_role_that_the_server_names_may_manage_and_loses_it_again(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        role = next(one for one in world.drawing.guild.roles.values() if one.name == "moderator")  # type: ignore[union-attr]
        await server(world, "managers", role=role.id)
        assert (await rules(world)).managers == (role.id,)
        await server(world, "managers", role=role.id)
        assert (await rules(world)).managers == ()


async def test_what_was_done_is_written_down_where_the_server_wants_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with easel(tmp_path) as world:
        book = world.discord.channel("gallery")
        await server(world, "book", channel=book.id)
        await server(world, "ban", person=world.ben.id, reason="@everyone spam")
        await world.until(lambda: len(written(book)) == 2)
        told = book.messages[-1]
        assert f"<@{world.ada.id}>" in told.text
        assert f"<@{world.ben.id}>" in told.text
        assert "spam" in told.text
        assert told.pinged == set()
        await server(world, "book")
        await server(world, "unban", person=world.ben.id)
        assert len(written(book)) == 2


async def test_a_plain_member_may_use_none_of_it(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        panel = (await server(world, "rules")).message
        outcome = await world.ben.slash(world.drawing, "help", {}, timeout=WAIT)
        forged = outcome.message
        forged.components.extend(panel.components)
        refused = await world.ben.select(forged, part(panel, "rule_pick"), ["blocked"])
        assert "Only people who manage this server" in refused.message.text


async def test_a_picture_is_reported_with_a_link_once_there_is_a_place_for_it(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        result = await world.result()
        more = (await world.chloe.click(result, "More…")).message
        outcome = await world.chloe.click(more, "Report")
        assert "no place for reports" in outcome.message.text
        book = world.discord.channel("gallery")
        await server(world, "book", channel=book.id)
        outcome = await world.chloe.click(more, "Report")
        assert "Thank you" in outcome.message.text
        await world.until(lambda: str(result.id) in written(book)[-1])
        assert "a cat" not in written(book)[-1]
        assert book.messages[-1].pinged == set()
