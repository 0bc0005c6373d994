"""The web UIs as the line sees them: who is up, what is loaded where, and who has what a job names."""

from collections.abc import Callable, Hashable, Sequence

from bot.backends.baseline import Baseline
from bot.backends.lists import exact_names
from bot.backends.memory import MemoryLimits, size_of
from bot.backends.remote import KnownBackend
from bot.backends.roster import Roster
from bot.errors import UnknownName
from bot.model.work import Drawing, Txt2Img, Upscale, Work
from bot.queue.floor import Standing
from bot.webui.endpoints import Endpoint
from bot.webui.requests import endpoint_of

__all__ = ["BackendFleet"]

_MOST_REMEMBERED = 2000
"""Different sets of names whose servers are kept, so that no choice has to read long lists."""
_CHECKPOINT = "sd_model_checkpoint"


class BackendFleet:
    """Implements ``bot.queue.floor.Fleet``. Everything is from memory."""

    def __init__(self, roster: Roster, baseline: Baseline, memory: MemoryLimits) -> None:
        self._roster = roster
        self._baseline = baseline
        self._memory = memory
        self._known_at: Hashable = None
        self._servers: dict[Hashable, frozenset[str] | None] = {}
        self._models: dict[str, str] = {}

    @property
    def revision(self) -> Hashable:
        """Changes with any list, the checkpoint of the baseline, and what was too much for a card."""
        known = tuple((backend.name, backend.revision) for backend in self._roster.all())
        return known, self._default_checkpoint, self._memory.revision

    def standings(self) -> Sequence[Standing]:
        """In the order of the settings."""
        return [
            Standing(
                name=backend.name,
                up=backend.status.up,
                loaded=None if backend.loaded is None else self._one_name(backend.loaded),
                weight=self._roster.weight(backend.name),
                elsewhere=self._roster.is_elsewhere(backend.name),
            )
            for backend in self._roster.all()
        ]

    def servers(self, work: Work) -> frozenset[str] | None:
        """Those that have all that is named, and those that were never met; all, where none has it.

        What was too much for a card does not go there again.

        None where no web UI is known at all: then nobody can say.
        """
        self._forget_what_is_old()
        needs = _needs(work)
        if needs not in self._servers:
            if len(self._servers) >= _MOST_REMEMBERED:
                self._servers.clear()
            default = self._default_checkpoint
            known = self._roster.all()
            able = frozenset(b.name for b in known if _may_have(b, work, default, self._memory))
            self._servers[needs] = able or frozenset(backend.name for backend in known) or None
        return self._servers[needs]

    def model_of(self, work: Work) -> str:
        """The name that the first back end has for it. Empty where nobody is told which to load."""
        if not isinstance(work, Drawing):
            return ""
        name = work.checkpoint or self._default_checkpoint
        return "" if name is None else self._one_name(name)

    def watch(self, changed: Callable[[], None]) -> None:
        """Lists, what is loaded, up or down: each may let a job go where it could not before."""
        self._roster.watch(changed)

    @property
    def _default_checkpoint(self) -> str | None:
        named = self._baseline.values.get(_CHECKPOINT)
        return named if isinstance(named, str) else None

    def _one_name(self, name: str) -> str:
        """One name for a checkpoint that several back ends call by different ones."""
        self._forget_what_is_old()
        if name not in self._models:
            if len(self._models) >= _MOST_REMEMBERED:
                self._models.clear()
            self._models[name] = self._found_name(name)
        return self._models[name]

    def _found_name(self, name: str) -> str:
        aliases = {name}
        for backend in self._roster.all():
            if (record := backend.lists.checkpoint(name)) is not None and record.sha256:
                aliases.add(record.sha256)
        for backend in self._roster.all():
            for record in backend.lists.checkpoints or ():
                if record.model_name in aliases or record.sha256 in aliases or name in record.aliases:
                    return record.model_name
        return name

    def _forget_what_is_old(self) -> None:
        revision = self.revision
        if revision != self._known_at:
            self._known_at = revision
            self._servers.clear()
            self._models.clear()


def _may_have(
    backend: KnownBackend, work: Work, default_checkpoint: str | None, memory: MemoryLimits
) -> bool:
    """Whether it has everything by its lists. One that was never met may have anything."""
    if not backend.is_met:
        return True
    endpoint = endpoint_of(work)
    if endpoint is not Endpoint.TXT2IMG and not backend.capabilities.has(endpoint):
        return False  # without txt2img it would be no web UI at all
    if isinstance(work, Drawing) and work.checkpoint is None and backend.capabilities.knows(_CHECKPOINT):
        work = work.model_copy(update={"checkpoint": default_checkpoint})
    try:
        exact = exact_names(work, backend.lists, backend.capabilities)
    except UnknownName:
        return False
    return not memory.refuses(backend.name, exact)


def _needs(work: Work) -> Hashable:
    """Everything of a job that a back end has to have."""
    if isinstance(work, Upscale):
        return endpoint_of(work), work.upscaler, work.second_upscaler, size_of(work)
    if not isinstance(work, Drawing):
        return endpoint_of(work)
    fix = work.highres_fix if isinstance(work, Txt2Img) else None
    return (
        work.kind,
        work.checkpoint,
        work.vae,
        work.sampler,
        work.scheduler,
        work.styles,
        tuple((network.kind, network.name) for network in work.extra_networks),
        work.face_restorer,
        None if fix is None else fix.upscaler,
        None if work.refiner is None else work.refiner.checkpoint,
        tuple(recipe.name for recipe in work.recipes),
        work.variation is not None,
        work.tiling,
        tuple(work.override),
        size_of(work),
    )
