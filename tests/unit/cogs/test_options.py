"""What is typed into /draw becomes a request, or a refusal that names the cure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.catalog import Offer
from bot.errors import BadValue, NotAllowed, UnknownName
from bot.model.work import ExtraNetwork, Request, Txt2Img
from bot.webui.wire import Checkpoint, Lora, Sampler, Scheduler, Style
from cogs.options import Suggestions, Typed, again, build_request
from config.settings import load

SETTINGS = load({}, None, dotenv=False)
OFFER = Offer(
    known=True,
    checkpoints=(
        Checkpoint(title="tinyA.safetensors [58793b75f1]", model_name="tinyA", hash="58793b75f1"),
        Checkpoint(title="sub/tinyC.safetensors", model_name="sub_tinyC"),
    ),
    samplers=(Sampler(name="Euler a"), Sampler(name="Euler"), Sampler(name="DPM++ 2M")),
    schedulers=(Scheduler(name="automatic", label="Automatic"), Scheduler(name="karras", label="Karras")),
    vaes=("soft.vae.pt",),
    styles=(Style(name="cinematic"), Style(name="oil, thick")),
    loras=(Lora(name="detail"), Lora(name="pixel", alias="pixel art")),
    hypernetworks=("glow",),
    embeddings=("easynegative",),
    face_restorers=("CodeFormer", "GFPGAN"),
    upscalers=("None", "Lanczos", "Nearest"),
    latent_upscale_modes=("Latent",),
    options={"eta_noise_seed_delta": 0.0, "outdir_samples": "", "CLIP_stop_at_last_layers": 1.0},
)


def built(**typed: object) -> Request:
    return build_request(Typed(**{"prompt": "a cat", **typed}), OFFER, SETTINGS)  # type: ignore[arg-type]


def drawn(**typed: object) -> Txt2Img:
    return only_text(built(**typed))


def only_text(request: Request) -> Txt2Img:
    assert isinstance(request.work, Txt2Img)
    return request.work


def test_a_bare_prompt_gets_the_defaults_of_the_host() -> None:
    work = drawn()
    assert (work.steps, work.width, work.height, work.cfg_scale) == (30, 512, 512, 7.0)
    assert (work.sampler, work.clip_skip, work.checkpoint) == ("Euler a", 1, None)


def test_the_prompt_is_kept_to_the_letter() -> None:
    prompt = r"\(a\) *b* _c_ ||d|| `e` @everyone <@1> #ff0000" + "\n\u202emirror 🎨 <lora:x_y:0.8>"
    assert drawn(prompt=prompt).prompt == prompt


@pytest.mark.parametrize("prompt", ["", "   ", "\n"])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    with pytest.raises(BadValue) as caught:
        built(prompt=prompt)
    assert caught.value.reason == "empty"


@pytest.mark.parametrize(
    "name", ["tinya", "tinyA.safetensors", "58793b75f1", "tinyA.safetensors [58793b75f1]"]
)
def test_a_checkpoint_is_found_by_any_of_its_names(name: str) -> None:
    assert drawn(data_model=name).checkpoint == "tinyA"


@pytest.mark.parametrize(
    ("option", "value", "nearest"),
    [
        ("data_model", "tinyAA", "tinyA"),
        ("sampler", "Euler b", "Euler"),
        ("scheduler", "Karas", "Karras"),
        ("styles", "cinematics", "cinematic"),
        ("extra_net", "detial", "detail"),
        ("facefix", "CodeFormr", "CodeFormer"),
        ("highres_fix", "Lancos", "Lanczos"),
        ("vae", "soft", "soft.vae.pt"),
        ("override", "eta_noise_seed=1", "eta_noise_seed_delta"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(option: str, value: str, nearest: str) -> None:
    with pytest.raises(UnknownName) as caught:
        built(**{option: value})
    assert nearest in caught.value.nearest


def test_a_scheduler_behind_a_sampler_is_split_off() -> None:
    work = drawn(sampler="dpm++ 2m karras")
    assert (work.sampler, work.scheduler) == ("DPM++ 2M", "Karras")


def test_a_typed_scheduler_wins_over_one_behind_the_sampler() -> None:
    assert drawn(sampler="DPM++ 2M Karras", scheduler="automatic").scheduler == "Automatic"


@pytest.mark.parametrize("seed", [None, -1])
def test_a_seed_is_drawn_when_none_is_typed(seed: int | None) -> None:
    first, second = drawn(seed=seed).seed, drawn(seed=seed).seed
    assert first >= 0
    assert first != second


def test_a_typed_seed_is_kept() -> None:
    assert drawn(seed=0).seed == 0


@pytest.mark.parametrize("seed", [-5, 2**60])
def test_a_seed_that_web_uis_would_take_literally_or_not_at_all_is_refused(seed: int) -> None:
    with pytest.raises(BadValue):
        built(seed=seed)


def test_several_extra_networks_with_weights_of_every_kind() -> None:
    networks = drawn(extra_net="detail:0.5, glow, easynegative:1.2, pixel art").extra_networks
    assert networks == (
        ExtraNetwork(kind="lora", name="detail", weight=0.5),
        ExtraNetwork(kind="hypernet", name="glow", weight=0.85),
        ExtraNetwork(kind="embedding", name="easynegative", weight=1.2),
        ExtraNetwork(kind="lora", name="pixel", weight=0.85),
    )


def test_an_extra_network_named_twice_is_merged() -> None:
    networks = drawn(extra_net="detail:0.5, DETAIL:0.9").extra_networks
    assert networks == (ExtraNetwork(kind="lora", name="detail", weight=0.9),)


def test_a_style_whose_name_holds_a_comma_is_found_whole() -> None:
    assert drawn(styles="oil, thick").styles == ("oil, thick",)


def test_latent_upscalers_get_more_strength() -> None:
    latent, other = (
        drawn(highres_fix="latent").highres_fix,
        drawn(highres_fix="lanczos").highres_fix,
    )
    assert latent is not None
    assert other is not None
    assert (latent.denoising_strength, other.denoising_strength) == (0.65, 0.5)
    assert latent.scale == 1.5


@pytest.mark.parametrize(
    ("option", "field", "nothing"),
    [
        ("negative_prompt", "negative_prompt", ""),
        ("styles", "styles", ()),
        ("extra_net", "extra_networks", ()),
        ("facefix", "face_restorer", None),
        ("highres_fix", "highres_fix", None),
        ("vae", "vae", "None"),
    ],
)
def test_none_means_nothing(option: str, field: str, nothing: object) -> None:
    assert getattr(drawn(**{option: "None"}), field) == nothing


def test_an_override_is_typed_by_the_option() -> None:
    assert drawn(override="eta_noise_seed_delta=1").override == {"eta_noise_seed_delta": 1}


@pytest.mark.parametrize("override", ["outdir_samples=/etc"])
def test_an_override_of_files_is_not_allowed(override: str) -> None:
    with pytest.raises(NotAllowed):
        built(override=override)


@pytest.mark.parametrize("override", ["eta_noise_seed_delta=soon", "eta_noise_seed_delta"])
def test_an_override_of_the_wrong_kind_is_refused(override: str) -> None:
    with pytest.raises(BadValue):
        built(override=override)


def test_too_large_a_batch_is_lowered_and_told() -> None:
    request = built(batch="99")
    assert request.work.pictures == SETTINGS.limits.max_batch
    assert [item.field for item in request.adjustments] == ["batch"]


def test_before_any_web_ui_has_answered_names_are_taken_as_typed() -> None:
    typed = Typed(prompt="x", data_model="anything", sampler="Euler z", styles="s", extra_net="l:1")
    work = only_text(build_request(typed, Offer(), SETTINGS))
    assert (work.checkpoint, work.sampler, work.styles) == ("anything", "Euler z", ("s",))


def test_again_differs_in_the_seed_alone() -> None:
    request = built(seed=7, steps=12, styles="cinematic")
    other = again(request, SETTINGS)
    assert only_text(other).seed != 7
    assert other.work.model_copy(update={"seed": 7}) == request.work


SUGGEST = Suggestions(SETTINGS)


def test_suggestions_that_begin_with_it_come_first() -> None:
    assert SUGGEST.for_option("sampler", "eul", OFFER) == ["Euler a", "Euler"]


def test_the_part_being_typed_is_completed() -> None:
    assert SUGGEST.for_option("extra_net", "detail:0.5, pi", OFFER) == ["detail:0.5, pixel"]


def test_what_is_in_the_list_is_not_suggested_again() -> None:
    assert "cinematic, cinematic" not in SUGGEST.for_option("styles", "cinematic, ", OFFER)


def test_override_suggests_only_what_may_be_overridden() -> None:
    found = SUGGEST.for_option("override", "", OFFER)
    assert "eta_noise_seed_delta=" in found
    assert not any(value.startswith("outdir") for value in found)


@given(
    st.lists(st.text(min_size=1, max_size=150), max_size=60),
    st.text(max_size=120),
    st.sampled_from(["data_model", "styles", "extra_net", "override", "prompt"]),
)
def test_suggestions_always_fit_into_discord(names: list[str], current: str, option: str) -> None:
    offer = Offer(
        known=True,
        checkpoints=tuple(Checkpoint(title=name, model_name=name) for name in names),
        styles=tuple(Style(name=name) for name in names),
        hypernetworks=tuple(names),
    )
    found = SUGGEST.for_option(option, current, offer)
    assert len(found) <= 25
    assert all(1 <= len(value) <= 100 for value in found)
    assert len(set(found)) == len(found)
