"""A small bot on the unmodified discord.py that does one of each thing, to test the local Discord."""

import asyncio
import io
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.demo.discord import LocalDiscord

PNG = b"\x89PNG\r\n\x1a\n" + bytes(8) + (64).to_bytes(4, "big") + (48).to_bytes(4, "big") + b"rest"
"""Enough of a PNG for Discord: 64 x 48 pixels."""


def a_file(name: str = "a.png", data: bytes = PNG) -> discord.File:
    """A file to send."""
    return discord.File(io.BytesIO(data), name, description="a picture")


def a_card(text: str, *buttons: discord.ui.Item[Any]) -> discord.ui.LayoutView:
    """A Components V2 card: picture, text, buttons."""
    view = discord.ui.LayoutView(timeout=None)
    gallery: discord.ui.MediaGallery[Any] = discord.ui.MediaGallery()
    gallery.add_item(media="attachment://a.png", description="alt text")
    view.add_item(discord.ui.Container(gallery, discord.ui.TextDisplay(text)))
    if buttons:
        view.add_item(discord.ui.ActionRow(*buttons))
    view.stop()
    return view


class Again(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"again:(?P<job>\d+)"):
    """A button that survives a restart."""

    def __init__(self, job: int) -> None:
        self.job = job
        super().__init__(discord.ui.Button(label="Again", emoji="🎲", custom_id=f"again:{job}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """From a press."""
        return cls(int(match["job"]))

    async def callback(self, interaction: discord.Interaction) -> None:
        """Answer only whoever pressed."""
        await interaction.response.send_message(f"again {self.job}", ephemeral=True)


class Pick(discord.ui.DynamicItem[discord.ui.Select[Any]], template=r"pick:(?P<what>\w+)"):
    """A select that survives a restart."""

    def __init__(self, what: str) -> None:
        options = [discord.SelectOption(label=one.title(), value=one) for one in ("euler", "heun", "lms")]
        super().__init__(discord.ui.Select(custom_id=f"pick:{what}", options=options, max_values=2))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction, item: discord.ui.Item[Any], match: re.Match[str]
    ) -> Self:
        """From a choice."""
        return cls(match["what"])

    async def callback(self, interaction: discord.Interaction) -> None:
        """Change the message that the select is on."""
        chosen = ", ".join(self.item.values)
        await interaction.response.edit_message(content=f"picked {chosen}", view=None)


class Ask(discord.ui.Modal, title="Edit"):
    """A dialog with a text and a select."""

    prompt: discord.ui.Label[Any] = discord.ui.Label(
        text="Prompt", component=discord.ui.TextInput(custom_id="prompt", max_length=100)
    )
    size: discord.ui.Label[Any] = discord.ui.Label(
        text="Size",
        component=discord.ui.Select(
            custom_id="size",
            options=[discord.SelectOption(label=one, value=one) for one in ("small", "large")],
        ),
    )
    picture: discord.ui.Label[Any] = discord.ui.Label(
        text="Picture", component=discord.ui.FileUpload(custom_id="picture", required=False)
    )

    def __init__(self) -> None:
        super().__init__(custom_id="ask:1")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Say what was entered."""
        assert isinstance(self.prompt.component, discord.ui.TextInput)
        assert isinstance(self.size.component, discord.ui.Select)
        assert isinstance(self.picture.component, discord.ui.FileUpload)
        files = [one.filename for one in self.picture.component.values]
        await interaction.response.send_message(
            f"{self.prompt.component.value} {self.size.component.values[0]} {files}"
        )


class ProbeBot(commands.AutoShardedBot):
    """The bot. Tests replace ``on_slow`` to say what /slow does."""

    def __init__(self, intents: discord.Intents | None = None, shards: int | None = None) -> None:
        super().__init__(
            commands.when_mentioned,
            intents=intents or discord.Intents(guilds=True, messages=True, reactions=True),
            shard_count=shards,
            help_command=None,
            guild_ready_timeout=0.0,
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.heard: list[discord.Message] = []
        self.seen: list[discord.Interaction] = []
        self.failures: list[BaseException] = []
        self.resumed = asyncio.Event()
        self.reacted: list[discord.RawReactionActionEvent] = []

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait five seconds between shards, as Discord asks for."""

    async def setup_hook(self) -> None:
        """Register everything."""
        self.add_dynamic_items(Again, Pick)
        for command in _commands(self):
            self.tree.add_command(command)
        self.tree.on_error = self._failed  # type: ignore[method-assign]
        await self.tree.sync()

    async def _failed(self, interaction: discord.Interaction, error: app_commands.AppCommandError) -> None:
        self.failures.append(error.original if isinstance(error, app_commands.CommandInvokeError) else error)

    async def on_message(self, message: discord.Message) -> None:
        """Remember what others say."""
        if message.author != self.user:
            self.heard.append(message)

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        """Remember every interaction."""
        self.seen.append(interaction)

    async def on_shard_resumed(self, shard: int) -> None:
        """A shard has come back."""
        self.resumed.set()

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        """Remember reactions."""
        self.reacted.append(payload)

    async def on_slow(self, interaction: discord.Interaction) -> None:
        """What /slow does."""


def _commands(bot: ProbeBot) -> Sequence[app_commands.Command[Any, ..., Any] | app_commands.Group | Any]:
    @app_commands.command(description="Draws")
    @app_commands.choices(style=[app_commands.Choice(name="Oil", value="oil")])
    async def draw(
        interaction: discord.Interaction,
        prompt: str,
        steps: app_commands.Range[int, 1, 50] = 30,
        scale: float = 7.0,
        sampler: str = "Euler a",
        style: app_commands.Choice[str] | None = None,
        spoiler: bool = False,
        init_image: discord.Attachment | None = None,
        friend: discord.Member | None = None,
    ) -> None:
        await interaction.response.defer(thinking=True)
        picture = PNG if init_image is None else await init_image.read()
        card = a_card(f"`{prompt}` {steps} {scale} {sampler} {style and style.value} {spoiler}", Again(7))
        await interaction.followup.send(view=card, file=a_file(data=picture))

    @draw.autocomplete("sampler")
    async def samplers(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        known = ("Euler a", "Euler", "Heun", f"for {interaction.namespace.prompt}")
        return [app_commands.Choice(name=one, value=one) for one in known if current.lower() in one.lower()]

    @app_commands.command(description="Answers at once")
    async def say(interaction: discord.Interaction, text: str, hidden: bool = False) -> None:
        view = discord.ui.View(timeout=None)
        view.add_item(Pick("sampler"))
        await interaction.response.send_message(text, ephemeral=hidden, view=view)

    @app_commands.command(description="Asks")
    async def ask(interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Ask())

    @app_commands.command(description="Does what the test says")
    async def slow(interaction: discord.Interaction) -> None:
        await bot.on_slow(interaction)

    @app_commands.command(description="For adults", nsfw=True)
    async def night(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("night")

    @app_commands.command(description="For moderators")
    @app_commands.default_permissions(manage_messages=True)
    @app_commands.guild_only()
    async def policy(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("policy")

    @app_commands.context_menu(name="Get Image Info")
    async def info(interaction: discord.Interaction, message: discord.Message) -> None:
        names = [one.filename for one in message.attachments]
        await interaction.response.send_message(f"{message.content} {names}", ephemeral=True)

    @app_commands.context_menu(name="Greet")
    async def greet(interaction: discord.Interaction, user: discord.Member) -> None:
        await interaction.response.send_message(f"hello {user.name}")

    queue = app_commands.Group(name="queue", description="The line")

    @queue.command(description="Shows it")
    async def board(interaction: discord.Interaction, page: int = 1) -> None:
        await interaction.response.send_message(f"page {page}")

    return [draw, say, ask, slow, night, policy, info, greet, queue]


@asynccontextmanager
async def running(bot: ProbeBot, server: LocalDiscord) -> AsyncIterator[ProbeBot]:
    """The bot, connected to the local Discord and ready."""
    async with pointed(bot, server.api_url, server.gateway_url, server.token) as task:
        ready = asyncio.create_task(server.wait_ready(), name="probe-bot-ready")
        await asyncio.wait({ready, task}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            await task
        await ready
        yield bot


@asynccontextmanager
async def pointed(
    bot: ProbeBot, api_url: str, gateway_url: str, token: str
) -> AsyncIterator[asyncio.Task[None]]:
    """The bot, on its way to these addresses; discord.py's own are put back afterwards."""
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    base, gateway = route.BASE, socket.DEFAULT_GATEWAY
    route.BASE, socket.DEFAULT_GATEWAY = api_url, yarl.URL(gateway_url)
    task = asyncio.create_task(bot.start(token), name="probe-bot")
    try:
        yield task
    finally:
        await bot.close()
        _, unfinished = await asyncio.wait({task}, timeout=5)
        for one in unfinished:  # a bot that was still launching shards goes on after its close
            one.cancel()
        await asyncio.gather(task, return_exceptions=True)
        route.BASE, socket.DEFAULT_GATEWAY = base, gateway
