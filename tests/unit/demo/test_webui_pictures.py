"""Bytes of pictures: chunks, formats, base64, broken ones."""

import base64
import io

import pytest
from PIL import Image

from bot.demo.webui import pictures
from bot.demo.webui.answers import Refusal
from bot.demo.webui.log import note, slim

RED = Image.new("RGB", (16, 8), "red")


def opened(raw: bytes) -> Image.Image:
    return pictures.open_picture(raw)


@pytest.mark.parametrize(("text", "chunk"), [("a cat, é", b"tEXt"), ("кот", b"iTXt")])
def test_the_infotext_goes_into_the_chunk_that_its_letters_need(text: str, chunk: bytes) -> None:
    raw = pictures.encode_picture(RED, text, "png")
    assert chunk + b"parameters" in raw
    assert pictures.texts_of(opened(raw))[0] == text


@pytest.mark.parametrize("text", ["a cat, é", "кот"])
def test_a_text_is_put_into_a_finished_png_without_encoding_it_again(text: str) -> None:
    plain = pictures.encode_picture(RED, None, "png")
    spliced = pictures.splice_text(plain, text)
    assert opened(spliced).info["parameters"] == text
    assert opened(spliced).tobytes() == RED.tobytes()
    assert len(spliced) - len(plain) < 60 + 4 * len(text)


@pytest.mark.parametrize("kind", ["jpg", "webp", "JPEG"])
def test_other_formats_carry_the_infotext_in_their_exif(kind: str) -> None:
    raw = pictures.encode_picture(RED, "кот\nSteps: 2", kind)
    assert pictures.texts_of(opened(raw))[0] == "кот\nSteps: 2"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(Refusal, match="Invalid image format"):
        pictures.encode_picture(RED, None, "avif")


@pytest.mark.parametrize("text", ["", "zzzz", "not base64!!", "aGVsbG8=", 5, None])
def test_what_is_no_picture_is_refused(text: object) -> None:
    with pytest.raises(Refusal, match="Invalid encoded image"):
        pictures.decode_base64(text)


@pytest.mark.parametrize("address", ["http://127.0.0.1/x.png", "https://example.com/x.png"])
def test_no_address_is_ever_fetched(address: str) -> None:
    with pytest.raises(Refusal, match="Request to local resource not allowed"):
        pictures.decode_base64(address)


def test_pictures_come_bare_or_as_data_urls() -> None:
    text = base64.b64encode(pictures.encode_png(RED, {})).decode()
    assert pictures.decode_base64(text).size == pictures.decode_base64(f"data:image/png;base64,{text}").size


@pytest.mark.parametrize("target", [20_000, 150_000, 900_000])
def test_a_prepared_picture_has_about_the_size_that_was_asked_for(target: int) -> None:
    raw = pictures.noisy_png(256, 256, target)
    assert 0.8 * target < len(raw) < 1.25 * target
    assert opened(raw).size == (256, 256)


def test_a_corrupted_png_begins_like_one_and_cannot_be_read() -> None:
    raw = pictures.corrupt(pictures.noisy_png(64, 64, 9000))
    assert raw.startswith(b"\x89PNG")
    with pytest.raises((OSError, SyntaxError)):
        Image.open(io.BytesIO(raw)).load()


@pytest.mark.parametrize(("count", "size"), [(2, (32, 8)), (4, (32, 16)), (3, (32, 16)), (5, (48, 16))])
def test_a_grid_is_as_square_as_can_be(count: int, size: tuple[int, int]) -> None:
    assert pictures.grid([RED] * count).size == size


def test_the_log_keeps_prompts_and_cuts_out_pictures() -> None:
    picture = base64.b64encode(bytes(5000)).decode()
    body = {
        "prompt": "word " * 1000,
        "init_images": [picture, f"data:image/png;base64,{picture}"],
        "steps": 2,
    }
    kept = slim(body)
    assert kept["prompt"] == body["prompt"]
    assert all(len(text) < 60 for text in kept["init_images"])


def test_old_entries_of_a_long_log_are_forgotten() -> None:
    log: list[int] = []
    for entry in range(12_000):
        note(log, entry)
    assert len(log) < 12_000
    assert log[-5000:] == list(range(7000, 12_000))
