"""What real web UIs answered, as cases for tests."""

import functools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parents[2] / "samples"


@dataclass(frozen=True)
class Recording:
    """One request and what was answered to it. ``name`` is like "a1111/txt2img_basic"."""

    name: str
    method: str
    path: str
    asked: Any = field(repr=False)
    status: int
    headers: dict[str, str] = field(repr=False)
    answered: Any = field(repr=False)
    """The body as JSON, or as text where it was none."""

    @property
    def body(self) -> bytes:
        """The body as bytes."""
        is_json = "json" in self.headers.get("content-type", "")
        if isinstance(self.answered, str) and (not is_json or not self.answered):
            return self.answered.encode()
        return json.dumps(self.answered).encode()


def raw(name: str) -> Any:
    """A recording that holds several interactions, as it lies there."""
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


@functools.cache
def recordings() -> tuple[Recording, ...]:
    """Every recording of one request and one answer."""
    loaded = ((path, json.loads(path.read_text("utf-8"))) for path in sorted(SAMPLES.glob("*/*.json")))
    return tuple(_recording(path, data) for path, data in loaded if _is_single(data))


def several() -> frozenset[str]:
    """The names of the recordings that hold several interactions."""
    found = sorted(SAMPLES.glob("*/*.json"))
    return frozenset(_name(path) for path in found if not _is_single(json.loads(path.read_text("utf-8"))))


def recording(name: str) -> Recording:
    """The recording of that name."""
    path = SAMPLES / f"{name}.json"
    return _recording(path, json.loads(path.read_text("utf-8")))


def _is_single(data: Any) -> bool:
    return isinstance(data, dict) and {"request", "response"} <= set(data)


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def _recording(path: Path, data: Any) -> Recording:
    request, response = data["request"], data["response"]
    return Recording(
        name=_name(path),
        method=request["method"],
        path=request["path"].split("?")[0],
        asked=request["body"],
        status=response["status"],
        headers={name.lower(): value for name, value in response["headers"]},
        answered=response["body"],
    )
