"""Requests for tests, and the web UIs that they are for."""

from typing import Any

from bot.model.work import ExtraNetwork, Txt2Img
from bot.webui import payloads
from bot.webui.dialects import Capabilities, Dialect
from bot.webui.endpoints import Endpoint
from bot.webui.overrides import baseline_from_options
from bot.webui.wire import Module
from tests.unit.webui.recordings import recording

OPTIONS = recording("a1111/get_options").answered
FORGE_OPTIONS = recording("forge/get_options").answered | {
    "forge_additional_modules": [
        "/elsewhere/VAE/ae.safetensors",
        "/elsewhere/text_encoder/clip_l.safetensors",
    ]
}
ENDPOINTS = frozenset(Endpoint)
A1111 = Capabilities(dialect=Dialect.A1111, endpoints=ENDPOINTS, options=frozenset(OPTIONS))
FORGE = Capabilities(dialect=Dialect.FORGE, endpoints=ENDPOINTS, options=frozenset(FORGE_OPTIONS))
SDCPP = Capabilities(dialect=Dialect.SDCPP, options=frozenset({"samples_format", "sd_model_checkpoint"}))
BASELINE = baseline_from_options(OPTIONS)
MODULES = [
    Module(model_name="ae.safetensors", filename="/here/VAE/ae.safetensors"),
    Module(model_name="other.safetensors", filename="/here/VAE/other.safetensors"),
    Module(model_name="clip_l.safetensors", filename="/here/text_encoder/clip_l.safetensors"),
]
WORK = Txt2Img(prompt="a cat", seed=1)


def payload(work: Txt2Img = WORK, **changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "baseline": BASELINE,
        "capabilities": A1111,
        "task_id": "task-1",
        "dedicated": False,
    }
    return payloads.txt2img(work, **(given | changes))


def settings(work: Txt2Img = WORK, **changes: Any) -> dict[str, Any]:
    return dict(payload(work, **changes)["override_settings"])


def changed(**changes: Any) -> Txt2Img:
    return WORK.model_copy(update=changes)


def network(name: str, weight: float = 0.85, kind: Any = "lora") -> ExtraNetwork:
    return ExtraNetwork(kind=kind, name=name, weight=weight)
