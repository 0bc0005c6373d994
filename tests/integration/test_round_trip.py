"""A request becomes a picture, the picture's data is read, and what it asks for is the same request."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from bot.backends.catalog import ModelCatalog, Offer
from bot.backends.pool import BackendPool
from bot.demo.webui.standin import StandIn
from bot.imaging.infotext import Infotext, parse
from bot.imaging.metadata import read_parameters
from bot.model.work import ExtraNetwork, HighresFix, Txt2Img, Variation
from bot.queue.job import Job
from bot.webui.payloads import Payload
from cogs.options import build_request
from cogs.present import draw_line
from cogs.rebuild import rebuild
from cogs.typed import Typed
from config.settings import load
from tests.unit.backends.stage import a_job, a_pool, draw

SETTINGS = load({}, None, dotenv=False)
REQUESTS = 200


@dataclass(frozen=True, slots=True)
class Stage:
    """One web UI that is up, and a loop in which it is."""

    loop: asyncio.Runner
    pool: BackendPool
    catalog: ModelCatalog
    folder: Path

    @property
    def offer(self) -> Offer:
        return self.catalog.offer()

    def payload(self, work: Txt2Img) -> Payload:
        """What the web UI would be sent."""
        return self.pool.dry_run(work)

    def picture(self, job: Job) -> bytes:
        """Really drawn."""
        _, rendered = self.loop.run(draw(self.pool.runners[0], job))
        return (self.folder / rendered.pictures[0].file).read_bytes()


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Stands for all requests of this file."""
    folder, catalog, stack = tmp_path_factory.mktemp("outputs"), ModelCatalog(), AsyncExitStack()

    async def open_all() -> BackendPool:
        web_ui = StandIn(seconds_per_step=0.0, switch_seconds=0.0)
        await stack.enter_async_context(web_ui)
        pool = await stack.enter_async_context(
            a_pool(folder, web_ui.url, catalog=catalog, alive_seconds=600.0, dedicated=True)
        )
        await pool.runners[0].ready()
        return pool

    with asyncio.Runner() as loop:
        yield Stage(loop, loop.run(open_all()), catalog, folder)
        loop.run(stack.aclose())


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=60)
phrases = st.one_of(
    words,
    st.sampled_from(
        [
            r"\(a\) *b* _c_ ||d|| <lora:moreDetail_v10:0.8>",
            "a (cat:1.3), [dog:bird:0.5] AND a #ff0000 door",
            'said "no, never": Steps: 20, Sampler: Euler',
            "кот 猫 😀, é",
        ]
    ),
)


def requests(offer: Offer) -> st.SearchStrategy[dict[str, Any]]:
    """The fields of a Txt2Img that names only what is there."""
    shown = [scheduler.shown for scheduler in offer.schedulers]
    # A LoRA or VAE of another family than the checkpoint's is an error there.
    checkpoints = [one.model_name for one in offer.checkpoints if "xl" not in one.model_name.casefold()]
    vaes = [name for name in offer.vaes if "xl" not in name.casefold()]
    networks = st.builds(
        ExtraNetwork,
        kind=st.just("lora"),
        name=st.sampled_from([lora.name for lora in offer.loras if lora.family == "sd1"]),
        weight=st.floats(-2, 2).map(lambda value: round(value, 2)),
    )
    fixes = st.builds(
        HighresFix,
        upscaler=st.sampled_from([name for name in offer.highres_upscalers if name != "None"]),
        scale=st.integers(110, 160).map(lambda value: value / 100),
        steps=st.sampled_from([0, 8, 15]),
        denoising_strength=st.integers(0, 100).map(lambda value: value / 100),
    )
    variations = st.builds(
        Variation, seed=st.integers(0, 2**32 - 1), strength=st.integers(1, 100).map(lambda value: value / 100)
    )
    return st.fixed_dictionaries(
        {
            "prompt": phrases.filter(lambda text: text.strip() != ""),
            "negative_prompt": st.one_of(st.just(""), phrases),
            "checkpoint": st.sampled_from(checkpoints),
            "vae": st.sampled_from([None, *vaes]),
            "sampler": st.sampled_from([sampler.name for sampler in offer.samplers]),
            "scheduler": st.sampled_from(shown),
            "steps": st.integers(8, 20),
            "width": st.integers(8, 10).map(lambda value: value * 8),
            "height": st.integers(8, 10).map(lambda value: value * 8),
            "cfg_scale": st.integers(10, 300).map(lambda value: value / 10),
            "seed": st.integers(0, 2**32 - 1),
            "clip_skip": st.integers(1, 12),
            "extra_networks": st.lists(networks, max_size=2).map(tuple),
            "face_restorer": st.sampled_from([None, *offer.face_restorers]),
            "highres_fix": st.one_of(st.none(), fixes),
            "variation": st.one_of(st.none(), variations),
            "tiling": st.booleans(),
        }
    )


OPTIONS = tuple(option for option in Typed.__dataclass_fields__ if option != "spoiler")
WHOLE = frozenset({"steps", "width", "height", "seed", "clip_skip"})


def typed_in_discord(line: str) -> Typed:
    """A pasted line as Discord's client takes it apart: at each option's name and colon."""
    parts = re.split(rf"(?:^|\s)({'|'.join(OPTIONS)}):", line.removeprefix("/draw "))
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    values: dict[str, Any] = {
        name: int(value) if name in WHOLE else float(value) if name == "guidance_scale" else value
        for name, value in found.items()
    }
    return Typed(**values)


def in_one_line(work: Txt2Img) -> bool:
    """Discord's options have no line breaks, and a lone space at their ends is lost."""
    return all(text == " ".join(text.split()) for text in (work.prompt, work.negative_prompt))


def as_drawn(work: Txt2Img, info: Infotext) -> Txt2Img:
    """With the scheduler that "Automatic" has turned out to be, which is all that data tells of it."""
    if work.scheduler != "Automatic" or info.scheduler is None:
        return work
    return work.model_copy(update={"scheduler": info.scheduler})


def test_a_pictures_data_asks_for_the_same_picture(stage: Stage) -> None:
    drawn = lines = 0

    @settings(
        max_examples=REQUESTS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(requests(stage.offer))
    def ask(values: dict[str, Any]) -> None:
        nonlocal drawn, lines
        job = a_job(**values)
        work = job.request.work
        assert isinstance(work, Txt2Img)
        data = stage.picture(job)
        text = read_parameters(data)
        assert text is not None
        info = parse(text)
        rebuilt = rebuild(info, stage.offer, SETTINGS)
        assert rebuilt.lost == ()
        assert stage.payload(rebuilt.work) == stage.payload(as_drawn(work, info))
        if in_one_line(rebuilt.work):
            typed = build_request(typed_in_discord(draw_line(rebuilt.work)), stage.offer, SETTINGS).work
            assert isinstance(typed, Txt2Img)
            assert stage.payload(typed) == stage.payload(rebuilt.work)
            lines += 1
        drawn += 1

    ask()
    assert drawn >= REQUESTS
    assert lines >= REQUESTS // 2
