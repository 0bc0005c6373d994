import json
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.imaging.infotext import Infotext, parse, quote, render, unquote
from tests.unit.imaging.make import SAMPLES

TEXTS = {
    path.stem: path.read_text(encoding="utf-8") for path in sorted((SAMPLES / "infotexts").glob("*.txt"))
}

LINES = (
    "a cat",
    "",
    "  ",
    "Steps: 99",
    "Steps: 99, Sampler: Euler, Seed: 5, Size: 8x8",
    "Negative prompt:",
    "Negative prompt: bad, Steps: 3",
    'he said "hi, there": {x, [y',
    "кот 猫 😀\r",
)
prompts = st.lists(st.sampled_from(LINES) | st.text(max_size=20), max_size=5).map("\n".join)
keys = st.from_regex(r"[A-Za-z][A-Za-z0-9 \-/]{0,12}[A-Za-z0-9]", fullmatch=True)
values = st.text(max_size=20) | st.sampled_from(
    [
        "Euler a",
        "tinylora: 8521310b5f84, other: 12",
        "line\nbreak",
        'a "quoted" word',
        "back\\slash, comma",
        "a: b",
    ]
)


def as_the_web_ui_writes(prompt: str, negative: str, fields: dict[str, str]) -> str:
    """A1111 1.10: a key that equals its value is written alone; commas, colons and line breaks are quoted."""
    written = [
        key
        if key == value
        else f"{key}: {json.dumps(value, ensure_ascii=False) if set(value) & set(',:' + chr(10)) else value}"
        for key, value in fields.items()
    ]
    middle = f"\nNegative prompt: {negative}" if negative else ""
    return f"{prompt}{middle}\n{', '.join(written)}".strip()


@st.composite
def web_ui_fields(draw: st.DrawFn) -> dict[str, str]:
    fields = {
        "Steps": str(draw(st.integers(1, 150))),
        "Sampler": "Euler a",
        "Seed": str(draw(st.integers(-5, 2**63))),
    }
    return {**fields, **draw(st.dictionaries(keys, values, max_size=6)), "Version": "v1.10.1"}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_recorded_infotext_is_written_back_unchanged(text: str) -> None:
    assert render(parse(text)) == text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_recorded_infotext_gives_its_numbers(text: str) -> None:
    infotext = parse(text)
    assert infotext.steps in (1, 2, 4)
    assert infotext.size == (64, 64)
    assert infotext.seed is not None
    assert infotext.model_hash in ("58793b75f1", "fa18a8b7d4", "ce8f687430", None)
    assert infotext.trailer == ""
    assert all(key for key, _ in infotext.fields)


@pytest.mark.parametrize(
    ("name", "prompt", "negative"),
    [
        # What /png-info of the same web UI made of the same texts (recordings a1111/png_info_of_…).
        ("a1111_txt2img_neg_multiline", "a cat", "bad, Steps: 3\nSeed: 5"),
        ("a1111_txt2img_prompt_unicode", 'кот 猫 😀 "quoted", é\nnewline: x, Steps: 99', ""),
        ("a1111_txt2img_lora", "a cat <lora:tinylora:0.8>", ""),
        # What was sent.
        ("a1111_txt2img_prompt_empty", "", ""),
        ("a1111_txt2img_prompt_emphasis_bad_parens", "((cat:1.5", ""),
        ("a1111_txt2img_prompt_hash_comment", "hex \n", ""),
        ("forge_txt2img_styles", "cinematic still of a cat, film grain", "cartoon"),
        ("sdcpp_txt2img_basic", "a cat", ""),
    ],
)
def test_prompts_are_found_where_the_web_ui_finds_them(name: str, prompt: str, negative: str) -> None:
    infotext = parse(TEXTS[name])
    assert (infotext.prompt, infotext.negative_prompt) == (prompt, negative)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("a1111_txt2img_lora", "Lora hashes", "tinylora: 8521310b5f84"),
        ("a1111_txt2img_embedding", "TI hashes", "tinyemb: 77aeaac32812"),
        ("a1111_txt2img_refiner", "Refiner", "tinyB [1db812cdf7]"),
        ("a1111_txt2img_override_vae", "VAE", "tinyvae.vae.safetensors"),
        ("a1111_img2img_mask", "Masked content", "fill"),
        ("forge_txt2img_hr_additional_modules_same", "Hires Module 1", "Use same choices"),
        ("forge_txt2img_hr_additional_modules_same", "Version", "f2.0.1v1.10.1-previous-669-gdfdcbab6"),
        ("sdcpp_txt2img_hr", "Hires upscale", "Latent"),
        ("a1111_txt2img_basic", "Clip skip", None),
    ],
)
def test_fields_are_given_without_their_quotes(name: str, key: str, value: str | None) -> None:
    assert parse(TEXTS[name]).get(key) == value


def test_the_common_fields_have_their_types() -> None:
    infotext = parse(TEXTS["a1111_txt2img_hr_lanczos"])
    assert (infotext.seed, infotext.steps, infotext.size) == (1, 2, (64, 64))
    assert (infotext.cfg_scale, infotext.denoising_strength, infotext.clip_skip) == (7.0, 0.6, None)
    assert (infotext.sampler, infotext.scheduler) == ("Euler", "Automatic")
    assert (infotext.model, infotext.model_hash) == ("tinyC", "fa18a8b7d4")
    assert parse(TEXTS["a1111_txt2img_seed_neg5"]).seed == -5
    assert parse(TEXTS["a1111_txt2img_seed_big"]).seed == 2**32
    assert parse(TEXTS["a1111_txt2img_override_clipskip"]).clip_skip == 2


def test_the_json_that_stable_diffusion_cpp_adds_is_one_value() -> None:
    infotext = parse(TEXTS["sdcpp_txt2img_basic"])
    assert [key for key, _ in infotext.fields][-2:] == ["Version", "SDCPP"]
    assert json.loads(infotext.get("SDCPP") or "")["sampling"]["steps"] == 2


@given(prompt=prompts, negative=prompts, fields=web_ui_fields())
def test_whatever_a_web_ui_writes_is_written_back_unchanged(
    prompt: str, negative: str, fields: dict[str, str]
) -> None:
    text = as_the_web_ui_writes(prompt, negative, fields)
    assert render(parse(text)) == text


@given(text=prompts | st.text())
@example("Negative prompt:")
@example("a cat\nNegative prompt: ")
@example("a cat\nNegative prompt:\nSteps: 1, Seed: 2, Size: 3x3")
@example("a cat\nSteps: 1, Seed: 2, Size: 3x3\n\nTemplate: a {cat|dog}\n")
@example("Steps: 1, , Seed: , : x, Foo:, Size: 3x3, ")
@example('Steps: 1, Seed: "2, Size: 3x3, Model: "a" b, Version: [1, 2')
@example("a\n")
@example("\n")
def test_any_text_that_begins_with_no_empty_line_is_written_back_unchanged(text: str) -> None:
    text = text.lstrip("\n")
    assert render(parse(text)) == text


@given(
    prompt=prompts,
    negative=prompts,
    fields=st.dictionaries(keys, values, max_size=6),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_value_that_is_written_is_read_back_equal(
    prompt: str, negative: str, fields: dict[str, str], seed: int
) -> None:
    prompt = prompt.replace("Negative prompt:", "negative:").lstrip("\n")
    if not prompt:
        negative = negative.lstrip("\n")
    infotext = Infotext.of(prompt, negative, {"Steps": 20, **fields, "Seed": seed, "Size": "64x32"})
    read = parse(render(infotext))
    assert read == infotext
    assert (read.seed, read.size) == (seed, (64, 32))
    for key, value in fields.items():
        if key not in ("Steps", "Seed", "Size"):
            assert read.get(key) == value


@given(value=st.text())
@example("")
@example('"')
@example('"quoted"')
@example("[1")
@example(" spaced ")
def test_a_quoted_value_is_unquoted_to_itself(value: str) -> None:
    assert unquote(quote(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Euler a", "Euler a"),
        ("a, b", '"a, b"'),
        ("name: hash", '"name: hash"'),
        ("two\nlines", '"two\\nlines"'),
        ("猫, 犬", '"猫, 犬"'),
        ('say "hi"', 'say "hi"'),
    ],
)
def test_values_are_quoted_as_the_web_ui_quotes_them(value: str, written: str) -> None:
    assert quote(value) == written


@pytest.mark.parametrize("written", ['"', '"a', 'a"', '"a"b"', '"\\x"'])
def test_what_only_looks_quoted_is_taken_as_it_stands(written: str) -> None:
    assert unquote(written) == written


def test_half_a_surrogate_pair_in_a_quoted_value_is_replaced() -> None:
    assert unquote('"a \\ud83d, b"') == "a ?, b"


@pytest.mark.parametrize(
    "text",
    [
        "a cat",
        "",
        "a cat, a dog: big, a bird: small, a fish: blue",
        "Steps: 20",
        "Steps: 20, walking: slowly",
        "first\nSteps to heaven: many, Seed of life: 1, Size of things: large",
    ],
)
def test_a_text_without_parameters_is_all_prompt(text: str) -> None:
    assert parse(text) == Infotext(prompt=text)


def test_only_the_last_line_of_parameters_counts() -> None:
    line = "Steps: 99, Sampler: Euler, Seed: 5, Size: 8x8"
    infotext = parse(
        f"{line}\nNegative prompt: {line}\n{line}\nSteps: 1, Sampler: DDIM, Seed: 2, Size: 16x16"
    )
    assert infotext.prompt == line
    assert infotext.negative_prompt == f"{line}\n{line}"
    assert (infotext.steps, infotext.sampler, infotext.seed, infotext.size) == (1, "DDIM", 2, (16, 16))


def test_lines_that_an_extension_puts_behind_the_parameters_are_no_part_of_them() -> None:
    text = "a cat\nSteps: 1, Seed: 2, Size: 3x3\nTemplate: a {cat|dog}\nNegative Template: bad"
    infotext = parse(text)
    assert (infotext.prompt, infotext.negative_prompt, infotext.seed) == ("a cat", "", 2)
    assert infotext.trailer == "\nTemplate: a {cat|dog}\nNegative Template: bad"


def test_other_programs_may_begin_with_another_key() -> None:
    infotext = parse("a cat\nNegative prompt: bad\nSeed: 5, Sampler: Euler, Steps: 20, Size: 640x480\n")
    assert (infotext.prompt, infotext.negative_prompt) == ("a cat", "bad")
    assert (infotext.seed, infotext.steps, infotext.size) == (5, 20, (640, 480))


@pytest.mark.parametrize("line", ["Negative prompt:", "Negative prompt: "])
def test_an_empty_negative_prompt_is_no_part_of_the_prompt(line: str) -> None:
    infotext = parse(f"a cat\n{line}\nSteps: 1, Seed: 2, Size: 3x3")
    assert (infotext.prompt, infotext.negative_prompt) == ("a cat", "")


def test_a_key_that_the_web_ui_wrote_without_its_equal_value_is_found() -> None:
    infotext = parse("Steps: 1, Seed: 2, Size: 3x3, Hypertile, Empty:, Version: v1")
    assert infotext.get("Hypertile") == "Hypertile"
    assert infotext.get("Empty") == ""
    assert infotext.get("Version") == "v1"


@pytest.mark.parametrize(
    ("line", "seed", "steps", "size", "cfg_scale"),
    [
        ("Steps: 20.0, Seed: 1e3, Size: 64 x 32, CFG scale: 7", 1000, 20, (64, 32), 7.0),
        ("Steps: many, Seed: , Size: large, CFG scale: nan", None, None, None, None),
        ("Steps: 1.5, Seed: inf, Size: 64x, CFG scale: 1e999", None, None, None, None),
        (f"Steps: {'9' * 5000}, Seed: 0x5, Size: {'9' * 50}x1, CFG scale: x", None, None, None, None),
    ],
)
def test_numbers_that_are_none_are_left_out(
    line: str, seed: int | None, steps: int | None, size: tuple[int, int] | None, cfg_scale: float | None
) -> None:
    infotext = parse(f"a cat\n{line}")
    assert (infotext.seed, infotext.steps, infotext.size, infotext.cfg_scale) == (
        seed,
        steps,
        size,
        cfg_scale,
    )


@pytest.mark.parametrize(
    "text",
    [
        "Steps: 1, Seed: 2, " + "a: [1, " * 100_000,
        'Steps: 1, Seed: 2, a: "\\", ' * 50_000,
        "x, " * 300_000 + "Steps: 1: 2: 3",
        "Steps: 1, a: b\n" * 50_000,
        "Steps: 1, a: b, c: " + "[" * 300_000,
        "Negative prompt:\n" * 50_000,
        "Steps: 1, a: " + '{"a":' * 100_000,
    ],
)
def test_a_hostile_text_takes_no_more_than_its_length(text: str) -> None:
    start = time.process_time()
    assert render(parse(text)) == text
    assert time.process_time() - start < 3
