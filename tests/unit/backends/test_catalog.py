"""What is offered, over all web UIs together."""

import logging

import pytest

from bot.backends.catalog import ModelCatalog, Offer
from bot.webui.wire import Checkpoint, Lora, Sampler, Scheduler


def _checkpoint(name: str, digest: str | None = None) -> Checkpoint:
    title = f"{name}.safetensors" + (f" [{digest}]" if digest else "")
    return Checkpoint(title=title, model_name=name, hash=digest)


def test_before_any_web_ui_answered_nothing_is_known() -> None:
    catalog = ModelCatalog()

    assert not catalog.offer().known
    assert catalog.offer() == Offer()
    assert catalog.offer_of("gpu1") == Offer()


def test_a_name_that_two_web_uis_have_is_offered_once() -> None:
    catalog = ModelCatalog()
    catalog.update(
        "gpu2", Offer(known=True, checkpoints=(_checkpoint("b"), _checkpoint("c")), upscalers=("Lanczos",))
    )
    catalog.update(
        "gpu1", Offer(known=True, checkpoints=(_checkpoint("a", "0123456789"), _checkpoint("b", "98765")))
    )

    offer = catalog.offer()
    assert offer.known
    assert [checkpoint.model_name for checkpoint in offer.checkpoints] == ["a", "b", "c"]
    assert offer.upscalers == ("Lanczos",)
    assert [checkpoint.model_name for checkpoint in catalog.offer_of("gpu2").checkpoints] == ["b", "c"]


def test_every_list_of_an_offer_is_merged() -> None:
    catalog = ModelCatalog()
    first = Offer(
        known=True,
        samplers=(Sampler(name="Euler"),),
        schedulers=(Scheduler(name="karras", label="Karras"),),
        vaes=("v1",),
        modules=("t5",),
        loras=(Lora(name="l1"),),
        hypernetworks=("h1",),
        embeddings=("e1",),
        face_restorers=("GFPGAN",),
        latent_upscale_modes=("Latent",),
        options={"s_noise": 1.0},
    )
    second = Offer(
        known=True,
        samplers=(Sampler(name="Euler"), Sampler(name="DDIM")),
        schedulers=(Scheduler(name="Karras"),),
        vaes=("v2",),
        loras=(Lora(name="l2"),),
        upscalers=("Latent", "R-ESRGAN"),
        options={"s_noise": 0.5, "eta_ddim": 0.0},
    )
    catalog.update("gpu1", first)
    catalog.update("gpu2", second)

    offer = catalog.offer()
    assert [sampler.name for sampler in offer.samplers] == ["Euler", "DDIM"]
    assert [scheduler.shown for scheduler in offer.schedulers] == ["Karras"]
    assert offer.vaes == ("v1", "v2")
    assert offer.modules == ("t5",)
    assert [lora.name for lora in offer.loras] == ["l1", "l2"]
    assert (offer.hypernetworks, offer.embeddings) == (("h1",), ("e1",))
    assert offer.face_restorers == ("GFPGAN",)
    assert offer.highres_upscalers == ("Latent", "R-ESRGAN")
    assert dict(offer.options) == {"s_noise": 1.0, "eta_ddim": 0.0}


def test_watchers_hear_of_changes_and_only_of_changes() -> None:
    catalog = ModelCatalog()
    heard: list[Offer] = []
    stop = catalog.watch(heard.append)
    offer = Offer(known=True, vaes=("v1",))

    catalog.update("gpu1", offer)
    catalog.update("gpu1", Offer(known=True, vaes=("v1",)))
    catalog.update("gpu2", offer)  # nothing new over all

    assert heard == [offer]

    stop()
    catalog.update("gpu1", Offer(known=True, vaes=("v2",)))

    assert heard == [offer]


def test_a_watcher_that_fails_stops_neither_the_update_nor_the_others(
    caplog: pytest.LogCaptureFixture,
) -> None:
    catalog = ModelCatalog()
    heard: list[Offer] = []

    def broken(offer: Offer) -> None:
        raise RuntimeError(f"no use for {offer!r}")

    catalog.watch(broken)
    catalog.watch(heard.append)
    with caplog.at_level(logging.ERROR):
        catalog.update("gpu1", Offer(known=True, vaes=("v1",)))

    assert len(heard) == 1
    assert "watcher" in caplog.text
