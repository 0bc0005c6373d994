"""The silent lies of NOTES 2.5, each as it was recorded."""

from typing import Any

import pytest

from bot.model.work import ExtraNetwork, HighresFix, Notice, Txt2Img
from bot.webui import responses
from bot.webui.dialects import Capabilities, Dialect
from bot.webui.differences import applied_networks, compare, drawn_scheduler
from bot.webui.endpoints import Endpoint
from bot.webui.wire import Checkpoint, GenerationInfo
from tests.unit.webui.recordings import recording, recordings

A1111 = Capabilities(dialect=Dialect.A1111, options=frozenset(recording("a1111/get_options").answered))
FORGE = Capabilities(dialect=Dialect.FORGE, options=frozenset(recording("forge/get_options").answered))
SDCPP = Capabilities(dialect=Dialect.SDCPP)
CHECKPOINTS: dict[str, Checkpoint] = {
    checkpoint.model_name: checkpoint
    for checkpoint in responses.parse_checkpoints(200, {}, recording("a1111/get_sd-models_after_hashes").body)
}


def drawn(name: str) -> GenerationInfo:
    case = recording(name)
    return responses.parse_generation(case.status, case.headers, case.body).info


def asked(**changes: Any) -> Txt2Img:
    plain = {"prompt": "a cat", "seed": 1, "sampler": "Euler", "width": 64, "height": 64, "steps": 2}
    return Txt2Img.model_validate(plain | changes)


def found(name: str, work: Txt2Img, capabilities: Capabilities = A1111, **known: Any) -> tuple[Notice, ...]:
    return compare(work, drawn(name), capabilities=capabilities, **known)


def notice(code: str, asked: str, got: str) -> tuple[Notice, ...]:
    return (Notice(code=code, data={"asked": asked, "got": got}),)


def test_an_unknown_sampler_is_drawn_with_another_one() -> None:
    assert found("a1111/txt2img_bad_sampler", asked(sampler="Nope")) == notice(
        "got_other_sampler", "Nope", "DPM++ 2M"
    )


def test_an_unknown_scheduler_is_automatic() -> None:
    assert found("a1111/txt2img_bad_scheduler", asked(scheduler="Nope")) == notice(
        "got_other_scheduler", "Nope", "Automatic"
    )


def test_a_scheduler_that_was_followed_is_no_difference_in_either_spelling() -> None:
    for scheduler in ("Karras", "karras"):
        work = asked(sampler="DPM++ 2M", scheduler=scheduler)
        assert found("a1111/txt2img_sampler_and_scheduler", work) == ()


def test_an_unknown_checkpoint_is_drawn_with_the_current_one() -> None:
    work = asked(checkpoint="tinyB")
    assert found("a1111/txt2img_override_model_unknown", work) == notice(
        "got_other_checkpoint", "tinyB", "tinyC"
    )
    assert found("a1111/txt2img_override_model_unknown", work, checkpoint=CHECKPOINTS["tinyB"]) == notice(
        "got_other_checkpoint", "tinyB", "tinyC"
    )


def test_the_hosts_own_checkpoint_is_compared_where_none_was_asked_for() -> None:
    assert found("a1111/txt2img_basic", asked(), checkpoint=CHECKPOINTS["tinyB"]) == notice(
        "got_other_checkpoint", "tinyB", "tinyA"
    )
    assert found("a1111/txt2img_basic", asked(), checkpoint=CHECKPOINTS["tinyA"]) == ()


def test_a_checkpoint_in_a_folder_is_known_by_its_stem_and_hash() -> None:
    work = asked(checkpoint="sub_tinyC")
    assert found("a1111/txt2img_override_model_unknown", work) == ()
    assert found("a1111/txt2img_override_model_unknown", work, checkpoint=CHECKPOINTS["sub_tinyC"]) == ()


def test_another_file_of_the_same_name_is_told_by_its_hash() -> None:
    record = Checkpoint(title="tinyA.safetensors [aaaaaaaaaa]", model_name="tinyA", hash="aaaaaaaaaa")
    work = asked(checkpoint="tinyA")
    assert found("a1111/txt2img_basic", work, checkpoint=record) == notice(
        "got_other_checkpoint", "tinyA", "tinyA"
    )


def test_a_checkpoint_that_was_never_hashed_is_compared_by_name() -> None:
    record = Checkpoint(title="tinyA.safetensors", model_name="tinyA")
    assert found("a1111/txt2img_basic", asked(checkpoint="tinyA"), checkpoint=record) == ()


def test_an_unknown_vae_is_none() -> None:
    work = asked(vae="nope.vae")
    assert found("a1111/txt2img_override_vae_unknown", work) == notice("got_other_vae", "nope.vae", "None")


def test_a_vae_that_was_followed_is_no_difference() -> None:
    assert found("a1111/txt2img_override_vae", asked(vae="tinyvae.vae.safetensors")) == ()


def test_a_vae_where_none_was_asked_for_is_told() -> None:
    assert found("a1111/txt2img_override_vae", asked(vae="None")) == notice(
        "got_other_vae", "None", "tinyvae.vae.safetensors"
    )
    assert found("a1111/txt2img_override_vae", asked(vae="Automatic")) == ()


def test_forges_vae_is_not_looked_for_where_it_never_is() -> None:
    assert found("forge/txt2img_basic", asked(vae="ae.safetensors"), FORGE) == ()


@pytest.mark.parametrize("kind", ["prompt", "option"])
def test_a_lora_without_a_hash_was_ignored(kind: str) -> None:
    work = asked(prompt="a cat <lora:doesnotexist:1>")
    if kind == "option":
        work = asked(extra_networks=(ExtraNetwork(kind="lora", name="doesnotexist"),))
    assert found("a1111/txt2img_lora_missing", work) == (
        Notice(code="lora_ignored", data={"name": "doesnotexist"}),
    )


@pytest.mark.parametrize(
    ("name", "tag"), [("a1111/txt2img_lora", "tinylora"), ("a1111/txt2img_lora_alias", "tinyLoraAlias")]
)
def test_a_lora_with_its_hash_was_used(name: str, tag: str) -> None:
    assert found(name, asked(prompt=f"a cat <lora:{tag}:0.8>")) == ()
    assert found(name, asked(extra_networks=(ExtraNetwork(kind="lora", name=tag),))) == ()


def test_an_embedding_with_its_hash_was_used_and_one_without_was_not() -> None:
    used = asked(extra_networks=(ExtraNetwork(kind="embedding", name="tinyemb"),))
    assert found("a1111/txt2img_embedding", used) == ()
    assert found("a1111/txt2img_basic", used) == (Notice(code="lora_ignored", data={"name": "tinyemb"}),)


def test_where_no_hashes_are_told_nothing_is_said_of_loras() -> None:
    assert found("a1111/txt2img_lora_missing", asked(prompt="<lora:doesnotexist:1>"), Capabilities()) == ()


def test_a_size_that_is_no_multiple_of_8_is_rounded_without_a_word() -> None:
    assert found("a1111/txt2img_width65", asked(width=65), size=(64, 64)) == notice(
        "got_other_size", "65×64", "64×64"
    )
    assert found(
        "sdcpp/txt2img_width65", asked(width=65, sampler="default"), SDCPP, size=(128, 64)
    ) == notice("got_other_size", "65×64", "128×64")
    assert found("a1111/txt2img_basic", asked(), size=(64, 64)) == ()


def test_the_size_after_the_second_pass_counts() -> None:
    work = asked(highres_fix=HighresFix(upscaler="Latent", scale=2))
    assert found("a1111/txt2img_hr", work, size=(128, 128)) == ()
    assert found("a1111/txt2img_hr", work, size=(64, 64)) == notice("got_other_size", "128×128", "64×64")


def test_a_prompt_that_lost_what_stands_behind_a_sign_is_told() -> None:
    work = asked(prompt="hex #ff0000 color, tag")
    assert found("a1111/txt2img_prompt_hash_comment", work) == (Notice(code="prompt_cut"),)


def test_stable_diffusion_cpps_spelling_is_no_difference_and_its_default_is() -> None:
    assert found("sdcpp/txt2img_sampler_euler_a", asked(sampler="Euler a"), SDCPP) == ()
    assert found("sdcpp/txt2img_bad_sampler", asked(sampler="Nope"), SDCPP) == notice(
        "got_other_sampler", "Nope", "NONE"
    )
    assert found("sdcpp/txt2img_basic", asked(sampler="default", checkpoint="random-sd15"), SDCPP) == ()


def test_a_sampler_with_its_scheduler_in_its_name_is_no_difference() -> None:
    info = GenerationInfo(sampler_name="DPM++ 2M Karras")
    assert compare(asked(sampler="DPM++ 2M", scheduler="Karras"), info, capabilities=A1111) == ()


def test_what_the_web_ui_does_not_tell_is_not_noticed() -> None:
    work = asked(checkpoint="a", vae=None, scheduler="Karras")
    assert compare(work, GenerationInfo(), capabilities=Capabilities()) == ()


def test_the_scheduler_is_read_from_the_last_line_of_the_infotext_alone() -> None:
    lying = "a cat, Schedule type: Karras\nSteps: 2, Schedule type: Automatic, Size: 64x64"
    assert drawn_scheduler(GenerationInfo(infotexts=(lying,))) == "Automatic"
    assert drawn_scheduler(GenerationInfo()) is None


def test_several_networks_are_each_found_by_name() -> None:
    text = 'a\nSteps: 2, Lora hashes: "one: 12ab, two v2: 34cd", Version: v1.10.1'
    assert applied_networks(GenerationInfo(infotexts=(text,)), "lora") == {"one", "two v2"}


SENT = [
    case
    for case in recordings()
    if case.path == Endpoint.TXT2IMG and case.status == 200 and case.name.startswith("a1111/txt2img_sampler_")
]


@pytest.mark.parametrize("case", SENT, ids=lambda case: case.name)
def test_a_listed_sampler_is_drawn_as_asked_and_any_other_name_is_told(case: Any) -> None:
    samplers = {entry["name"] for entry in recording("a1111/get_samplers").answered}
    name = case.asked.get("sampler_name") or case.asked.get("sampler_index") or "Euler"
    notices = found(case.name, asked(sampler=name))
    if name in samplers:
        assert notices == ()
    elif name != "DPM++ 2M Karras":  # the one habit that the web UI still understands
        assert [entry.code for entry in notices] == ["got_other_sampler"]
