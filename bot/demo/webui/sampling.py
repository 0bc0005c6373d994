"""What torch and the samplers say to numbers that make no sense (NOTES 2.4)."""

from bot.demo.webui.answers import Crash
from bot.demo.webui.machine import Machine
from bot.demo.webui.work import Work

_MOST_PIXELS = 64_000_000
"""More than this is out of memory."""
_SEED_LIMIT = 2**64


def check_sampling(machine: Machine, work: Work) -> None:
    """Raises ``Crash`` in the order in which the web UI meets the mistakes."""
    if any(seed >= _SEED_LIMIT for seed in work.seeds):
        raise Crash("RuntimeError", "Overflow when unpacking long")
    steps = work["steps"]
    if steps == 0:
        raise Crash("ZeroDivisionError", "integer division or modulo by zero")
    _check_size(work["width"] // 8, work["height"] // 8, work.final_size)
    if steps < 0:
        raise Crash("RuntimeError", "number of steps must be non-negative")
    if work.kind == "img2img" and (work["denoising_strength"] or 0) < 0:
        raise Crash("IndexError", "index 0 is out of bounds for dimension 0 with size 0")
    if work.sampling.sampler == "UniPC" and steps < machine.options.number("uni_pc_order"):
        raise Crash("AssertionError", "UniPC order must be < sampling steps")


def _check_size(width: int, height: int, final: tuple[int, int]) -> None:
    """``width`` and ``height`` in latent cells, ``final`` in pixels."""
    if width < 0 or height < 0:
        wrong = width if width < 0 else height
        shape = [4, height, width]
        raise Crash("RuntimeError", f"Trying to create tensor with negative dimension {wrong}: {shape}")
    if width == 0 or height == 0:
        words = (
            f"Calculated padded input size per channel: ({height + 2} x {width + 2}). Kernel size: (3 x 3). "
            "Kernel size can't be greater than actual input size"
        )
        raise Crash("RuntimeError", words)
    if final[0] * final[1] > _MOST_PIXELS or final[0] < 8 or final[1] < 8:
        gigabytes = abs(final[0] * final[1]) * 64 / 2**30
        raise Crash("OutOfMemoryError", f"CUDA out of memory. Tried to allocate {gigabytes:.2f} GiB.")
