"""Whom a text pings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.discord.errors import ApiError
from bot.demo.discord.mentions import Allowed, Mentioned, mentioned, read_allowed, without_code

TEXT = st.text(st.characters(codec="utf-8"), max_size=60)
NO_BACKTICKS = TEXT.map(lambda text: text.replace("`", "").replace("\\", ""))


def test_a_user_a_role_and_everyone_are_mentioned_each_once_in_order() -> None:
    found = mentioned("<@2> <@!1> <@2> <@&7> @everyone", Allowed())
    assert found == Mentioned(users=(2, 1), roles=(7,), everyone=True)


@pytest.mark.parametrize(
    "code", ["`<@1>`", "``a`<@1>``", "```\n<@1>\n```", "```py\n@here <@1>```", "`@everyone`"]
)
def test_nobody_is_mentioned_inside_code(code: str) -> None:
    assert mentioned(code, Allowed()) == Mentioned()


@pytest.mark.parametrize("text", ["\\<@1>", "<\\@1>", "<@1", "@1", "<@abc>", "@everyon", "<@&>"])
def test_what_only_looks_like_a_mention_is_none(text: str) -> None:
    assert mentioned(text, Allowed()) == Mentioned()


@pytest.mark.parametrize("text", ["` <@1>", "``` <@1>", "`a` <@1> `b`"])
def test_a_backtick_without_its_end_hides_nobody(text: str) -> None:
    assert mentioned(text, Allowed()).users == (1,)


def test_a_block_ends_at_the_first_three_backticks_however_many_it_began_with() -> None:
    assert mentioned("````\nmine ``` <@1>\n````", Allowed()).users == (1,)


def test_inline_code_ends_only_at_a_run_of_its_own_length() -> None:
    assert mentioned("``one ` <@1>``", Allowed()).users == ()


@given(NO_BACKTICKS)
def test_text_without_backticks_and_escapes_is_left_as_it_is(text: str) -> None:
    assert without_code(text) == text


@given(TEXT.filter(lambda text: "```" not in text and not text.endswith("`") and text.strip("\n")))
def test_a_block_around_a_text_without_three_backticks_hides_all_of_it(text: str) -> None:
    assert not mentioned(f"```\n{text}<@1>\n```", Allowed()).users


def test_only_the_users_that_are_named_are_pinged() -> None:
    allowed = read_allowed({"parse": [], "users": ["1"]})
    assert mentioned("<@1> <@2> <@&3> @everyone", allowed) == Mentioned(users=(1,))


def test_a_list_of_users_by_itself_as_discord_py_sends_it_leaves_the_others_allowed() -> None:
    allowed = read_allowed({"parse": ["everyone", "roles"], "users": [1], "replied_user": True})
    assert mentioned("<@1> <@2> <@&3> @here", allowed) == Mentioned(users=(1,), roles=(3,), everyone=True)


def test_an_empty_parse_pings_nobody() -> None:
    assert mentioned("<@1> <@&2> @everyone", read_allowed({"parse": []})) == Mentioned()


def test_no_allowed_mentions_at_all_pings_everybody() -> None:
    assert mentioned("<@1> @everyone", read_allowed(None)) == Mentioned(users=(1,), everyone=True)


def test_a_list_and_parse_of_the_same_kind_exclude_each_other() -> None:
    with pytest.raises(ApiError) as refused:
        read_allowed({"parse": ["users"], "users": ["1"]})
    assert (refused.value.status, refused.value.code) == (400, 50035)


def test_more_than_a_hundred_users_are_refused() -> None:
    with pytest.raises(ApiError):
        read_allowed({"users": [str(one) for one in range(101)]})
