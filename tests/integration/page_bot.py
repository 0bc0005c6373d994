"""A small bot on the unmodified discord.py that shows one of each thing the demo's page must draw."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import yarl
from discord import app_commands, ui
from discord.ext import commands
from PIL import Image, ImageDraw

from bot.demo.discord import LocalDiscord

_INTENTS = discord.Intents(guilds=True, messages=True)
SAMPLERS = ("Euler", "Euler a", "Heun", "DPM++ 2M", "LMS")


def a_picture(seed: int, width: int = 512, height: int = 512) -> bytes:
    """A PNG that differs by ``seed``."""
    image = Image.new("RGB", (width, height), (40, 44 + 20 * (seed % 8), 90))
    draw = ImageDraw.Draw(image)
    for ring in range(8, 0, -1):
        size = ring * width // 18
        tint = (230 - ring * 18, 90 + (seed * 37 + ring * 14) % 150, 120)
        draw.ellipse(
            (width // 2 - size, height // 2 - size, width // 2 + size, height // 2 + size), fill=tint
        )
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def files(count: int) -> list[discord.File]:
    """``count`` pictures to send, p0.png and so on."""
    return [discord.File(io.BytesIO(a_picture(at)), f"p{at}.png") for at in range(count)]


def gallery(count: int, *, spoiler: bool = False) -> ui.MediaGallery[Any]:
    """A gallery of the first ``count`` pictures."""
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(f"attachment://p{at}.png", description=f"picture {at}", spoiler=spoiler)
            for at in range(count)
        )
    )


class Ask(ui.Modal, title="Edit the words"):
    """A dialog with a text, a long text, a select and a box to tick."""

    def __init__(self) -> None:
        super().__init__(custom_id="ask")
        self.words: ui.TextInput[Any] = ui.TextInput(custom_id="words", max_length=40, placeholder="a cat")
        self.long: ui.TextInput[Any] = ui.TextInput(
            custom_id="long", style=discord.TextStyle.paragraph, required=False, default="blurry"
        )
        self.size: ui.Select[Any] = ui.Select(
            custom_id="size",
            options=[discord.SelectOption(label=one, value=one.lower()) for one in ("Small", "Large")],
        )
        self.add_item(ui.Label(text="Prompt", description="What to draw", component=self.words))
        self.add_item(ui.Label(text="Negative prompt", component=self.long))
        self.add_item(ui.Label(text="Size", component=self.size))

    async def on_submit(self, interaction: discord.Interaction) -> None:
        """Say privately what was entered."""
        text = f"{self.words.value} | {self.long.value} | {self.size.values}"
        await interaction.response.send_message(text, ephemeral=True)


class Card(ui.LayoutView):
    """Pictures, words, buttons and a select. The last button is never answered."""

    row: ui.ActionRow[Any] = ui.ActionRow()
    picks: ui.ActionRow[Any] = ui.ActionRow()

    def __init__(self, prompt: str, count: int, *, spoiler: bool = False) -> None:
        super().__init__(timeout=None)
        self.clear_items()
        self.add_item(gallery(count, spoiler=spoiler))
        self.add_item(ui.TextDisplay(f"```\n{prompt}\n```\n-# seed 7 · 512×512"))
        self.add_item(self.row)
        self.add_item(self.picks)

    @row.button(label="Data", emoji="📋")
    async def data(self, interaction: discord.Interaction, button: ui.Button[Any]) -> None:
        """A private answer."""
        await interaction.response.send_message("the **data** of it", ephemeral=True)

    @row.button(label="Edit", emoji="🖋️", style=discord.ButtonStyle.primary)
    async def edit(self, interaction: discord.Interaction, button: ui.Button[Any]) -> None:
        """A dialog."""
        await interaction.response.send_modal(Ask())

    @row.button(label="Silent", style=discord.ButtonStyle.danger)
    async def silent(self, interaction: discord.Interaction, button: ui.Button[Any]) -> None:
        """Nothing, so that the interaction fails."""

    @picks.select(
        placeholder="Pick up to two",
        max_values=2,
        options=[discord.SelectOption(label=one, description=f"the {one} way") for one in SAMPLERS],
    )
    async def picked(self, interaction: discord.Interaction, select: ui.Select[Any]) -> None:
        """Say privately what was picked."""
        await interaction.response.send_message(f"picked {', '.join(select.values)}", ephemeral=True)


class Showcase(ui.LayoutView):
    """Containers, sections, separators, files, all styles of buttons."""

    def __init__(self) -> None:
        super().__init__(timeout=None)
        section: ui.Section[Any] = ui.Section(
            "### A heading\n**bold** *italic* __under__ ~~gone~~ `code` ||hidden words||",
            accessory=ui.Thumbnail("attachment://p0.png", description="small"),
        )
        styles = discord.ButtonStyle
        shown = (styles.primary, styles.secondary, styles.success, styles.danger)
        buttons: list[ui.Button[Any]] = [
            ui.Button(label=style.name.title(), style=style, custom_id=style.name) for style in shown
        ]
        link: ui.Button[Any] = ui.Button(label="Link", url="https://example.org/")
        self.add_item(
            ui.Container(
                section,
                ui.Separator(spacing=discord.SeparatorSpacing.large),
                ui.TextDisplay("- one\n- two\n> quoted\n<t:1700000000:R> https://example.org/x"),
                ui.File("attachment://notes.txt"),
                ui.ActionRow(*buttons, link),
                accent_colour=discord.Colour(0xF3A35C),
            )
        )


class PageBot(commands.AutoShardedBot):
    """The bot. ``go_on`` is what /draw waits for between its steps."""

    def __init__(self) -> None:
        super().__init__(
            commands.when_mentioned,
            intents=_INTENTS,
            help_command=None,
            guild_ready_timeout=0.0,
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions(everyone=False, roles=False, users=True),
        )
        self.go_on = asyncio.Event()
        self.drawn: list[dict[str, object]] = []

    async def setup_hook(self) -> None:
        """Register everything."""
        for command in _commands(self):
            self.tree.add_command(command)
        await self.tree.sync()


def _words(text: str) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.TextDisplay(text))
    view.stop()
    return view


def _commands(bot: PageBot) -> list[app_commands.Command[Any, ..., Any] | app_commands.ContextMenu]:
    return [_draw(bot), *_others(), _menu()]


def _draw(bot: PageBot) -> app_commands.Command[Any, ..., Any]:
    @app_commands.command(description="Draw a picture")
    @app_commands.choices(style=[app_commands.Choice(name=one, value=one.lower()) for one in ("Oil", "Ink")])
    async def draw(
        interaction: discord.Interaction,
        prompt: str,
        negative_prompt: str = "",
        steps: app_commands.Range[int, 1, 50] = 30,
        sampler: str = "Euler",
        style: app_commands.Choice[str] | None = None,
        hidden: bool = False,
        init_image: discord.Attachment | None = None,
        friend: discord.Member | None = None,
        pictures: app_commands.Range[int, 1, 10] = 1,
    ) -> None:
        names = {
            "prompt": prompt,
            "negative_prompt": negative_prompt,
            "steps": steps,
            "sampler": sampler,
            "style": style.value if style else None,
            "init_image": init_image.filename if init_image else None,
            "friend": friend.name if friend else None,
        }
        bot.drawn.append(names)
        await interaction.response.send_message(view=_words("⏳ **Waiting**"))
        await bot.go_on.wait()
        await interaction.edit_original_response(view=_words("🎨 **Drawing** ▰▰▰▰▱▱▱▱ 50 %"))
        card = Card(f"{prompt} {steps}", pictures, spoiler=hidden)
        assert isinstance(interaction.channel, discord.TextChannel)
        await interaction.channel.send(view=card, files=files(pictures))
        await interaction.delete_original_response()

    @draw.autocomplete("sampler")
    async def samplers(interaction: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        found = [one for one in SAMPLERS if current.lower() in one.lower()]
        return [app_commands.Choice(name=one, value=one) for one in found]

    return draw


def _others() -> list[app_commands.Command[Any, ..., Any]]:
    @app_commands.command(description="Show every kind of part")
    async def show(interaction: discord.Interaction) -> None:
        notes = discord.File(io.BytesIO(b"line one\nline two\n"), "notes.txt")
        await interaction.response.send_message(view=Showcase(), files=[*files(1), notes])

    @app_commands.command(description="An older kind of message")
    async def classic(interaction: discord.Interaction) -> None:
        embed = discord.Embed(title="Title", description="*words*", colour=0x3FA37A)
        embed.add_field(name="Field", value="value", inline=True)
        await interaction.response.send_message("<script>alert(1)</script>", embed=embed, files=files(2))

    @app_commands.command(description="Thinks until it is allowed to go on")
    async def think(interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True, ephemeral=True)

    @app_commands.command(description="Never answers")
    async def silence(interaction: discord.Interaction) -> None:
        """Nothing."""

    return [show, classic, think, silence]


def _menu() -> app_commands.ContextMenu:
    @app_commands.context_menu(name="Get Image Info")
    async def info(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"info of {message.id}", ephemeral=True)

    return info


@asynccontextmanager
async def connected(bot: PageBot, server: LocalDiscord) -> AsyncIterator[None]:
    """The bot, connected to the local Discord; discord.py's addresses are put back afterwards."""
    route, socket = discord.http.Route, discord.gateway.DiscordWebSocket
    before = route.BASE, socket.DEFAULT_GATEWAY
    route.BASE, socket.DEFAULT_GATEWAY = server.api_url, yarl.URL(server.gateway_url)
    task = asyncio.create_task(bot.start(server.token), name="page-bot")
    try:
        await server.wait_ready()
        yield
    finally:
        await bot.close()
        await asyncio.gather(task, return_exceptions=True)
        route.BASE, socket.DEFAULT_GATEWAY = before
