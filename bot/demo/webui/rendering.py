"""The render itself: models, overrides, iterations, passes, steps, interrupts (NOTES 2.6, 2.7, 3)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any, ParamSpec, TypeVar

from PIL import Image

from bot.demo.webui import extensions, hires, info, inpaint, pictures, scripts
from bot.demo.webui.answers import Crash
from bot.demo.webui.faults import Fault, crash_of
from bot.demo.webui.inpaint import Sources
from bot.demo.webui.library import Checkpoint
from bot.demo.webui.machine import Machine
from bot.demo.webui.pace import Pace
from bot.demo.webui.painting import paint
from bot.demo.webui.painting.brief import Brief
from bot.demo.webui.painting.unfinished import unfinished
from bot.demo.webui.preview import Preview
from bot.demo.webui.result import Picture, Result
from bot.demo.webui.sampling import check_sampling
from bot.demo.webui.validation import Payload
from bot.demo.webui.work import (
    Kind,
    Work,
    find_networks,
    names_word,
    plain_prompt,
    strip_comments,
    understand,
)

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Renderer:
    """Runs one render at a time; whoever calls holds the machine's line.

    ``picture_bytes`` is the size of the prepared pictures that are answered instead of painted ones.
    """

    def __init__(
        self, machine: Machine, pace: Pace, executor: Executor, preview: Preview, picture_bytes: int | None
    ) -> None:
        self._machine = machine
        self.pace = pace
        self._executor = executor
        self._preview = preview
        self._picture_bytes = picture_bytes
        self._prepared: dict[tuple[int, int], bytes] = {}

    async def render(
        self, kind: Kind, payload: Payload, sources: Sources | None, fault: Fault | None
    ) -> Result:
        """With its overrides in force, and put back afterwards as far as the web UI does that.

        Raises ``Crash``.
        """
        options = self._machine.options
        kept = options.remember(payload["override_settings"] or {})
        try:
            await self._apply_overrides(payload)
            return await self._process(kind, payload, sources, fault)
        finally:
            # What was loaded stays loaded: only the option goes back (NOTES 3.2).
            if payload["override_settings_restore_afterwards"]:
                options.stored.update(kept)

    async def _apply_overrides(self, payload: Payload) -> None:
        """An override of the checkpoint that is not known is dropped without a word (NOTES 2.5)."""
        machine = self._machine
        overrides: dict[str, Any] = dict(payload["override_settings"] or {})
        if machine.find(overrides.get("sd_model_checkpoint")) is None:
            overrides.pop("sd_model_checkpoint", None)
            if machine.dialect.forge and payload["override_settings"] is not None:
                payload["override_settings"] = overrides
            await machine.follow_option()
        for name, value in overrides.items():
            machine.options.set(name, value)
            if name == "sd_model_checkpoint":
                await machine.follow_option()
        machine.follow_vae_option()

    async def _process(
        self, kind: Kind, payload: Payload, sources: Sources | None, fault: Fault | None
    ) -> Result:
        machine = self._machine
        work = self._understood(kind, payload, sources)
        machine.state.job_count = work.iterations * work.passes
        result = Result(model=self._painter(fault))
        for iteration in range(work.iterations):
            machine.state.skipped = False
            if machine.state.interrupted:
                break
            await self._iteration(work, iteration, sources, fault, result)
        if not result.infotexts:
            # Interrupted before the first iteration: the web UI then takes the first of no infotexts.
            raise Crash("IndexError", "list index out of range")
        first = await self._in_thread(scripts.add_grid, work, result, machine.options)
        await self._in_thread(self._add_maps, work, sources, result)
        result.info = info.summary(machine, work, result, first)
        if machine.dialect.forge and work["save_images"]:
            # Its stealth infotext hides in the alpha channel of what it saves.
            result.pictures = [_with_alpha(picture) for picture in result.pictures]
        return result

    def _understood(self, kind: Kind, payload: Payload, sources: Sources | None) -> Work:
        machine = self._machine
        work = understand(kind, payload, machine.dialect, machine.library)
        scripts.prepare(work)
        if machine.options.flag("enable_prompt_comments"):
            strip_comments(work)
        if sources is not None:
            sources.describe(work)
        extensions.describe(work, machine.extensions)
        hires.prepare(machine, work)
        return work

    def _painter(self, fault: Fault | None) -> Checkpoint:
        loaded = self._machine.loaded
        if loaded is None:
            raise Crash("AttributeError", "'NoneType' object has no attribute 'sd_checkpoint_info'")
        wrong = fault is not None and fault.kind == "wrong_model"
        return info.another_model(self._machine, loaded) if wrong else loaded

    async def _iteration(
        self, work: Work, iteration: int, sources: Sources | None, fault: Fault | None, result: Result
    ) -> None:
        machine = self._machine
        if work.iterations > 1:
            machine.state.job = f"Batch {iteration + 1} out of {work.iterations}"
        first = iteration * work.batch_size
        span = range(first, min(first + work.batch_size, len(work.prompts)))
        self._activate_networks(work, first)
        check_sampling(machine, work)
        briefs = [self._brief(work, index, result.model) for index in span]
        paintings = [self._start(brief, sources, index) for index, brief in zip(span, briefs, strict=True)]
        self._preview.begin(paintings, work.seeds[first], work.passes)
        share = await self._passes(work, fault)
        for index, painting in zip(span, paintings, strict=True):
            picture = await asyncio.wrap_future(painting)
            picture = await self._in_thread(_as_far_as, work, picture, share, work.seeds[index])
            if not isinstance(picture, bytes):
                picture = await self._in_thread(extensions.repaired, work, machine.extensions, picture)
            self._add(work, index, picture, sources, result)
        machine.state.next_job()
        result.cut_short = result.cut_short or share < 1

    async def _in_thread(self, function: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, lambda: function(*arguments, **named))

    def _start(self, brief: Brief, sources: Sources | None, index: int) -> Future[Picture]:
        """Begin to paint in a thread; the steps are waited for meanwhile."""
        if self._picture_bytes is not None:
            return self._executor.submit(self._prepare, brief.width, brief.height, self._picture_bytes)
        if sources is not None:
            return self._executor.submit(sources.repaint, brief, index)
        return self._executor.submit(paint, brief)

    def _prepare(self, width: int, height: int, target: int) -> bytes:
        """The same noisy PNG for every picture of this size."""
        if (width, height) not in self._prepared:
            self._prepared[width, height] = pictures.noisy_png(width, height, target)
        return self._prepared[width, height]

    async def _passes(self, work: Work, fault: Fault | None) -> float:
        """All steps. The share of them that was done: below 1 after an interrupt or a skip."""
        steps = inpaint.sampled_steps(work) if work.kind == "img2img" else int(work["steps"])
        share = await self._steps(work, steps, fault)
        if not work.hires or share < 1:
            return share / work.passes
        hires.check_second_pass(self._machine, work)
        self._machine.state.next_job()
        self._preview.next_pass()
        await hires.switch_checkpoint(self._machine, work)
        return 0.5 + await self._steps(work, hires.steps_of(work), None) / 2

    async def _steps(self, work: Work, steps: int, fault: Fault | None) -> float:
        state = self._machine.state
        state.sampling_steps = steps
        refine_at = hires.refiner_step(work, steps)
        for index in range(steps):
            await self.pace.step(index, steps, work.batch_size, state)
            crash = crash_of(fault)
            if crash is not None:
                raise crash
            if state.interrupted or state.skipped:
                return index / steps
            if index == refine_at:
                await hires.switch_refiner(self._machine, work)
            state.sampling_step = index
        return 1.0

    def _activate_networks(self, work: Work, first: int) -> None:
        """LoRAs of another family than the model's do not fit: the multiplication fails."""
        machine = self._machine
        prompt, negative = work.prompts[first], work.negative_prompts[first]
        work.networks = [] if work["disable_extra_networks"] else find_networks(prompt, machine.library)
        hashes = [f"{one.name}: {one.short_hash}" for one in work.networks if one.kind == "lora"]
        if hashes and machine.options["lora_add_hashes_to_infotext"] is not False:
            work.extra["Lora hashes"] = ", ".join(hashes)
        if any(one.kind == "lora" and one.family != machine.family for one in work.networks):
            raise Crash("RuntimeError", "mat1 and mat2 shapes cannot be multiplied (77x768 and 2048x320)")
        loaded = [] if machine.damaged else machine.embeddings()[0]
        work.embeddings = [one for one in loaded if names_word(f"{prompt}\n{negative}", one.name)]
        if work.embeddings and machine.options.flag("textual_inversion_add_hashes_to_infotext"):
            work.extra["TI hashes"] = ", ".join(f"{one.name}: {one.short_hash}" for one in work.embeddings)
        hires.describe_sampling(machine, work)

    def _brief(self, work: Work, index: int, model: Checkpoint) -> Brief:
        machine = self._machine
        width, height = work.final_size
        varied = work["subseed_strength"] != 0
        return Brief(
            prompt=plain_prompt(work.prompts[index]),
            negative_prompt=work.negative_prompts[index],
            seed=work.seeds[index],
            subseed=work.subseeds[index] if varied else 0,
            subseed_strength=float(work["subseed_strength"]),
            width=width,
            height=height,
            steps=int(work["steps"]),
            cfg_scale=float(work["cfg_scale"]),
            sampler=work.sampling.sampler,
            scheduler=work.sampling.effective,
            model=model.sha256,
            manner=model.manner,
            clip_skip=info.clip_skip(machine),
            vae=machine.vae.file if machine.vae else " ".join(info.modules(machine)),
            networks=tuple((one.name, one.weight) for one in work.networks),
            embeddings=tuple(one.name for one in work.embeddings),
            face_restorer=str(machine.options["face_restoration_model"]) if work["restore_faces"] else "",
            tiling=info.tiling(machine, work),
            second_pass=hires.fingerprint(work),
            settings=info.changed_settings(machine.options),
            damaged=machine.damaged,
        )

    def _add_maps(self, work: Work, sources: Sources | None, result: Result) -> None:
        """Behind all results, whatever their number."""
        init = None if sources is None else sources.first
        for found in extensions.maps(work, self._machine.extensions, init):
            result.add_mask(found)

    def _add(self, work: Work, index: int, picture: Picture, sources: Sources | None, result: Result) -> None:
        machine = self._machine
        text = info.describe(machine, work, result.model, index)
        result.add(picture, text, with_chunk=machine.options.flag("enable_pnginfo"))
        for mask in sources.shown_masks(machine.options) if sources else ():
            result.add_mask(mask)


def _as_far_as(work: Work, picture: Picture, share: float, seed: int) -> Picture:
    """The picture as it was when the render was cut short; in the first of two passes, at that one's size."""
    if share >= 1 or isinstance(picture, bytes):
        return picture
    if work.hires and share < 0.5:
        picture = picture.resize(work.size, Image.Resampling.LANCZOS)
    return unfinished(picture, share, seed)


def _with_alpha(picture: Picture) -> Picture:
    return picture if isinstance(picture, bytes) else picture.convert("RGBA")
