"""The one bundle that cogs may use."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bot.backends.catalog import ModelCatalog
from bot.backends.inputs import Inputs
from bot.backends.outputs import PictureFolder
from bot.backends.pool import BackendPool
from bot.fetch import Fetcher
from bot.l10n.catalog import Catalog
from bot.model.clock import Clock
from bot.model.templates import Wildcards
from bot.ops.metrics import Metrics
from bot.queue.control import Control
from bot.queue.leases import Leases
from bot.queue.manager import QueueManager
from bot.queue.protocols import JobStore
from bot.queue.signals import Signals
from bot.storage.comparisons import Comparisons
from bot.storage.drafts import Drafts
from bot.storage.facts import Facts
from bot.storage.favourites import Favourites
from bot.storage.history import History
from bot.storage.preferences import PreferenceBook
from bot.storage.presets import Presets
from config.live import LiveSettings
from config.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a cog needs, opened and closed by ``bot.app``."""

    live: LiveSettings
    """The settings, and how changed ones are taken over."""
    clock: Clock
    queue: QueueManager
    control: Control
    """What the host holds back."""
    store: JobStore
    facts: Facts
    drafts: Drafts
    """Edit panels that stand open."""
    comparisons: Comparisons
    """Tables that are being drawn."""
    favourites: Favourites
    history: History
    preferences: PreferenceBook
    presets: Presets
    catalog: ModelCatalog
    """What the web UIs offer, from memory."""
    pool: BackendPool
    """The web UIs themselves."""
    wildcards: Wildcards
    texts: Catalog
    metrics: Metrics
    fetcher: Fetcher
    """Reads attachments."""
    inputs: Inputs
    """Pictures that jobs begin with."""
    decoding: asyncio.Semaphore
    """How many pictures of people are decoded at a time: each may take hundreds of megabytes."""
    leases: Leases
    """What this process has to itself, where several share a database."""
    signals: Signals
    """To those."""
    pictures: PictureFolder
    """Results on disk."""
    outputs: Path
    """OUTPUT_DIR, absolute."""

    @property
    def settings(self) -> Settings:
        """What holds now. It is read at each use and kept nowhere, since a reload changes it."""
        return self.live.now
