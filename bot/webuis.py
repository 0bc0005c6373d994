"""The web UIs of this process, as the settings name them; and those of others, where a database is shared."""

import hashlib
import ipaddress
import socket
from collections.abc import Sequence

from bot.backends.baseline import Baseline
from bot.backends.catalog import ModelCatalog
from bot.backends.leased import LeasedRunner
from bot.backends.pool import BackendPool, BackendSpec
from bot.backends.remote import Others
from bot.backends.tuned import Tuned
from bot.imaging.codec import PictureLimits
from bot.model.clock import Clock
from bot.queue.protocols import Renderer
from bot.storage.facts import Facts
from bot.storage.sharing import Sharing
from bot.webui.client import Limits, Timeouts
from config.settings import Settings
from config.values import WebUIAddress


def others_of(sharing: Sharing, catalog: ModelCatalog, facts: Facts, clock: Clock) -> Others | None:
    """The web UIs of other processes. None = there are no other processes."""
    if sharing.sightings is None:
        return None
    return Others(
        sharing.sightings,
        leases=sharing.leases,
        signals=sharing.signals,
        catalog=catalog,
        baseline=Baseline(facts),
        clock=clock,
    )


async def backend_specs(settings: Settings, sharing: Sharing) -> Sequence[BackendSpec]:
    """Those of the settings. Where a database is shared it gives the names. Raises StorageError."""
    names = [backend.name for backend in settings.backends]
    if sharing.sightings is not None:
        keys = [key_of(backend.address) for backend in settings.backends]
        names = list(await sharing.sightings.register(keys))
    return [
        BackendSpec(
            name=name,
            url=backend.address.secret_url,
            dedicated=backend.dedicated,
            weight=backend.weight,
        )
        for name, backend in zip(names, settings.backends, strict=True)
    ]


def key_of(address: WebUIAddress) -> str:
    """The same for all processes that mean the same web UI. "This machine" is another one on each host."""
    scheme, host, port, path = address.same_as
    machine = socket.gethostname() if _is_this_machine(host) else ""
    return hashlib.sha256(f"{machine} {scheme}://{host}:{port}{path}".encode()).hexdigest()


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def renderers_of(pool: BackendPool, sharing: Sharing, others: Others | None) -> Sequence[Renderer]:
    """One for each web UI of this process."""
    if others is None:
        return pool.runners
    return [LeasedRunner(runner, sharing.leases, others) for runner in pool.runners]


def open_pool(
    settings: Settings,
    specs: Sequence[BackendSpec],
    *,
    tuned: Tuned,
    catalog: ModelCatalog,
    facts: Facts,
    clock: Clock,
    others: Others | None,
    sharing: Sharing,
) -> BackendPool:
    """The pool, still to be entered."""
    waits = settings.webui
    quick = Timeouts(
        connect=waits.connect_seconds,
        first_byte=waits.read_seconds,
        idle=waits.idle_seconds,
        total=waits.read_seconds,
    )
    return BackendPool(
        specs,
        catalog=catalog,
        facts=facts,
        outputs=settings.output_dir,
        clock=clock,
        timeouts=Timeouts(
            connect=waits.connect_seconds,
            first_byte=waits.first_byte_seconds,
            idle=waits.idle_seconds,
            total=waits.total_seconds,
        ),
        quick_timeouts=quick,
        limits=Limits(pictures=waits.max_answer_bytes, small=waits.max_list_bytes),
        picture_limits=PictureLimits(max_pixels=waits.max_picture_pixels),
        poll_seconds=waits.poll_seconds,
        tuned=tuned,
        out_of_memory_seconds=settings.webui.out_of_memory_hours * 3600,
        others=others,
        signals=sharing.signals,
    )
