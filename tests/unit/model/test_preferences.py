"""Layers of preferences become one: the last word for defaults, the host's word for limits."""

from hypothesis import given
from hypothesis import strategies as st

from bot.model.preferences import Caps, Choices, Layer, Merged, Preferences

HOST = Preferences(
    choices=Choices(steps=30, sampler="Euler a"),
    caps=Caps(max_steps=50, max_batch=10, seconds_per_day=0),
)
ORDER = [Layer.SERVER, Layer.CHANNEL, Layer.ROLE, Layer.CHECKPOINT, Layer.PERSON, Layer.PRESET]


def chose(**values: object) -> Preferences:
    return Preferences(choices=Choices.model_validate(values))


def capped(**values: object) -> Preferences:
    return Preferences(caps=Caps.model_validate(values))


def test_the_last_layer_that_says_something_decides() -> None:
    merged = Merged.of(
        HOST,
        [
            (Layer.SERVER, chose(steps=20, data_model="a")),
            (Layer.CHANNEL, chose(data_model="b")),
            (Layer.PERSON, chose(steps=25)),
        ],
    )

    assert (merged.choices.steps, merged.sources["steps"]) == (25, Layer.PERSON)
    assert (merged.choices.data_model, merged.sources["data_model"]) == ("b", Layer.CHANNEL)
    assert (merged.choices.sampler, merged.sources["sampler"]) == ("Euler a", Layer.HOST)
    assert "vae" not in merged.sources


def test_an_explicit_nothing_is_something() -> None:
    merged = Merged.of(
        HOST, [(Layer.SERVER, chose(negative_prompt="ugly")), (Layer.PERSON, chose(negative_prompt=""))]
    )

    assert merged.choices.negative_prompt == ""
    assert merged.sources["negative_prompt"] is Layer.PERSON


def test_of_several_roles_the_highest_gives_the_defaults_and_the_most_generous_the_limit() -> None:
    roles = [
        (Layer.ROLE, Preferences(choices=Choices(steps=10), caps=Caps(max_steps=45))),
        (Layer.ROLE, Preferences(choices=Choices(steps=12), caps=Caps(max_steps=35))),
    ]

    merged = Merged.of(HOST, [(Layer.CHANNEL, capped(max_steps=20)), *roles])

    assert merged.choices.steps == 12
    assert (merged.caps.max_steps, merged.sources["max_steps"]) == (45, Layer.ROLE)


def test_nobody_allows_more_than_the_host() -> None:
    merged = Merged.of(HOST, [(Layer.SERVER, capped(max_steps=500, max_batch=4))])

    assert (merged.caps.max_steps, merged.caps.max_batch) == (50, 4)


def test_no_limit_of_drawing_time_is_the_most_generous_of_roles_but_not_beyond_the_host() -> None:
    roles = [(Layer.ROLE, capped(seconds_per_day=600)), (Layer.ROLE, capped(seconds_per_day=0))]

    assert Merged.of(HOST, roles).caps.seconds_per_day == 0
    assert Merged.of(capped(seconds_per_day=900), roles).caps.seconds_per_day == 900
    assert Merged.of(HOST, roles[:1]).caps.seconds_per_day == 600


numbers = st.one_of(st.none(), st.integers(1, 1000))


@given(st.lists(st.tuples(st.sampled_from(ORDER), numbers, numbers), max_size=8), st.integers(1, 1000))
def test_the_order_of_the_layers_is_kept_and_the_host_is_the_ceiling(
    said: list[tuple[Layer, int | None, int | None]], ceiling: int
) -> None:
    layers = [
        (layer, Preferences(choices=Choices(steps=steps), caps=Caps(max_steps=most)))
        for layer, steps, most in sorted(said, key=lambda one: ORDER.index(one[0]))
    ]

    merged = Merged.of(capped(max_steps=ceiling), layers)

    spoken = [(layer, one.choices.steps) for layer, one in layers if one.choices.steps is not None]
    assert (merged.sources.get("steps"), merged.choices.steps) == (spoken[-1] if spoken else (None, None))
    assert merged.caps.max_steps is not None
    assert merged.caps.max_steps <= ceiling
