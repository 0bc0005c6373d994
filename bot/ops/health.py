"""``/healthz``, ``/readyz`` and ``/metrics`` over HTTP, for whoever keeps the bot running."""

import asyncio
import inspect
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from bot.ops.metrics import CONTENT_TYPE, Metrics
from config.values import HttpBind

log = logging.getLogger(__name__)

Check = Callable[[], bool | Awaitable[bool]]
"""Whether one thing that the bot needs is there."""

CHECK_SECONDS = 2.0
"""A check that takes longer has failed: who asks has a timeout too."""
_SHUTDOWN_SECONDS = 2.0


class Health:
    """The three answers."""

    def __init__(
        self,
        metrics: Metrics,
        checks: Mapping[str, Check],
        *,
        measure: Callable[[], Awaitable[None]] | None = None,
        check_seconds: float = CHECK_SECONDS,
    ) -> None:
        """``checks`` by what they look at ("discord", "database"); ``measure`` comes before the numbers."""
        self._metrics = metrics
        self._checks = dict(checks)
        self._measure = measure
        self._check_seconds = check_seconds

    def app(self) -> web.Application:
        """The web application."""
        app = web.Application()
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/readyz", self.readyz)
        app.router.add_get("/metrics", self.metrics)
        return app

    async def healthz(self, _: web.Request) -> web.Response:
        """200 whenever the event loop gets to it."""
        return web.json_response({"alive": True})

    async def readyz(self, _: web.Request) -> web.Response:
        """200 if every check holds, else 503; the body says which."""
        results = await asyncio.gather(*(self._run(name, check) for name, check in self._checks.items()))
        checks = dict(zip(self._checks, results, strict=True))
        ready = all(results)
        return web.json_response({"ready": ready, "checks": checks}, status=200 if ready else 503)

    async def metrics(self, _: web.Request) -> web.Response:
        """The numbers, as Prometheus reads them."""
        await self._run("measures", self._measured)
        body = await asyncio.to_thread(self._metrics.exposition)  # it reads files under /proc
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})

    async def _measured(self) -> bool:
        if self._measure is not None:
            await self._measure()
        return True

    async def _run(self, name: str, check: Check) -> bool:
        try:
            async with asyncio.timeout(self._check_seconds):
                result = check()
                return bool(await result if inspect.isawaitable(result) else result)
        except TimeoutError:
            log.warning("a readiness check took too long", extra={"check": name})
        except Exception:
            log.exception("a readiness check failed", extra={"check": name})
        return False


@asynccontextmanager
async def serve(bind: HttpBind | None, health: Health) -> AsyncIterator[HttpBind | None]:
    """Serve for the length of the block; gives where, with the port that was really taken.

    None when ``bind`` is None, or when that place cannot be had: then a warning is logged and nothing is
    served, since a bot without these endpoints is better than none.
    """
    if bind is None:
        yield None
        return
    runner = web.AppRunner(health.app(), access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        yield await _listen(runner, bind)
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, bind: HttpBind) -> HttpBind | None:
    try:
        await web.TCPSite(runner, bind.host, bind.port).start()
    except OSError as error:
        log.warning(
            "the health endpoints are off: their place is taken or not ours; set HTTP_BIND to another",
            extra={"bind": bind.shown, "error": error.strerror},
        )
        return None
    port = int(runner.addresses[0][1])
    taken = bind.model_copy(update={"port": port})
    log.info("the health endpoints listen", extra={"url": f"http://{taken.shown}"})
    return taken
