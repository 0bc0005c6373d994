"""Opens what cogs and workers need, in order."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from bot.backends.catalog import ModelCatalog
from bot.backends.inputs import Inputs
from bot.backends.outputs import PictureFolder
from bot.errors import StorageError
from bot.exits import EX_CONFIG, StartFailure, database_failure
from bot.fetch import Fetcher
from bot.l10n.catalog import Catalog
from bot.model.clock import Clock
from bot.ops.metrics import Metrics
from bot.queue.control import Control
from bot.queue.costs import Costs
from bot.queue.events import Events
from bot.queue.learned import COSTS_FACT, SWITCHES_FACT
from bot.queue.manager import QueueManager
from bot.queue.protocols import Renderer
from bot.queue.switches import Switches
from bot.roles import Role
from bot.services import Services
from bot.storage.comparisons import Comparisons
from bot.storage.drafts import Drafts
from bot.storage.kept import Storage
from bot.storage.opening import open_storage
from bot.storage.preferences import PreferenceBook
from bot.storage.presets import Presets
from bot.storage.sharing import Sharing, open_sharing
from bot.storage.wildcards import read_wildcards
from bot.tuning import fetch_limits_of, hours_of, terms_of, tune, tuned_of
from bot.webuis import backend_specs, open_pool, others_of, renderers_of
from config.live import LiveSettings
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What ``open_services`` opened."""

    services: Services
    renderers: Sequence[Renderer]
    """The web UIs that this process may work."""
    vital: tuple["asyncio.Task[None]", ...]
    """Tasks without which it is better to end."""

    async def database_answers(self) -> bool:
        """Whether it can be read."""
        try:
            await self.services.facts.get(SWITCHES_FACT)
        except StorageError:
            return False
        return True


async def open_services(live: LiveSettings, role: Role, clock: Clock, stack: AsyncExitStack) -> Opened:
    """All of it, until the stack is closed. Raises StartFailure."""
    with _database_failures(live.now):
        return await _open_services(live, role, clock, stack)


async def _open_services(live: LiveSettings, role: Role, clock: Clock, stack: AsyncExitStack) -> Opened:
    settings = live.now
    texts = Catalog.load()
    storage, sharing = await _open_database(settings, role, clock, stack)
    store, facts = storage.jobs, storage.facts
    catalog = ModelCatalog()
    others = others_of(sharing, catalog, facts, clock)
    specs = await backend_specs(settings, sharing) if role.draws else []
    pool = open_pool(
        settings,
        specs,
        tuned=tuned_of(settings),
        catalog=catalog,
        facts=facts,
        clock=clock,
        others=others,
        sharing=sharing,
    )
    events = Events()
    control = await stack.enter_async_context(
        Control(
            fleet=pool.fleet,
            facts=facts,
            clock=clock,
            hours=hours_of(settings),
            events=events,
            signals=sharing.signals,
        )
    )
    queue = await stack.enter_async_context(
        QueueManager(
            store=store,
            clock=clock,
            events=events,
            terms=terms_of(settings),
            costs=Costs(await facts.get(COSTS_FACT)),
            switches=Switches(await facts.get(SWITCHES_FACT)),
            memory=facts,
            fleet=control.fleet,
            open_since=control.open_since,
            signals=sharing.signals,
        )
    )
    storage.on_recovered(queue.dispatch.recovered)
    await stack.enter_async_context(pool)
    live.watch(partial(tune, queue=queue, control=control, pool=pool))
    fetcher = Fetcher(settings.discord_api_url, lambda: fetch_limits_of(live.now))
    await stack.enter_async_context(fetcher)
    services = Services(
        live=live,
        clock=clock,
        queue=queue,
        control=control,
        store=store,
        facts=facts,
        drafts=Drafts(storage.drafts, clock),
        comparisons=Comparisons(storage.facts),
        favourites=storage.favourites,
        history=storage.history,
        preferences=PreferenceBook(facts),
        presets=Presets(facts),
        catalog=catalog,
        pool=pool,
        wildcards=await asyncio.to_thread(read_wildcards, settings.prompts.wildcards),
        texts=texts,
        metrics=Metrics(),
        fetcher=fetcher,
        inputs=Inputs(settings.output_dir),
        decoding=asyncio.Semaphore(1),
        pictures=PictureFolder(settings.output_dir),
        outputs=settings.output_dir,
        leases=sharing.leases,
        signals=sharing.signals,
    )
    return Opened(
        services=services,
        renderers=renderers_of(pool, sharing, others),
        vital=(*storage.tasks, *sharing.tasks, queue.task, control.task, *pool.tasks),
    )


async def _open_database(
    settings: Settings, role: Role, clock: Clock, stack: AsyncExitStack
) -> tuple[Storage, Sharing]:
    if role is not Role.EVERYTHING and settings.database_url.dsn is None:
        raise StartFailure("start.role_needs_postgres", EX_CONFIG, role=role.value)
    storage = await stack.enter_async_context(open_storage(settings, clock))
    return storage, await stack.enter_async_context(open_sharing(settings, clock))


@contextmanager
def _database_failures(settings: Settings) -> Iterator[None]:
    """What the database says no with, as a sentence and an exit code."""
    try:
        yield
    except StorageError as error:
        raise database_failure(error, shared=settings.database_url.dsn is not None) from error
