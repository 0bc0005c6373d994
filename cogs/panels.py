"""Opening the edit panel: from a button under a picture, or for a picture that was read."""

from typing import Any

import discord

from bot.model.draft import Draft
from bot.services import Services
from cogs.present import Voice
from cogs.using import open_offer
from cogs.views.edit import edit_view


async def open_panel(interaction: discord.Interaction[Any], services: Services, draft: Draft) -> None:
    """Keep the draft and show its panel to the person alone. Raises StorageError."""
    draft_id = await services.drafts.open(interaction.user.id, draft)
    voice, offer = Voice(services.texts, str(interaction.locale)), await open_offer(interaction, services)
    view = edit_view(voice, services, draft_id, draft, offer)
    if interaction.response.is_done():
        await interaction.followup.send(view=view, ephemeral=True)
    else:
        await interaction.response.send_message(view=view, ephemeral=True)
