"""Logging: one line for people or one JSON object for programs, without secrets, and never in the way.

Lines are made where the record arises and written by a thread of their own: a console in which somebody marks
text with the mouse, or a pipe that nobody reads, holds up a write for as long as it likes, and the event loop
must not wait for that.
"""

import json
import logging
import queue
import threading
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal, TextIO

from bot.ops.masking import Mask

LogFormat = Literal["auto", "text", "json"]

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
"""What every record has; all else came by ``extra``."""
_OWN_KEYS = frozenset({"time", "level", "logger", "message", "exception"})
_TRAFFIC = frozenset({"discord", "aiosqlite"})
"""Loggers whose debug lines are other people's business."""
_LINES_KEPT = 10_000
"""Lines that wait for a writer that is stuck; later ones are counted and dropped."""
_PATIENCE = 2.0
"""Seconds that closing waits for the last lines."""


def extras(record: logging.LogRecord) -> dict[str, object]:
    """What was given by ``extra``."""
    return {name: value for name, value in vars(record).items() if name not in _STANDARD}


class _Formatter(logging.Formatter):
    """What both formats share: the parts of a record as text, masked."""

    def __init__(self, mask: Mask) -> None:
        super().__init__()
        self._mask = mask

    def _message(self, record: logging.LogRecord) -> str:
        """The message; if its arguments do not fit, at least the template."""
        try:
            return self._mask.text(record.getMessage())
        except (TypeError, ValueError, KeyError):
            return self._mask.text(str(record.msg))

    def _trace(self, record: logging.LogRecord) -> str:
        """The traceback and the stack, if the record has any."""
        parts = [self.formatException(record.exc_info)] if record.exc_info else []
        if record.stack_info:
            parts.append(self.formatStack(record.stack_info))
        return self._mask.text("\n".join(parts))


class TextFormatter(_Formatter):
    """One line that reads well, then the traceback. What people typed cannot forge or colour a line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        when = datetime.fromtimestamp(record.created, tz=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        words = [f"{when} {record.levelname:<7} {record.name}:", _printable(self._message(record))]
        words += [f"{name}={self._word(value)}" for name, value in extras(record).items()]
        trace = "\n".join(_printable(line) for line in self._trace(record).splitlines())
        return " ".join(words) + (f"\n{trace}" if trace else "")

    def _word(self, value: object) -> str:
        plain = self._mask.plain(value)
        if isinstance(plain, str) and plain and plain.isprintable() and not set(plain) & set(' "='):
            return plain
        return _printable(json.dumps(plain, ensure_ascii=False))


class JsonFormatter(_Formatter):
    """One JSON object in ASCII, whatever the stream's encoding."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, tz=UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._message(record),
        }
        for name, value in extras(record).items():
            line[f"{name}_" if name in _OWN_KEYS else name] = self._mask.plain(value)
        trace = self._trace(record)
        if trace:
            line["exception"] = trace
        return json.dumps(line)


def _printable(text: str) -> str:
    """Control characters, line breaks and marks of direction as escapes."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def _is_no_traffic(record: logging.LogRecord) -> bool:
    """False for what libraries tell of all that passes through them.

    discord.py's debug lines hold the tokens of interactions, with which anybody may answer in our name, and
    like aiosqlite's everything that people type.
    """
    return record.levelno >= logging.INFO or record.name.partition(".")[0] not in _TRAFFIC


class LogWriter(logging.Handler):
    """Hands finished lines to a thread that writes them."""

    def __init__(self, stream: TextIO, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self.addFilter(_is_no_traffic)
        self._stream = stream
        self._lines: queue.Queue[str | threading.Event | None] = queue.Queue(_LINES_KEPT)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write_all, name="log-writer", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Queue the record's line; never waits and never raises."""
        try:
            self._lines.put_nowait(self._line(record))
        except queue.Full:
            self._dropped += 1

    def _line(self, record: logging.LogRecord) -> str:
        """What was given by ``extra`` may be anything, also something that cannot be shown."""
        try:
            return self.format(record)
        except Exception as error:  # noqa: BLE001 - a log call must never break what it tells of
            bare = {"name": record.name, "levelname": record.levelname, "msg": str(record.msg)}
            return self.format(logging.makeLogRecord({**bare, "unshown": type(error).__name__}))

    def flush(self) -> None:
        """Wait, but not for ever, until what was logged so far is written."""
        written = threading.Event()
        if self._thread.is_alive() and self._offer(written):
            written.wait(_PATIENCE)

    def close(self) -> None:
        """Write what is left, but do not wait for ever, and end the thread."""
        if self._thread.is_alive() and self._offer(None):
            self._thread.join(_PATIENCE)
        super().close()

    def _offer(self, item: threading.Event | None) -> bool:
        try:
            self._lines.put(item, timeout=_PATIENCE)
        except queue.Full:
            return False
        return True

    def _write_all(self) -> None:
        while (item := self._lines.get()) is not None:
            if isinstance(item, threading.Event):
                item.set()
            else:
                self._write(item)

    def _write(self, line: str) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            line = f"{line}\n{dropped} log lines were dropped, since nobody read them"
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        try:
            self._stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
            self._stream.flush()
        except (OSError, ValueError):
            # The stream is closed or its reader has gone: there is nowhere left to say so.
            return


def setup(level: str, style: LogFormat, stream: TextIO, *, secrets: Iterable[str] = ()) -> LogWriter:
    """Send the logs of the whole process to ``stream``, in place of where an earlier call sent them.

    ``style`` auto is text on a terminal and JSON elsewhere. No text of ``secrets`` is ever written. Close
    what is returned at the end; the interpreter does if nobody else does.
    """
    as_text = stream.isatty() if style == "auto" else style == "text"
    mask = Mask(secrets)
    writer = LogWriter(stream, TextFormatter(mask) if as_text else JsonFormatter(mask))
    root = logging.getLogger()
    for earlier in [handler for handler in root.handlers if isinstance(handler, LogWriter)]:
        root.removeHandler(earlier)
        earlier.close()
    root.addHandler(writer)
    root.setLevel(level.upper())
    return writer
