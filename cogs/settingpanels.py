"""Opening the panel of one layer of settings, for whichever command asks for it."""

from typing import Any

import discord

from bot.services import Services
from cogs.present import Voice
from cogs.rights import require_may_set
from cogs.views.settings import Subject, panel_view


async def open_settings(interaction: discord.Interaction[Any], services: Services, subject: Subject) -> None:
    """The panel of one layer, in private, for whoever may change it."""
    await require_may_set(interaction, services, subject.layer, subject.owner_id)
    preferences = await services.preferences.of(subject.layer, subject.owner_id)
    voice = Voice(services.texts, str(interaction.locale))
    view = panel_view(voice, subject, preferences)
    await interaction.response.send_message(view=view, ephemeral=True)
