"""Pages of the line."""

from hypothesis import given
from hypothesis import strategies as st

from bot.queue.job import Job, State
from cogs.views.queue import MINE_SHOWN, WAITING_SHOWN, Page
from tests.support import a_request, an_origin


def a_line(count: int) -> list[Job]:
    return [
        Job(
            id=f"{number:016}",
            state=State.WAITING,
            request=a_request(),
            origin=an_origin(),
            tag=number,
            cost=100,
            created_at=1.0,
        )
        for number in range(count)
    ]


@given(waiting=st.integers(0, 60), mine=st.integers(0, 30))
def test_the_pages_together_show_each_job_once(waiting: int, mine: int) -> None:
    jobs = a_line(max(waiting, mine))
    count = Page.of(0, waiting, mine).count
    for size, total in ((WAITING_SHOWN, waiting), (MINE_SHOWN, mine)):
        shown = [
            pair
            for number in range(count)
            for pair in Page.of(number, waiting, mine).part(jobs[:total], size)
        ]
        assert shown == list(enumerate(jobs[:total], start=1))


@given(asked=st.integers(-5, 10**6), waiting=st.integers(0, 60))
def test_a_page_that_is_not_there_any_more_gives_the_nearest(asked: int, waiting: int) -> None:
    page = Page.of(asked, waiting, 0)
    assert 0 <= page.number < page.count
    if 0 <= asked < page.count:
        assert page.number == asked
