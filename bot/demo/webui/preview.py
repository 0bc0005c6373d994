"""``current_image``: pictures of a render that goes on (NOTES 2.6)."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor, Future

from PIL import Image

from bot.demo.webui import pictures
from bot.demo.webui.painting.unfinished import LATENT, unfinished
from bot.demo.webui.result import Picture
from bot.demo.webui.settings import Options
from bot.demo.webui.state import State

_SCALES = {"Full": 1, "TAESD": 1, "Approx NN": 4, "Approx cheap": 8}


class Preview:
    """``current_image`` of the state: made when somebody looks, at most every so many steps."""

    def __init__(self, state: State, options: Options, executor: Executor, *, approximations: bool) -> None:
        self._state = state
        self._options = options
        self._executor = executor
        self._approximations = approximations
        """The weights of TAESD are there."""
        self._paintings: Sequence[Future[Picture]] = ()
        self._seed = 0
        self._passes = 1
        self._seen_step = 0
        self.image: bytes | None = None
        self.number = 0
        """Counts the previews of a job, from 1."""

    @property
    def kind(self) -> str:
        """png, jpeg or webp."""
        return str(self._options["live_previews_image_format"])

    def reset(self) -> None:
        """A job begins or ends."""
        self.image, self.number, self._seen_step, self._paintings = None, 0, 0, ()

    def begin(self, paintings: Sequence[Future[Picture]], seed: int, passes: int) -> None:
        """An iteration begins; the picture of the one before stays until there is a new one."""
        self._paintings, self._seed, self._passes, self._seen_step = paintings, seed, passes, 0

    async def refresh(self) -> None:
        """Make a new picture if it is time for one."""
        every = self._options.number("show_progress_every_n_steps")
        wanted = self._options.flag("live_previews_enable") and every >= 1
        if not wanted or self._state.sampling_step - self._seen_step < every:
            return
        if not self._paintings or not all(one.done() and not one.exception() for one in self._paintings):
            return
        self._seen_step = self._state.sampling_step
        loop = asyncio.get_running_loop()
        made = await loop.run_in_executor(self._executor, self._make, self._share())
        if made is not None:
            self.image = made
            self.number += 1

    def next_pass(self) -> None:
        """The second pass counts its steps from 0 again."""
        self._seen_step = 0

    def _share(self) -> float:
        """Of this iteration."""
        state = self._state
        step = state.sampling_step / state.sampling_steps if state.sampling_steps else 0.0
        return (state.job_no % self._passes + step) / self._passes

    def _make(self, share: float) -> bytes | None:
        method = str(self._options["show_progress_type"])
        if method == "TAESD" and not self._approximations:
            return None
        scale = _SCALES.get(method, 4)
        opened = [one.result() for one in self._paintings]
        finished = [pictures.open_picture(one) if isinstance(one, bytes) else one for one in opened]
        small = [
            unfinished(_shrunk(one, scale), share, self._seed + index, LATENT // scale)
            for index, one in enumerate(finished)
        ]
        return pictures.encode_picture(pictures.grid(small), None, self.kind)


def _shrunk(image: Image.Image, scale: int) -> Image.Image:
    if scale == 1:
        return image
    size = (max(1, image.width // scale), max(1, image.height // scale))
    return image.resize(size, Image.Resampling.BOX)
