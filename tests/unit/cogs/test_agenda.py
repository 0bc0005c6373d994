"""What is to be done when."""

from hypothesis import given
from hypothesis import strategies as st

from cogs.agenda import Agenda

steps = st.lists(st.tuples(st.sampled_from("abcde"), st.none() | st.integers(0, 50)), max_size=60)


@given(steps)
def test_the_first_is_always_the_earliest_that_was_not_dropped(
    given_steps: list[tuple[str, int | None]],
) -> None:
    agenda, plain = Agenda(), dict[str, float]()
    for key, when in given_steps:
        if when is None:
            agenda.drop(key)
            plain.pop(key, None)
        else:
            agenda.put(key, when)
            plain[key] = min(when, plain.get(key, when))
        assert agenda.first == min(((time, name) for name, time in plain.items()), default=None)
