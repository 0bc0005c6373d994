"""From a request to its answer: routes, ``--api-auth``, worker threads, error bodies (NOTES 2.4 to 2.8)."""

import asyncio
import base64
import binascii
import gzip
import logging
import time
from dataclasses import replace

from bot.demo.webui import api_control, api_generate, api_lists, api_pictures, openapi
from bot.demo.webui.answers import Answer, Crash, Invalid, Refusal, error_answer, json_answer
from bot.demo.webui.dialects import Dialect
from bot.demo.webui.site import Call, Route, Routes, Site

_log = logging.getLogger(__name__)
_WORKER_THREADS = 40
"""Every blocked request holds one of them; with all of them held even GETs wait (NOTES 2.7)."""
_GZIP_FROM = 1000
"""Bytes of an answer that is worth compressing for a client that takes it."""
_GZIP_LEVEL = 5
_CORS = {
    "vary": "Origin",
    "access-control-allow-methods": "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT",
    "access-control-max-age": "600",
    "access-control-allow-credentials": "true",
}


def routes_of(dialect: Dialect, *, with_ui: bool) -> Routes:
    """Every endpoint that this server has."""
    routes: Routes = {
        **api_generate.ROUTES,
        **api_pictures.ROUTES,
        **api_control.ROUTES,
        **api_lists.ROUTES,
        "/openapi.json": {"GET": Route(handler=_openapi, open_to_all=True)},
        "/docs": {"GET": Route(handler=_docs, open_to_all=True)},
    }
    if with_ui:
        routes |= api_control.UI_ROUTES
    missing = "/sdapi/v1/sd-vae" if dialect.forge else "/sdapi/v1/sd-modules"
    return {path: methods for path, methods in routes.items() if path != missing}


async def _openapi(site: Site, _: Call) -> Answer:
    return json_answer(openapi.document(site.dialect, routes_of(site.dialect, with_ui=site.with_ui)))


async def _docs(_site: Site, _: Call) -> Answer:
    return Answer(
        body=b"<!DOCTYPE html><html><body>API</body></html>", content_type="text/html; charset=utf-8"
    )


class Dispatcher:
    """Answers calls as FastAPI and the web UI's own layers do."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._routes = routes_of(site.dialect, with_ui=site.with_ui)
        self._threads = asyncio.Semaphore(_WORKER_THREADS)

    async def answer(self, call: Call) -> Answer:
        """Never raises for what a request can bring about."""
        began = time.monotonic()
        answer = await self._routed(call)
        if answer.timed and self._site.dialect.tells_time:
            seconds = f"{time.monotonic() - began:.4f}"
            answer = replace(answer, headers={**answer.headers, "x-process-time": seconds})
        return await self._compressed(call, answer)

    async def _routed(self, call: Call) -> Answer:
        if call.method == "OPTIONS" and "access-control-request-method" in call.headers:
            return self._preflight(call)
        methods = self._routes.get(call.path)
        if methods is None:
            return self._no_route(call)
        route = methods.get(call.method)
        if route is None:
            # Each method is a route of its own there: only the first one is named.
            allow = {"allow": next(iter(methods))}
            if call.method == "HEAD":
                return Answer(status=405, headers=allow)
            return replace(json_answer({"detail": "Method Not Allowed"}, 405), headers=allow)
        try:
            if not route.open_to_all:
                check_credentials(self._site.auth, call.headers.get("authorization", ""))
            async with self._threads:
                return await route.handler(self._site, call)
        except (Refusal, Crash, Invalid) as error:
            return self._error(error)
        except Exception as error:  # noqa: BLE001 — the real one answers every exception in this way
            _log.warning("the stand-in failed at %s", call.path, exc_info=error)
            return self._error(Crash(type(error).__name__, str(error)))

    def _error(self, error: Refusal | Crash | Invalid) -> Answer:
        dialect = self._site.dialect
        return error_answer(error, text_key=dialect.text_key, wraps_refusals=dialect.wraps_refusals)

    def _no_route(self, call: Call) -> Answer:
        plain = call.path.rstrip("/")
        if plain != call.path and plain in self._routes:
            target = f"http://{call.headers.get('host', '')}{plain}"
            return Answer(status=307, content_type=None, headers={"location": target})
        return json_answer({"detail": "Not Found"}, 404)

    def _preflight(self, call: Call) -> Answer:
        """Browsers of other sites may use A1111 as it was recorded, and not Forge."""
        if self._site.dialect.forge:
            body = b"Disallowed CORS origin"
            return Answer(status=400, body=body, content_type="text/plain; charset=utf-8", headers=_CORS)
        headers = {**_CORS, "access-control-allow-origin": call.headers.get("origin", "*")}
        return Answer(body=b"OK", content_type="text/plain; charset=utf-8", headers=headers)

    async def _compressed(self, call: Call, answer: Answer) -> Answer:
        if "gzip" not in call.headers.get("accept-encoding", "") or len(answer.body) < _GZIP_FROM:
            return answer
        body = await self._site.in_thread(gzip.compress, answer.body, _GZIP_LEVEL)
        headers = {**answer.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
        return replace(answer, body=body, headers=headers)


def check_credentials(wanted: str | None, header: str) -> None:
    """Raises ``Refusal`` 401 in the web UI's words, without a challenge (NOTES 2.8)."""
    if wanted is None:
        return
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise Refusal(401, "Not authenticated")
    try:
        given = base64.b64decode(encoded, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal(401, "Invalid authentication credentials") from error
    if given not in wanted.split(","):
        raise Refusal(401, "Incorrect username or password")
