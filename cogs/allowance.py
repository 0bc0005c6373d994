"""A person's limits at this moment, from the settings and their roles."""

from typing import Any

import discord

from bot.model.hours import day_of
from bot.queue.allowance import Allowance
from bot.services import Services
from config.values import role_seconds


def allowance_of(interaction: discord.Interaction[Any], services: Services) -> Allowance:
    """What whoever asks may ask for."""
    settings = services.settings
    person = interaction.user
    roles = {role.id for role in person.roles} if isinstance(person, discord.Member) else set()
    return Allowance(
        cooldown=settings.queue.cooldown_seconds,
        waiting=settings.queue.waiting_seconds_per_person,
        quota=quota_of(settings.quota.seconds_per_day, role_seconds(settings.quota.by_role), roles),
        day=day_of(services.clock.now(), services.control.hours.zone),
    )


def quota_of(usual: float, by_role: dict[int, float], roles: set[int]) -> float | None:
    """Seconds a day: the most generous of a person's roles, or the usual. None = no limit."""
    own = [seconds for role, seconds in by_role.items() if role in roles] or [usual]
    return None if not usual or 0 in own else max(own)
