"""Small rules of the local Discord: ids, time, emoji, file names, sizes, addresses, rate limits."""

import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from bot.demo.discord.clock import ServerClock, Snowflakes, made_at
from bot.demo.discord.emoji import is_reaction, is_unicode_emoji
from bot.demo.discord.errors import RateLimited
from bot.demo.discord.model import Attachment, Upload, safe_filename
from bot.demo.discord.ratelimits import RateLimits
from bot.demo.discord.signing import LIFETIME, Signer
from bot.demo.discord.uploads import dimensions, without_text_chunks


def picture(kind: str, size: tuple[int, int] = (48, 32), **options: object) -> bytes:
    """A small picture as Pillow writes it."""
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 30, 60)).save(buffer, kind, **options)
    return buffer.getvalue()


def test_ids_grow_even_within_one_millisecond() -> None:
    ids = Snowflakes(ServerClock())
    made = [ids.next() for _ in range(10000)]
    assert made == sorted(set(made))


def test_an_id_carries_the_servers_time() -> None:
    clock = ServerClock()
    ids = Snowflakes(clock)
    before = made_at(ids.next())
    clock.advance(3600)
    assert 3600 <= made_at(ids.next()) - before < 3610


def test_the_clock_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="back"):
        ServerClock().advance(-1)


@pytest.mark.parametrize("text", ["🎲", "⬆️", "1️⃣", "🏳️‍🌈", "👩🏽‍🎨", "⏭", "✉️", "🇫🇷", "©", "❤️"])
def test_one_emoji_is_an_emoji(text: str) -> None:
    assert is_unicode_emoji(text)


@pytest.mark.parametrize("text", ["", "a", "dice", ":game_die:", "1", "🎲 ", "<:a:1>", "!"])
def test_other_texts_are_no_emoji(text: str) -> None:
    assert not is_unicode_emoji(text)


def test_a_custom_emoji_is_a_reaction_by_name_and_id() -> None:
    assert is_reaction("easel:123456789012345678")
    assert not is_reaction("easel")


@given(st.text(max_size=80))
def test_a_stored_file_name_is_harmless(name: str) -> None:
    stored = safe_filename(name)
    assert stored
    assert not set(stored) & set('/\\:*?"<>|\0 \n')
    assert not stored.startswith(".")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_the_size_and_type_of_a_picture_are_read_from_its_bytes(kind: str) -> None:
    data = picture(kind)
    assert dimensions(data) == (48, 32)
    assert Upload("anything.bin", data).content_type == f"image/{kind.lower()}"


def test_the_size_of_a_lossless_webp_is_read_too() -> None:
    assert dimensions(picture("WEBP", lossless=True)) == (48, 32)


@given(st.binary(max_size=200))
def test_reading_a_size_from_any_bytes_never_fails(data: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 "):
        dimensions(start + data)


def test_the_proxy_loses_the_generation_data_of_a_png_and_keeps_its_pixels() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", "a cat")
    info.add_itxt("parameters2", "a café")
    given_data = picture("PNG", pnginfo=info)
    proxied = without_text_chunks(given_data)
    assert b"a cat" in given_data
    assert b"a cat" not in proxied
    assert "a café".encode() not in proxied
    assert Image.open(io.BytesIO(proxied)).tobytes() == Image.open(io.BytesIO(given_data)).tobytes()


@given(st.binary(max_size=100))
def test_files_that_are_no_png_pass_the_proxy_unchanged(data: bytes) -> None:
    assert without_text_chunks(data) == data or data.startswith(b"\x89PNG")


def an_attachment() -> Attachment:
    """A file."""
    return Attachment(2, 1, "a.png", "image/png", zlib.compress(b"x"))


def split(url: str) -> tuple[str, dict[str, str]]:
    """Path and query of an address."""
    path, _, query = url.partition("?")
    return path, dict(part.split("=") for part in query.split("&"))


def test_an_address_works_for_a_day_and_no_longer() -> None:
    clock = ServerClock()
    signer = Signer(clock)
    path, query = split(signer.url(an_attachment()))
    assert signer.good(path, query["ex"], query["hm"])
    clock.advance(LIFETIME + 1)
    assert not signer.good(path, query["ex"], query["hm"])


def test_an_address_cannot_be_changed() -> None:
    signer = Signer(ServerClock())
    path, query = split(signer.url(an_attachment()))
    assert not signer.good(path, f"{int(query['ex'], 16) + 1:x}", query["hm"])
    assert not signer.good(path.replace("/2/", "/3/"), query["ex"], query["hm"])
    assert not signer.good(path, query["ex"], "")


def take(limits: RateLimits, channel: int = 1) -> dict[str, str]:
    """Count one message."""
    return limits.take("POST", f"/channels/{channel}/messages", "/channels/{channel_id}/messages")


def test_a_strict_channel_takes_five_messages_in_five_seconds() -> None:
    clock = ServerClock()
    limits = RateLimits(clock)
    limits.strict = True
    left = [take(limits)["X-RateLimit-Remaining"] for _ in range(5)]
    assert left == ["4", "3", "2", "1", "0"]
    with pytest.raises(RateLimited) as refused:
        take(limits)
    assert 0 < refused.value.retry_after <= 5
    assert refused.value.body()["global"] is False
    assert take(limits, channel=2)["X-RateLimit-Remaining"] == "4"
    clock.advance(5)
    assert take(limits)["X-RateLimit-Remaining"] == "4"


def test_a_strict_bot_makes_fifty_requests_in_a_second() -> None:
    limits = RateLimits(ServerClock())
    limits.strict = True
    for channel in range(50):
        take(limits, channel)
    with pytest.raises(RateLimited) as refused:
        take(limits, 51)
    assert refused.value.body()["global"] is True


def test_without_strictness_a_burst_of_200_messages_passes() -> None:
    limits = RateLimits(ServerClock())
    for _ in range(200):
        headers = take(limits)
    assert int(headers["X-RateLimit-Remaining"]) > 0
