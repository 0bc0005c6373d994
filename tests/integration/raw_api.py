"""The bot's side of Discord's HTTP API without a client library, to send what a library would not."""

import io
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from bot.demo.discord import Channel, LocalDiscord, Upload


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    body: Any
    headers: Mapping[str, str]

    @property
    def code(self) -> int:
        """Discord's code of a refusal."""
        return int(self.body["code"])


class RawApi:
    """Requests with the bot's token."""

    def __init__(self, server: LocalDiscord, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        files: Sequence[Upload] = (),
        token: str | None = None,
    ) -> Reply:
        """One request; with files as multipart."""
        headers = {"Authorization": f"Bot {token or self._server.token}"}
        data: Any = None
        if files:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body))
            for at, file in enumerate(files):
                data.add_field(f"files[{at}]", io.BytesIO(file.data), filename=file.filename)
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        url = self._server.api_url + path
        async with self._session.request(method, url, data=data, headers=headers) as response:
            text = await response.text()
            return Reply(response.status, json.loads(text) if text else None, response.headers)

    async def post(self, channel: Channel, body: object, files: Sequence[Upload] = ()) -> Reply:
        """Post a message."""
        return await self.call("POST", f"/channels/{channel.id}/messages", body, files)


@asynccontextmanager
async def raw_api(server: LocalDiscord) -> AsyncIterator[RawApi]:
    """Requests to this server."""
    async with aiohttp.ClientSession() as session:
        yield RawApi(server, session)
