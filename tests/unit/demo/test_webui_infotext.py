"""Infotexts, written and read as the web UI does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.demo.webui import infotext
from bot.demo.webui.library import Library, Lora, Style

FIELDS = {"Steps": 2, "Sampler": "Euler", "CFG scale": 7.0, "Seed": 1, "Size": "64x96"}
_PLAIN = st.text(
    st.characters(codec="latin-1", exclude_characters='\n\r\\"', exclude_categories=["C", "Z"]), max_size=30
)


def test_prompts_go_in_raw_and_missing_fields_are_left_out() -> None:
    text = infotext.write("a cat\nSteps: 99", "bad", {**FIELDS, "VAE": None})
    assert text == (
        "a cat\nSteps: 99\nNegative prompt: bad\n"
        "Steps: 2, Sampler: Euler, CFG scale: 7.0, Seed: 1, Size: 64x96"
    )


def test_an_empty_prompt_leaves_the_fields_alone() -> None:
    assert infotext.write("", "", {"Steps": 2}) == "Steps: 2"


def test_values_with_commas_or_colons_stand_in_quotes() -> None:
    assert infotext.write("x", "", {"Lora hashes": "a: 1, b: 2"}).endswith('Lora hashes: "a: 1, b: 2"')


def test_only_the_last_line_holds_fields_and_sizes_are_split() -> None:
    values = infotext.read(infotext.write("a cat\nSeed: 5", "no\nSteps: 3", FIELDS))
    assert (values["Prompt"], values["Negative prompt"]) == ("a cat\nSeed: 5", "no\nSteps: 3")
    assert (values["Seed"], values["Size-1"], values["Size-2"]) == ("1", "64", "96")


def test_a_text_without_fields_is_all_prompt() -> None:
    assert infotext.read("just words, nothing: else")["Prompt"] == "just words, nothing: else"


@given(
    st.dictionaries(
        st.sampled_from(["Steps", "Sampler", "Seed", "Model", "VAE", "Lora hashes"]),
        _PLAIN.filter(bool),
        min_size=3,
    )
)
def test_what_is_written_is_read_again(fields: dict[str, str]) -> None:
    read = infotext.read(infotext.write("a prompt", "", fields))
    sizes = {name for name in fields if f"{name}-1" in read}
    assert {name: read[name] for name in set(fields) - sizes} == {
        name: value for name, value in fields.items() if name not in sizes
    }


def test_known_styles_are_taken_out_and_loras_named_by_their_alias() -> None:
    library = Library(
        styles=[
            Style(
                name="cinematic", prompt="cinematic still of {prompt}, film grain", negative_prompt="cartoon"
            ),
            Style(name="oil", prompt="oil painting"),
        ],
        loras=[Lora(name="file", alias="Alias")],
    )
    text = infotext.write(
        "cinematic still of a <lora:file:1>, film grain, oil painting", "blur, cartoon", FIELDS
    )
    values = infotext.pasted(text, library)
    assert values["Negative prompt"] == "blur"
    assert values["Styles array"] == ["cinematic", "oil"]
    assert values["Prompt"] == "a <lora:Alias:1>"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("hex #ff0000 color, tag", "hex \n"),
        ("a\n# whole line\nb", "a\nb"),
        ("no comment", "no comment"),
        ("#all", "\n"),
        ("a # b\nc # d", "a \nc \n"),
    ],
)
def test_everything_from_the_hash_sign_to_the_line_s_end_is_dropped(text: str, kept: str) -> None:
    assert infotext.without_comments(text) == kept


def test_a_style_surrounds_the_prompt_or_follows_it() -> None:
    assert infotext.with_style("art of {prompt}, fine", "a cat") == "art of a cat, fine"
    assert infotext.with_style("oil painting", "a cat") == "a cat, oil painting"
    assert infotext.with_style("", "a cat") == "a cat"
