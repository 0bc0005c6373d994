"""A person's limits at this moment."""

from bot.model.hours import day_of
from bot.model.preferences import Caps
from bot.queue.allowance import Allowance
from bot.services import Services


def allowance_of(services: Services, caps: Caps) -> Allowance:
    """What somebody with these limits may ask for."""
    settings = services.settings
    return Allowance(
        cooldown=settings.queue.cooldown_seconds,
        waiting=settings.queue.waiting_seconds_per_person,
        quota=caps.seconds_per_day or None,
        day=day_of(services.clock.now(), services.control.hours.zone),
    )


def quota_of(usual: float, by_role: dict[int, float], roles: set[int]) -> float | None:
    """Seconds a day: the most generous of a person's roles, or the usual. None = no limit."""
    own = [seconds for role, seconds in by_role.items() if role in roles] or [usual]
    return None if not usual or 0 in own else max(own)
