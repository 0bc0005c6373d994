"""The second pass (hires fix) and the refiner: their names, their errors, their traces in ``info``."""

from typing import Any

from bot.demo.webui.answers import Crash
from bot.demo.webui.dialects import catalogue
from bot.demo.webui.library import Checkpoint
from bot.demo.webui.machine import Machine
from bot.demo.webui.work import Work

_SAME_CHECKPOINT = "Use same checkpoint"
_SAME_SAMPLER = "Use same sampler"
_SAME_SCHEDULER = "Use same scheduler"


def prepare(machine: Machine, work: Work) -> None:
    """Before the first pass. Raises ``Crash`` for an unknown upscaler or checkpoint (NOTES 2.4)."""
    if not work.hires:
        return
    if machine.dialect.forge and work["hr_additional_modules"] is None:
        raise Crash("TypeError", "argument of type 'NoneType' is not iterable")
    _checkpoint(machine, work["hr_checkpoint_name"], _SAME_CHECKPOINT)
    _check_upscaler(machine, work["hr_upscaler"])
    work.extra |= _described(machine, work)


def _checkpoint(machine: Machine, name: str | None, same: str) -> Checkpoint | None:
    if not name or name == same:
        return None
    found = machine.find(name)
    if found is None:
        raise Crash("Exception", f"Could not find checkpoint with name {name}")
    return found


def _check_upscaler(machine: Machine, name: str | None) -> None:
    known = {
        one["name"]
        for key in ("upscalers", "latent-upscale-modes")
        for one in catalogue(machine.dialect, key)
    }
    if name is not None and name not in known:
        raise Crash("Exception", f"could not find upscaler named {name}")


def _described(machine: Machine, work: Work) -> dict[str, Any]:
    """The entries of ``extra_generation_params``, in the web UI's order."""
    checkpoint = _checkpoint(machine, work["hr_checkpoint_name"], _SAME_CHECKPOINT)
    sampler, scheduler = work["hr_sampler_name"], work["hr_scheduler"]
    resized = (work["hr_resize_x"] or 0) > 0 or (work["hr_resize_y"] or 0) > 0
    shown: dict[str, Any] = {"Denoising strength": work["denoising_strength"]}
    if machine.dialect.forge:
        shown["Hires Module 1"] = ", ".join(work["hr_additional_modules"]) or "Built-in"
    if checkpoint is not None:
        shown["Hires checkpoint"] = f"{checkpoint.stem} [{checkpoint.short_hash}]"
    if sampler and sampler not in {_SAME_SAMPLER, work.sampling.sampler}:
        shown["Hires sampler"] = sampler
    shown["Hires prompt"] = work["hr_prompt"] or None
    shown["Hires negative prompt"] = work["hr_negative_prompt"] or None
    if machine.dialect.forge:
        shown["Hires CFG Scale"], shown["Hires Distilled CFG Scale"] = work["hr_cfg"], None
    shown["Hires schedule type"] = scheduler if scheduler and scheduler != _SAME_SCHEDULER else None
    if resized:
        shown["Hires resize"] = f"{work['hr_resize_x']}x{work['hr_resize_y']}"
    else:
        shown["Hires upscale"] = work["hr_scale"]
    if work["hr_second_pass_steps"]:
        shown["Hires steps"] = work["hr_second_pass_steps"]
    if work["hr_upscaler"] is not None:
        shown["Hires upscaler"] = work["hr_upscaler"]
    return shown


def check_second_pass(machine: Machine, work: Work) -> None:
    """What goes wrong only after the first pass was computed. Raises ``Crash``."""
    if work["denoising_strength"] is None:
        raise Crash("TypeError", "'>' not supported between instances of 'NoneType' and 'int'")
    name = work["hr_sampler_name"]
    known = {one["name"] for one in catalogue(machine.dialect, "samplers")}
    if name and name != _SAME_SAMPLER and name not in known:
        raise Crash("Exception", f"bad sampler name: {name}")


async def switch_checkpoint(machine: Machine, work: Work) -> None:
    """To that of the second pass, if it has one of its own."""
    checkpoint = _checkpoint(machine, work["hr_checkpoint_name"], _SAME_CHECKPOINT)
    if checkpoint is not None and checkpoint != machine.loaded:
        await machine.load(checkpoint, keeps_option=True)


def steps_of(work: Work) -> int:
    """Of the second pass; 0 means as many as the first."""
    return int(work["hr_second_pass_steps"] or work["steps"])


def fingerprint(work: Work) -> str:
    """Everything about the second pass and the refiner that shows in the picture."""
    parts = []
    if work.hires:
        names = (
            "hr_upscaler",
            "hr_second_pass_steps",
            "denoising_strength",
            "hr_prompt",
            "hr_checkpoint_name",
        )
        parts = [str(work[name]) for name in (*names, "hr_sampler_name")]
    if work["refiner_checkpoint"] and work["refiner_switch_at"]:
        parts += [str(work["refiner_checkpoint"]), str(work["refiner_switch_at"])]
    return " ".join(parts)


def refiner_step(work: Work, steps: int) -> int | None:
    """The step before which the refiner takes over."""
    share = work["refiner_switch_at"]
    if not work["refiner_checkpoint"] or not share or share >= 1:
        return None
    return int(share * steps)


async def switch_refiner(machine: Machine, work: Work) -> None:
    """The refiner stays loaded when the picture is done; the next request loads the main model again."""
    checkpoint = _checkpoint(machine, work["refiner_checkpoint"], "None")
    if checkpoint is not None and checkpoint != machine.loaded:
        await machine.load(checkpoint, keeps_option=True)


def describe_sampling(machine: Machine, work: Work) -> None:
    """Schedule and refiner, as sampling adds them to ``extra``. Raises ``Crash`` for an unknown refiner."""
    if work.sampling.effective != "Automatic" and work.sampling.sampler not in _TIMESTEP_SAMPLERS:
        work.extra["Schedule type"] = work.sampling.effective
    if not work["refiner_checkpoint"] or not work["refiner_switch_at"]:
        return
    checkpoint = _checkpoint(machine, work["refiner_checkpoint"], "None")
    if checkpoint is not None and checkpoint != machine.loaded:
        work.extra["Refiner"] = f"{checkpoint.stem} [{checkpoint.short_hash}]"
        work.extra["Refiner switch at"] = work["refiner_switch_at"]


_TIMESTEP_SAMPLERS = {"DDIM", "DDIM CFG++", "PLMS", "UniPC"}
"""They take no schedule of sigmas, whatever is chosen."""
