"""What is typed into /draw becomes a request, or a refusal that names the cure."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.backends.catalog import Offer
from bot.errors import BadValue, NotAllowed, UnknownName
from bot.model.work import ExtraNetwork, HighresFix, Refiner, Request, Txt2Img, Variation
from bot.webui.wire import Checkpoint, Lora, Sampler, Scheduler, Style
from cogs.options import again, build_request
from cogs.present import option_values
from cogs.suggestions import Suggestions
from cogs.typed import Typed
from config.settings import Settings, load

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


TABLES = """
[[model]]
name = "tinyA"
shown = "Classic"
activator = "classic style"
negative_prefix = "lowres"
width = 512
height = 768
steps = 12
guidance_scale = 4.5
sampler = "DPM++ 2M"
scheduler = "Karras"
clip_skip = 2
vae = "soft.vae.pt"

[[model]]
name = "sub_tinyC"
family = "flux"

[[recipe]]
name = "faces"
facefix = true
scripts = '{"ADetailer": {"args": [true]}}'

[[recipe]]
name = "lines"
scripts = '{"ControlNet": {"args": []}}'
"""


@pytest.fixture
def told(tmp_path: Path) -> Settings:
    """Settings of a host who has said something of models and recipes."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "local.toml").write_text(TABLES, encoding="utf-8")
    return load({}, tmp_path, dotenv=False)


def read(settings: Settings, offer: Offer = OFFER, usual: str | None = None, **typed: object) -> Request:
    options = Typed(**{"prompt": "a cat", **typed})  # type: ignore[arg-type]
    return build_request(options, offer, settings, usual=usual)


def test_a_model_brings_its_own_defaults(told: Settings) -> None:
    work = only_text(read(told, data_model="classic"))

    assert work.checkpoint == "tinyA"
    assert (work.width, work.height, work.steps, work.cfg_scale) == (512, 768, 12, 4.5)
    assert (work.sampler, work.scheduler, work.clip_skip, work.vae) == (
        "DPM++ 2M",
        "Karras",
        2,
        "soft.vae.pt",
    )
    assert (work.prompt, work.negative_prompt) == ("classic style, a cat", "lowres")


def test_the_model_that_draws_anyway_brings_them_too(told: Settings) -> None:
    assert only_text(read(told, usual="tinyA")).steps == 12
    assert only_text(read(told, usual="tinyA")).checkpoint is None


def test_what_is_typed_wins_over_the_model(told: Settings) -> None:
    work = only_text(read(told, data_model="Classic", steps=20, sampler="Euler", width=576, size="square"))

    assert (work.steps, work.sampler, work.scheduler) == (20, "Euler", "Automatic")
    assert (work.width, work.height) == (576, 640)


def test_words_that_the_model_wants_are_put_in_once_and_told(told: Settings) -> None:
    first, second = (
        read(told, data_model="Classic"),
        read(told, data_model="Classic", prompt="Classic Style cat"),
    )

    assert [item.reason for item in first.adjustments] == ["activator"]
    assert only_text(second).prompt == "Classic Style cat"
    assert second.adjustments == ()


def test_none_is_not_even_the_models_negative(told: Settings) -> None:
    assert only_text(read(told, data_model="Classic", negative_prompt="none")).negative_prompt == ""


def test_a_model_that_ignores_negative_prompts_says_so(told: Settings) -> None:
    request = read(told, data_model="sub_tinyC", negative_prompt="dogs")

    assert [item.reason for item in request.adjustments] == ["negative_ignored"]
    assert only_text(request).negative_prompt == ""
    assert (only_text(request).width, only_text(request).height) == (1024, 1024)


@pytest.mark.parametrize("options", [{"extra_net": "big:0.5"}, {"prompt": "a cat <lora:big:1>"}])
def test_a_lora_of_another_family_is_warned_about(told: Settings, options: dict[str, object]) -> None:
    lora = Lora(name="big", metadata={"ss_base_model_version": "sdxl_base_v1-0"})
    offer = replace(OFFER, loras=(*OFFER.loras, lora))

    typed = Typed(**{"prompt": "a cat", "data_model": "sub_tinyC", **options})  # type: ignore[arg-type]
    assert [item.reason for item in build_request(typed, offer, told).adjustments] == ["other_family"]


def test_a_shape_takes_the_area_of_the_model(told: Settings) -> None:
    work = only_text(read(told, data_model="sub_tinyC", size="portrait 2:3"))

    assert (work.width, work.height) == (832, 1280)


def test_recipes_are_offered_where_a_web_ui_has_their_script(told: Settings) -> None:
    offer = replace(OFFER, scripts=("adetailer", "prompt matrix"))
    suggest = Suggestions(told)

    assert "faces" in suggest.for_option("facefix", "", offer)
    assert suggest.for_option("more", "recipe=", offer) == ["recipe=faces"]
    assert only_text(read(told, offer, facefix="Faces")).recipes[0].scripts == {"ADetailer": {"args": [True]}}
    assert only_text(read(told, offer, facefix="Faces")).face_restorer is None
    assert [one.name for one in only_text(read(told, offer, more="recipe=faces")).recipes] == ["faces"]
    with pytest.raises(UnknownName):
        read(told, offer, more="recipe=lines")
    with pytest.raises(UnknownName):
        read(told, OFFER, facefix="faces")


def test_more_reaches_the_request() -> None:
    more = (
        "refiner=tinya, refiner_at=0.7, variation_seed=5, variation_strength=0.3, tiling=true, "
        "hr_scale=2, hr_steps=7, hr_denoise=0.4, hr_prompt=a dog, sharp"
    )
    work = drawn(highres_fix="Lanczos", more=more)

    assert work.refiner == Refiner(checkpoint="tinyA", switch_at=0.7)
    assert work.variation == Variation(seed=5, strength=0.3)
    assert work.tiling
    assert work.highres_fix == HighresFix(
        upscaler="Lanczos", scale=2, steps=7, denoising_strength=0.4, prompt="a dog, sharp"
    )


@pytest.mark.parametrize(
    "more",
    ["hr_scale=2", "refiner=nobody", "refiner_at=2", "tiling=perhaps", "variation_strength=5", "colour=red"],
)
def test_more_is_refused_where_it_means_nothing(more: str) -> None:
    with pytest.raises((BadValue, UnknownName)):
        drawn(more=more)


def test_again_varies_what_is_varied() -> None:
    request = built(seed=7, more="variation_seed=5, variation_strength=0.3")
    other = only_text(again(request, SETTINGS))

    assert other.seed == 7
    assert other.variation is not None
    assert other.variation.seed != 5


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "steps": st.integers(1, 50),
            "size": st.sampled_from(["portrait 2:3", "640x512"]),
            "guidance_scale": st.floats(1, 30),
            "sampler": st.sampled_from(["Euler", "DPM++ 2M Karras"]),
            "styles": st.sampled_from(["cinematic", "none"]),
            "extra_net": st.sampled_from(["detail:0.5, glow", "none"]),
            "negative_prompt": st.sampled_from(["dogs", "none"]),
            "clip_skip": st.integers(1, 12),
            "batch": st.sampled_from(["1", "2,2"]),
            "highres_fix": st.sampled_from(["Latent", "Lanczos"]),
            "more": st.sampled_from(["refiner=tinyA", "variation_seed=1", "tiling=1, refiner=tinyA"]),
        },
    )
)
def test_the_options_of_a_request_ask_for_it_again(typed: dict[str, object]) -> None:
    work = drawn(**typed)
    line: dict[str, object] = dict(option_values(work))
    for name in ("steps", "width", "height", "seed", "clip_skip"):
        line[name] = int(str(line[name]))
    line["guidance_scale"] = float(str(line["guidance_scale"]))

    assert drawn(**line) == work.model_copy(update={"cfg_scale": line["guidance_scale"]})


def test_layers_keep_together_what_belongs_together() -> None:
    below = Typed(prompt="", width=512, scheduler="Karras", steps=9, more="tiling=true")
    above = Typed(prompt="x", size="square", sampler="Euler", more="hr_scale=2")

    merged = above.over(below)

    assert (merged.width, merged.scheduler, merged.steps) == (None, None, 9)
    assert merged.more == "tiling=true, hr_scale=2"
    assert Typed(prompt="x", more="none").over(below).more == "none"


SUGGEST = Suggestions(SETTINGS)


def test_models_are_suggested_by_the_names_that_people_know(told: Settings) -> None:
    assert Suggestions(told).for_option("data_model", "", OFFER) == ["Classic", "sub_tinyC"]


@pytest.mark.parametrize(
    ("option", "current", "found"),
    [
        ("more", "til", ["tiling="]),
        ("more", "tiling=true, ref", ["tiling=true, refiner=", "tiling=true, refiner_at="]),
        ("more", "tiling=t", ["tiling=true"]),
        ("more", "hr_scale=2, refiner=tiny", ["hr_scale=2, refiner=tinyA", "hr_scale=2, refiner=sub_tinyC"]),
        ("size", "port", ["portrait 2:3", "portrait 3:4", "portrait 9:16"]),
        ("styles", "non", ["none"]),
        ("extra_net", "no", ["none"]),
    ],
)
def test_the_part_that_is_being_typed_is_suggested(option: str, current: str, found: list[str]) -> None:
    assert SUGGEST.for_option(option, current, OFFER) == found


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
