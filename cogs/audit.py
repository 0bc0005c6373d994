"""Who changed what for others, and why: a line of the log, and a message where the server wants one."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import discord

from bot.client import NETWORK_ERRORS
from bot.errors import StorageError
from bot.services import Services
from cogs.present import Voice

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is in the log, and is still to be told where the server wants it told."""

    interaction: discord.Interaction[Any]
    services: Services
    text: str

    async def tell(self) -> None:
        """After the answer: nobody waits for the book."""
        interaction = self.interaction
        try:
            channel_id = (await self.services.preferences.rules(interaction.guild_id)).audit_channel
            if channel_id is not None:
                client = interaction.client
                channel = client.get_partial_messageable(channel_id, guild_id=interaction.guild_id)
                await channel.send(self.text)
        except (StorageError, discord.HTTPException, *NETWORK_ERRORS) as error:
            log.warning("the audit channel could not be written to", extra={"kind": type(error).__name__})


def audit(
    interaction: discord.Interaction[Any],
    services: Services,
    action: str,
    *,
    what: str = "",
    reason: str = "",
    jobs: Sequence[str] = (),
) -> Entry:
    """Note in the log what whoever acts has done. The channel is told by ``tell``.

    ``action``: a word that the catalogue knows. ``what``: what it was done to, shown as it is; never a
    prompt.
    """
    facts = {"action": action, "by": interaction.user.id, "guild": interaction.guild_id, "reason": reason}
    log.info("audit", extra={**facts, "target": what, "jobs": list(jobs)})
    voice = Voice(services.texts, str(interaction.guild_locale or interaction.locale))
    words = f"🛡️ <@{interaction.user.id}> · {voice.say(f'audit.{action}')}"
    parts = (words, what, voice.code(reason, 300) if reason else "")
    return Entry(interaction, services, " · ".join(part for part in parts if part))
