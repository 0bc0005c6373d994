"""A stand-in for a Stable Diffusion web UI: it answers as real ones do, and paints without a GPU."""

from bot.demo.webui.faults import Fault, FaultBook, FaultKind
from bot.demo.webui.library import (
    Checkpoint,
    Embedding,
    Hypernetwork,
    Library,
    Lora,
    Style,
    Vae,
    default_library,
)
from bot.demo.webui.log import Rendered, RequestLog
from bot.demo.webui.standin import StandIn

__all__ = [
    "Checkpoint",
    "Embedding",
    "Fault",
    "FaultBook",
    "FaultKind",
    "Hypernetwork",
    "Library",
    "Lora",
    "Rendered",
    "RequestLog",
    "StandIn",
    "Style",
    "Vae",
    "default_library",
]
