"""What the client makes of servers that do not behave, and what it never shows."""

import asyncio
import base64
import logging
import socket

import aiohttp
import pytest

from bot.errors import (
    BadAnswer,
    ConnectionLost,
    InvalidRequest,
    TimedOut,
    Unauthorized,
    Unreachable,
    Unsupported,
    WebUIError,
)
from bot.webui import client as client_module
from bot.webui import responses
from bot.webui.client import Limits, Timeouts, WebUIClient
from bot.webui.endpoints import Endpoint
from tests.unit.webui import wires
from tests.unit.webui.recordings import recording
from tests.unit.webui.wires import FAST, client

SAMPLERS = recording("a1111/get_samplers").body


async def test_a_wrong_password_is_unauthorized() -> None:
    body = recording("a1111/auth_wrong_pw").body
    async with wires.serving(wires.answer(body, "401 Unauthorized")) as server, client(server.url) as web_ui:
        with pytest.raises(Unauthorized):
            await web_ui.samplers()


async def test_a_redirect_is_not_followed() -> None:
    reply = wires.answer(b"", "307 Temporary Redirect", Location="http://127.0.0.1:1/")
    async with wires.serving(reply) as server, client(server.url) as web_ui:
        with pytest.raises(BadAnswer, match="redirect"):
            await web_ui.samplers()
    assert len(server.received) == 1


async def test_nothing_listening_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        async with client(f"http://127.0.0.1:{free.getsockname()[1]}") as web_ui:
            with pytest.raises(Unreachable):
                await web_ui.samplers()


async def test_a_name_that_does_not_exist_is_unreachable() -> None:
    async with client("http://no-such-host.invalid:7860") as web_ui:
        with pytest.raises(Unreachable):
            await web_ui.samplers()


async def test_a_server_without_tls_is_unreachable_over_https() -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as listener:
        port = listener.sockets[0].getsockname()[1]
        async with client(f"https://127.0.0.1:{port}") as web_ui:
            with pytest.raises(Unreachable):
                await web_ui.samplers()


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (wires.reset(), ConnectionLost()),
        (wires.then_close(b""), ConnectionLost()),
        (wires.then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"), BadAnswer("truncated")),
        (
            wires.then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"),
            BadAnswer("truncated"),
        ),
        (wires.then_close(b'HTTP/1.1 200 OK\r\n\r\n{"images": ['), BadAnswer("truncated")),
        (wires.then_close(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), BadAnswer("not_http")),
        (wires.answer(b"<html>hello</html>"), BadAnswer("html")),
        (wires.answer(b"", "404 Not Found"), Unsupported("txt2img")),
        (wires.then_hang(), TimedOut("first_byte")),
        (wires.then_hang(b"HTTP/1.1 200 OK\r\n"), TimedOut("first_byte")),
        (wires.then_hang(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}"), TimedOut("idle")),
        (wires.answer(bytes(3_000)), BadAnswer("too_large")),
        (wires.endless(), BadAnswer("too_large")),
    ],
)
async def test_what_breaks_on_the_way_is_told_and_a_render_is_never_sent_twice(
    reply: wires.Reply, expected: WebUIError
) -> None:
    async with wires.serving(reply) as server, client(server.url, FAST, Limits(pictures=2_000)) as web_ui:
        with pytest.raises(WebUIError) as caught:
            (await web_ui.txt2img({"prompt": "a cat"})).parsed(responses.parse_generation)
    assert (type(caught.value), caught.value.data()) == (type(expected), expected.data())
    assert len(server.received) == 1


async def test_a_server_that_dribbles_for_ever_is_left_after_the_time_in_all() -> None:
    async def dribble(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    timeouts = Timeouts(connect=1, first_byte=1, idle=1, total=0.3)
    async with wires.serving(dribble) as server, client(server.url, timeouts) as web_ui:
        with pytest.raises(TimedOut) as caught:
            await web_ui.txt2img({})
    assert caught.value.phase == "total"


async def test_small_answers_have_a_smaller_limit_than_pictures() -> None:
    limits = Limits(pictures=1_000_000, small=100)
    async with wires.serving(wires.answer(SAMPLERS)) as server, client(server.url, limits=limits) as web_ui:
        with pytest.raises(BadAnswer, match="too_large"):
            await web_ui.samplers()
    assert Limits().of(Endpoint.TXT2IMG) == 256 * 1024 * 1024
    assert 4 * 1024 * 1024 <= Limits().of(Endpoint.OPTIONS) <= 16 * 1024 * 1024


async def test_the_next_request_works_after_one_that_failed() -> None:
    replies = (wires.then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), wires.answer(SAMPLERS))
    async with wires.serving(*replies) as server, client(server.url) as web_ui:
        with pytest.raises(BadAnswer):
            await web_ui.samplers()
        assert await web_ui.samplers()


async def test_a_render_that_is_cancelled_ends_at_once() -> None:
    async with wires.serving(wires.then_hang()) as server, client(server.url) as web_ui:
        task = asyncio.create_task(web_ui.txt2img({}), name="render")
        await asyncio.wait_for(server.got_request.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, 5)


async def test_a_refusal_is_told_with_its_problems() -> None:
    case = recording("a1111/txt2img_steps_str_bad")
    reply = wires.answer(case.body, "422 Unprocessable Entity")
    async with wires.serving(reply) as server, client(server.url) as web_ui:
        raw = await web_ui.txt2img({"steps": "x"})
    with pytest.raises(InvalidRequest) as caught:
        raw.parsed(responses.parse_generation)
    assert caught.value.problems[0][0] == "steps"


SECRETS = ("hunter2", "gpu-user", "127.0.0.1", "no-such-host")


@pytest.mark.parametrize(
    "reply",
    [wires.reset(), wires.then_close(b"SSH-2.0-x\r\n\r\n"), wires.answer(b"", "401 Unauthorized"), None],
)
async def test_neither_address_nor_user_nor_password_is_shown(
    reply: wires.Reply | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="bot")
    async with wires.serving(reply or wires.reset()) as server:
        host = f"127.0.0.1:{server.port}" if reply else "no-such-host.invalid"
        web_ui = client(f"http://gpu-user:hunter2@{host}")
        async with web_ui:
            with pytest.raises(WebUIError) as caught:
                await web_ui.samplers()
    shown = [str(caught.value), repr(caught.value), repr(caught.value.data()), repr(web_ui), caplog.text]
    assert not [secret for secret in SECRETS for text in shown if secret in text]
    cause = caught.value.__cause__
    assert "hunter2" not in repr(cause)
    assert base64.b64encode(b"gpu-user:hunter2").decode() not in repr(cause)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:7860",
        "ftp://hunter2@x",
        "http://",
        "file:///x",
        "http://x:hunter2",
        "http://a%3Ab:hunter2@x",
    ],
)
def test_an_address_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError, match="a web UI's address") as caught:
        WebUIClient(url)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_user_without_a_password_is_a_user_all_the_same() -> None:
    assert "closed" in repr(WebUIClient("http://someone@127.0.0.1:7860"))


async def test_a_client_that_was_not_opened_says_so() -> None:
    with pytest.raises(RuntimeError):
        await WebUIClient("http://127.0.0.1:1").samplers()


def foreign_errors() -> list[type[BaseException]]:
    """Everything that aiohttp's client may raise, but for what only a web socket does."""
    named = [getattr(aiohttp.client_exceptions, name) for name in aiohttp.client_exceptions.__all__]
    return [kind for kind in named if issubclass(kind, aiohttp.ClientError | OSError)]


GENERAL = {
    "ClientError",
    "NonHttpUrlClientError",  # an address is http or https
    "UploadAbortedError",  # new in aiohttp, and a lost connection indeed
    "RedirectClientError",  # and no redirect is followed
    "NonHttpUrlRedirectClientError",
}


@pytest.mark.parametrize("kind", [*foreign_errors(), OSError, TimeoutError, ConnectionResetError])
def test_every_foreign_error_has_its_place_in_the_table(kind: type[BaseException]) -> None:
    entry = next(entry for entry in client_module._FAILURES if issubclass(kind, entry[0]))
    assert isinstance(entry[1](), WebUIError)
    assert entry[0] is not aiohttp.ClientError or kind.__name__ in GENERAL


def test_the_special_errors_stand_before_the_general_ones() -> None:
    kinds = [kind for kind, _ in client_module._FAILURES]
    for number, kind in enumerate(kinds):
        assert not [earlier for earlier in kinds[:number] if issubclass(kind, earlier)], kind
