"""Data as one file that a person can take along."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

_NAME = "easel.json"


def packed(everything: Mapping[str, Sequence[JsonValue]], limit: int) -> tuple[str, bytes]:
    """(file name, bytes): as JSON, or zipped if that is more than ``limit`` bytes. Blocks."""
    text = json.dumps(everything, ensure_ascii=False, indent=1).encode()
    if len(text) <= limit:
        return _NAME, text
    packet = io.BytesIO()
    with zipfile.ZipFile(packet, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr(_NAME, text)
    return "easel.zip", packet.getvalue()
