"""Boards: messages that show a channel the line, kept current within Discord's limits.

One board a channel. All of them are looked at together, at most every ``board_seconds``, and edited only if
their text would change. Which there are is in the facts, so they live on after a restart; one that somebody
deleted is forgotten. Of several processes one keeps them all.
"""

import asyncio
import logging
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Any

import discord
from discord import ui
from pydantic import TypeAdapter, ValidationError

from bot.client import NETWORK_ERRORS, EaselBot
from bot.errors import StorageError
from bot.queue.signals import Hint, Kind
from cogs.present import Voice
from cogs.views.base import layout
from cogs.views.queue import Reader, board_text

log = logging.getLogger(__name__)

BOARDS_FACT = "boards"
_LEASE = "boards"
"""Whoever has it keeps them."""
_TOO_OLD = 30046
"""Discord takes only a few edits of a message older than an hour."""
_OLD_SECONDS = 3600.0
_EDIT_SECONDS = 15.0
"""One edit that Discord keeps waiting must not hold up the other boards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One message."""

    channel_id: int
    message_id: int
    guild_id: int
    locale: str
    """The server's language."""


_BOARDS = TypeAdapter(tuple[Board, ...])


class Boards:
    """Keeps every board current; ``run`` is its task."""

    def __init__(self, bot: EaselBot) -> None:
        self._bot = bot
        self._services = bot.services
        self._boards: dict[int, Board] = {}
        """By channel."""
        self._shown: dict[int, str] = {}
        """The text that each board has, by message."""
        self._changing = asyncio.Lock()
        """Which boards there are changes one by one: of two put up at once one must see the other."""
        self._changed = asyncio.Event()
        self._stale = False
        """Another process has put one up, or taken one down."""
        self._endings = ExitStack()

    def open(self) -> None:
        """Listen to the other processes."""
        self._endings.callback(self._services.signals.listen(self._hear))
        self._endings.callback(self._services.leases.watch(self.look))

    def close(self) -> None:
        """Listen no more."""
        self._endings.close()

    def _hear(self, hint: Hint) -> None:
        if hint.kind in (Kind.BOARDS, Kind.ANEW):
            self._stale = True
            self._changed.set()

    async def restore(self) -> None:
        """Take up the boards of earlier and of other processes. Raises StorageError."""
        async with self._changing:
            await self._read()

    async def _read(self) -> None:
        stored = await self._services.facts.get(BOARDS_FACT)
        try:
            boards = _BOARDS.validate_python(stored or [])
        except ValidationError:
            log.warning("the boards that were kept cannot be read, so they are forgotten")
            return
        self._boards = {board.channel_id: board for board in boards}
        self._stale = False
        self._changed.set()

    def look(self) -> None:
        """The line may look different now."""
        self._changed.set()

    async def put_up(self, interaction: discord.Interaction[Any]) -> None:
        """Answer with the channel's board, in place of an earlier one. Raises StorageError."""
        guild_id, channel_id = interaction.guild_id, interaction.channel_id
        if guild_id is None or channel_id is None:
            raise ValueError("a board stands in a server's channel")
        locale = str(interaction.guild_locale or interaction.locale)
        text = await self._text(guild_id, locale)
        answer = await interaction.response.send_message(view=_view(text))
        if answer.message_id is None:
            return
        board = Board(channel_id=channel_id, message_id=answer.message_id, guild_id=guild_id, locale=locale)
        async with self._changing:
            await self._read()
            earlier = self._boards.get(channel_id)
            # An answer may be heard of after that of a later one.
            is_newest = earlier is None or earlier.message_id < board.message_id
            if is_newest:
                await self._keep(board, text)
        if (replaced := earlier if is_newest else board) is not None:
            await self._take_down(replaced)

    async def run(self) -> None:
        """Edit what changed, for ever."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            if not await self._are_ours():
                continue
            tried = [await self._refresh(board) for board in list(self._boards.values())]
            if any(tried):
                await self._services.clock.sleep(self._services.settings.preview.board_seconds)

    async def _are_ours(self) -> bool:
        """Whether this process keeps them now; then it knows all of them."""
        try:
            if not await self._services.leases.take(_LEASE):
                return False
            if self._stale:
                await self.restore()
        except StorageError as error:
            log.info("the boards cannot be looked at", extra={"reason": error.reason})
            return False
        return True

    async def _refresh(self, board: Board) -> bool:
        """Whether there was something to tell Discord."""
        try:
            text = await self._text(board.guild_id, board.locale)
            if text == self._shown.get(board.message_id):
                return False
            await self._show(board, text)
        except (discord.NotFound, discord.Forbidden):
            await self._forget(board)
        except (discord.HTTPException, StorageError, *NETWORK_ERRORS) as error:
            log.info("a board could not be brought up to date", extra={"kind": type(error).__name__})
            self._changed.set()
        except Exception:
            # One board that cannot be shown must not end all the others.
            log.exception("a board is given up", extra={"channel": board.channel_id})
            self._boards.pop(board.channel_id, None)
        return True

    async def _show(self, board: Board, text: str) -> None:
        try:
            async with asyncio.timeout(_EDIT_SECONDS):
                await self._message(board).edit(view=_view(text))
        except (TimeoutError, discord.HTTPException) as error:
            if not self._is_too_old(board, error):
                raise
            await self._post_anew(board, text)
        else:
            self._shown[board.message_id] = text

    def _is_too_old(self, board: Board, error: Exception) -> bool:
        """discord.py repeats what Discord answers 30046 to, which may take longer than we wait."""
        if isinstance(error, discord.HTTPException):
            return error.code == _TOO_OLD
        age = self._services.clock.now() - self._message(board).created_at.timestamp()
        return age > _OLD_SECONDS

    async def _post_anew(self, board: Board, text: str) -> None:
        channel = self._bot.get_partial_messageable(board.channel_id, guild_id=board.guild_id)
        message = await channel.send(view=_view(text), silent=True)
        successor = Board(
            channel_id=board.channel_id, message_id=message.id, guild_id=board.guild_id, locale=board.locale
        )
        async with self._changing:
            is_current = self._boards.get(board.channel_id) == board
            if is_current:
                await self._keep(successor, text)
        await self._take_down(board if is_current else successor)

    async def _take_down(self, board: Board) -> None:
        self._shown.pop(board.message_id, None)
        try:
            await self._message(board).delete()
        except (discord.HTTPException, *NETWORK_ERRORS) as error:
            log.info("an earlier board could not be deleted", extra={"kind": type(error).__name__})

    async def _keep(self, board: Board, text: str) -> None:
        self._boards[board.channel_id] = board
        self._shown[board.message_id] = text
        await self._write()

    async def _forget(self, board: Board) -> None:
        """Unless another one has taken its place meanwhile."""
        async with self._changing:
            if self._boards.get(board.channel_id) == board:
                log.info("a board is gone", extra={"channel": board.channel_id})
                del self._boards[board.channel_id]
                self._shown.pop(board.message_id, None)
                await self._write()

    async def _write(self) -> None:
        await self._services.facts.put(BOARDS_FACT, [asdict(board) for board in self._boards.values()])
        self._services.signals.send(Hint(kind=Kind.BOARDS))

    def _message(self, board: Board) -> discord.PartialMessage:
        channel = self._bot.get_partial_messageable(board.channel_id, guild_id=board.guild_id)
        return channel.get_partial_message(board.message_id)

    async def _text(self, guild_id: int, locale: str) -> str:
        reader = Reader(user_id=None, guild_id=guild_id)
        return await board_text(Voice(self._services.texts, locale), self._services, reader)


def _view(text: str) -> ui.LayoutView:
    return layout(ui.TextDisplay(text))
