"""The recorded answers of real web UIs, and a stand-in set up like the server that gave them."""

import base64
import io
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from PIL import Image

from bot.demo.webui import Checkpoint, Embedding, Library, Lora, StandIn, Style, Vae

SAMPLES = Path(__file__).parent.parent / "samples"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One request and the answer of the real server. ``body`` is JSON, or the text that is none."""

    server: str
    name: str
    method: str
    path: str
    headers: Mapping[str, str]
    sent: Any
    status: int
    answer_headers: Mapping[str, str]
    body: Any


def recorded(server: str, name: str) -> Any:
    """The whole file."""
    return json.loads((SAMPLES / server / f"{name}.json").read_text(encoding="utf-8"))


def recording(server: str, name: str) -> Recording:
    """One file that holds one request and its answer."""
    whole = recorded(server, name)
    request, response = whole["request"], whole["response"]
    return Recording(
        server=server,
        name=name,
        method=request["method"],
        path=request["path"],
        headers=request["headers"] or {},
        sent=request["body"],
        status=response["status"],
        answer_headers={key.lower(): value for key, value in response["headers"]},
        body=response["body"],
    )


def names_of(server: str) -> list[str]:
    """All files of ``server`` that hold one request and its answer."""
    names = []
    for path in sorted((SAMPLES / server).glob("*.json")):
        whole = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(whole, dict) and "request" in whole and "response" in whole:
            names.append(path.stem)
    return names


TINY_A = Checkpoint(
    file="tinyA.safetensors", digest="58793b75f1facec180cfda0f15d7baedfe724cd8512cf804eff1c7f6bf41e806"
)
TINY_B = Checkpoint(
    file="tinyB.safetensors", digest="1db812cdf7070c91e8c1c1281c60a5b64ee0f78fde77725c467f028c4fb202ac"
)
TINY_C = Checkpoint(
    file="sub/tinyC.safetensors", digest="fa18a8b7d4a4c9c5a6b6ffcfc8a0934970979b6697d0723a84bb12dccd144db9"
)
GARBAGE = Checkpoint(file="zz_garbage.safetensors", broken=True)
SD15_COPY = Checkpoint(file="random-sd15-copy.safetensors")
SD15 = Checkpoint(file="random-sd15.safetensors")


def library(*checkpoints: Checkpoint) -> Library:
    """What the recorded server had in its folders."""
    return Library(
        checkpoints=list(checkpoints),
        vaes=[Vae(file="tinyvae.vae.safetensors")],
        loras=[Lora(name="tinylora", alias="tinyLoraAlias", trained_on="tinyA.safetensors")],
        embeddings=[
            Embedding(name="tinyemb", shape=64),
            Embedding(name="wrongsize768", shape=768, family="sdxl"),
        ],
        styles=[
            Style(
                name="cinematic",
                prompt="cinematic still of {prompt}, film grain",
                negative_prompt="cartoon",
            ),
            Style(name="suffix-style", prompt="oil painting, thick paint", negative_prompt="photo, 3d"),
            Style(name="quote, comma style", prompt='a "quoted" word'),
        ],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the stand-in said."""

    status: int
    headers: Mapping[str, str]
    body: Any


@asynccontextmanager
async def running(stand_in: StandIn) -> AsyncIterator["Client"]:
    """The stand-in started, and somebody who talks to it."""
    async with stand_in, aiohttp.ClientSession(headers={"Accept-Encoding": "identity"}) as session:
        yield Client(stand_in, session)


class Client:
    """Sends raw requests and reads whatever comes back."""

    def __init__(self, stand_in: StandIn, session: aiohttp.ClientSession) -> None:
        self.stand_in = stand_in
        self._session = session

    async def send(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> Answered:
        """``body``: None for none, a text as it is, everything else as JSON."""
        sent = dict(headers or {})
        data = None
        if isinstance(body, str):
            data = body.encode()
        elif body is not None:
            data = json.dumps(body).encode()
        if data is not None:
            sent.setdefault("Content-Type", "application/json")
        url = self.stand_in.url + path
        timeout = aiohttp.ClientTimeout(total=20)
        async with self._session.request(
            method, url, data=data, headers=sent, allow_redirects=False, timeout=timeout
        ) as response:
            raw = await response.read()
            headers_seen = {name.lower(): value for name, value in response.headers.items()}
            return Answered(status=response.status, headers=headers_seen, body=parsed(raw))

    async def repeat(self, known: Recording) -> Answered:
        """The recorded request once more."""
        return await self.send(known.method, known.path, known.sent, known.headers)

    async def post(self, path: str, body: Any = None) -> Any:
        """The JSON of a POST that has to succeed."""
        answered = await self.send("POST", path, {} if body is None else body)
        assert answered.status == 200, answered.body
        return answered.body

    async def get(self, path: str) -> Any:
        """The JSON of a GET that has to succeed."""
        answered = await self.send("GET", path)
        assert answered.status == 200, answered.body
        return answered.body

    async def txt2img(self, **fields: Any) -> tuple[Any, dict[str, Any]]:
        """(the answer, its ``info``) of a small picture."""
        body = {"prompt": "a cat", "steps": 2, "width": 64, "height": 64, "seed": 1, **fields}
        answer = await self.post("/sdapi/v1/txt2img", body)
        return answer, json.loads(answer["info"])


def parsed(raw: bytes) -> Any:
    """JSON where it is some, text where it is not."""
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def opened(text: str) -> Image.Image:
    """A picture out of base64."""
    image = Image.open(io.BytesIO(base64.b64decode(text)))
    image.load()
    return image
