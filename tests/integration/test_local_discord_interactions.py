"""Interactions of every kind, between people of the local Discord and an unmodified discord.py."""

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest
import pytest_asyncio

from bot.demo.discord import LocalDiscord, NotPossible, Upload
from tests.integration.probe_bot import PNG, Again, Ask, ProbeBot, a_card, a_file, running

WAIT = 5.0


@pytest_asyncio.fixture
async def bot(local_discord: LocalDiscord) -> AsyncIterator[ProbeBot]:
    """The probe bot, connected."""
    async with running(ProbeBot(), local_discord) as connected:
        yield connected


async def until(server: LocalDiscord, condition: object) -> None:
    """Wait for something to be so."""
    assert callable(condition)
    await server.wait_for(condition, WAIT)


async def test_a_slash_command_is_deferred_and_its_first_follow_up_becomes_the_answer(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    outcome = await ben.slash(drawing, "draw", {"prompt": "a cat", "steps": 20, "scale": 5.5, "style": "oil"})
    assert (outcome.kind, outcome.ephemeral) == ("deferred", False)
    message = outcome.message
    await until(local_discord, lambda: not message.loading)
    assert drawing.messages == [message]
    assert message.text == "`a cat` 20 5.5 Euler a oil False"
    assert [(one.label, one.emoji, one.custom_id) for one in message.buttons] == [("Again", "🎲", "again:7")]
    assert (message.attachments[0].filename, message.attachments[0].data) == ("a.png", PNG)
    assert (message.attachments[0].width, message.attachments[0].height) == (64, 48)
    assert message.edits == []


async def test_an_attachment_option_reaches_the_bot_with_its_bytes(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    mine = PNG + b"mine"
    outcome = await ben.slash(drawing, "draw", {"prompt": "a cat", "init_image": Upload("my cat.png", mine)})
    await until(local_discord, lambda: not outcome.message.loading)
    assert outcome.message.attachments[0].data == mine


async def test_a_member_option_is_resolved(local_discord: LocalDiscord, bot: ProbeBot) -> None:
    ben, chloe = local_discord.person("ben"), local_discord.person("chloe")
    await ben.slash(local_discord.channel("drawing"), "draw", {"prompt": "x", "friend": chloe})
    friend = bot.seen[-1].namespace.friend
    assert isinstance(friend, discord.Member)
    assert friend.id == chloe.id


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"prompt": ""},
        {"prompt": 5},
        {"prompt": "x" * 6001},
        {"prompt": "x", "steps": 0},
        {"prompt": "x", "steps": 51},
        {"prompt": "x", "steps": 2.5},
        {"prompt": "x", "steps": True},
        {"prompt": "x", "scale": "much"},
        {"prompt": "x", "style": "water"},
        {"prompt": "x", "spoiler": "yes"},
        {"prompt": "x", "init_image": "a.png"},
        {"prompt": "x", "friend": 12},
        {"prompt": "x", "colour": "red"},
    ],
    ids=lambda options: str(options)[:40],
)
async def test_a_client_does_not_send_what_the_command_does_not_take(
    local_discord: LocalDiscord, bot: ProbeBot, options: dict[str, object]
) -> None:
    with pytest.raises(NotPossible):
        await local_discord.person("ben").slash(local_discord.channel("drawing"), "draw", options)
    assert bot.seen == []


async def test_6000_characters_arrive_whole(local_discord: LocalDiscord, bot: ProbeBot) -> None:
    prompt = "ü" * 6000
    outcome = await local_discord.person("ben").slash(
        local_discord.channel("drawing"), "draw", {"prompt": prompt}
    )
    assert outcome.kind == "deferred"
    assert bot.seen[-1].namespace.prompt == prompt


async def test_a_subcommand_is_called_by_both_names(local_discord: LocalDiscord, bot: ProbeBot) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    outcome = await ben.slash(drawing, "queue board", {"page": 3})
    assert outcome.message.content == "page 3"
    with pytest.raises(NotPossible):
        await ben.slash(drawing, "queue")


async def test_autocomplete_offers_what_the_bot_finds_for_what_is_typed(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    assert await ben.autocomplete(drawing, "draw", "sampler", "eul") == [
        ("Euler a", "Euler a"),
        ("Euler", "Euler"),
    ]
    assert await ben.autocomplete(drawing, "draw", "sampler", "for", {"prompt": "a cat"}) == [
        ("for a cat",) * 2
    ]
    with pytest.raises(NotPossible):
        await ben.autocomplete(drawing, "draw", "prompt", "a")


async def test_an_ephemeral_answer_is_seen_by_one_person_and_not_by_the_bot_through_the_channel(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    ben, chloe = local_discord.person("ben"), local_discord.person("chloe")
    drawing = local_discord.channel("drawing")
    outcome = await ben.slash(drawing, "say", {"text": "psst", "hidden": True})
    assert outcome.ephemeral
    assert drawing.messages == []
    assert drawing.visible_to(ben) == [outcome.message]
    assert drawing.visible_to(chloe) == []
    with pytest.raises(NotPossible):
        await chloe.select(outcome.message, "pick:sampler", ["heun"])
    channel = bot.get_channel(drawing.id)
    assert isinstance(channel, discord.TextChannel)
    with pytest.raises(discord.NotFound) as refused:
        await channel.fetch_message(outcome.message.id)
    assert refused.value.code == 10008
    assert [one.id async for one in channel.history()] == []
    assert (await bot.seen[-1].original_response()).content == "psst"


async def test_a_button_answers_also_on_an_older_message_after_a_restart(local_discord: LocalDiscord) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    async with running(ProbeBot(), local_discord):
        outcome = await ben.slash(drawing, "draw", {"prompt": "x"})
        await until(local_discord, lambda: not outcome.message.loading)
    async with running(ProbeBot(), local_discord):
        for name in ("again:7", "Again", "🎲", "🎲 Again"):
            pressed = await ben.click(outcome.message, name)
            assert (pressed.kind, pressed.message.content, pressed.ephemeral) == ("message", "again 7", True)


async def test_a_select_changes_its_message_also_after_a_restart(local_discord: LocalDiscord) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    async with running(ProbeBot(), local_discord):
        message = (await ben.slash(drawing, "say", {"text": "choose"})).message
    async with running(ProbeBot(), local_discord):
        for wrong in ([], ["dpm"], ["euler", "heun", "lms"]):
            with pytest.raises(NotPossible):
                await ben.select(message, "pick:sampler", wrong)
        outcome = await ben.select(message, "pick:sampler", ["heun", "lms"])
    assert (outcome.kind, outcome.message) == ("update", message)
    assert message.content == "picked heun, lms"
    assert message.components == []
    assert [one.content for one in message.edits] == ["choose"]


async def test_a_dialog_is_opened_filled_in_and_answered(local_discord: LocalDiscord, bot: ProbeBot) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    modal = (await ben.slash(drawing, "ask")).modal
    assert (modal.title, [one["custom_id"] for one in modal.fields]) == (
        "Edit",
        ["prompt", "size", "picture"],
    )
    values = {"prompt": "a dog", "size": ["large"], "picture": [Upload("dog.png", PNG)]}
    outcome = await ben.submit(modal, values)
    assert outcome.message.content == "a dog large ['dog.png']"
    for wrong in (
        {},
        {"prompt": "x"},
        {"prompt": "x" * 101, "size": ["small"]},
        {"prompt": "x", "size": ["huge"]},
    ):
        with pytest.raises(NotPossible):
            await ben.submit(modal, wrong)
    with pytest.raises(NotPossible):
        await ben.submit(modal, {"prompt": "x", "size": ["small"], "seed": "1"})


async def test_a_dialog_submitted_after_a_restart_reaches_only_the_plain_listener(
    local_discord: LocalDiscord,
) -> None:
    ben, drawing = local_discord.person("ben"), local_discord.channel("drawing")
    async with running(ProbeBot(), local_discord):
        modal = (await ben.slash(drawing, "ask")).modal
    local_discord.response_seconds = 0.1
    async with running(ProbeBot(), local_discord) as bot:
        outcome = await ben.submit(modal, {"prompt": "a dog", "size": ["large"]})
        assert outcome.kind == "none"
        assert [one.type for one in bot.seen] == [discord.InteractionType.modal_submit]


async def test_a_message_menu_gives_the_bot_the_whole_message(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    ben, chloe = local_discord.person("ben"), local_discord.person("chloe")
    message = await chloe.say(local_discord.channel("drawing"), "look", [Upload("cat.png", PNG)])
    outcome = await ben.menu("Get Image Info", message)
    assert outcome.message.content == "look ['cat.png']"
    assert outcome.ephemeral


async def test_a_user_menu_names_its_target(local_discord: LocalDiscord, bot: ProbeBot) -> None:
    ben, chloe = local_discord.person("ben"), local_discord.person("chloe")
    outcome = await ben.menu("Greet", chloe, channel=local_discord.channel("drawing"))
    assert outcome.message.content == "hello chloe"


async def test_commands_work_in_direct_messages_where_they_are_offered(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    ada = local_discord.person("ada")
    outcome = await ada.slash(local_discord.dm(ada), "say", {"text": "hello"})
    assert outcome.message.content == "hello"
    assert bot.seen[-1].guild is None
    assert bot.seen[-1].user.id == ada.id
    with pytest.raises(NotPossible):
        await ada.slash(local_discord.dm(ada), "policy")


async def test_adult_commands_are_offered_only_in_age_restricted_channels(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    ben = local_discord.person("ben")
    assert (await ben.slash(local_discord.channel("after-dark"), "night")).kind == "message"
    with pytest.raises(NotPossible):
        await ben.slash(local_discord.channel("drawing"), "night")


async def test_moderators_commands_are_not_offered_to_others(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    drawing = local_discord.channel("drawing")
    assert (await local_discord.person("ada").slash(drawing, "policy")).kind == "message"
    with pytest.raises(NotPossible):
        await local_discord.person("ben").slash(drawing, "policy")


async def test_an_interaction_tells_who_where_in_which_language_and_what_both_may(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    ada, silent = local_discord.person("ada"), local_discord.channel("no-bots")
    ada.locale = "de"
    local_discord.guild.premium_tier = 2
    await ada.slash(silent, "say", {"text": "x"})
    seen = bot.seen[-1]
    assert (seen.channel_id, seen.guild_id, str(seen.locale)) == (silent.id, local_discord.guild.id, "de")
    assert seen.permissions.manage_messages
    assert seen.app_permissions.view_channel
    assert not seen.app_permissions.send_messages
    assert seen.filesize_limit == 50 << 20


async def test_without_an_answer_in_time_the_token_is_dead_and_the_person_is_told(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    local_discord.response_seconds = 0.05
    late, refused = asyncio.Event(), asyncio.Event()

    async def answer_late(interaction: discord.Interaction) -> None:
        await late.wait()
        with pytest.raises(discord.NotFound) as error:
            await interaction.response.send_message("too late")
        assert error.value.code == 10062
        with pytest.raises(discord.NotFound) as error:
            await interaction.followup.send("later still")
        assert error.value.code == 10015
        refused.set()

    bot.on_slow = answer_late  # type: ignore[method-assign]
    drawing = local_discord.channel("drawing")
    async with local_discord.changes() as changes:
        outcome = await local_discord.person("ben").slash(drawing, "slow")
        kinds = [(await changes.next(WAIT)).kind for _ in range(2)]
    assert outcome.kind == "none"
    assert 0.04 < outcome.seconds < WAIT
    assert kinds == ["interaction_create", "interaction_failed"]
    late.set()
    async with asyncio.timeout(WAIT):
        await refused.wait()
    assert drawing.messages == []


async def test_a_second_first_answer_is_refused(local_discord: LocalDiscord, bot: ProbeBot) -> None:
    async def answer_twice(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=True)
        again = discord.InteractionResponse[discord.Client](interaction)  # as another process would
        with pytest.raises(discord.HTTPException) as error:
            await again.send_message("x")
        assert error.value.code == 40060
        await interaction.edit_original_response(content="only once")

    bot.on_slow = answer_twice  # type: ignore[method-assign]
    outcome = await local_discord.person("ben").slash(local_discord.channel("drawing"), "slow")
    await until(local_discord, lambda: outcome.message.content == "only once")
    assert bot.failures == []


async def test_a_refused_form_answers_nothing_so_that_another_one_can(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    async def stumble(interaction: discord.Interaction) -> None:
        with pytest.raises(discord.HTTPException) as error:
            await interaction.response.send_message("x" * 2001)
        assert error.value.code == 50035
        await interaction.response.send_message("shorter")

    bot.on_slow = stumble  # type: ignore[method-assign]
    outcome = await local_discord.person("ben").slash(local_discord.channel("drawing"), "slow")
    assert outcome.message.content == "shorter"


async def test_the_first_follow_up_keeps_the_visibility_of_the_defer_and_the_next_has_its_own(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    async def follow_up(interaction: discord.Interaction) -> None:
        await interaction.response.defer(ephemeral=False, thinking=True)
        await interaction.followup.send("first", ephemeral=True)
        await interaction.followup.send("second", ephemeral=True)
        await interaction.followup.send("third")

    bot.on_slow = follow_up  # type: ignore[method-assign]
    drawing = local_discord.channel("drawing")
    outcome = await local_discord.person("ben").slash(drawing, "slow")
    await until(local_discord, lambda: len(outcome.followups) == 2)
    assert [(one.content, one.ephemeral) for one in [outcome.message, *outcome.followups]] == [
        ("first", False),
        ("second", True),
        ("third", False),
    ]
    assert [one.content for one in drawing.messages] == ["first", "third"]


async def test_original_response_and_follow_ups_can_be_read_changed_and_deleted(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    async def work(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("one", file=a_file())
        await interaction.edit_original_response(content="two", attachments=[])
        assert (await interaction.original_response()).content == "two"
        further = await interaction.followup.send("three", wait=True)
        await further.edit(view=a_card("four"), attachments=[a_file()], content=None)
        await interaction.delete_original_response()
        with pytest.raises(discord.NotFound) as error:
            await interaction.edit_original_response(content="five")
        assert error.value.code == 10008

    bot.on_slow = work  # type: ignore[method-assign]
    drawing = local_discord.channel("drawing")
    outcome = await local_discord.person("ben").slash(drawing, "slow")
    await until(local_discord, lambda: outcome.message.deleted)
    assert outcome.message.attachments == []
    assert [one.text for one in drawing.messages] == ["four"]
    await until(local_discord, lambda: local_discord.requests("PATCH", "@original")[-1].status == 404)
    assert bot.failures == []


async def test_a_deferred_update_leaves_the_message_as_it_is_until_it_is_edited(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    channel = bot.get_channel(local_discord.channel("drawing").id)
    assert isinstance(channel, discord.TextChannel)
    view = discord.ui.View(timeout=None)
    button: discord.ui.Button[discord.ui.View] = discord.ui.Button(label="Later", custom_id="later")

    async def later(interaction: discord.Interaction) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="edited")

    button.callback = later  # type: ignore[method-assign]
    view.add_item(button)
    sent = await channel.send("before", view=view)
    message = local_discord.channel("drawing").stored[sent.id]
    outcome = await local_discord.person("ben").click(message, "Later")
    assert (outcome.kind, outcome.message) == ("deferred", message)
    await until(local_discord, lambda: message.content == "edited")
    view.stop()


async def test_tokens_live_15_minutes(local_discord: LocalDiscord, bot: ProbeBot) -> None:
    drawing = local_discord.channel("drawing")
    await local_discord.person("ben").slash(drawing, "say", {"text": "x", "hidden": True})
    local_discord.advance(14.9 * 60)
    interaction = bot.seen[-1]
    await interaction.edit_original_response(content="in time")
    local_discord.advance(0.2 * 60)
    for late in (
        interaction.edit_original_response(content="late"),
        interaction.followup.send("late"),
        interaction.original_response(),
        interaction.delete_original_response(),
    ):
        with pytest.raises(discord.HTTPException) as refused:
            await late
        assert (refused.value.status, refused.value.code) == (401, 50027)


async def test_in_a_channel_that_is_deleted_nothing_can_be_answered(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    drawing = local_discord.channel("drawing")
    await local_discord.person("ben").slash(drawing, "say", {"text": "x"})
    local_discord.remove_channel(drawing)
    with pytest.raises(discord.NotFound) as refused:
        await bot.seen[-1].followup.send("y")
    assert refused.value.code == 10003


async def test_deleted_disabled_and_unknown_components_cannot_be_used(
    local_discord: LocalDiscord, bot: ProbeBot
) -> None:
    ada, ben = local_discord.person("ada"), local_discord.person("ben")
    channel = bot.get_channel(local_discord.channel("drawing").id)
    assert isinstance(channel, discord.TextChannel)
    view = discord.ui.View(timeout=None)
    view.add_item(discord.ui.Button(label="Off", custom_id="off", disabled=True))
    view.add_item(discord.ui.Button(label="Site", url="https://example.org"))
    view.add_item(Again(1))
    view.stop()
    message = local_discord.channel("drawing").stored[(await channel.send("x", view=view)).id]
    for name in ("off", "Site", "nothing"):
        with pytest.raises(NotPossible):
            await ben.click(message, name)
    assert (await ben.click(message, "again:1")).kind == "message"
    with pytest.raises(NotPossible):
        await ben.delete(message)
    await ada.delete(message)
    with pytest.raises(NotPossible):
        await ben.click(message, "again:1")


async def test_a_modal_cannot_answer_a_modal(local_discord: LocalDiscord, bot: ProbeBot) -> None:
    ben = local_discord.person("ben")
    modal = (await ben.slash(local_discord.channel("drawing"), "ask")).modal
    local_discord.response_seconds = 0.2

    async def ask_again(interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.modal_submit:
            await interaction.response.send_modal(Ask())

    bot.add_listener(ask_again, "on_interaction")
    await ben.submit(modal, {"prompt": "x", "size": ["small"]})
    await until(local_discord, lambda: len(local_discord.requests("POST", "/callback$")) == 3)
    statuses = sorted(one.status for one in local_discord.requests("POST", "/callback$"))
    assert 400 in statuses
