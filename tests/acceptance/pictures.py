"""Files that people attach in the tests: good ones, and each kind of bad one with what is said to it."""

import io
import zipfile
from collections.abc import Awaitable, Callable

from PIL import Image

from bot.demo.discord.model import Upload
from bot.demo.discord.people import Outcome
from tests.harness import World
from tests.unit.imaging.make import encoded, huge_png


def upload(colour: str = "navy", size: tuple[int, int] = (96, 64), name: str = "in.png") -> Upload:
    """A plain picture."""
    return Upload(name, encoded(Image.new("RGB", size, colour), "PNG"))


def mask(size: tuple[int, int], white: tuple[int, int, int, int] | None) -> Upload:
    """A black mask with one white box."""
    picture = Image.new("L", size, 0)
    if white is not None:
        picture.paste(255, white)
    return Upload("mask.png", encoded(picture, "PNG"))


def archive() -> bytes:
    """A ZIP file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("x.html", "<script>alert(1)</script>")
    return out.getvalue()


def animation() -> bytes:
    """A GIF of two frames."""
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]
    return encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])


def bad_files() -> dict[str, tuple[Upload, str]]:
    """What nobody may begin a picture with, and a word of the sentence that says so."""
    good = upload().data
    return {
        "a text": (Upload("in.png", b"<html>no picture</html>"), "not a picture"),
        "no bytes": (Upload("in.png", b""), "empty"),
        "too many pixels": (Upload("in.png", huge_png()), "too large"),
        "an animation": (Upload("in.gif", animation()), "moves"),
        "an archive": (Upload("in.png", archive()), "not a picture"),
        "cut short": (Upload("in.png", good[: len(good) // 2]), "damaged"),
    }


def link_to(world: World, channel: int, message: int) -> str:
    """The link of a message of the server."""
    return f"https://discord.com/channels/{world.discord.world.guild.id}/{channel}/{message}"


async def refusal(world: World, outcome: Outcome) -> str:
    """The one sentence, for the person alone: the loading message went, and nothing was queued."""
    await world.until(lambda: outcome.followups)
    (told,) = outcome.followups
    assert told.ephemeral
    assert outcome.message.deleted
    assert not world.stand_in.renders
    return told.text


async def each_bad_file_is_refused(world: World, command: Callable[[Upload], Awaitable[Outcome]]) -> None:
    """One after the other, each with the sentence that says what is wrong with it."""
    for kind, (file, word) in bad_files().items():
        text = await refusal(world, await command(file))
        assert word in text.lower(), kind
