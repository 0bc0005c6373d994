"""Names of a job, as one web UI spells them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.lists import Lists, exact_names, offer_of
from bot.errors import UnknownName
from bot.model.work import ExtraNetwork, HighresFix, Txt2Img
from bot.webui.dialects import UNKNOWN, Capabilities, Dialect
from bot.webui.wire import (
    Checkpoint,
    Embedding,
    Embeddings,
    FaceRestorer,
    LatentUpscaleMode,
    Lora,
    Module,
    Sampler,
    Scheduler,
    Style,
    Upscaler,
    Vae,
)

FULL = Lists(
    checkpoints=(
        Checkpoint(title="tinyA.safetensors [58793b75f1]", model_name="tinyA", hash="58793b75f1"),
        Checkpoint(
            title="sub/tinyC.safetensors", model_name="sub_tinyC", filename="/models/sub/tinyC.safetensors"
        ),
    ),
    samplers=(Sampler(name="Euler a", aliases=("k_euler_a",)), Sampler(name="DPM++ 2M")),
    schedulers=(Scheduler(name="automatic", label="Automatic"), Scheduler(name="karras", label="Karras")),
    vaes=(Vae(model_name="v.pt", filename="/models/VAE/v.pt"),),
    styles=(Style(name="cinematic", prompt="film"),),
    loras=(Lora(name="detail", alias="moreDetail", path="/models/Lora/detail.safetensors"),),
    hypernetworks=(),
    embeddings=Embeddings(loaded={"calm": Embedding()}, skipped={"xl": Embedding()}),
    face_restorers=(FaceRestorer(name="GFPGAN", cmd_dir="/models/GFPGAN"),),
    upscalers=(Upscaler(name="Lanczos", model_path="/models/x"),),
    latent_upscale_modes=(LatentUpscaleMode(name="Latent"),),
    options={"outdir_samples": "/home/someone/pictures", "rho": 7.0, "emphasis": "Original"},
)
A1111 = Capabilities(dialect=Dialect.A1111, options=frozenset(FULL.options))


def _work(**values: Any) -> Txt2Img:
    return Txt2Img(**({"prompt": "a cat", "seed": 1} | values))


def test_names_in_another_spelling_become_the_web_uis_own() -> None:
    work = _work(
        checkpoint="TINYA",
        vae="V",
        sampler="k_euler_a",
        scheduler="karras",
        styles=("Cinematic",),
        extra_networks=(
            ExtraNetwork(kind="lora", name="moredetail"),
            ExtraNetwork(kind="embedding", name="XL"),
        ),
        face_restorer="gfpgan",
        highres_fix=HighresFix(upscaler="lanczos"),
    )
    exact = exact_names(work, FULL, A1111)

    assert exact.checkpoint == "tinyA"
    assert exact.vae == "v.pt"
    assert (exact.sampler, exact.scheduler) == ("Euler a", "Karras")
    assert exact.styles == ("cinematic",)
    assert [network.name for network in exact.extra_networks] == ["detail", "xl"]
    assert exact.face_restorer == "GFPGAN"
    assert exact.highres_fix == HighresFix(upscaler="Lanczos")


def test_a_scheduler_inside_the_samplers_name_is_taken_out_unless_another_was_asked_for() -> None:
    joined = exact_names(_work(sampler="DPM++ 2M Karras"), FULL, A1111)

    assert (joined.sampler, joined.scheduler) == ("DPM++ 2M", "Karras")


_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "checkpoint": st.sampled_from([None, "tinyA", "sub_tinyC"]),
        "vae": st.sampled_from([None, "v.pt", "Automatic", "None"]),
        "sampler": st.sampled_from(["Euler a", "DPM++ 2M"]),
        "scheduler": st.sampled_from(["Automatic", "Karras"]),
        "styles": st.sampled_from([(), ("cinematic",)]),
        "face_restorer": st.sampled_from([None, "GFPGAN"]),
        "highres_fix": st.sampled_from([None, HighresFix(upscaler="Latent")]),
        "extra_networks": st.sampled_from([(), (ExtraNetwork(kind="lora", name="detail"),)]),
        "steps": st.integers(1, 50),
    },
)


@given(_FIELDS)
def test_exact_names_stay_as_they_are_and_nothing_else_is_touched(fields: dict[str, Any]) -> None:
    work = _work(**fields)

    assert exact_names(work, FULL, A1111) == work


@given(st.text(max_size=30))
def test_whatever_is_typed_is_either_a_listed_name_or_refused(name: str) -> None:
    try:
        exact = exact_names(_work(checkpoint=name), FULL, A1111)
    except UnknownName as error:
        assert error.kind == "checkpoint"  # noqa: PT017 - both outcomes are right, each with its own claim
    else:
        assert exact.checkpoint in ("tinyA", "sub_tinyC")


def test_where_a_list_is_not_served_a_name_cannot_be_refused() -> None:
    work = _work(checkpoint="any", vae="any", styles=("any",), face_restorer="any", scheduler="Any")

    assert exact_names(work, Lists(), UNKNOWN) == work


def test_an_empty_list_refuses_every_name() -> None:
    with pytest.raises(UnknownName):
        exact_names(_work(styles=("any",)), Lists(styles=()), UNKNOWN)


def test_before_a_checkpoint_is_loaded_no_embedding_is_refused() -> None:
    work = _work(extra_networks=(ExtraNetwork(kind="embedding", name="calm"),))

    assert exact_names(work, Lists(embeddings=Embeddings()), UNKNOWN) == work
    with pytest.raises(UnknownName):
        exact_names(work, Lists(embeddings=Embeddings(loaded={"other": Embedding()})), UNKNOWN)


@pytest.mark.parametrize(
    ("sampler", "scheduler", "expected"),
    [
        ("Euler a", "Automatic", ("euler_a", "Automatic")),
        ("DDIM", "Karras", ("ddim_trailing", "karras")),
        ("default", "Align Your Steps", ("default", "ays")),
    ],
)
def test_stable_diffusion_cpp_has_the_same_under_its_own_names(
    sampler: str, scheduler: str, expected: tuple[str, str]
) -> None:
    lists = Lists(
        samplers=(Sampler(name="default"), Sampler(name="euler_a"), Sampler(name="ddim_trailing")),
        schedulers=(Scheduler(name="default"), Scheduler(name="karras"), Scheduler(name="ays")),
    )
    exact = exact_names(
        _work(sampler=sampler, scheduler=scheduler), lists, Capabilities(dialect=Dialect.SDCPP)
    )

    assert (exact.sampler, exact.scheduler) == expected


MODULES = (
    Module(model_name="ae.safetensors", filename="/models/VAE/ae.safetensors"),
    Module(model_name="t5.safetensors", filename="/models/text_encoder/t5.safetensors"),
)


def test_on_forge_a_vae_is_a_module_and_a_text_encoder_is_none() -> None:
    lists = Lists(modules=MODULES)

    assert exact_names(_work(vae="AE"), lists, UNKNOWN).vae == "ae.safetensors"
    with pytest.raises(UnknownName):
        exact_names(_work(vae="t5.safetensors"), lists, UNKNOWN)


def test_forges_modules_are_offered_as_what_they_are() -> None:
    offer = offer_of(Lists(modules=MODULES), UNKNOWN)

    assert offer.vaes == ("ae.safetensors",)
    assert offer.modules == ("t5.safetensors",)


def test_an_offer_tells_names_and_no_folders() -> None:
    offer = offer_of(FULL, A1111)

    assert offer.known
    assert "/models" not in repr(offer)
    assert "someone" not in repr(dict(offer.options))
    assert dict(offer.options) == {"outdir_samples": "", "rho": 7.0, "emphasis": "Original"}
    assert offer.checkpoints[1].stem == "tinyC"
    assert offer.embeddings == ("calm", "xl")


def test_options_of_a_web_ui_that_follows_no_overrides_are_not_offered() -> None:
    assert not offer_of(FULL, Capabilities(dialect=Dialect.SDCPP, options=frozenset(FULL.options))).options


def test_a_checkpoint_is_found_by_every_name_the_web_ui_takes() -> None:
    for name in ("tinyA", "tinyA.safetensors", "58793b75f1", "tinyA.safetensors [58793b75f1]"):
        assert FULL.checkpoint(name) == (FULL.checkpoints or ())[0]
    assert FULL.checkpoint("TINYA") is None
