"""Where the bot is no member, it reaches whoever asked only through the answer to their command.

The token for that is taken for 15 minutes
(https://discord.com/developers/docs/interactions/receiving-and-responding#followup-messages) and is kept in
memory alone: after a restart, and in another process, the direct messages are the way.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import discord

from bot.model.clock import Clock

ANSWER_SECONDS = 14 * 60.0
"""How long an answer can be counted on: a minute less than Discord takes its token."""
_MADE_SECONDS = 10.0
"""Until the first answer to a command has been made, or never will be."""


def is_foreign(interaction: discord.Interaction[Any]) -> bool:
    """Whether somebody uses the application where the bot is not: their own installation of it."""
    if interaction.guild_id is not None:
        return not interaction.is_guild_integration()
    return interaction.context.private_channel is True


@dataclass(slots=True, kw_only=True)
class CommandAnswer:
    """The first answer to the command, or press, that a job came from."""

    webhook: discord.Webhook = field(repr=False)
    until: float
    """Seconds since 1970."""
    made: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is there to be changed."""

    async def show(self, view: discord.ui.LayoutView, files: Sequence[discord.File] = ()) -> int:
        """Put this in its place; gives the message's id. Raises TimeoutError and what discord.py raises."""
        async with asyncio.timeout(_MADE_SECONDS):
            await self.made.wait()
        edit: Any = self.webhook.edit_message  # its types know numbers alone
        message = await edit("@original", view=view, attachments=files)
        return int(message.id)


class CommandAnswers:
    """Of the jobs that have no other place to go."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._answers: dict[str, CommandAnswer] = {}

    def expect(self, job_id: str, interaction: discord.Interaction[Any]) -> CommandAnswer | None:
        """The answer that is about to be made for a job, where it is needed."""
        now = self._clock.now()
        self._answers = {key: one for key, one in self._answers.items() if one.until > now}
        if not is_foreign(interaction):
            return None
        answer = CommandAnswer(
            webhook=interaction.followup, until=interaction.created_at.timestamp() + ANSWER_SECONDS
        )
        self._answers[job_id] = answer
        return answer

    def of(self, job_id: str) -> CommandAnswer | None:
        """The one that a job has, as long as it can be changed."""
        answer = self._answers.get(job_id)
        return answer if answer is not None and answer.until > self._clock.now() else None
