import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.imaging.exif import build_user_comment, user_comment
from tests.unit.imaging.make import INFOTEXT
from tests.unit.imaging.make import user_comment as tiff

TEXT = "кот 猫 😀\n" + INFOTEXT


@pytest.mark.parametrize("order", [">", "<"], ids=["big-endian file", "little-endian file"])
@pytest.mark.parametrize("encoding", ["utf-16-be", "utf-16-le"])
def test_unicode_is_read_in_either_byte_order_whatever_the_order_of_the_file(
    order: str, encoding: str
) -> None:
    assert user_comment(tiff(b"UNICODE\0" + TEXT.encode(encoding), order)) == TEXT


@pytest.mark.parametrize(("order", "encoding"), [(">", "utf-16-be"), ("<", "utf-16-le")])
def test_unicode_without_parameters_is_read_in_the_order_of_the_file(order: str, encoding: str) -> None:
    assert user_comment(tiff(b"UNICODE\0" + "愀猫".encode(encoding), order)) == "愀猫"


def test_a_byte_order_mark_is_believed() -> None:
    assert user_comment(tiff(b"UNICODE\0" + TEXT.encode("utf-16"))) == TEXT


@pytest.mark.parametrize(
    "comment",
    [b"ASCII\0\0\0a cat", b"\0\0\0\0\0\0\0\0a cat", b"a cat", b"ASCII\0\0\0a cat\0\0\0"],
    ids=["ASCII", "undefined", "bare", "padded"],
)
def test_plain_text_is_read_with_and_without_header(comment: bytes) -> None:
    assert user_comment(tiff(comment)) == "a cat"


def test_plain_text_may_be_utf_8() -> None:
    assert user_comment(tiff(b"ASCII\0\0\0" + "café".encode())) == "café"


@given(
    text=st.text(min_size=1).filter(lambda text: not text.endswith("\0") and text[0] not in "\ufeff\ufffe")
)
def test_what_is_built_is_read_back_if_it_has_no_padding_or_byte_order_mark_of_its_own(text: str) -> None:
    assert user_comment(build_user_comment(text)) == text


def test_a_comment_of_four_bytes_stands_in_its_entry() -> None:
    block = bytearray(tiff(b"xxxxxxxx"))
    at = block.index((0x9286).to_bytes(2)) + 4
    block[at : at + 8] = (4).to_bytes(4) + b"text"
    assert user_comment(bytes(block)) == "text"


@pytest.mark.parametrize(
    "block",
    [
        b"",
        b"MM\0*",
        b"II*\0\xff\xff\xff\xff",
        b"MM\0*\0\0\0\x08\0\x05",
        b"MM\0*\0\0\0\x08\0\0",
        tiff(b""),
        tiff(b"UNICODE\0"),
        tiff(b"a cat")[:30],
        tiff(b"a cat").replace(b"\x92\x86", b"\x92\x87"),
        tiff(b"a cat").replace(b"\0\0\0\x1a", b"\xff\xff\xff\xff"),
    ],
)
def test_a_block_without_a_comment_gives_none(block: bytes) -> None:
    assert user_comment(block) is None


def test_a_comment_that_says_to_be_larger_than_its_block_is_read_as_far_as_it_goes() -> None:
    block = tiff(b"a cat").replace(b"\0\0\0\x05\0\0\0\x2c", b"\0\0\1\0\0\0\0\x2c")
    assert user_comment(block) == "a cat"


@given(start=st.sampled_from([b"MM\0*", b"II*\0", b"MM\0*\0\0\0\x08", b""]), rest=st.binary(max_size=100))
def test_garbage_raises_nothing(start: bytes, rest: bytes) -> None:
    user_comment(start + rest)


def test_a_japanese_comment_is_read() -> None:
    text = "猫と犬"
    assert user_comment(tiff(b"JIS\0\0\0\0\0" + text.encode("iso2022_jp"))) == text
