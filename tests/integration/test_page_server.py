"""The server of the demo's page: what it gives, to whom, and under which rules."""

import errno
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.demo.discord import LocalDiscord
from bot.demo.pageserver import PAGE, DemoInfo, PageServer, is_own_address, without_password


@pytest.fixture
async def server(local_discord: LocalDiscord) -> AsyncIterator[PageServer]:
    """The page over a local Discord without a bot."""
    info = DemoInfo(painter="webui", webui="http://ada:secret@192.0.2.7:7860")
    async with PageServer(local_discord, info) as page:
        yield page


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """A client."""
    async with aiohttp.ClientSession() as session:
        yield session


async def test_every_file_of_the_page_is_served_as_what_it_is(
    server: PageServer, http: aiohttp.ClientSession
) -> None:
    expected = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
    files = [path for path in PAGE.rglob("*") if path.is_file()]
    assert len(files) > 10
    for path in files:
        async with http.get(server.url + path.relative_to(PAGE).as_posix()) as answer:
            assert answer.status == 200, path
            assert answer.content_type == expected[path.suffix]
            assert await answer.read() == path.read_bytes()


async def test_the_address_alone_gives_the_page_with_a_policy_that_allows_own_scripts_only(
    server: PageServer, http: aiohttp.ClientSession
) -> None:
    async with http.get(server.url) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "<title>Easel demo</title>" in await answer.text()
    rules = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert "Access-Control-Allow-Origin" not in answer.headers


async def test_the_page_names_no_other_origin() -> None:
    for path in PAGE.rglob("*"):
        if path.suffix in (".html", ".css"):
            assert "//" not in path.read_text("utf-8").replace("http://www.w3.org/", "")


async def test_no_script_of_the_page_parses_text_as_html() -> None:
    for path in PAGE.rglob("*.js"):
        text = path.read_text("utf-8")
        for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "DOMParser", "eval("):
            assert name not in text, path


@pytest.mark.parametrize(
    "path", ["../pageserver.py", "%2e%2e/pageserver.py", "js/../../run.py", "js", "nothing.js", "js/app.py"]
)
async def test_what_is_no_file_of_the_page_is_not_found(
    server: PageServer, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(server.url + path) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("path", ["", "demo/info", "control/state?person=ben", "js/app.js"])
async def test_a_foreign_name_that_points_here_is_refused(
    server: PageServer, http: aiohttp.ClientSession, path: str
) -> None:
    async with http.get(server.url + path, headers={"Host": "rebound.example:80"}) as answer:
        assert answer.status == 421
        assert "rebound" not in await answer.text()


async def test_a_foreign_page_can_do_nothing(
    server: PageServer, local_discord: LocalDiscord, http: aiohttp.ClientSession
) -> None:
    body = '{"person": "ben", "channel": "drawing", "text": "hello"}'
    headers = {"Origin": "http://foreign.example", "Content-Type": "text/plain"}
    async with http.post(server.url + "control/say", data=body, headers=headers) as answer:
        assert answer.status == 403
    assert local_discord.channel("drawing").messages == []


async def test_it_says_who_paints_without_the_password(
    server: PageServer, http: aiohttp.ClientSession
) -> None:
    async with http.get(server.url + "demo/info") as answer:
        told = await answer.json()
    assert told["painter"] == "webui"
    assert told["webui"] == "http://192.0.2.7:7860"
    assert told["prompts"][0] == "maltese puppy"


async def test_an_unchanged_file_is_not_sent_again(server: PageServer, http: aiohttp.ClientSession) -> None:
    async with http.get(server.url + "js/app.js") as first:
        etag = first.headers["ETag"]
    async with http.get(server.url + "js/app.js", headers={"If-None-Match": etag}) as again:
        assert again.status == 304
        assert await again.read() == b""


async def test_attachments_are_served_on_the_same_origin(
    server: PageServer, local_discord: LocalDiscord, http: aiohttp.ClientSession
) -> None:
    form = aiohttp.FormData()
    form.add_field("payload", '{"person": "ben", "channel": "drawing", "text": "look"}')
    form.add_field("file0", b"some bytes", filename="a.bin")
    async with http.post(server.url + "control/say", data=form) as answer:
        attachment = (await answer.json())["message"]["attachments"][0]
    address = attachment["url"].removeprefix(local_discord.url + "/")
    async with http.get(server.url + address) as file:
        assert await file.read() == b"some bytes"


async def test_a_taken_port_is_an_oserror_and_leaves_nothing_behind(
    server: PageServer, local_discord: LocalDiscord
) -> None:
    port = int(server.url.rsplit(":", 1)[1].rstrip("/"))
    second = PageServer(local_discord, DemoInfo(painter="stand-in"), port=port)
    with pytest.raises(OSError) as refusal:  # noqa: PT011 - the number tells which one, as does Windows'
        await second.start()
    assert refusal.value.errno in (errno.EADDRINUSE, 10048)
    await second.stop()


@pytest.mark.parametrize(
    ("host", "own"),
    [
        ("127.0.0.1:8080", True),
        ("localhost", True),
        ("localhost:1", True),
        ("[::1]:80", True),
        ("localhost.foreign.example", False),
        ("127.0.0.1.foreign.example", False),
        ("foreign.example:8080", False),
        ("", False),
        ("[", False),
    ],
)
def test_own_addresses_are_numbers_and_localhost(host: str, own: bool) -> None:
    assert is_own_address(host) is own


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://127.0.0.1:7860", "http://127.0.0.1:7860"),
        ("https://user:p%40ss@host.example/path", "https://host.example/path"),
        ("nonsense", ""),
        ("http://[broken", ""),
    ],
)
def test_a_password_in_an_address_is_never_shown(address: str, shown: str) -> None:
    assert without_password(address) == shown
