"""What may be registered as a command."""

from typing import Any

import pytest

from bot.demo.discord.commands import Commands, characters
from bot.demo.discord.errors import ApiError
from bot.demo.discord.parts import Json
from bot.demo.discord.world import World


def a_command(**changes: Any) -> Json:
    """A slash command."""
    return {"type": 1, "name": "draw", "description": "Draws a picture", "options": []} | changes


def an_option(name: str = "prompt", **changes: Any) -> Json:
    """A string option."""
    return {"type": 3, "name": name, "description": "What to draw"} | changes


def refusal(*commands: Json) -> ApiError:
    """Why Discord does not take them."""
    registered = Commands(World())
    with pytest.raises(ApiError) as refused:
        registered.replace(None, list(commands))
    assert registered.registered(None) == []
    return refused.value


@pytest.mark.parametrize(
    "wrong",
    [
        a_command(name="Draw"),
        a_command(name="draw it"),
        a_command(name="x" * 33),
        a_command(name=""),
        a_command(description=""),
        a_command(description="x" * 101),
        a_command(name_localizations={"de": "Zeichne"}),
        a_command(description_localizations={"xx": "text"}),
        a_command(options=[an_option(f"o{one}") for one in range(26)]),
        a_command(options=[an_option(), an_option()]),
        a_command(options=[an_option("a"), an_option("b", required=True)]),
        a_command(options=[an_option(description="x" * 101)]),
        a_command(options=[an_option(type=12)]),
        a_command(options=[an_option(max_length=6001)]),
        a_command(options=[an_option(choices=[{"name": str(one), "value": str(one)} for one in range(26)])]),
        a_command(options=[an_option(choices=[{"name": "x" * 101, "value": "x"}])]),
        a_command(options=[an_option(choices=[{"name": "x", "value": "x"}], autocomplete=True)]),
        {"type": 3, "name": "Info", "description": "no menu has one"},
    ],
    ids=lambda command: str(command)[:60],
)
def test_a_wrong_command_is_refused_and_nothing_is_registered(wrong: Json) -> None:
    error = refusal(a_command(name="good"), wrong)
    assert (error.status, error.code) == (400, 50035)


def test_two_of_the_same_name_and_type_are_refused_but_a_menu_may_be_called_as_a_command() -> None:
    assert refusal(a_command(), a_command()).code == 50035
    commands = Commands(World())
    assert len(commands.replace(None, [a_command(), {"type": 3, "name": "draw"}])) == 2


@pytest.mark.parametrize(("kind", "most"), [(1, 100), (2, 15), (3, 15)])
def test_only_so_many_of_a_type_fit(kind: int, most: int) -> None:
    texts = {"description": "d"} if kind == 1 else {}
    several = [{"type": kind, "name": f"c{one}"} | texts for one in range(most + 1)]
    assert refusal(*several).code == 30032
    assert len(Commands(World()).replace(None, several[:most])) == most


def test_a_command_has_8000_characters_by_the_longest_translation_of_each_text() -> None:
    texts = {"description": "d" * 80, "description_localizations": {"de": "d" * 100}}
    choices = [{"name": "n" * 100, "value": "v" * 100} for _ in range(25)]
    one = an_option("o", **texts, choices=choices)
    assert characters(a_command(name="n", description="d", options=[one])) == 1 + 1 + 1 + 100 + 25 * 200
    assert refusal(a_command(options=[one, an_option("p", **texts, choices=choices)])).code == 50035


def test_those_that_stay_keep_their_ids() -> None:
    commands = Commands(World())
    before = {one.name: one.id for one in commands.replace(None, [a_command(), a_command(name="queue")])}
    after = {
        one.name: one.id
        for one in commands.replace(None, [a_command(description="new"), a_command(name="info")])
    }
    assert after["draw"] == before["draw"]
    assert set(after) == {"draw", "info"}
    assert after["info"] not in before.values()


def test_a_change_gives_a_new_version_and_none_keeps_it() -> None:
    commands = Commands(World())
    first = commands.replace(None, [a_command()])[0].version
    assert commands.replace(None, [a_command()])[0].version == first
    assert commands.replace(None, [a_command(description="new")])[0].version > first


def test_200_creates_a_day_are_allowed_and_overwriting_is_free() -> None:
    world = World()
    commands = Commands(world)
    for one in range(100):
        commands.replace(None, [a_command(name=f"a{one}"), a_command(name=f"b{one}")])
    commands.replace(None, [a_command(name="a99"), a_command(name="b99", description="new")])
    with pytest.raises(ApiError) as refused:
        commands.create(None, a_command())
    assert refused.value.code == 30034
    world.clock.advance(86401)
    assert commands.create(None, a_command())[1]


def test_a_server_has_its_own_commands() -> None:
    world = World()
    commands = Commands(world)
    commands.create(None, a_command())
    commands.create(world.guild.id, a_command(name="here"))
    assert [one.name for one in commands.registered(None)] == ["draw"]
    assert [one.name for one in commands.registered(world.guild.id)] == ["here"]
