"""The web UIs as the line sees them."""

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from bot.backends.backend import Backend
from bot.backends.baseline import Baseline
from bot.backends.catalog import ModelCatalog
from bot.backends.fleet import BackendFleet
from bot.backends.health import Backoff
from bot.backends.lists import Lists
from bot.backends.memory import MemoryLimits
from bot.backends.roster import Roster
from bot.errors import Unreachable
from bot.model.work import ExtraNetwork, HighresFix, Recipe, Refiner, Txt2Img
from bot.webui.client import WebUIClient
from bot.webui.dialects import Capabilities, Dialect
from bot.webui.wire import (
    Checkpoint,
    FaceRestorer,
    Lora,
    Sampler,
    Scheduler,
    Scripts,
    Style,
    Upscaler,
    Vae,
)
from tests.support import ManualClock
from tests.unit.backends.stage import MemoryFacts

A1111 = Capabilities(dialect=Dialect.A1111, options=frozenset({"sd_model_checkpoint"}))


def a_checkpoint(name: str, sha256: str = "", **facts: Any) -> Checkpoint:
    return Checkpoint(
        title=f"{name}.safetensors", model_name=name, sha256=sha256 or None, hash=sha256[:10] or None, **facts
    )


FULL = Lists(
    checkpoints=(a_checkpoint("oil", "a" * 64), a_checkpoint("ink")),
    samplers=(Sampler(name="Euler a"), Sampler(name="DPM++ 2M")),
    schedulers=(Scheduler(name="karras", label="Karras"),),
    vaes=(Vae(model_name="v.pt", filename="/models/VAE/v.pt"),),
    styles=(Style(name="cinematic", prompt="film"),),
    loras=(Lora(name="detail", path="/models/Lora/detail.safetensors"),),
    face_restorers=(FaceRestorer(name="GFPGAN"),),
    upscalers=(Upscaler(name="Lanczos"),),
    latent_upscale_modes=(),
    scripts=Scripts(txt2img=("adetailer",), img2img=("adetailer",)),
)
BARE = Lists(
    checkpoints=(a_checkpoint("oil", "a" * 64),),
    samplers=(Sampler(name="Euler a"),),
    schedulers=(),
    vaes=(),
    styles=(),
    loras=(),
    face_restorers=(),
    upscalers=(),
    latent_upscale_modes=(),
)


class Scene:
    """Back ends whose lists a test sets; ``None`` = never met."""

    def __init__(self, *lists: Lists | None) -> None:
        self.baseline = Baseline(MemoryFacts())
        self.backends = [self._backend(f"gpu{number}", one) for number, one in enumerate(lists, 1)]
        weights = MappingProxyType({backend.name: 1.0 for backend in self.backends})
        self.clock = ManualClock()
        self.memory = MemoryLimits(MemoryFacts(), self.clock, keep_seconds=3600)
        self.fleet = BackendFleet(Roster(self.backends, weights), self.baseline, self.memory)

    def _backend(self, name: str, lists: Lists | None) -> Backend:
        backend = Backend(
            name,
            WebUIClient("http://127.0.0.1:1"),
            dedicated=False,
            catalog=ModelCatalog(),
            baseline=self.baseline,
            clock=ManualClock(),
            backoff=Backoff(),
            refresh_seconds=300,
            alive_seconds=30,
        )
        if lists is not None:
            self.meet(backend, lists)
        return backend

    @staticmethod
    def meet(backend: Backend, lists: Lists) -> None:
        """As if it had answered that."""
        backend.lists, backend.capabilities = lists, A1111
        backend.revision += 1
        backend.health.record_success()

    def servers(self, **work: Any) -> Sequence[str]:
        """Who may have it, in order."""
        return sorted(self.fleet.servers(a_work(**work)) or ())


def a_work(**values: Any) -> Txt2Img:
    return Txt2Img(**({"prompt": "a cat", "seed": 1} | values))


@pytest.mark.parametrize(
    "named",
    [
        {"checkpoint": "ink"},
        {"vae": "v.pt"},
        {"sampler": "DPM++ 2M"},
        {"scheduler": "Karras"},
        {"styles": ("cinematic",)},
        {"extra_networks": (ExtraNetwork(kind="lora", name="detail"),)},
        {"face_restorer": "GFPGAN"},
        {"highres_fix": HighresFix(upscaler="Lanczos")},
        {"refiner": Refiner(checkpoint="ink")},
        {"recipes": (Recipe(name="faces", scripts={"ADetailer": {"args": [True]}}),)},
    ],
    ids=lambda named: next(iter(named)),
)
def test_whatever_a_job_names_leads_to_who_has_it(named: dict[str, Any]) -> None:
    assert Scene(BARE, FULL).servers(**named) == ["gpu2"]


def test_what_all_have_may_go_to_all() -> None:
    assert Scene(BARE, FULL).servers(checkpoint="oil") == ["gpu1", "gpu2"]


def test_who_was_never_met_may_have_anything() -> None:
    assert Scene(BARE, None).servers(checkpoint="ink") == ["gpu2"]


def test_what_nobody_has_may_be_looked_for_by_all() -> None:
    assert Scene(BARE, FULL).servers(checkpoint="nowhere") == ["gpu1", "gpu2"]


def test_one_that_is_down_is_still_known_to_have_it() -> None:
    scene = Scene(BARE, FULL)
    scene.backends[1].record_failure(Unreachable())
    assert scene.servers(checkpoint="ink") == ["gpu2"]
    assert [standing.up for standing in scene.fleet.standings()] == [True, False]


def test_a_new_list_holds_at_once() -> None:
    scene = Scene(BARE, FULL)
    before = scene.fleet.revision
    assert scene.servers(checkpoint="ink") == ["gpu2"]
    scene.meet(scene.backends[0], FULL)
    assert scene.fleet.revision != before
    assert scene.servers(checkpoint="ink") == ["gpu1", "gpu2"]


async def test_who_names_no_checkpoint_goes_to_who_has_that_of_the_baseline() -> None:
    scene = Scene(BARE, FULL)
    assert scene.fleet.model_of(a_work()) == ""
    await scene.baseline.meet({"sd_model_checkpoint": "ink.safetensors"})
    assert scene.servers() == ["gpu2"]
    assert scene.fleet.model_of(a_work()) == scene.fleet.model_of(a_work(checkpoint="ink")) == "ink"


def test_a_model_has_one_name_whatever_each_calls_it() -> None:
    elsewhere = Lists(checkpoints=(a_checkpoint("old_oil", "a" * 64),))
    scene = Scene(FULL, elsewhere)
    scene.backends[0].note_loaded("oil")
    scene.backends[1].note_loaded("old_oil")
    assert [standing.loaded for standing in scene.fleet.standings()] == ["oil", "oil"]
    assert scene.fleet.model_of(a_work(checkpoint="old_oil")) == "oil"


def test_who_watches_hears_of_what_may_let_a_job_go() -> None:
    scene = Scene(FULL)
    heard: list[str] = []
    scene.fleet.watch(lambda: heard.append("changed"))
    scene.backends[0].note_loaded("oil")
    scene.backends[0].note_loaded("oil")
    assert len(heard) == 1
    scene.backends[0].record_failure(Unreachable())
    assert len(heard) == 2


async def test_what_was_too_much_for_a_card_goes_to_another_one_with_the_same_model_for_a_while() -> None:
    scene = Scene(FULL, FULL)
    large, small = {"width": 1024, "height": 1024}, {"width": 512, "height": 512}
    assert scene.servers(checkpoint="oil", **large) == ["gpu1", "gpu2"]
    await scene.memory.note_failed("gpu1", a_work(checkpoint="oil", **large))
    assert scene.servers(checkpoint="oil", **large) == ["gpu2"]
    assert scene.servers(checkpoint="oil", **small) == ["gpu1", "gpu2"]
    assert scene.servers(checkpoint="oil", **small, batch_size=4) == ["gpu2"]
    assert scene.servers(checkpoint="oil", **small, batch_count=4) == ["gpu1", "gpu2"]
    assert scene.servers(checkpoint="ink", **large) == ["gpu1", "gpu2"]
    scene.clock.advance(3601)
    assert scene.servers(checkpoint="oil", **large) == ["gpu1", "gpu2"]


async def test_what_was_too_much_everywhere_goes_anywhere_so_that_one_can_say_so() -> None:
    scene = Scene(FULL, FULL)
    for name in ("gpu1", "gpu2"):
        await scene.memory.note_failed(name, a_work(checkpoint="oil", width=1024, height=1024))
    assert scene.servers(checkpoint="oil", width=2048, height=2048) == ["gpu1", "gpu2"]


def test_an_option_goes_only_where_it_is_known() -> None:
    options = MappingProxyType({"eta_ddim": 0.0})
    scene = Scene(replace(FULL, options=options), replace(FULL, options=MappingProxyType({"other": 1})))
    assert scene.servers(override={"eta_ddim": 0.5}) == ["gpu1"]
    assert scene.servers(override={"other": 2}) == ["gpu2"]
    assert scene.servers() == ["gpu1", "gpu2"]
