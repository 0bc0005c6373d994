"""Names: which are known, and what the unknown ones silently become (NOTES 2.3, 2.5)."""

import asyncio

import pytest

from bot.demo.webui.answers import Crash
from bot.demo.webui.dialects import dialect_of
from bot.demo.webui.library import Checkpoint, Library, Lora, default_library, in_order
from bot.demo.webui.machine import Machine
from bot.demo.webui.settings import Options
from bot.demo.webui.work import find_networks, names_word, plain_prompt, sampling_of

A1111 = dialect_of("a1111")
TINY_C = Checkpoint(file="sub/tinyC.safetensors")


@pytest.mark.parametrize(
    ("sampler", "scheduler", "expected"),
    [
        ("Euler a", None, ("Euler a", "Automatic")),
        ("euler a", None, ("DPM++ 2M", "Karras")),
        ("k_euler_a", None, ("DPM++ 2M", "Karras")),
        ("Nope", "Nope", ("DPM++ 2M", "Karras")),
        ("DPM++ 2M Karras", None, ("DPM++ 2M", "Karras")),
        ("Euler a Karras", None, ("Euler a", "Karras")),
        ("Euler a", "karras", ("Euler a", "Karras")),
        ("Euler a", "KARRAS", ("Euler a", "Automatic")),
        ("DPM++ 2M", "Automatic", ("DPM++ 2M", "Karras")),
        ("DPM++ 2M", "Exponential", ("DPM++ 2M", "Exponential")),
        (None, None, ("DPM++ 2M", "Karras")),
    ],
)
def test_samplers_and_schedulers_match_exactly_and_unknown_ones_become_others(
    sampler: str | None, scheduler: str | None, expected: tuple[str, str]
) -> None:
    found = sampling_of(A1111, sampler, scheduler)
    assert (found.sampler, found.effective) == expected


def test_a_checkpoint_answers_to_its_names_and_to_its_hash_only_once_that_is_known() -> None:
    known = TINY_C.aliases(hashed=True)
    assert {"sub/tinyC.safetensors", "sub_tinyC", "tinyC", TINY_C.short_hash, TINY_C.sha256} <= known
    assert not {"sub/tinyC", "tinyC.safetensors", "TINYC", "tiny"} & known
    assert TINY_C.short_hash not in TINY_C.aliases(hashed=False)
    assert TINY_C.title(hashed=False) == "sub/tinyC.safetensors"
    assert TINY_C.title(hashed=True) == f"sub/tinyC.safetensors [{TINY_C.short_hash}]"


def test_checkpoints_of_the_folder_come_before_those_of_its_subfolders() -> None:
    names = ["zz.safetensors", "a/b.safetensors", "B.safetensors", "a.safetensors"]
    ordered = in_order([Checkpoint(file=name) for name in names])
    assert [one.file for one in ordered] == [
        "a.safetensors",
        "B.safetensors",
        "zz.safetensors",
        "a/b.safetensors",
    ]


def test_networks_are_found_by_name_or_alias_and_unknown_ones_are_not_mentioned() -> None:
    library = Library(loras=[Lora(name="file", alias="Alias")])
    found = find_networks("a <lora:file:0.5> b <lora:Alias> <lora:nope:1> <hypernet:nope:1>", library)
    assert [(one.name, one.weight) for one in found] == [("file", 0.5), ("Alias", 1.0)]
    with pytest.raises(Crash):
        find_networks("<lora:file:much>", library)


def test_the_model_sees_the_prompt_without_its_networks() -> None:
    assert plain_prompt("a <lora:x:1>cat<hypernet:y:0.2>") == "a cat"


def test_an_embedding_is_used_when_its_name_stands_there_by_itself() -> None:
    assert names_word("a TinyEmb, cat", "tinyemb")
    assert not names_word("tinyembed", "tinyemb")


def test_the_demo_s_library_has_two_families_a_subfolder_and_something_of_everything() -> None:
    library = default_library()
    assert {one.family for one in library.checkpoints} == {"sd1", "sdxl"}
    assert any("/" in one.file for one in library.checkpoints)
    assert len({one.sha256 for one in library.checkpoints}) == len(library.checkpoints)
    assert all((library.vaes, library.loras, library.embeddings, library.styles, library.hypernetworks))
    assert all(lora.metadata["ss_base_model_version"] for lora in library.loras)


async def test_a_file_that_was_added_is_unknown_until_the_list_is_refreshed() -> None:
    disk = Library(checkpoints=[Checkpoint(file="a.safetensors")])
    machine = Machine(A1111, disk, Options(A1111, fresh_install=False), 0, asyncio.sleep)
    disk.checkpoints.append(TINY_C)
    assert machine.find("tinyC") is None
    machine.refresh_checkpoints()
    assert machine.find("tinyC") == TINY_C


async def test_a_file_that_was_deleted_cannot_be_loaded() -> None:
    disk = Library(checkpoints=[Checkpoint(file="a.safetensors"), TINY_C])
    machine = Machine(A1111, disk, Options(A1111, fresh_install=False), 0, asyncio.sleep)
    disk.checkpoints.remove(TINY_C)
    with pytest.raises(Crash, match="FileNotFoundError"):
        await machine.load(TINY_C)
