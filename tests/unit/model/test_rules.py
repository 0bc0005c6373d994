"""Who may use what, where."""

import pytest

from bot.model.rules import AdultAnswer, Feature, Gate, Refusal, Rules, Visitor, adult_answer, closed, refusal

BEN = Visitor(user_id=7, roles=frozenset({70, 71}), places=frozenset({700, 701}), member_days=3.0)


@pytest.mark.parametrize(
    ("gate", "why"),
    [
        (Gate(), None),
        (Gate(off=True), "off"),
        (Gate(roles=(71, 99)), None),
        (Gate(roles=(99,)), "role"),
        (Gate(channels=(701,)), None),
        (Gate(channels=(799,)), "channel"),
        (Gate(member_days=3), None),
        (Gate(member_days=3.5), "too_new"),
        (Gate(roles=(71,), channels=(799,)), "channel"),
    ],
)
def test_a_gate_says_why_not(gate: Gate, why: str | None) -> None:
    assert gate.refuses(BEN) == why


def test_where_nobody_joins_nobody_is_too_new() -> None:
    alone = Visitor(user_id=7)

    assert Gate(member_days=30).refuses(alone) is None


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(), None),
        (Rules(banned=(7,)), Refusal(reason="banned")),
        (Rules(banned=(8,)), None),
        (Rules(member_days=10), Refusal(reason="too_new")),
        (Rules(features={Feature.IMG2IMG: Gate(roles=(1,))}), Refusal(reason="role", what="img2img")),
        (Rules(features={Feature.INPAINT: Gate(off=True)}), None),
        (Rules(checkpoints={"wild": Gate(channels=(1,))}), Refusal(reason="channel", what="wild")),
        (Rules(checkpoints={"tame": Gate(off=True)}), None),
    ],
)
def test_a_rule_stands_against_what_it_names_and_nothing_else(rules: Rules, expected: Refusal | None) -> None:
    found = refusal([rules], BEN, features=[Feature.IMG2IMG], checkpoint="wild")

    assert found == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(banned=(7,)), None),
        (Rules(commands={"settings": Gate(off=True)}), Refusal(reason="off", what="settings")),
        (Rules(commands={"settings show": Gate(roles=(1,))}), Refusal(reason="role", what="settings show")),
        (Rules(commands={"draw": Gate(off=True)}), None),
        (Rules(features={Feature.IDENTIFY: Gate(off=True)}), Refusal(reason="off", what="identify")),
    ],
)
def test_a_command_is_closed_with_its_group_and_its_feature(rules: Rules, expected: Refusal | None) -> None:
    names, features = ["settings", "settings show"], [Feature.IDENTIFY]

    assert closed([rules], BEN, commands=names, features=features) == expected


def test_the_strictest_answer_holds_and_holding_wants_a_place() -> None:
    spoiler, hold = Rules(adult_answer=AdultAnswer.SPOILER), Rules(adult_answer=AdultAnswer.HOLD)
    place = Rules(review_channel=1)

    assert adult_answer([spoiler, Rules()]) is AdultAnswer.SPOILER
    assert adult_answer([spoiler, hold, place]) is AdultAnswer.HOLD
    assert adult_answer([spoiler, hold]) is AdultAnswer.REFUSE
    assert adult_answer([Rules()]) is AdultAnswer.REFUSE


def test_the_hosts_rules_and_the_servers_both_hold() -> None:
    host, server = Rules(banned=(7,)), Rules()

    assert refusal([host, server], BEN) == refusal([server, host], BEN) == Refusal(reason="banned")


def test_rules_survive_being_stored() -> None:
    rules = Rules(blocked=("wort",), features={Feature.IMG2IMG: Gate(member_days=2)}, banned=(2**63,))

    assert Rules.model_validate_json(rules.model_dump_json()) == rules
