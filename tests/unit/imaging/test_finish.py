import base64

import pytest

from bot.errors import CorruptPicture, NotAPicture, PictureError, PictureTooLarge
from bot.imaging.codec import PictureKind, PictureLimits
from bot.imaging.finish import FinishedPicture, finish_picture
from bot.imaging.metadata import splice_parameters
from tests.unit.imaging.make import (
    INFOTEXT,
    SAMPLES,
    encoded,
    huge_png,
    opened,
    picture,
    png,
    split,
    user_comment,
    with_chunk,
)

LIMITS = PictureLimits()


def finish(data: bytes, infotext: str | None = INFOTEXT, limits: PictureLimits = LIMITS) -> FinishedPicture:
    return finish_picture(base64.b64encode(data), infotext, limits)


@pytest.mark.parametrize("text", ["its own", "猫"])
def test_a_png_with_its_parameters_comes_out_byte_for_byte(text: str) -> None:
    data = png(parameters=text)
    assert finish(data) == FinishedPicture(
        data=data, kind=PictureKind.PNG, width=24, height=16, parameters=text, spliced=False
    )


@pytest.mark.parametrize("infotext", [INFOTEXT, "猫\n" + INFOTEXT, "a\0b"])
def test_a_png_without_parameters_gets_the_infotext_and_nothing_else(infotext: str) -> None:
    data = png(Comment="kept")
    finished = finish(data, infotext)
    assert finished.data == splice_parameters(data, infotext)
    assert (finished.parameters, finished.spliced) == (infotext, True)
    assert opened(finished.data).info["parameters"] == infotext


@pytest.mark.parametrize("infotext", [None, ""])
def test_a_grid_stays_without_parameters(infotext: str | None) -> None:
    finished = finish(png(), infotext)
    assert (finished.data, finished.parameters, finished.spliced) == (png(), None, False)


def test_parameters_behind_the_pixels_are_not_doubled() -> None:
    data = with_chunk(png(), b"tEXt", b"parameters\0its own", after_pixels=True)
    finished = finish(data)
    assert (finished.data, finished.parameters, finished.spliced) == (data, "its own", False)


def test_parameters_behind_a_large_colour_profile_are_not_doubled() -> None:
    profile = bytes(range(256)) * 1000
    data = with_chunk(png(parameters="its own"), b"iCCP", b"icc\0\0" + profile)
    finished = finish(data)
    assert (finished.data, finished.parameters, finished.spliced) == (data, "its own", False)


def test_parameters_that_cannot_be_read_are_left_as_they_are() -> None:
    data = with_chunk(png(), b"zTXt", b"parameters\0\0broken")
    finished = finish(data)
    assert (finished.data, finished.parameters, finished.spliced) == (data, None, False)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_a_jpeg_or_webp_is_kept_as_it_came_with_the_text_it_has(kind: str) -> None:
    exif = b"Exif\0\0" + user_comment(b"UNICODE\0" + "its own".encode("utf-16-be"))
    for options, expected in (({"exif": exif}, "its own"), ({}, None)):
        data = encoded(picture(), kind, **options)
        finished = finish(data)
        assert (finished.data, finished.kind, finished.parameters) == (data, kind.lower(), expected)
        assert not finished.spliced


def test_an_animated_gif_is_kept_as_it_came() -> None:
    frames = [picture(mode="L", seed=seed) for seed in (2, 3)]
    data = encoded(picture(mode="L"), "GIF", save_all=True, append_images=frames)
    finished = finish(data)
    assert (finished.data, finished.kind, finished.parameters) == (data, PictureKind.GIF, None)


@pytest.mark.parametrize(
    "name", ["a1111_text.png", "a1111_international_text.png", "a1111.jpg", "a1111.webp"]
)
def test_pictures_of_a_real_web_ui_are_left_alone(name: str) -> None:
    data = (SAMPLES / "pictures" / name).read_bytes()
    finished = finish(data)
    assert finished.data == data
    assert (finished.width, finished.height) == (64, 64)
    assert finished.parameters is not None
    assert "Model hash: 58793b75f1" in finished.parameters


@pytest.mark.parametrize("infotext", [INFOTEXT, None])
def test_what_is_hidden_behind_the_end_of_a_png_is_cut_off(infotext: str | None) -> None:
    polyglot = png() + b"PK\x03\x04<script>alert(1)</script>"
    finished = finish(polyglot, infotext)
    assert finished.data == finish(png(), infotext).data
    assert split(finished.data)[-1][0] == b"IEND"


def test_a_data_address_and_a_view_into_an_answer_are_taken_as_well() -> None:
    text = base64.b64encode(png())
    body = b'{"images": ["' + text + b'"]}'
    view = memoryview(body)[13 : 13 + len(text)]
    expected = finish(png())
    assert finish_picture(view, INFOTEXT, LIMITS) == expected
    assert finish_picture(b"data:image/png;base64," + text, INFOTEXT, LIMITS) == expected


def test_half_a_surrogate_pair_in_the_infotext_is_replaced_in_picture_and_value_alike() -> None:
    finished = finish(png(), "a \ud83d cat")
    assert finished.parameters == "a ? cat" == opened(finished.data).info["parameters"]


@pytest.mark.parametrize("infotext", [INFOTEXT, None])
@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", NotAPicture),
        (b"<html>502 Bad Gateway</html>", NotAPicture),
        (b"<html>" + png(), NotAPicture),
        (png()[:33], CorruptPicture),
        (png()[:-1], CorruptPicture),
        (png()[:60] + b"\0" + png()[61:], CorruptPicture),
        (png(parameters="x")[:-12], CorruptPicture),
        (encoded(picture(), "JPEG")[:-20], CorruptPicture),
        (encoded(picture(), "WEBP")[:-20], CorruptPicture),
        (huge_png(), PictureTooLarge),
    ],
)
def test_bad_pictures_are_told_by_their_errors(
    data: bytes, error: type[PictureError], infotext: str | None
) -> None:
    with pytest.raises(error):
        finish(data, infotext)


@pytest.mark.parametrize(
    "text", [b"!!!", b"iVBORw0KGgo", b'{"detail": "Not Found"}', base64.b64encode(png())[:-3]]
)
def test_bad_base64_is_corrupt(text: bytes) -> None:
    with pytest.raises(CorruptPicture):
        finish_picture(text, INFOTEXT, LIMITS)


@pytest.mark.parametrize("infotext", [INFOTEXT, None])
def test_a_picture_above_the_byte_limit_is_refused(infotext: str | None) -> None:
    data = png()
    with pytest.raises(PictureTooLarge) as caught:
        finish(data, infotext, PictureLimits(max_bytes=len(data) - 1))
    assert (caught.value.unit, caught.value.actual) == ("bytes", len(data))


def test_a_picture_at_the_byte_limit_may_grow_by_its_parameters() -> None:
    data = png()
    finished = finish(data, INFOTEXT, PictureLimits(max_bytes=len(data)))
    assert finished.data == splice_parameters(data, INFOTEXT)
