"""Log lines: readable or JSON, without secrets, and never in the way of the program."""

import contextlib
import io
import json
import logging
import sys
import threading
from collections.abc import Iterator
from typing import Any, TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ops.logs import LogFormat, LogWriter, setup

TOKEN = "abc.def'ghi\"é\\jkl"


@pytest.fixture(autouse=True)
def _root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    yield
    for handler in [handler for handler in root.handlers if isinstance(handler, LogWriter)]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


log = logging.getLogger("tests.of.logs")


def caught(error: Exception) -> Exception:
    """The error with a traceback."""
    with contextlib.suppress(type(error)):
        raise error
    return error


class Lines:
    """A log whose lines can be read back."""

    def __init__(self, style: LogFormat = "json", secrets: tuple[str, ...] = (), level: str = "info") -> None:
        self.stream = io.StringIO()
        self.writer = setup(level, style, self.stream, secrets=secrets)

    def text(self) -> str:
        self.writer.flush()
        return self.stream.getvalue()

    def objects(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text().splitlines()]


def test_a_json_line_holds_the_message_and_what_was_given_with_it() -> None:
    lines = Lines()

    log.info("job %s finished", "j1", extra={"seconds": 1.5, "pictures": [1, 2], "ok": True, "who": None})

    (line,) = lines.objects()
    assert line["message"] == "job j1 finished"
    assert (line["level"], line["logger"]) == ("info", "tests.of.logs")
    assert (line["seconds"], line["pictures"], line["ok"], line["who"]) == (1.5, [1, 2], True, None)
    assert line["time"].endswith("+00:00")


def test_what_was_given_never_hides_the_lines_own_facts() -> None:
    lines = Lines()

    log.info("m", extra={"level": "high", "time": 3})

    (line,) = lines.objects()
    assert (line["level"], line["level_"], line["time_"]) == ("info", "high", 3)


def test_values_that_json_has_no_word_for_become_text() -> None:
    lines = Lines()

    log.info("m", extra={"odd": float("nan"), "kinds": {1: {2}}, "thing": ValueError("x")})

    (line,) = lines.objects()
    assert (line["odd"], line["kinds"], line["thing"]) == ("nan", {"1": [2]}, "x")


def test_a_readable_line_is_one_line_with_its_facts() -> None:
    lines = Lines("text")

    log.warning("slow", extra={"seconds": 2, "why": "two words", "empty": "", "channel": "a"})

    text = lines.text()
    assert text.count("\n") == 1
    assert 'WARNING tests.of.logs: slow seconds=2 why="two words" empty="" channel=a\n' in text


@pytest.mark.parametrize("style", ["text", "json"])
def test_what_people_type_cannot_forge_or_colour_a_line(style: LogFormat) -> None:
    lines = Lines(style)

    log.info("prompt %s", "a\nERROR forged\x1b[31m\u202e", extra={"more": "b\r\nERROR forged"})

    text = lines.text()
    assert text.count("\n") == 1
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_traceback_follows_the_line() -> None:
    lines = Lines("text")

    log.error("failed", exc_info=caught(RuntimeError("broken")))

    text = lines.text()
    assert "tests.of.logs: failed\nTraceback (most recent call last):\n" in text
    assert text.rstrip().endswith("RuntimeError: broken")


@pytest.mark.parametrize("style", ["text", "json"])
def test_a_secret_is_masked_wherever_it_stands(style: LogFormat) -> None:
    lines = Lines(style, secrets=(TOKEN, "gpu.example:7860"))

    error = caught(ConnectionError(f"no answer from gpu.example:7860 with {TOKEN}"))
    log.error(
        "sent %s to %r", TOKEN, [TOKEN], exc_info=error, extra={"to": {TOKEN: (TOKEN,)}}, stack_info=True
    )
    log.info("at http://me:whatever@other/")

    text = lines.text()
    assert "***" in text
    for piece in ("abc.def", "jkl", "gpu.example", "whatever"):
        assert piece not in text


LETTERS = st.characters(exclude_characters="*", exclude_categories=["Cs"])


@given(secret=st.text(LETTERS, min_size=4, max_size=30), around=st.text(LETTERS, max_size=10))
def test_no_secret_of_any_shape_is_written(secret: str, around: str) -> None:
    lines = Lines(secrets=(secret,))

    log.info("%s", f"{around}{secret}{around}", extra={"given": [secret]})

    (line,) = lines.objects()
    assert line["given"] == ["***"]
    assert [piece for piece in line["message"].split("***") if secret in piece] == []
    assert "***" in line["message"]
    lines.writer.close()


def test_the_mask_itself_shows_nothing() -> None:
    lines = Lines(secrets=(TOKEN,))

    assert "abc.def" not in repr(lines.writer.formatter.__dict__)


class NarrowStream(io.TextIOWrapper):
    """A console with an old code page."""


@pytest.mark.parametrize("encoding", ["cp437", "ascii", "utf-8", "utf-16"])
@pytest.mark.parametrize("style", ["text", "json"])
def test_a_code_page_that_lacks_a_character_ends_nothing(encoding: str, style: LogFormat) -> None:
    raw = io.BytesIO()
    writer = setup("info", style, NarrowStream(raw, encoding=encoding))

    # Straight to the writer: the runner of the tests keeps what is logged, and cannot pass half a letter on.
    for text, extra in (("小狗 🐶 \ud800", {"prompt": "é🐶"}), ("and on", {})):
        writer.handle(log.makeRecord(log.name, logging.INFO, "here.py", 1, text, (), None, extra=extra))
    writer.flush()

    written = raw.getvalue().decode(encoding)
    assert "and on" in written
    assert len(written.splitlines()) == 2


@pytest.mark.parametrize(("terminal", "is_json"), [(True, False), (False, True)])
def test_auto_is_readable_on_a_terminal_and_json_elsewhere(terminal: bool, is_json: bool) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    stream = Stream()
    writer = setup("info", "auto", stream)
    log.info("m")
    writer.flush()

    assert stream.getvalue().startswith("{") is is_json


@pytest.mark.parametrize("name", ["discord", "discord.gateway", "aiosqlite"])
def test_what_passes_through_a_library_is_not_written_at_any_level(name: str) -> None:
    lines = Lines(level="debug")

    logging.getLogger(name).debug("the token of an interaction")
    logging.getLogger(name).info("connected")
    log.debug("our own")

    assert [line["message"] for line in lines.objects()] == ["connected", "our own"]


def test_the_level_decides_what_is_written() -> None:
    lines = Lines(level="warning")

    log.info("no")
    log.warning("yes")

    assert [line["message"] for line in lines.objects()] == ["yes"]


def test_a_second_setup_takes_the_place_of_the_first() -> None:
    first, second = Lines(), Lines()

    log.info("m")

    assert (first.text(), len(second.objects())) == ("", 1)


def test_arguments_that_do_not_fit_their_message_are_no_error() -> None:
    lines = Lines()

    # Not by way of the logger: pytest's own handler would fail the test at once.
    lines.writer.handle(logging.LogRecord("x", logging.INFO, "x", 1, "%d pictures", ("many",), None))

    assert [line["message"] for line in lines.objects()] == ["%d pictures"]


def test_something_that_cannot_be_shown_is_no_error() -> None:
    class Unshowable:
        def __str__(self) -> str:
            raise RuntimeError

    loop: list[object] = []
    loop.append(loop)
    lines = Lines()

    log.info("one", extra={"thing": Unshowable()})
    log.info("two", extra={"thing": loop})

    assert [(line["message"], line["unshown"]) for line in lines.objects()] == [
        ("one", "RuntimeError"),
        ("two", "RecursionError"),
    ]


class StuckStream(io.StringIO):
    """A console that somebody marks text in: a write does not come back until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def write(self, text: str) -> int:
        self.entered.set()
        assert self.let_go.wait(10)
        return super().write(text)


def test_a_stuck_console_holds_nothing_up_and_lines_beyond_the_bound_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.ops.logs._LINES_KEPT", 3)
    stream = StuckStream()
    writer = setup("info", "text", stream)
    log.info("first")
    assert stream.entered.wait(10)

    for number in range(5):
        log.info("line %d", number)
    stream.let_go.set()
    writer.flush()
    log.info("last")
    writer.flush()

    text = stream.getvalue()
    assert [number for number in range(5) if f"line {number}" in text] == [0, 1, 2]
    assert "2 log lines were dropped" in text
    assert "last" in text


def test_a_stream_that_is_closed_ends_nothing() -> None:
    stream = io.StringIO()
    writer = setup("info", "text", stream)
    stream.close()

    log.info("m")
    writer.flush()
    writer.close()

    assert not [thread for thread in threading.enumerate() if thread is writer._thread]


def test_closing_writes_what_is_left_and_may_be_repeated() -> None:
    lines = Lines()
    log.info("m")

    lines.writer.close()
    lines.writer.close()
    lines.writer.flush()

    assert "m" in lines.stream.getvalue()


def test_standard_error_is_a_stream_like_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    stream: TextIO = sys.stderr
    writer = setup("info", "text", stream)
    log.info("to the console")
    writer.flush()

    assert "to the console" in capsys.readouterr().err
