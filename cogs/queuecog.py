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
from bot.errors import BadValue, MissingPermissions, ModeratorsOnly
from bot.model.tasks import TaskOwner
from bot.queue.events import Subscription
from bot.queue.job import Job, State
from bot.queue.manager import CancelOutcome
from cogs.allowance import allowance_of
from cogs.audit import audit
from cogs.board import Boards
from cogs.presence import Presence
from cogs.present import Voice
from cogs.standards import standards_of
from cogs.views.base import is_moderator
from cogs.views.queue import Reader, queue_view
from cogs.words import choices, command_words, described

_REASON_LENGTH = 200
ACTIONS = ("board", "move_up", "wipe")
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
        self._boards.open()
        await self._boards.restore()
        self._tasks.start(self._listen(events), "line-events")
        self._tasks.start(self._boards.run(), "line-boards")
        if self._services.settings.preview.presence:
            self._tasks.start(self._presence.run(), "line-presence")

    async def cog_unload(self) -> None:
        """Take the buttons back; stop, then wait."""
        self._subscription.close()
        self._boards.close()
        await self._tasks.close()
        for action in self._presses:
            self._bot.presses.pop(action, None)

    @app_commands.command(name="queue", description=command_words("queue"))
    @described("queue")
    @app_commands.choices(action=choices("queue.action", ACTIONS))
    async def queue(
        self,
        interaction: discord.Interaction[Any],
        action: str | None = None,
        person: discord.User | None = None,
        reason: str = "",
    ) -> None:
        """Show it, to the person alone; or do something about it."""
        if action is not None:
            require_moderator(interaction)
            await self._act(interaction, action, person, " ".join(reason.split())[:_REASON_LENGTH])
            return
        view = await queue_view(self._voice(interaction), self._services, _reader(interaction))
        await interaction.response.send_message(view=view, ephemeral=True)

    @app_commands.command(name="quota", description=command_words("quota"))
    async def quota(self, interaction: discord.Interaction[Any]) -> None:
        """What is left of the day's drawing time."""
        standards, voice = await standards_of(interaction, self._services), self._voice(interaction)
        allowance = allowance_of(self._services, standards.merged.caps)
        begin, end = allowance.day
        seconds = await self._services.store.seconds_used(interaction.user.id, begin)
        used = voice.duration(seconds) if seconds else "0"
        if allowance.quota is None:
            text = voice.say("quota.none", used=used)
        else:
            left = voice.duration(end - self._services.clock.now())
            text = voice.say("quota.used", used=used, limit=voice.duration(allowance.quota), time=left)
        await interaction.response.send_message(text, ephemeral=True)

    async def _act(
        self, interaction: discord.Interaction[Any], action: str, person: discord.User | None, reason: str
    ) -> None:
        if action == "board":
            await self._put_up_board(interaction)
            return
        if not reason:
            raise BadValue(field="reason", given=reason, reason="empty")
        if action == "wipe":
            await self._wipe(interaction, person, reason)
        elif person is None:
            raise BadValue(field="person", given="", reason="empty")
        else:
            await self._move_up(interaction, person, reason)

    async def _move_up(
        self, interaction: discord.Interaction[Any], person: discord.User, reason: str
    ) -> None:
        """That person's first waiting job to the front of the line."""
        voice = self._voice(interaction)
        jobs = await self._waiting_here(interaction, person)
        moved = bool(jobs) and await self._services.queue.move_up(jobs[0].id)
        text = voice.say("moderate.moved_up" if moved else "moderate.nothing", person=f"<@{person.id}>")
        if not moved:
            await interaction.response.send_message(text, ephemeral=True)
            return
        whose, first = f"<@{person.id}>", [jobs[0].id]
        entry = audit(interaction, self._services, "move_up", what=whose, reason=reason, jobs=first)
        await interaction.response.send_message(text, ephemeral=True)
        await entry.tell()

    async def _wipe(
        self, interaction: discord.Interaction[Any], person: discord.User | None, reason: str
    ) -> None:
        """Cancel what waits, of one person or of everybody; what runs goes on."""
        voice = self._voice(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        jobs = await self._waiting_here(interaction, person)
        # In the order of the line, backwards: a cancel brings the same person's later jobs forward.
        gone = [job.id for job in reversed(jobs) if await self._cancelled(job)]
        whose = "" if person is None else f"<@{person.id}>"
        entry = audit(interaction, self._services, "wipe", what=whose, reason=reason, jobs=gone)
        await interaction.followup.send(voice.count("moderate.wiped", len(gone)), ephemeral=True)
        await entry.tell()

    async def _cancelled(self, job: Job) -> bool:
        """Only if it still waits: what a web UI has taken meanwhile is not wiped."""
        now = await self._services.store.get(job.id)
        if now is None or now.state is not State.WAITING:
            return False
        return await self._services.queue.cancel(job.id, keep=False) is CancelOutcome.CANCELLED

    async def _waiting_here(
        self, interaction: discord.Interaction[Any], person: discord.User | None
    ) -> list[Job]:
        """Of this server only: its moderators have no say in another one's."""
        return [
            job
            for job in await self._services.store.in_state(State.WAITING)
            if job.origin.guild_id == interaction.guild_id
            and (person is None or person.id == job.origin.user_id)
        ]

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
