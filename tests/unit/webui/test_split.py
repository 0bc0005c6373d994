"""Cutting the pictures out of an answer, by example and as a property of every JSON document."""

import base64
import contextlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadAnswer
from bot.webui.split import LONG, MAX_REST, SplitAnswer, split_images


def picture(seed: int, size: int = 9_000) -> str:
    return base64.b64encode(random.Random(seed).randbytes(size)).decode()


def body(value: object) -> bytes:
    return json.dumps(value).encode()


def restored(split: SplitAnswer) -> list[str]:
    return [bytes(image).decode() for image in split.images]


def test_the_pictures_of_txt2img_are_cut_out_in_order_and_the_rest_stays_json() -> None:
    pictures = [picture(1), picture(2), picture(3)]
    answer = {"images": pictures, "parameters": {"prompt": "a cat"}, "info": json.dumps({"seed": 1})}
    split = split_images(body(answer))
    assert restored(split) == pictures
    assert json.loads(split.rest) == answer | {"images": ["#0", "#1", "#2"]}


def test_the_views_lie_in_the_body_itself() -> None:
    whole = body({"images": [picture(1)]})
    assert split_images(whole).images[0].obj is whole


@pytest.mark.parametrize("key", ["image", "current_image", "live_preview", "mask", "init_images"])
def test_a_picture_is_found_under_every_key_that_has_pictures(key: str) -> None:
    split = split_images(body({"before": 1, "nested": {key: picture(4)}, "after": ["x"]}))
    assert restored(split) == [picture(4)]
    assert json.loads(split.rest) == {"before": 1, "nested": {key: "#0"}, "after": ["x"]}


@pytest.mark.parametrize(
    "prompt", ["a" * 6_000, picture(5), 'say "hi" \\ ' * 900, "#0", '"images": ["' + "b" * 6_000]
)
def test_a_prompt_is_never_taken_for_a_picture(prompt: str) -> None:
    info = json.dumps({"prompt": prompt, "all_prompts": [prompt] * 3})
    answer = {"images": [picture(6)], "parameters": {"prompt": prompt, "hr_prompt": ""}, "info": info}
    split = split_images(body(answer))
    assert restored(split) == [picture(6)]
    assert json.loads(split.rest) == answer | {"images": ["#0"]}


def test_the_prefix_of_a_data_uri_is_no_part_of_the_picture() -> None:
    split = split_images(body({"live_preview": f"data:image/png;base64,{picture(7)}"}))
    assert restored(split) == [picture(7)]


def test_a_short_picture_stays_in_the_rest_and_is_given_all_the_same() -> None:
    short = picture(8, size=90)
    split = split_images(body({"images": [short, picture(9)]}))
    texts = json.loads(split.rest)["images"]
    assert [bytes(split.picture(text)).decode() for text in texts] == [short, picture(9)]


def test_a_picture_whose_slashes_are_escaped_is_left_to_the_json_parser() -> None:
    whole = body({"images": [picture(10)]}).replace(b"/", b"\\/")
    assert json.loads(split_images(whole).rest)["images"] == [picture(10)]


def test_a_picture_text_that_is_not_ascii_is_of_the_wrong_shape() -> None:
    with pytest.raises(BadAnswer, match="wrong_shape"):
        split_images(b'{"images":[]}').picture("späße")


def test_white_space_between_the_parts_changes_nothing() -> None:
    answer = {"images": [picture(11)], "info": "{}"}
    split = split_images(json.dumps(answer, indent=4, separators=(" ,", " : ")).encode())
    assert restored(split) == [picture(11)]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (b"", "truncated"),
        (b"  \n", "truncated"),
        (b"<html><body>Bad Gateway</body></html>", "html"),
        (b"\r\n <!doctype html>", "html"),
        (b"Internal Server Error", "not_json"),
        (b'{"images": ["' + picture(1).encode(), "truncated"),
        (b'{"info": "abc', "truncated"),
        (b'{"info": "abc\\"', "truncated"),
        (b'{"info": "' + b"a" * (MAX_REST + 10) + b'"}', "too_large"),
        (b'{"info": [' + b'"aaaaaaaa",' * (MAX_REST // 10) + b'""]}', "too_large"),
        (b'{"info": [' + b"0," * (MAX_REST // 2) + b"0]}", "too_large"),
    ],
)
def test_what_cannot_be_an_answer_is_a_bad_answer(given: bytes, reason: str) -> None:
    with pytest.raises(BadAnswer, match=reason):
        split_images(given)


texts = st.text(max_size=60).filter(lambda text: not text.startswith("#")) | st.integers(0, 1_000).map(
    lambda seed: picture(seed, size=LONG)
)
keys = st.sampled_from(["images", "image", "prompt", "info", "mask", 'quo"te', "back\\slash", ""]) | st.text(
    max_size=8
)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def put_back(value: object, split: SplitAnswer) -> object:
    """The rest with its pictures put in place again."""
    if isinstance(value, dict):
        return {key: put_back(inner, split) for key, inner in value.items()}
    if isinstance(value, list):
        return [put_back(inner, split) for inner in value]
    marks = {f"#{number}": bytes(image).decode() for number, image in enumerate(split.images)}
    return marks.get(value, value) if isinstance(value, str) else value


@given(st.dictionaries(keys, documents, max_size=4), st.booleans())
def test_whatever_is_cut_out_and_put_back_gives_the_same_document(
    document: dict[str, object], escaped: bool
) -> None:
    split = split_images(json.dumps(document, ensure_ascii=escaped).encode("utf-8", "surrogatepass"))
    assert put_back(json.loads(split.rest.decode("utf-8", "surrogatepass")), split) == document


@given(st.binary(max_size=300))
def test_no_bytes_raise_anything_but_bad_answer(junk: bytes) -> None:
    with contextlib.suppress(BadAnswer):
        assert split_images(b"{" + junk).rest == b"{" + junk
