"""The one model that is loaded, the options, and the line in front of the GPU (NOTES 2.3, 2.7, 3)."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.demo.webui.answers import Crash
from bot.demo.webui.dialects import Dialect
from bot.demo.webui.library import Checkpoint, Embedding, Family, Library, Vae, in_order
from bot.demo.webui.settings import Options
from bot.demo.webui.state import State, Tasks

_NO_CHECKPOINTS = (
    "No checkpoints found. When searching for checkpoints, looked at:\n - file /srv/webui/model.ckpt\n"
    " - directory /srv/webui/models/Stable-diffusionCan't run without a checkpoint. "
    "Find and place a .ckpt or .safetensors file into any of those locations."
)
Sleep = Callable[[float], Awaitable[None]]


class Machine:
    """Loads and unloads. Everything that uses the GPU holds ``line``, which is first come, first served."""

    def __init__(
        self,
        dialect: Dialect,
        disk: Library,
        options: Options,
        switch_seconds: float,
        sleep: Sleep,
        extensions: frozenset[str] = frozenset(),
    ) -> None:
        self.dialect = dialect
        self.extensions = extensions
        """Lower-case names of the scripts that extensions bring along."""
        self.disk = disk
        self.options = options
        self.state = State()
        self.tasks = Tasks()
        self.line = asyncio.Lock()
        self.checkpoints: list[Checkpoint] = []
        self.vaes: list[Vae] = []
        self.library = Library(styles=list(disk.styles))
        self.loaded: Checkpoint | None = None
        self.vae: Vae | None = None
        self.damaged = False
        """A failed load leaves the loaded model without its prompt machinery (NOTES 3.7)."""
        self.model_loads = 0
        self._hashed: set[str] = set()
        self._switch_seconds = switch_seconds
        self._sleep = sleep
        self.refresh_checkpoints()
        self.refresh_vaes()
        self.refresh_networks()
        if self.checkpoints and not options["sd_model_checkpoint"]:
            options.stored["sd_model_checkpoint"] = self.title(self.checkpoints[0])
            options.stored["sd_checkpoint_hash"] = ""

    def refresh_checkpoints(self) -> None:
        """Look into the folder again."""
        self.checkpoints = in_order(self.disk.checkpoints)

    def refresh_vaes(self) -> None:
        """Look into the folder again."""
        self.vaes = list(self.disk.vaes)

    def refresh_networks(self) -> None:
        """LoRAs, hypernetworks and embeddings. Styles are read only at the start (NOTES 2.3)."""
        self.library.loras = list(self.disk.loras)
        self.library.hypernetworks = list(self.disk.hypernetworks)
        self.library.embeddings = list(self.disk.embeddings)

    @property
    def family(self) -> Family:
        """Of the loaded model."""
        return self.loaded.family if self.loaded else "sd1"

    def hashed(self, checkpoint: Checkpoint) -> bool:
        """Its hash is known, because it was loaded before."""
        return checkpoint.file in self._hashed

    def title(self, checkpoint: Checkpoint) -> str:
        """As ``/sd-models`` shows it now."""
        return checkpoint.title(hashed=self.hashed(checkpoint))

    def find(self, name: object) -> Checkpoint | None:
        """By any of its aliases, exactly."""
        for checkpoint in self.checkpoints:
            if name in checkpoint.aliases(hashed=self.hashed(checkpoint)):
                return checkpoint
        return None

    def embeddings(self) -> tuple[list[Embedding], list[Embedding]]:
        """(loaded, skipped): both empty until a model is there."""
        if self.loaded is None:
            return [], []
        fits = [one for one in self.library.embeddings if one.family == self.family]
        return fits, [one for one in self.library.embeddings if one.family != self.family]

    async def follow_option(self) -> None:
        """Load what ``sd_model_checkpoint`` says, unless it is loaded. Raises ``Crash``."""
        if not self.checkpoints:
            raise Crash("FileNotFoundError", _NO_CHECKPOINTS)
        wanted = self.find(self.options["sd_model_checkpoint"]) or self.checkpoints[0]
        if wanted != self.loaded:
            await self.load(wanted)

    async def start_with(self, seconds: float) -> None:
        """The load at the server's start. A file that cannot be loaded leaves it without a model."""
        wanted = self.find(self.options["sd_model_checkpoint"]) or self.checkpoints[0]
        await self._sleep(seconds)
        if not wanted.broken and not wanted.missing:
            self._take(wanted)

    async def load(self, checkpoint: Checkpoint, *, keeps_option: bool = False) -> None:
        """Takes ``switch_seconds``. Raises ``Crash`` and damages the loaded model if the file is no good.

        The option names the new checkpoint then, unless it is only a refiner or the second pass's.
        """
        await self._sleep(self._switch_seconds)
        self._hashed.add(checkpoint.file)
        if checkpoint.missing or checkpoint not in self.disk.checkpoints:
            raise Crash("FileNotFoundError", f"[Errno 2] No such file or directory: '{checkpoint.path}'")
        if checkpoint.broken:
            self.damaged = True
            raise Crash("SafetensorError", "Error while deserializing header: HeaderTooLarge")
        self._take(checkpoint, keeps_option=keeps_option)

    def _take(self, checkpoint: Checkpoint, *, keeps_option: bool = False) -> None:
        self._hashed.add(checkpoint.file)
        self.loaded, self.damaged = checkpoint, False
        self.model_loads += 1
        if not self.dialect.forge and not keeps_option:
            self.options.stored["sd_model_checkpoint"] = self.title(checkpoint)
        self.options.stored["sd_checkpoint_hash"] = checkpoint.sha256

    def unload(self) -> None:
        """Free the memory; the next picture loads again."""
        self.loaded = None

    def follow_vae_option(self) -> None:
        """Use the VAE that ``sd_vae`` names. An unknown one is silently none (NOTES 2.5)."""
        wanted = self.options["sd_vae"]
        self.vae = next((vae for vae in self.vaes if vae.file == wanted), None)
