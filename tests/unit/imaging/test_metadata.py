import contextlib
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import CorruptPicture, NotAPicture, PictureError
from bot.imaging.metadata import png_text_chunks, read_parameters, splice_parameters
from tests.unit.imaging.make import (
    INFOTEXT,
    SAMPLES,
    encoded,
    opened,
    picture,
    png,
    split,
    user_comment,
    with_chunk,
)

BARE = png()


def itxt(keyword: bytes, text: bytes, *, compressed: bool = False) -> bytes:
    """The content of an iTXt chunk with a language and a translated keyword."""
    flags, body = (b"\1\0", zlib.compress(text)) if compressed else (b"\0\0", text)
    return keyword + b"\0" + flags + b"en\0" + "Paramètres".encode() + b"\0" + body


@settings(deadline=None)
@given(text=st.text())
def test_what_is_spliced_is_read_back_by_us_and_by_pillow(text: str) -> None:
    spliced = splice_parameters(BARE, text)
    assert read_parameters(spliced) == text
    assert opened(spliced).info["parameters"] == text


@settings(deadline=None)
@given(text=st.text())
def test_splicing_changes_no_pixel_and_no_other_chunk(text: str) -> None:
    original = png(Comment="kept", parameter="kept too")
    spliced = splice_parameters(original, text)
    chunks = split(spliced)
    assert chunks[1][0] in (b"tEXt", b"iTXt")
    assert chunks[:1] + chunks[2:] == split(original)
    assert opened(spliced).tobytes() == opened(original).tobytes()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a cat", b"tEXt"),
        ("café ÿ", b"tEXt"),
        ("猫", b"iTXt"),
        ("€", b"iTXt"),
        ("a\0b", b"tEXt"),
        ("", b"tEXt"),
    ],
)
def test_latin_1_goes_into_the_plain_chunk_and_all_else_into_the_international_one(
    text: str, name: bytes
) -> None:
    spliced = splice_parameters(BARE, text)
    assert split(spliced)[1][0] == name
    assert read_parameters(spliced) == text


def test_half_a_surrogate_pair_does_not_stop_the_splice() -> None:
    spliced = splice_parameters(BARE, "a \ud83d cat")
    assert read_parameters(spliced) == opened(spliced).info["parameters"] == "a ? cat"


@pytest.mark.parametrize(
    "carrying",
    [
        png(parameters="its own"),
        png(parameters="猫"),
        with_chunk(BARE, b"zTXt", b"parameters\0\0" + zlib.compress(b"its own")),
        with_chunk(BARE, b"tEXt", b"parameters\0its own", after_pixels=True),
    ],
)
def test_a_png_that_has_its_parameters_is_returned_as_the_same_object(carrying: bytes) -> None:
    assert splice_parameters(carrying, "another") is carrying


def test_a_keyword_that_only_begins_alike_is_another() -> None:
    data = png(parameters2="not it")
    assert read_parameters(data) is None
    assert read_parameters(splice_parameters(data, INFOTEXT)) == INFOTEXT


@pytest.mark.parametrize("data", [b"", b"<html></html>", encoded(picture(), "JPEG")])
def test_only_a_png_can_be_spliced(data: bytes) -> None:
    with pytest.raises(NotAPicture):
        splice_parameters(data, INFOTEXT)


def test_a_png_that_is_cut_off_cannot_be_spliced() -> None:
    for length in range(8, len(BARE)):
        with pytest.raises(CorruptPicture):
            splice_parameters(BARE[:length], INFOTEXT)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (b"tEXt", b"parameters\0caf\xe9"),
        (b"zTXt", b"parameters\0\0" + zlib.compress("café".encode("latin-1"))),
        (b"iTXt", itxt(b"parameters", "café".encode())),
        (b"iTXt", itxt(b"parameters", "café".encode(), compressed=True)),
        (b"eXIf", user_comment(b"UNICODE\0" + "café".encode("utf-16-be"))),
    ],
    ids=["tEXt", "zTXt", "iTXt", "compressed iTXt", "eXIf"],
)
@pytest.mark.parametrize("after_pixels", [False, True])
def test_every_chunk_that_can_hold_the_parameters_is_read(
    name: bytes, content: bytes, after_pixels: bool
) -> None:
    data = with_chunk(BARE, name, content, after_pixels=after_pixels)
    assert read_parameters(data) == "café"
    if name != b"eXIf":
        assert opened(data).info["parameters"] == "café"


def test_all_texts_are_listed_and_of_several_under_one_keyword_the_last_counts_as_for_pillow() -> None:
    data = png(parameters="first", Software="web UI", Title="猫")
    data = with_chunk(data, b"iTXt", itxt(b"parameters", b"last"), after_pixels=True)
    assert png_text_chunks(data) == {"parameters": "last", "Software": "web UI", "Title": "猫"}
    assert opened(data).info == png_text_chunks(data)
    assert read_parameters(data) == "last"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (b"tEXt", b"parameters without an end"),
        (b"zTXt", b"parameters\0\0not compressed"),
        (b"zTXt", b"parameters\0\0" + zlib.compress(b"cut off" * 50)[:-9]),
        (b"zTXt", b"parameters\0"),
        (b"iTXt", b"parameters\0\0\0en"),
        (b"iTXt", b"parameters\0"),
        (b"iTXt", b"parameters\0\7\0\0\0text"),
        (b"iTXt", itxt(b"parameters", b"\xff\xfe no UTF-8")),
        (b"iTXt", itxt(b"parameters", b"x", compressed=True)[:-5]),
        (b"eXIf", b"garbage"),
    ],
)
def test_a_text_that_cannot_be_read_is_left_out_and_the_rest_is_read(name: bytes, content: bytes) -> None:
    data = with_chunk(png(Title="kept"), name, content)
    assert png_text_chunks(data) == {"Title": "kept"}
    assert read_parameters(data) is None


@pytest.mark.parametrize("name", [b"zTXt", b"iTXt"])
def test_a_decompression_bomb_is_not_unpacked(name: bytes) -> None:
    bomb = zlib.compress(bytes(200_000_000), 9)
    opening = b"parameters\0\0" if name == b"zTXt" else b"parameters\0\1\0\0\0"
    data = BARE
    for _ in range(5):
        data = with_chunk(data, name, opening + bomb)
    tracemalloc.start()
    try:
        assert read_parameters(data) is None
        assert tracemalloc.get_traced_memory()[1] < 40_000_000
    finally:
        tracemalloc.stop()


def test_many_compressed_texts_are_not_unpacked_without_end() -> None:
    text = zlib.compress(bytes(7_000_000), 9)
    data = BARE
    for number in range(20):
        data = with_chunk(data, b"zTXt", b"key%d\0\0" % number + text)
    assert sum(map(len, png_text_chunks(data).values())) <= 16 * 1024 * 1024


def test_a_prompt_of_a_hundred_thousand_characters_is_read() -> None:
    text = "猫" * 100_000
    assert read_parameters(splice_parameters(BARE, text)) == text
    packed = with_chunk(BARE, b"iTXt", itxt(b"parameters", text.encode(), compressed=True))
    assert read_parameters(packed) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a1111_text.png", "a1111_txt2img_basic.txt"),
        ("a1111_international_text.png", "a1111_txt2img_prompt_unicode.txt"),
        ("a1111.jpg", "a1111_txt2img_basic.txt"),
        ("a1111.webp", "a1111_txt2img_basic.txt"),
    ],
)
def test_pictures_of_a_real_web_ui_give_its_infotext(name: str, text: str) -> None:
    data = (SAMPLES / "pictures" / name).read_bytes()
    assert read_parameters(data) == (SAMPLES / "infotexts" / text).read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "GIF", "AVIF"])
def test_a_picture_without_parameters_has_none(kind: str) -> None:
    assert read_parameters(encoded(picture(), kind)) is None


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@settings(deadline=None)
@given(garbage=st.binary(min_size=1, max_size=80))
def test_exif_garbage_is_no_parameters(kind: str, garbage: bytes) -> None:
    data = encoded(picture(), kind, exif=b"Exif\0\0" + garbage)
    assert read_parameters(data) is None


@settings(deadline=None)
@given(data=st.binary(max_size=100))
def test_reading_raises_nothing_but_our_errors(data: bytes) -> None:
    for start in (b"", BARE[:33], b"\xff\xd8\xff\xe1", encoded(picture(), "WEBP")[:16]):
        with contextlib.suppress(PictureError):
            read_parameters(start + data)
