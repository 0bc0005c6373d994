"""/queue: the line, one's own place in it, and why it is fair; its boards, and the presence.

Everybody types the bare ``/queue``. What only moderators may do is behind its ``action``, because Discord
knows no command that is both bare and a group, and a second name for the line would be one more to remember.
"""

from contextlib import ExitStack
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import EaselBot
from bot.errors import MissingPermissions, ModeratorsOnly
from bot.model.tasks import TaskOwner
from bot.queue.events import Subscription
from cogs.board import Boards
from cogs.presence import Presence
from cogs.present import Voice
from cogs.views.base import is_moderator
from cogs.views.queue import Reader, queue_view
from cogs.words import command_words, described

ACTIONS = ("board",)
"""What moderators may do."""
BOARD_NEEDS = ("view_channel", "send_messages")


class QueueCog(commands.Cog):
    """The line at a glance."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._presses = {"queue_page": self._turn}
        self._boards = Boards(bot)
        self._presence = Presence(bot)
        self._tasks = TaskOwner()
        self._subscription = ExitStack()

    async def cog_load(self) -> None:
        """The pages of panels of earlier processes can be turned, too."""
        self._bot.presses.update(self._presses)
        events = self._subscription.enter_context(self._services.queue.events.subscribe())
        await self._boards.restore()
        self._tasks.start(self._listen(events), "line-events")
        self._tasks.start(self._boards.run(), "line-boards")
        if self._services.settings.preview.presence:
            self._tasks.start(self._presence.run(), "line-presence")

    async def cog_unload(self) -> None:
        """Take the buttons back; stop, then wait."""
        self._subscription.close()
        await self._tasks.close()
        for action in self._presses:
            self._bot.presses.pop(action, None)

    @app_commands.command(name="queue", description=command_words("queue"))
    @described("queue")
    @app_commands.choices(action=[app_commands.Choice(name=name, value=name) for name in ACTIONS])
    async def queue(self, interaction: discord.Interaction[Any], action: str | None = None) -> None:
        """Show it, to the person alone; or do something about it."""
        if action is not None:
            require_moderator(interaction)
            await self._put_up_board(interaction)
            return
        view = await queue_view(self._voice(interaction), self._services, _reader(interaction))
        await interaction.response.send_message(view=view, ephemeral=True)

    async def _put_up_board(self, interaction: discord.Interaction[Any]) -> None:
        have = interaction.app_permissions
        missing = tuple(name for name in BOARD_NEEDS if not getattr(have, name))
        if missing:
            raise MissingPermissions(missing)
        await self._boards.put_up(interaction)

    async def _turn(self, interaction: discord.Interaction[Any], _: str, page: str | None) -> None:
        """Another page of the same panel, as the line is now."""
        asked = int(page) if page and page.isdecimal() else 0
        view = await queue_view(self._voice(interaction), self._services, _reader(interaction), asked)
        await interaction.response.edit_message(view=view)

    async def _listen(self, events: Subscription) -> None:
        async for _ in events:
            self._boards.look()
            self._presence.look()

    @commands.Cog.listener("on_shard_ready")
    async def _on_shard_ready(self, _: int) -> None:
        """A session began; a resumed one keeps its presence."""
        self._presence.forgotten()

    @commands.Cog.listener("on_ready")
    async def _on_ready(self) -> None:
        """Every session has begun."""
        self._presence.forgotten()

    def _voice(self, interaction: discord.Interaction[Any]) -> Voice:
        return Voice(self._services.texts, str(interaction.locale))


def require_moderator(interaction: discord.Interaction[Any]) -> None:
    """Only those who may manage messages here. Raises ModeratorsOnly."""
    if not is_moderator(interaction):
        raise ModeratorsOnly


def _reader(interaction: discord.Interaction[Any]) -> Reader:
    return Reader(user_id=interaction.user.id, guild_id=interaction.guild_id)


async def setup(bot: EaselBot) -> None:
    """Load the cog."""
    await bot.add_cog(QueueCog(bot))
