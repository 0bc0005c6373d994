"""Pictures for the tests, whole and broken."""

import io
import random
import struct
import zlib
from pathlib import Path

from PIL import Image, PngImagePlugin

SAMPLES = Path(__file__).parents[2] / "samples"

INFOTEXT = "a cat\nSteps: 2, Sampler: Euler, Seed: 1, Size: 64x64"


def picture(width: int = 24, height: int = 16, mode: str = "RGB", seed: int = 1) -> Image.Image:
    """Noise, the same each time."""
    size = width * height * len(Image.new(mode, (1, 1)).tobytes())
    return Image.frombytes(mode, (width, height), random.Random(seed).randbytes(size))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The picture as Pillow writes it."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def png(width: int = 24, height: int = 16, **texts: str) -> bytes:
    """A PNG with these text chunks, as the web UIs write them: with Pillow."""
    info = PngImagePlugin.PngInfo()
    for keyword, text in texts.items():
        info.add_text(keyword, text)
    return encoded(picture(width, height), "PNG", pnginfo=info)


def chunk(name: bytes, data: bytes) -> bytes:
    """A PNG chunk with its CRC."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_chunk(data: bytes, name: bytes, content: bytes, *, after_pixels: bool = False) -> bytes:
    """The PNG with one more chunk, behind IHDR or before IEND."""
    at = len(data) - 12 if after_pixels else 33
    return data[:at] + chunk(name, content) + data[at:]


def split(data: bytes) -> list[tuple[bytes, bytes]]:
    """(name, whole chunk) of each chunk of a PNG, read the simplest way."""
    found: list[tuple[bytes, bytes]] = []
    at = 8
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        found.append((data[at + 4 : at + 8], data[at:end]))
        at = end
    return found


def huge_png(width: int = 50_000, height: int = 50_000) -> bytes:
    """A PNG of few bytes that says to be huge, every CRC right."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def opened(data: bytes) -> Image.Image:
    """As Pillow reads it, pixels and texts behind them included."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def user_comment(comment: bytes, order: str = ">") -> bytes:
    """A TIFF structure with this user comment, built by hand in either byte order."""
    mark = b"MM\0*" if order == ">" else b"II*\0"
    first = struct.pack(order + "IHHHIII", 8, 1, 0x8769, 4, 1, 26, 0)
    return mark + first + struct.pack(order + "HHHIII", 1, 0x9286, 7, len(comment), 44, 0) + comment
