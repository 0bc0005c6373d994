"""Typed names against the lists that real web UIs gave."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UnknownName
from bot.webui import names, responses
from bot.webui.names import SamplerChoice
from bot.webui.wire import Checkpoint, Embedding, Embeddings, Lora, Module, Sampler, Scheduler, Vae
from tests.unit.webui.recordings import recording


def listed(name: str, parser: responses.Parser[Any]) -> Any:
    case = recording(name)
    return parser(case.status, case.headers, case.body)


SAMPLERS: tuple[Sampler, ...] = listed("a1111/get_samplers", responses.parse_samplers)
SCHEDULERS: tuple[Scheduler, ...] = listed("a1111/get_schedulers", responses.parse_schedulers)
CHECKPOINTS: tuple[Checkpoint, ...] = listed("a1111/get_sd-models_after_hashes", responses.parse_checkpoints)
SDCPP_SAMPLERS: tuple[Sampler, ...] = listed("sdcpp/get_samplers", responses.parse_samplers)


@pytest.mark.parametrize(
    ("given", "choice"),
    [
        ("Euler a", SamplerChoice("Euler a")),
        ("euler a", SamplerChoice("Euler a")),
        ("EULER A", SamplerChoice("Euler a")),
        ("  Euler a ", SamplerChoice("Euler a")),
        ("k_euler_a", SamplerChoice("Euler a")),
        ("euler_a", SamplerChoice("Euler a")),
        ("Euler", SamplerChoice("Euler")),
        ("DPM++ 2M Karras", SamplerChoice("DPM++ 2M", "Karras")),
        ("dpm++ 2m karras", SamplerChoice("DPM++ 2M", "Karras")),
        ("Euler a Karras", SamplerChoice("Euler a", "Karras")),
        ("DPM++ 2M SDE SGM Uniform", SamplerChoice("DPM++ 2M SDE", "SGM Uniform")),
        ("DPM++ SDE Karras", SamplerChoice("DPM++ SDE", "Karras")),
        ("DDIM", SamplerChoice("DDIM")),
        ("Heun  exponential", SamplerChoice("Heun", "Exponential")),
    ],
)
def test_a_sampler_is_found_in_any_case_by_alias_and_with_its_scheduler(
    given: str, choice: SamplerChoice
) -> None:
    assert names.match_sampler(given, SAMPLERS, SCHEDULERS) == choice


def test_a_sampler_whose_listed_name_has_the_scheduler_in_it_is_taken_whole() -> None:
    """As web UIs before 1.9 list them."""
    old = [Sampler(name="DPM++ 2M"), Sampler(name="DPM++ 2M Karras")]
    assert names.match_sampler("dpm++ 2m karras", old, SCHEDULERS) == SamplerChoice("DPM++ 2M Karras")


@pytest.mark.parametrize(
    ("given", "sampler"), [("Euler a", "euler_a"), ("DPM++ 2M", "dpm++2m"), ("dpm++ 2m sde", "dpm++2m_sde")]
)
def test_a_habitual_name_is_found_in_another_web_uis_spelling(given: str, sampler: str) -> None:
    assert names.match_sampler(given, SDCPP_SAMPLERS) == SamplerChoice(sampler)


@pytest.mark.parametrize("given", ["Nope", "", "   ", "Euler a Nope", "Karras", "a" * 5_000])
def test_an_unknown_sampler_is_refused(given: str) -> None:
    with pytest.raises(UnknownName) as caught:
        names.match_sampler(given, SAMPLERS, SCHEDULERS)
    assert caught.value.kind == "sampler"
    assert len(caught.value.given) <= 200


def test_a_misspelt_sampler_is_answered_with_the_nearest_ones() -> None:
    with pytest.raises(UnknownName) as caught:
        names.match_sampler("Eular a", SAMPLERS, SCHEDULERS)
    assert caught.value.nearest[0] == "Euler a"
    assert len(caught.value.nearest) <= 3


@pytest.mark.parametrize(
    ("given", "label"),
    [
        ("Karras", "Karras"),
        ("KARRAS", "Karras"),
        ("sgm_uniform", "SGM Uniform"),
        ("SGMUniform", "SGM Uniform"),
        ("align your steps", "Align Your Steps"),
        ("automatic", "Automatic"),
    ],
)
def test_a_scheduler_is_found_by_label_name_and_alias(given: str, label: str) -> None:
    assert names.match_scheduler(given, SCHEDULERS) == label


def test_automatic_is_a_scheduler_where_none_are_listed() -> None:
    assert names.match_scheduler("automatic", ()) == "Automatic"


@pytest.mark.parametrize(
    ("given", "model_name"),
    [
        # every row of NOTES 2.3, wrong case and the names that the web UI itself does not take included
        ("sub/tinyC.safetensors [fa18a8b7d4]", "sub_tinyC"),
        ("sub/tinyC.safetensors", "sub_tinyC"),
        ("sub_tinyC", "sub_tinyC"),
        ("tinyC", "sub_tinyC"),
        ("tinyC.safetensors", "sub_tinyC"),
        ("fa18a8b7d4", "sub_tinyC"),
        ("TINYB", "tinyB"),
        ("tinyB.safetensors", "tinyB"),
        ("tinyB [1db812cdf7]", "tinyB"),
        ("1db812cdf7070c91e8c1c1281c60a5b64ee0f78fde77725c467f028c4fb202ac", "tinyB"),
    ],
)
def test_a_checkpoint_is_found_by_every_name_of_it(given: str, model_name: str) -> None:
    assert names.match_checkpoint(given, CHECKPOINTS).model_name == model_name


@pytest.mark.parametrize("given", ["tiny", "tinyB.safetensors [0000000000]", "nope"])
def test_a_name_that_no_checkpoint_has_is_refused(given: str) -> None:
    with pytest.raises(UnknownName):
        names.match_checkpoint(given, CHECKPOINTS)


def test_part_of_a_name_is_answered_with_those_that_contain_it() -> None:
    with pytest.raises(UnknownName) as caught:
        names.match_checkpoint("tiny", CHECKPOINTS)
    assert caught.value.nearest == ("tinyA", "tinyB", "sub_tinyC")


def test_the_aliases_of_a_checkpoint_are_those_that_the_web_ui_takes() -> None:
    (checkpoint,) = [entry for entry in CHECKPOINTS if entry.model_name == "sub_tinyC"]
    taken = {
        "sub/tinyC.safetensors [fa18a8b7d4]",
        "sub/tinyC.safetensors",
        "sub_tinyC",
        "tinyC",
        "fa18a8b7d4",
    }
    assert taken <= checkpoint.aliases
    assert not {"sub/tinyC", "tinyC.safetensors", "TINYC", "tiny"} & checkpoint.aliases


def test_a_checkpoint_that_was_never_loaded_has_no_hash_among_its_aliases() -> None:
    new = Checkpoint(title="a.safetensors", model_name="a", filename="D:\\sd\\models\\a.safetensors")
    assert new.aliases == {"a.safetensors", "a"}


def test_a_vae_is_found_by_its_name_without_suffix_and_none_is_one() -> None:
    vaes = [
        Vae(model_name="tinyvae.vae.safetensors", filename="/srv/webui/models/VAE/tinyvae.vae.safetensors")
    ]
    assert names.match_vae("tinyvae.vae", vaes) == "tinyvae.vae.safetensors"
    assert names.match_vae("none", vaes) == "None"
    assert names.match_vae("automatic", ()) == "Automatic"
    assert names.match_vae("AE", [Module(model_name="ae.safetensors", filename="/VAE/ae.safetensors")]) == (
        "ae.safetensors"
    )


def test_a_lora_is_found_by_its_alias() -> None:
    loras = [Lora(name="tinylora", alias="tinyLoraAlias"), Lora(name="other")]
    assert names.match_lora("tinyloraalias", loras).name == "tinylora"
    assert names.match_lora("OTHER", loras).name == "other"


def test_an_embedding_that_was_skipped_for_this_checkpoint_is_known() -> None:
    embeddings = Embeddings(loaded={"a": Embedding()}, skipped={"wrongsize768": Embedding()})
    assert names.match_embedding("WrongSize768", embeddings) == "wrongsize768"


def test_the_exact_name_wins_over_another_in_other_case() -> None:
    assert names.match_name("style", "Film", ["film", "FILM", "Film"]) == "Film"


@given(st.lists(st.text(max_size=30).filter(str.strip), min_size=1, max_size=12, unique=True), st.data())
def test_every_listed_name_is_found_as_it_is(listed: list[str], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(listed))
    assert names.match_name("style", name, listed) == name


@given(st.text(max_size=60), st.lists(st.text(max_size=20), max_size=8))
def test_whatever_is_typed_is_either_found_or_refused_with_listed_names(
    given: str, listed: list[str]
) -> None:
    try:
        assert names.match_name("style", given, listed) in listed
    except UnknownName as error:
        assert set(error.nearest) <= set(listed)  # noqa: PT017


def test_a_misspelt_name_is_nearest_to_its_own_among_thousands_of_the_same_words() -> None:
    words = ("anime", "detail", "portrait", "cyberpunk", "lighting", "watercolor", "epic", "pixel", "ghost")
    listed = ["_".join(some) for some in itertools.permutations(words, 4)]
    assert len(listed) > 3_000
    found = names.nearest("animme_detal_ghosst_piksel", listed)
    assert found[0] == "anime_detail_ghost_pixel"
    assert len(found) == 3


@given(st.text(max_size=30), st.lists(st.text(max_size=10), max_size=8))
def test_looking_for_a_name_finds_what_matching_it_does(given: str, listed: list[str]) -> None:
    found = names.find_name(given, listed)
    if found is None:
        with pytest.raises(UnknownName):
            names.match_name("style", given, listed)
    else:
        assert names.match_name("style", given, listed) == found


@given(st.sampled_from(SAMPLERS), st.sampled_from(SCHEDULERS))
def test_any_sampler_with_any_scheduler_behind_it_is_split_into_the_two(
    sampler: Sampler, scheduler: Scheduler
) -> None:
    joined = f"{sampler.name} {scheduler.shown}".upper()
    assert names.match_sampler(joined, SAMPLERS, SCHEDULERS) == SamplerChoice(sampler.name, scheduler.shown)


def test_names_that_differ_in_separators_are_the_same() -> None:
    assert names.same_name("Euler a", "euler_a")
    assert not names.same_name("Euler", "Euler a")
    assert not names.same_name("", " ")


def test_the_stored_list_is_the_one_that_was_recorded() -> None:
    assert json.loads(json.dumps([sampler.name for sampler in SAMPLERS]))[0] == "DPM++ 2M"
