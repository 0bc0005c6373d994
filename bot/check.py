"""``python -m bot check``: everything the bot needs, tried; one line each, with the cure."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import discord

from bot.backends.models import ModelList
from bot.client import NETWORK_ERRORS, use_api
from bot.errors import (
    BadAnswer,
    ConnectionLost,
    DatabaseInUse,
    InvalidRequest,
    ServerError,
    StorageError,
    TimedOut,
    Unauthorized,
    Unreachable,
    Unsupported,
    WebUIError,
)
from bot.exits import EX_CONFIG, EX_NOPERM, EX_OK, EX_UNAVAILABLE, database_failure
from bot.l10n.catalog import Catalog
from bot.l10n.locales import SOURCE
from bot.storage.opening import try_database
from bot.webui.client import Timeouts, WebUIClient
from bot.webui.wire import Checkpoint
from config.sections import Backend
from config.settings import Settings

NEEDED = (
    "view_channel",
    "send_messages",
    "send_messages_in_threads",
    "attach_files",
    "embed_links",
    "read_message_history",
)
"""The permissions that the invite link asks for."""
TOLD_APART = (
    Unreachable,
    ConnectionLost,
    TimedOut,
    Unauthorized,
    Unsupported,
    InvalidRequest,
    ServerError,
    BadAnswer,
)
"""What can be wrong with a web UI; each has a line of its own under ``check.<code>``."""
LOW_DISK_BYTES = 2**30
_DISCORD_SECONDS = 20.0
_SERVERS_LOOKED_AT = 10
_MODELS_NAMED = 10
"""Of one family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line. ``key`` names its text; a ``code`` other than 0 is the exit code it asks for."""

    key: str
    values: dict[str, object]
    permissions: tuple[str, ...] = ()
    """discord.py's names of what the text lists as ``names``."""
    code: int = EX_OK
    warning: bool = False


async def check(settings: Settings, texts: Catalog, say: Callable[[str], None]) -> int:
    """Try everything, say a line for each, and give the first exit code that is not 0."""
    worst = EX_OK
    async for finding in findings(settings):
        # Words, since a code page may have no ticks and crosses.
        mark = "FAIL" if finding.code else "note" if finding.warning else "ok  "
        names = ", ".join(texts.text(SOURCE, f"permission.{name}") for name in finding.permissions)
        say(f"{mark} {texts.text(SOURCE, finding.key, **finding.values, names=names)}")
        worst = worst or finding.code
    return worst


async def findings(settings: Settings) -> AsyncIterator[Finding]:
    """What was found, in the order in which a host would mend it."""
    async for finding in _discord(settings):
        yield finding
    for backend in settings.backends:
        async for finding in _webui(backend, settings):
            yield finding
    yield await _database(settings)
    for finding in await asyncio.to_thread(_disk, settings.output_dir):
        yield finding


def _ok(key: str, **values: object) -> Finding:
    return Finding(key=key, values=values)


def _bad(key: str, code: int, **values: object) -> Finding:
    return Finding(key=key, values=values, code=code)


async def _discord(settings: Settings) -> AsyncIterator[Finding]:
    if settings.discord_token is None:
        yield _bad("start.no_token", EX_CONFIG)
        return
    use_api(settings.discord_api_url)
    client = discord.Client(intents=discord.Intents.none())
    try:
        async with asyncio.timeout(_DISCORD_SECONDS):
            await client.login(settings.discord_token.get_secret_value())
            application = await client.application_info()
            yield _ok("check.discord", name=application.name)
            link = discord.utils.oauth_url(application.id, permissions=_flags())
            yield _ok("check.invite", link=link)
            async for finding in _servers(client):
                yield finding
    except discord.LoginFailure:
        yield _bad("start.token_refused", EX_NOPERM)
    except (discord.HTTPException, *NETWORK_ERRORS):
        yield _bad("start.discord_unreachable", EX_UNAVAILABLE)
    finally:
        await client.close()


async def _servers(client: discord.Client) -> AsyncIterator[Finding]:
    """Whether the bot may do what it must, in the first servers that it is in."""
    count = 0
    async for guild in client.fetch_guilds(limit=_SERVERS_LOOKED_AT):
        count += 1
        yield await _server(client, guild)
    if count == 0:
        yield Finding(key="check.no_servers", values={}, warning=True)


async def _server(client: discord.Client, guild: discord.Guild) -> Finding:
    values: dict[str, object] = {"server": guild.name}
    try:
        have = await _permissions(client, guild.id)
    except (discord.Forbidden, discord.NotFound):
        return Finding(key="check.server_closed", values=values, warning=True)
    missing = tuple(name for name in NEEDED if not getattr(have, name))
    if missing:
        return Finding(key="check.permissions", values=values, permissions=missing, code=EX_NOPERM)
    return _ok("check.server", **values)


async def _permissions(client: discord.Client, guild_id: int) -> discord.Permissions:
    guild = await client.fetch_guild(guild_id, with_counts=False)
    member = await guild.fetch_member(client.user.id if client.user else 0)
    return member.guild_permissions


def _flags() -> discord.Permissions:
    return discord.Permissions(**dict.fromkeys(NEEDED, True))


async def _webui(backend: Backend, settings: Settings) -> AsyncIterator[Finding]:
    """Whether it answers, lets us in, and has a model. Its name is said, and to the host its address too."""
    where: dict[str, object] = {"name": backend.name, "address": backend.address.shown}
    waits = settings.webui
    quick = Timeouts(
        connect=waits.connect_seconds,
        first_byte=waits.read_seconds,
        idle=waits.idle_seconds,
        total=waits.read_seconds,
    )
    try:
        async with WebUIClient(backend.address.secret_url, quick_timeouts=quick) as client:
            capabilities = await client.probe()
            checkpoints = await client.checkpoints()
    except WebUIError as error:
        yield _bad(f"check.{_told_as(error)}", EX_UNAVAILABLE, **where)
        return
    if not checkpoints:
        yield _bad("check.no_checkpoints", EX_UNAVAILABLE, **where)
        return
    yield _ok("check.webui", dialect=capabilities.dialect.value, models=len(checkpoints), **where)
    families = _families(ModelList(settings.model), checkpoints)
    yield _ok("check.families", name=backend.name, families=families)


def _families(models: ModelList, checkpoints: Sequence[Checkpoint]) -> str:
    """Which checkpoint is taken for which, so that the host can say otherwise."""
    by_family: dict[str, list[str]] = {}
    for checkpoint in checkpoints:
        by_family.setdefault(models.family(checkpoint) or "unknown", []).append(models.shown(checkpoint))
    return "; ".join(f"{family}: {_some(names)}" for family, names in sorted(by_family.items()))


def _some(names: Sequence[str]) -> str:
    more = f", and {len(names) - _MODELS_NAMED} more" if len(names) > _MODELS_NAMED else ""
    return ", ".join(names[:_MODELS_NAMED]) + more


def _told_as(error: WebUIError) -> str:
    """The code that has a line; what is an error of a special kind elsewhere is just an error here."""
    return next((kind.code for kind in TOLD_APART if isinstance(error, kind)), BadAnswer.code)


async def _database(settings: Settings) -> Finding:
    path = settings.database_url.path
    name = "PostgreSQL" if path is None else path.name
    try:
        await try_database(settings)
    except DatabaseInUse:
        return _ok("check.database_in_use", path=name)
    except StorageError as error:
        failure = database_failure(error, shared=path is None)
        return _bad(failure.key, failure.exit_code, **failure.values)
    return _ok("check.database", path=name)


def _disk(folder: Path) -> list[Finding]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError:
        return [_bad("check.outputs", EX_CONFIG, path=str(folder))]
    found = [_ok("check.outputs_ok", path=str(folder))]
    if free < LOW_DISK_BYTES:
        found.append(Finding(key="check.disk", values={"megabytes": free // 2**20}, warning=True))
    return found
