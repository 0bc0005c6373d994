"""The Discord client: what it asks Discord for, which server it talks to, and when it syncs its commands."""

import hashlib
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Self

import aiohttp
import discord
import discord.client
import discord.shard
import yarl
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from bot.answers import CommandAnswers
from bot.errors import Gone
from bot.roles import Shards
from bot.services import Services

log = logging.getLogger(__name__)

NETWORK_ERRORS = (aiohttp.ClientError, OSError, TimeoutError)
"""What discord.py lets through when the connection to Discord fails."""

Explain = Callable[[discord.Interaction[Any], Exception], Awaitable[None]]
PressHandler = Callable[[discord.Interaction[Any], str, str | None], Awaitable[None]]
SubmitHandler = Callable[[discord.Interaction[Any], str, Mapping[str, str]], Awaitable[None]]


class _PinnedGateway(DiscordWebSocket):
    """A websocket that goes where the client was told to, whatever Discord says.

    discord.py takes the gateway from three places: /gateway/bot, its own default, and READY's
    resume_gateway_url. All three pass through here.
    """

    @classmethod
    async def from_client(
        cls, client: discord.Client, *, gateway: yarl.URL | None = None, **options: Any
    ) -> Self:
        pinned = client.gateway_url if isinstance(client, EaselBot) else None
        return await super().from_client(client, gateway=pinned or gateway, **options)


def use_api(api_url: str | None) -> None:
    """Send every HTTP request of discord.py in this process to ``api_url`` (None = Discord itself)."""
    # Easel has no voice, so what voice would need is not missed.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    discord.http.Route.BASE = api_url or "https://discord.com/api/v10"
    discord.shard.DiscordWebSocket = _PinnedGateway  # type: ignore[misc]
    discord.client.DiscordWebSocket = _PinnedGateway  # type: ignore[misc]


class EaselBot(commands.AutoShardedBot):
    """Needs no privileged intent and keeps no message or member in memory."""

    def __init__(
        self,
        services: Services,
        *,
        extensions: Iterable[str],
        syncs: bool = True,
        always_sync: bool = False,
        gateway_url: str | None = None,
        guild_ready_timeout: float = 2.0,
        shards: Shards | None = None,
    ) -> None:
        servers = services.settings.servers
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True, messages=True, reactions=True),
            allowed_mentions=discord.AllowedMentions.none(),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=guild_ready_timeout,
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=servers.direct_messages, private_channel=servers.user_installs
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=servers.user_installs),
            **_sharding(shards),
        )
        self.services = services
        self.gateway_url = yarl.URL(gateway_url) if gateway_url else None
        self.answers = CommandAnswers(services.clock)
        """To commands that were given where the bot is no member."""
        self.presses: dict[str, PressHandler] = {}
        """What a button does, by the action in its custom_id. Cogs add theirs when they are loaded."""
        self.submits: dict[str, SubmitHandler] = {}
        """What a dialog does when it is sent, by the action in its custom_id."""
        self.explain: Explain = _no_words
        """Turns an exception into a sentence for the person. Installed by ``cogs.errors``."""
        self._easel_extensions = tuple(extensions)
        self._syncs = syncs
        self._always_sync = always_sync

    async def setup_hook(self) -> None:
        """After login, before the gateway: load the cogs, sync the commands if they changed."""
        for extension in self._easel_extensions:
            await self.load_extension(extension)
        if self._syncs and (self._always_sync or await self._commands_differ()):
            await self.sync_commands()

    async def on_command_error(self, context: commands.Context[Any], error: commands.CommandError, /) -> None:
        """Whoever talks to the bot without naming a command wants nothing; discord.py calls that an error."""
        if not isinstance(error, commands.CommandNotFound):
            await super().on_command_error(context, error)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """A sent dialog is known by its custom_id, ``e1:<action>:<id>``: so a restart does not lose it."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        data: dict[str, Any] = dict(interaction.data or {})
        _, action, about = (*str(data.get("custom_id", "")).split(":", 2), "", "")[:3]
        handler = self.submits.get(action, _gone)
        try:
            await handler(interaction, about, dict(_texts(data.get("components", []))))
        except Exception as error:  # noqa: BLE001 - discord.py would only log it and leave the person waiting
            await self.explain(interaction, error)

    async def sync_commands(self) -> int:
        """Tell Discord our commands. Returns how many they are."""
        synced = await self.tree.sync()
        await self.services.facts.put(self._sync_key(), self._commands_hash())
        log.info("commands synced", extra={"commands": len(synced)})
        return len(synced)

    async def _commands_differ(self) -> bool:
        if await self.services.facts.get(self._sync_key()) != self._commands_hash():
            return True
        there = await self.tree.fetch_commands()
        return {command.name for command in there} != {command.name for command in self._our_commands()}

    def _our_commands(self) -> Sequence[app_commands.Command[Any, ..., Any] | Any]:
        return self.tree.get_commands()

    def _commands_hash(self) -> str:
        """Of the commands, and of every language that they are said in."""
        shapes = sorted(json.dumps(c.to_dict(self.tree), sort_keys=True) for c in self._our_commands())
        return hashlib.sha256("\n".join([*shapes, self.services.texts.digest]).encode()).hexdigest()

    def _sync_key(self) -> str:
        """Another server or another application has not seen our commands yet."""
        where = f"{discord.http.Route.BASE} {self.application_id}"
        return "commands:" + hashlib.sha256(where.encode()).hexdigest()[:16]


async def _gone(interaction: discord.Interaction[Any], about: str, texts: Mapping[str, str]) -> None:
    """A dialog that no cog knows any more."""
    raise Gone


def _texts(components: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """(custom_id, text) of each text field of a sent dialog; labels hold theirs one level down."""
    for component in components:
        field = component.get("component") or component
        if isinstance(field.get("value"), str):
            yield str(field.get("custom_id")), field["value"]


async def _no_words(interaction: discord.Interaction[Any], error: Exception) -> None:
    """Before ``cogs.errors`` is loaded nobody can be answered; then this is a mistake of ours."""
    log.error("no words for an error", exc_info=error)


def _sharding(shards: Shards | None) -> dict[str, Any]:
    """Options of discord.py's, which takes no None for them."""
    return {} if shards is None else {"shard_ids": list(shards.ids), "shard_count": shards.count}
