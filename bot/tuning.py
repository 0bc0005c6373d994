"""What parts of the program keep of settings that may change while they run; nobody else keeps any.

Each function makes one such value. At the start the parts get theirs, and after a reload ``tune`` gives them
new ones.
"""

from bot.backends.models import ModelList
from bot.backends.pool import BackendPool
from bot.backends.pruning import Keep
from bot.backends.tuned import Tuned
from bot.fetch import FetchLimits
from bot.model.hours import OpeningHours
from bot.queue.control import Control
from bot.queue.manager import QueueManager
from bot.queue.protocols import Admission
from bot.queue.terms import Terms
from config.settings import Settings
from config.values import read_hours, read_zone

_FRESH_SECONDS = 3600.0
"""Within these a file surely belongs to a job that is known: what was attached, or the latest attempt."""


def tune(settings: Settings, *, queue: QueueManager, control: Control, pool: BackendPool) -> None:
    """Give them what holds now. All of it is made before any of it is given."""
    terms, hours, tuned = terms_of(settings), hours_of(settings), tuned_of(settings)
    queue.tune(terms)
    control.set_hours(hours)
    pool.tune(tuned)


def terms_of(settings: Settings) -> Terms:
    """Of the line."""
    queue = settings.queue
    return Terms(
        admission=Admission(
            per_person=queue.waiting_per_person,
            total=queue.waiting_total,
            per_channel=queue.waiting_per_channel,
        ),
        keep_seconds=queue.keep_hours * 3600,
        max_attempts=queue.max_attempts,
        longest_request=queue.max_seconds_per_request,
    )


def hours_of(settings: Settings) -> OpeningHours:
    """When pictures are drawn."""
    return OpeningHours(ranges=read_hours(settings.hours.open), zone=read_zone(settings.hours.time_zone))


def tuned_of(settings: Settings) -> Tuned:
    """Of the web UIs."""
    return Tuned(
        models=ModelList(settings.model),
        previews=settings.preview.enabled and settings.preview.pictures,
        partials=settings.preview.partial,
    )


def fetch_limits_of(settings: Settings) -> FetchLimits:
    """Of attached pictures."""
    waits = settings.attachments
    return FetchLimits(
        max_bytes=waits.max_bytes,
        connect=waits.connect_seconds,
        idle=waits.idle_seconds,
        total=waits.total_seconds,
    )


def keep_of(settings: Settings) -> Keep:
    """Of pictures on disk."""
    return Keep(
        seconds=settings.outputs.keep_days * 86_400,
        bytes=int(settings.outputs.max_gib * 2**30),
        at_least_seconds=_FRESH_SECONDS,
    )


def keep_data_seconds_of(settings: Settings) -> float:
    """Of requests that are over. 0 = for ever."""
    return settings.outputs.keep_data_days * 86_400
