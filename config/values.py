"""Values that settings are read into, and how their text is read.

Every reader raises ValueError with the second half of a sentence ("has no host; …"), and never with the text
itself, since a mistyped address may hold a password anywhere.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import SplitResult, quote, unquote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

_HOURS = re.compile(r"([0-2]?\d):([0-5]\d)\s*[-–]\s*([0-2]?\d):([0-5]\d)")
_SECONDS = re.compile(r"\d{1,8}(\.\d{1,3})?")
_ENCODE = "write : / ? # @ % and , in a user name or password percent-encoded (%3A %2F %3F %23 %40 %25 %2C)"


class Value(BaseModel):
    """A frozen value that never shows what was put in when it is wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class WebUIAddress(Value):
    """Where a web UI is, and with which credentials."""

    url: str = Field(repr=False)
    """Scheme, host, port and path, without credentials and without a slash at the end."""
    user: str | None = None
    """Decoded; None = no credentials are sent."""
    password: SecretStr | None = None
    """Decoded; set whenever ``user`` is."""

    @property
    def same_as(self) -> tuple[str, str, int, str]:
        """Equal for two spellings of one address: (scheme, host, port, path)."""
        parts = urlsplit(self.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        return parts.scheme, parts.hostname or "", port, parts.path

    @property
    def secret_url(self) -> str:
        """With user and password, percent-encoded. Never to be shown or logged."""
        if self.user is None or self.password is None:
            return self.url
        scheme, _, rest = self.url.partition("://")
        password = quote(self.password.get_secret_value(), safe="")
        return f"{scheme}://{quote(self.user, safe='')}:{password}@{rest}"

    @property
    def shown(self) -> str:
        """For the host's eyes: the password masked."""
        scheme, _, rest = self.url.partition("://")
        return self.url if self.user is None else f"{scheme}://{self.user}:***@{rest}"


class Database(Value):
    """Where jobs are kept: a SQLite file or a PostgreSQL database."""

    kind: Literal["sqlite", "postgresql"]
    path: Path | None = None
    """Of SQLite."""
    dsn: SecretStr | None = None
    """Of PostgreSQL, as given, password included."""

    @property
    def shown(self) -> str:
        """For the host's eyes: the password masked."""
        if self.dsn is None:
            return f"sqlite:///{self.path}"
        parts = urlsplit(self.dsn.get_secret_value())
        place = parts.netloc.rpartition("@")[2]
        credentials = f"{parts.username}:***@" if parts.password else f"{parts.username}@"
        return f"postgresql://{credentials if parts.username else ''}{place}{parts.path}"


class HttpBind(Value):
    """Where the health endpoints listen."""

    host: str
    port: int
    """0 = any free one."""

    @property
    def shown(self) -> str:
        """As it is written."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def split_commas(given: object) -> object:
    """``"a, b"`` → ("a", "b"); anything but text is left for the next validator."""
    if not isinstance(given, str):
        return given
    return tuple(item.strip() for item in given.split(",") if item.strip())


def _text(given: object) -> str:
    if not isinstance(given, str):
        raise ValueError("must be text, in quotes")  # noqa: TRY004 - pydantic collects ValueErrors only
    return given.strip()


def read_token(given: object) -> str | None:
    """A token without the blanks around it; an empty one is None."""
    token = _text(given)
    if any(not "!" <= character <= "~" for character in token):
        raise ValueError("has a character in it that no token has; copy it again from the developer portal")
    return token or None


def read_address(given: object) -> WebUIAddress:
    """One address of a web UI."""
    parts = _split(_text(given), ("http", "https"))
    if parts.query or parts.fragment:
        raise ValueError(f"must end after the port or path; {_ENCODE}")
    user, password = _credentials(parts)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = "" if parts.port is None else f":{parts.port}"
    url = f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"
    return WebUIAddress(url=url, user=user, password=None if password is None else SecretStr(password))


def _split(text: str, schemes: tuple[str, ...], *, needs_host: bool = True) -> SplitResult:
    """The parts of an address. An @ after the host is what is left of a password that was not encoded."""
    shapes = " or ".join(f"{scheme}://" for scheme in schemes)
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError("has a blank in it; write it without blanks")
    try:
        parts = urlsplit(text)
        scheme, host, _ = parts.scheme, parts.hostname, parts.port
    except ValueError:
        raise ValueError(f"has a host or port that cannot be read; {_ENCODE}") from None
    if scheme not in schemes:
        raise ValueError(f"must begin with {shapes}")
    if needs_host and not host:
        raise ValueError(f"has no host; write {schemes[0]}://host:port")
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":
        raise ValueError(f"has an @ after the host; {_ENCODE}")
    return parts


def _credentials(parts: SplitResult) -> tuple[str | None, str | None]:
    if parts.username is None:
        return None, None
    try:
        user = unquote(parts.username, errors="strict")
        password = unquote(parts.password or "", errors="strict")
    except UnicodeDecodeError:
        raise ValueError(f"has a % that begins no UTF-8 character; {_ENCODE}") from None
    if ":" in user:
        raise ValueError("has a colon in the user name, which HTTP Basic authentication cannot carry")
    return user, password


def read_api_url(given: object) -> str | None:
    """The base of Discord's HTTP API, or None."""
    text = _text(given)
    if not text:
        return None
    parts = _split(text, ("http", "https"))
    path = parts.path.rstrip("/")
    if parts.username is not None or parts.query or parts.fragment or not path.endswith("/api/v10"):
        raise ValueError(
            "must be like https://discord.com/api/v10, with nothing before the host or after v10"
        )
    return f"{parts.scheme}://{parts.netloc}{path}"


def read_gateway_url(given: object) -> str | None:
    """The address of Discord's gateway, or None."""
    text = _text(given)
    if not text:
        return None
    parts = _split(text, ("ws", "wss"))
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must be like wss://gateway.discord.gg, with nothing before the host and no ? or #")
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def read_database(given: object) -> Database:
    """``sqlite:///relative``, ``sqlite:////absolute`` or ``postgresql://…``."""
    text = _text(given)
    if text.startswith("sqlite:///"):
        return Database(kind="sqlite", path=read_path(text.removeprefix("sqlite:///")))
    if not text.startswith("postgresql://"):
        raise ValueError("must begin with sqlite:/// (and a file) or postgresql://")
    _split(text, ("postgresql",), needs_host=False)
    return Database(kind="postgresql", dsn=SecretStr(text))


def read_json(given: object) -> object:
    """A JSON text. A TOML table is taken as it is."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None


def read_path(given: object) -> Path:
    """A file or folder; not resolved here."""
    text = _text(given)
    if not text or "\0" in text:
        raise ValueError("names no file or folder")
    if text.startswith("~"):
        raise ValueError("begins with ~, which only a shell understands; write the whole path")
    return Path(text)


def read_bind(given: object) -> HttpBind | None:
    """``host:port``; empty = None."""
    text = _text(given)
    if not text:
        return None
    host, colon, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    whole = port.isascii() and port.isdigit() and len(port) <= 5
    if not colon or not host or not whole or int(port) > 65_535:
        raise ValueError("must be host:port, such as 127.0.0.1:8780 (0.0.0.0 is every interface), or empty")
    return HttpBind(host=host, port=int(port))


def read_word(given: object) -> object:
    """One of several words, in any case."""
    return given.strip().casefold() if isinstance(given, str) else given


Names = Annotated[tuple[str, ...], BeforeValidator(split_commas)]
"""A list of names; as text, with commas between them."""
Address = Annotated[WebUIAddress, BeforeValidator(read_address)]


def read_hours(text: str) -> tuple[tuple[int, int], ...]:
    """ "18:00-23:00, 23:30-01:00" as pairs of minutes of the day. Raises ValueError."""
    ranges = []
    for part in split_parts(text):
        match = _HOURS.fullmatch(part)
        if match is None:
            raise ValueError("must be hours of the day such as 18:00-23:00, several with commas")
        first, last = (int(match[n]) * 60 + int(match[n + 1]) for n in (1, 3))
        if max(first, last) > 24 * 60 or first == last:
            raise ValueError("must be hours of the day that begin and end at different times")
        ranges.append((first, last))
    return tuple(ranges)


def read_by_role(given: object) -> object:
    """A table of role id → seconds as the text "id=seconds, id=seconds"; text as it is."""
    if isinstance(given, dict):
        return ", ".join(f"{role}={seconds}" for role, seconds in given.items())
    return given


def role_seconds(text: str) -> dict[int, float]:
    """ "123=3600, 456=0" as a table. Raises ValueError."""
    pairs = [part.partition("=") for part in split_parts(text)]
    if not all(role.strip().isdecimal() and _SECONDS.fullmatch(given.strip()) for role, _, given in pairs):
        raise ValueError("must be pairs of a role's id and seconds such as 123=3600, several with commas")
    return {int(role): float(given) for role, _, given in pairs}


def split_parts(text: str) -> list[str]:
    """What stands between the commas, without what is empty."""
    return [part.strip() for part in text.split(",") if part.strip()]


def check_by_role(text: str) -> str:
    """The same text, if it can be read. Raises ValueError."""
    role_seconds(text)
    return text


def check_hours(text: str) -> str:
    """The same text, if it can be read. Raises ValueError."""
    read_hours(text)
    return text


def read_zone(name: str) -> ZoneInfo | None:
    """A time zone by its name; empty = the machine's own, which is None. Raises ValueError."""
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("must be a time zone of the machine's list, such as Europe/Berlin") from error


def check_zone(name: str) -> str:
    """The same name, if there is such a zone. Raises ValueError."""
    read_zone(name)
    return name
