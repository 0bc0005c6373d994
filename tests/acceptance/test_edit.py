"""The edit panel: present values, selects, a dialog for the texts, Draw; also after a restart (B1)."""

from pathlib import Path

from bot.demo.discord import LocalDiscord
from bot.demo.discord.model import Message
from bot.demo.discord.people import Person
from bot.demo.webui import StandIn
from bot.demo.webui.library import Checkpoint
from tests.harness import WAIT, World, easel, running_bot, settings_for
from tests.openapi import validator


def select(panel: Message, name: str) -> dict[str, object]:
    """One of the panel's selects, as the person sees it."""
    found = panel.find(next(part for part in ids(panel) if part.endswith(f":{name}")))
    assert found is not None
    return found


def ids(panel: Message) -> list[str]:
    rows = [part for part in panel.components if part["type"] == 1]
    return [str(part["custom_id"]) for row in rows for part in row["components"]]


async def choose(person: Person, panel: Message, name: str, value: str) -> None:
    """Take a value from a select; the panel itself is brought up to date."""
    outcome = await person.select(panel, str(select(panel, name)["custom_id"]), [value])
    assert outcome.kind == "update"


async def opened(world: World, person: Person | None = None) -> Message:
    """The panel of the newest result."""
    outcome = await (person or world.ben).click(world.results()[-1], "🖋️")
    assert outcome.ephemeral
    return outcome.message


async def test_the_panel_shows_what_the_picture_was_drawn_with(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", negative_prompt="a dog", seed=5, sampler="Euler", steps=3)
        await world.result()
        panel = await opened(world)
        assert "a cat" in panel.text
        assert "a dog" in panel.text
        assert "seed 5" in panel.text
        chosen = [option for option in select(panel, "sampler")["options"] if option.get("default")]  # type: ignore[attr-defined]
        assert [option["label"] for option in chosen] == ["Sampler: Euler"]


async def test_what_was_chosen_is_drawn_and_the_card_says_what_changed(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat", seed=5, sampler="Euler")
        await world.result()
        panel = await opened(world)
        await choose(world.ben, panel, "sampler", "DPM++ 2M")
        await choose(world.ben, panel, "steps", "10")
        assert "steps `2` → `10`" in panel.text
        outcome = await world.ben.click(panel, "🎨")
        assert outcome.kind == "message"
        assert not outcome.ephemeral
        result = await world.result(2)
        before, after = (render.payload for render in world.stand_in.renders)
        same = {"sampler_name": "DPM++ 2M", "steps": 10, "force_task_id": after["force_task_id"]}
        assert after == {**before, **same}
        assert "steps `2` → `10`" in result.text
        assert "sampler `Euler` → `DPM++ 2M`" in result.text


async def test_the_dialog_changes_the_texts_and_the_seed(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw(r"\(a\) *b* _c_", seed=5)
        await world.result()
        panel = await opened(world)
        dialog = (await world.ben.click(panel, "📝")).modal
        assert [field.get("value") for field in dialog.fields] == [r"\(a\) *b* _c_", None, "5"]
        sent = {"prompt_first": "a dog", "negative_first": "a cat", "seed": "7"}
        outcome = await world.ben.submit(dialog, sent)
        assert outcome.kind == "update"
        assert "a dog" in panel.text
        await world.ben.click(panel, "🎨")
        await world.result(2)
        payload = world.stand_in.renders[-1].payload
        assert (payload["prompt"], payload["negative_prompt"], payload["seed"]) == ("a dog", "a cat", 7)


async def test_a_prompt_beyond_one_field_comes_in_two_and_back_as_it_was(tmp_path: Path) -> None:
    prompt = ("many words " * 500).strip()
    async with easel(tmp_path) as world:
        await world.draw(prompt)
        await world.result()
        panel = await opened(world)
        dialog = (await world.ben.click(panel, "📝")).modal
        assert [field["custom_id"] for field in dialog.fields] == [
            "prompt_first", "prompt_second", "negative_first", "seed",
        ]  # fmt: skip
        await world.ben.submit(dialog)
        await world.ben.click(panel, "🎨")
        await world.result(2)
        assert world.stand_in.renders[-1].payload["prompt"] == prompt


async def test_a_seed_that_is_none_is_told_and_the_text_is_kept(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        await world.result()
        panel = await opened(world)
        dialog = (await world.ben.click(panel, "📝")).modal
        outcome = await world.ben.submit(dialog, {"prompt_first": "a long text", "seed": "seven"})
        await world.until(lambda: outcome.followups)
        assert "`seven`" in outcome.followups[0].text
        assert outcome.followups[0].ephemeral
        assert "a long text" in panel.text


async def test_an_empty_prompt_is_refused_at_draw(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        await world.result()
        panel = await opened(world)
        await world.ben.submit((await world.ben.click(panel, "📝")).modal, {"prompt_first": ""})
        refused = await world.ben.click(panel, "🎨")
        assert refused.ephemeral
        assert len(world.stand_in.renders) == 1


async def test_a_long_list_has_pages(tmp_path: Path) -> None:
    stand_in = StandIn(seconds_per_step=0.0, switch_seconds=0.0)
    stand_in.disk.checkpoints += [Checkpoint(file=f"model-{number:02}.safetensors") for number in range(60)]
    async with easel(tmp_path, stand_in=stand_in) as world:
        await world.draw("a cat")
        await world.result()
        panel = await opened(world)
        options = select(panel, "checkpoint")["options"]
        assert isinstance(options, list)
        await choose(world.ben, panel, "checkpoint", options[-1]["value"])
        labels = [option["label"] for option in select(panel, "checkpoint")["options"]]  # type: ignore[attr-defined]
        assert "model-30" in labels
        await choose(world.ben, panel, "checkpoint", "model-30")
        await world.ben.click(panel, "🎨")
        await world.result(2)
        assert world.stand_in.renders[-1].payload["override_settings"]["sd_model_checkpoint"] == "model-30"


async def test_somebody_elses_picture_is_edited_as_ones_own_job(tmp_path: Path) -> None:
    async with easel(tmp_path) as world:
        await world.draw("a cat")
        await world.result()
        panel = await opened(world, world.chloe)
        await world.chloe.click(panel, "🎨")
        second = await world.result(2)
        assert second.pinged == {world.chloe.id}
        assert world.ben.mention in second.text


async def test_editing_can_be_kept_to_the_owner_by_the_host(tmp_path: Path) -> None:
    async with easel(tmp_path, EASEL__BUTTONS__RESTRICT_TO_OWNER="true") as world:
        await world.draw("a cat")
        outcome = await world.chloe.click(await world.result(), "🖋️")
        assert outcome.ephemeral
        assert outcome.message.find("🎨") is None


async def test_a_panel_works_after_a_restart_and_so_does_its_open_dialog(tmp_path: Path) -> None:
    stand_in = StandIn(seconds_per_step=0.0, switch_seconds=0.0)
    await stand_in.start()
    async with LocalDiscord(validator=validator()) as discord:
        settings = settings_for(discord, stand_in.url, tmp_path, {})
        ben, channel = discord.person("ben"), discord.channel("drawing")

        def results() -> list[Message]:
            return [one for one in channel.messages if one.attachments and not one.interaction]

        async with running_bot(settings, discord):
            await ben.slash(channel, "draw", {"prompt": "a cat", "steps": 2}, timeout=WAIT)
            await discord.wait_for(lambda: bool(results()), timeout=WAIT)
            panel = (await ben.click(results()[0], "🖋️")).message
            dialog = (await ben.click(panel, "📝")).modal
        async with running_bot(settings, discord):
            assert (await ben.submit(dialog, {"prompt_first": "a dog"})).kind == "update"
            await choose(ben, panel, "steps", "10")
            await ben.click(panel, "🎨")
            await discord.wait_for(lambda: len(results()) == 2, timeout=WAIT)
        payload = stand_in.renders[-1].payload
        assert (payload["prompt"], payload["steps"]) == ("a dog", 10)
        assert discord.violations == []
    await stand_in.stop()
