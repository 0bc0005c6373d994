"""What one process does, which shards it has, and which web UI is meant."""

import pytest

from bot.roles import Role, read_shards
from bot.webuis import key_of
from config.values import read_address


def test_a_gateway_and_a_worker_together_have_every_cog_once() -> None:
    parts = [*Role.GATEWAY.extensions, *Role.WORKER.extensions]
    assert sorted(parts) == sorted(Role.EVERYTHING.extensions)
    assert Role.WORKER.extensions == ("cogs.deliverycog",)


@pytest.mark.parametrize(
    ("text", "ids", "count"),
    [("0-3/8", (0, 1, 2, 3), 8), ("7/8", (7,), 8), ("0/1", (0,), 1), (" 1-1/2 ", (1,), 2)],
)
def test_shards_are_first_to_last_of_all(text: str, ids: tuple[int, ...], count: int) -> None:
    shards = read_shards(text)
    assert (shards.ids, shards.count) == (ids, count)
    assert read_shards(str(shards)) == shards


@pytest.mark.parametrize("text", ["", "1", "2-1/4", "0-4/4", "0/0", "-1/2", "a/b", "1/2/3", "١/٢x"])
def test_shards_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="shards"):
        read_shards(text)


def test_a_web_ui_is_the_same_with_other_credentials_and_another_one_behind_another_port() -> None:
    plain, secret, other = (
        key_of(read_address(text))
        for text in ("http://gpu:7860", "http://ada:pass@gpu:7860/", "http://gpu:7861")
    )
    assert plain == secret
    assert plain != other


def test_this_machine_is_another_one_on_every_host(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = set()
    for host in ("here", "there"):
        monkeypatch.setattr("socket.gethostname", lambda host=host: host)
        keys |= {key_of(read_address(f"http://{name}:7860")) for name in ("localhost", "127.0.0.1", "gpu")}
    assert len(keys) == 5  # two of each host, and one that both mean
