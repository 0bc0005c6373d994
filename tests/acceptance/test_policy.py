"""What is not wanted is drawn on no path: option, style, second pass, dialog, old picture."""

from pathlib import Path
from typing import Any

import pytest

from bot.model.rules import AdultAnswer, Feature, Gate, Rules
from tests.acceptance.pictures import upload
from tests.harness import WAIT, World, easel

BLOCKED = "EASEL__POLICY__BLOCKED_WORDS"


async def refused(world: World, prompt: str, *words: str, **options: Any) -> None:
    outcome = await world.draw(prompt, **options)
    assert outcome.ephemeral
    for word in words:
        assert word in outcome.message.text
    assert world.stand_in.renders == []


@pytest.mark.parametrize(
    ("prompt", "options"),
    [
        ("a Naked cat", {}),
        ("na(ked:1.1) cat", {}),
        ("a cat", {"highres_fix": "Latent", "more": "hr_prompt=naked"}),
        ("a {naked|naked} cat", {}),
    ],
)
async def test_a_blocked_word_is_found_wherever_it_stands(
    tmp_path: Path, prompt: str, options: dict[str, object]
) -> None:
    async with easel(tmp_path, given={BLOCKED: "naked, big cat"}) as world:
        await refused(world, prompt, "`naked`", **options)


async def test_a_style_that_holds_a_blocked_word_is_refused(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        style = next(one for one in world.app.services.catalog.offer().styles if one.prompt)
        word = next(word for word in style.prompt.replace(",", " ").split() if word.isalpha())
        await world.app.services.preferences.put_rules(world.discord.guild.id, Rules(blocked=(word,)))
        await refused(world, "a cat", word.casefold(), styles=style.name)


async def test_the_edit_panel_and_old_buttons_are_no_way_round(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        result = await world.result()
        panel = (await world.ben.click(result, "🖋️")).message
        await world.app.services.preferences.put_rules(world.discord.guild.id, Rules(blocked=("cat",)))
        for pressed in (await world.ben.click(result, "🎲"), await world.ben.click(panel, "🎨")):
            assert "`cat`" in pressed.message.text
        assert len(world.stand_in.renders) == 1


async def test_removed_words_are_left_out_and_the_forced_negative_put_in_once(tmp_path: Path) -> None:
    changes = {"EASEL__POLICY__REMOVED_WORDS": "ugly", "EASEL__POLICY__FORCED_NEGATIVE": "gore"}
    async with easel(tmp_path, given=changes) as world:
        outcome = await world.draw("an ugly cat", negative_prompt="dogs")
        assert "left out" in outcome.message.text
        result = await world.result()
        await world.ben.click(result, "🎲")
        await world.result(2)
        told = [(one.payload["prompt"], one.payload["negative_prompt"]) for one in world.stand_in.renders]
        assert told == [("an cat", "gore, dogs")] * 2


async def test_the_negative_prompt_has_a_list_of_its_own(tmp_path: Path) -> None:
    changes = {BLOCKED: "naked", "EASEL__POLICY__BLOCKED_NEGATIVE_WORDS": "people"}
    async with easel(tmp_path, given=changes) as world:
        await refused(world, "a cat", "`people`", negative_prompt="People")
        await world.draw("a cat", negative_prompt="naked")
        await world.result()


async def test_pictures_for_adults_stay_in_channels_with_an_age_restriction(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__POLICY__ADULT_WORDS="nude") as world:
        await refused(world, "a nude tree", "age restriction")
        there = world.discord.channel("after-dark")
        options = {"prompt": "a nude tree", "steps": 2, "width": 64, "height": 64}
        await world.ben.slash(there, "draw", options, timeout=WAIT)
        await world.until(lambda: world.results(there))


async def test_a_host_may_hide_them_instead_and_a_server_may_be_stricter(tmp_path: Path) -> None:
    changes = {"EASEL__POLICY__ADULT_WORDS": "nude", "EASEL__POLICY__ADULT": "spoiler"}
    async with easel(tmp_path, given=changes) as world:
        await world.draw("a nude tree")
        result = await world.result()
        assert result.attachments[0].filename.startswith("SPOILER_") or "spoiler': True" in str(
            result.components
        )
        strict = Rules(adult_answer=AdultAnswer.REFUSE)
        await world.app.services.preferences.put_rules(world.discord.guild.id, strict)
        outcome = await world.draw("a nude tree")
        assert "age restriction" in outcome.message.text


@pytest.mark.parametrize(
    ("rules", "options", "word"),
    [
        (Rules(features={Feature.OVERRIDE: Gate(off=True)}), {"override": "eta_ancestral=0.5"}, "override"),
        (Rules(features={Feature.EXTRA_NETWORKS: Gate(off=True)}), {"prompt": "<lora:x:1>"}, "extra_net"),
        (Rules(features={Feature.HIGHRES_FIX: Gate(roles=(5,))}), {"highres_fix": "Latent"}, "role"),
        (Rules(commands={"draw": Gate(channels=(5,))}), {}, "draw"),
        (Rules(member_days=3), {}, "few days"),
    ],
)
async def test_a_server_keeps_features_for_some(
    tmp_path: Path, rules: Rules, options: dict[str, object], word: str
) -> None:
    async with easel(tmp_path) as world:
        await world.app.services.preferences.put_rules(world.discord.guild.id, rules)
        given = {"prompt": "a cat", **options}
        await refused(world, str(given.pop("prompt")), word, **given)


async def test_a_banned_person_is_drawn_for_nowhere_in_the_server(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        rules = Rules(banned=(world.ben.id,))
        await world.app.services.preferences.put_rules(world.discord.guild.id, rules)
        await refused(world, "a cat", "may not draw for you")
        await world.draw("a cat", person=world.chloe)
        await world.result()


async def test_beginning_with_a_picture_is_not_for_those_who_just_came(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__POLICY__IMG2IMG_MEMBER_DAYS="3") as world:
        outcome = await world.draw("a cat", init_image=upload())
        assert outcome.ephemeral
        assert "few days" in outcome.message.text
        assert world.stand_in.renders == []


async def test_what_is_closed_is_closed_as_command_menu_and_button_and_help_names_it_not(
    tmp_path: Path,
) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        result = await world.result()
        before = await world.ben.slash(world.drawing, "help", {}, timeout=WAIT)
        closed = Rules(
            features={Feature.IDENTIFY: Gate(off=True)},
            commands={"draw": Gate(roles=(5,)), "history": Gate(off=True), "settings": Gate(off=True)},
        )
        await world.app.services.preferences.put_rules(world.discord.guild.id, closed)
        for outcome in (
            await world.ben.slash(world.drawing, "identify", {"link": "x", "models": "none"}, timeout=WAIT),
            await world.ben.menu("Get Image Info", result, timeout=WAIT),
            await world.ben.slash(world.drawing, "settings show", {}, timeout=WAIT),
            await world.ben.slash(world.drawing, "history", {}, timeout=WAIT),
            await world.ben.click(result, "🎲"),
        ):
            assert outcome.ephemeral
            assert "allowed in this channel" in outcome.message.text or "role" in outcome.message.text
        after = await world.ben.slash(world.drawing, "help", {}, timeout=WAIT)
        gone = set(_named(before.message.text)) - set(_named(after.message.text))
        assert gone == {"draw", "history", "identify", "settings"}
        assert {"server", "webui"}.isdisjoint(_named(before.message.text))
        assert "server" in _named((await world.ada.slash(world.drawing, "help", {})).message.text)
        assert len(world.stand_in.renders) == 1


async def test_nobody_is_pointed_at_a_model_that_is_kept_for_others(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        name = world.app.services.catalog.offer().checkpoints[0].model_name
        typo = f"{name[:-1]}x" if name[-1] != "x" else f"{name[:-1]}y"
        assert name in (await world.draw("a cat", data_model=typo)).message.text
        rules = Rules(checkpoints={name: Gate(roles=(5,))})
        await world.app.services.preferences.put_rules(world.discord.guild.id, rules)
        outcome = await world.draw("a cat", data_model=typo)
        assert outcome.ephemeral
        assert f"`{name}`" not in outcome.message.text
        suggested = await world.ben.autocomplete(world.drawing, "draw", "data_model", "", {"prompt": "x"})
        assert suggested
        assert name not in [value for _, value in suggested]
        assert "role" in (await world.draw("a cat", data_model=name)).message.text


def _named(text: str) -> list[str]:
    """Commands that a line begins with."""
    return [line.split("`")[1].lstrip("/") for line in text.splitlines() if line.startswith("`/")]
