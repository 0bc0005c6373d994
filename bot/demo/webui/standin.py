"""The stand-in as a whole: starting, stopping, and what tests see and steer."""

import asyncio
import json
import time
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from aiohttp import web

from bot.demo.webui.answers import Answer
from bot.demo.webui.dialects import DialectName, dialect_of
from bot.demo.webui.dispatch import Dispatcher
from bot.demo.webui.faults import BrokenResponse, Fault, FaultBook, TreacleResponse, html_page
from bot.demo.webui.library import Library, default_library
from bot.demo.webui.log import Rendered, RequestLog, note, slim
from bot.demo.webui.machine import Machine
from bot.demo.webui.pace import Pace, Signal
from bot.demo.webui.preview import Preview
from bot.demo.webui.rendering import Renderer
from bot.demo.webui.sdcpp import SdcppServer
from bot.demo.webui.settings import Options
from bot.demo.webui.site import Call, Site

_LARGEST_BODY = 512 * 1024 * 1024
_SHUTDOWN_SECONDS = 0.05
_PAINTERS = 2


class _Answers(Protocol):
    async def answer(self, call: Call) -> Answer: ...


class StandIn:
    """A web UI that needs no GPU. It answers as the recorded servers do (NOTES), and paints by rules.

    ``seconds_per_step`` and ``switch_seconds`` (loading a checkpoint) set its pace; ``render_seconds``
    instead fixes the time per picture, and ``picture_bytes`` answers with a prepared noisy PNG of about that
    size. ``with_ui`` serves ``/internal/*``, as a web UI with its gradio page does. ``fresh_install`` never
    restores overrides (NOTES 3.6). ``startup_seconds`` is how long the first checkpoint takes to be there.
    ``weights`` False stands for failed downloads: interrogate, face restorers and upscalers then answer as
    recorded. ``options`` are values that this web UI has stored, ``library`` what lies in its folders,
    ``extensions`` which of "adetailer" and "controlnet" it has.

    It can be stopped and started again, on the same port and with the options that it had.
    """

    def __init__(
        self,
        dialect: DialectName = "a1111",
        *,
        seconds_per_step: float = 0.02,
        switch_seconds: float = 0.5,
        auth: str | None = None,
        with_ui: bool = True,
        host: str = "127.0.0.1",
        port: int = 0,
        fresh_install: bool = False,
        startup_seconds: float = 0.0,
        picture_bytes: int | None = None,
        render_seconds: float | None = None,
        library: Library | None = None,
        options: Mapping[str, Any] | None = None,
        weights: bool = True,
        extensions: Collection[str] = (),
    ) -> None:
        self.requests: list[RequestLog] = []
        self.renders: list[Rendered] = []
        self.faults = FaultBook()
        self.disk = library if library is not None else default_library()
        """Change its lists to add or delete files; the server notices when it is refreshed."""
        self._dialect = dialect_of(dialect)
        self._signal = Signal()
        self._pace = Pace(self._signal, seconds_per_step, render_seconds)
        self._switch_seconds = switch_seconds
        self._startup_seconds = startup_seconds
        self._auth = auth
        self._with_ui = with_ui
        self._host = host
        self._port = port
        self._picture_bytes = picture_bytes
        self._weights = weights
        self._extensions = frozenset(extensions)
        self._options = Options(self._dialect, fresh_install=fresh_install)
        self._options.stored.update(options or {})
        self._runner: web.AppRunner | None = None
        self._executor: ThreadPoolExecutor | None = None
        self._boot: asyncio.Task[None] | None = None
        self._machine: Machine | None = None

    @property
    def url(self) -> str:
        """``http://127.0.0.1:PORT``, known once it was started."""
        return f"http://{self._host}:{self._port}"

    @property
    def machine(self) -> Machine:
        """The inside: loaded model, options, state. Raises ``RuntimeError`` before the first start."""
        if self._machine is None:
            raise RuntimeError("the stand-in was not started")
        return self._machine

    async def start(self) -> None:
        """Listen, and load the checkpoint that the options name. Raises ``OSError`` for a taken port."""
        self._executor = ThreadPoolExecutor(_PAINTERS, "stand-in")
        self._machine = Machine(
            self._dialect, self.disk, self._options, self._switch_seconds, asyncio.sleep, self._extensions
        )
        answers = self._serve(self._machine, self._executor)
        app = web.Application(client_max_size=_LARGEST_BODY)

        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._handle(answers, request)

        app.router.add_route("*", "/{path:.*}", handle)
        self._runner = web.AppRunner(app, shutdown_timeout=_SHUTDOWN_SECONDS, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError:
            await self.stop()
            raise
        self._port = self._runner.addresses[0][1]
        await self._load_first(self._machine)

    async def stop(self) -> None:
        """Close everything at once; running renders are lost. Harmless when it is not running."""
        if self._boot is not None:
            self._boot.cancel()
            await asyncio.gather(self._boot, return_exceptions=True)
            self._boot = None
        if self._runner is not None:
            server = self._runner.server
            await self._runner.cleanup()
            self._runner = None
            # A connection that was accepted in that very moment is known to the server only now.
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            if server is not None:
                await server.shutdown(0.0)
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)
            self._executor = None

    async def __aenter__(self) -> "StandIn":
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    def hold(self, *, at_step: int = 0, at_job: int = 0) -> None:
        """Renders stop before their next step until ``release``.

        They go on as far as step ``at_step`` of iteration (or pass) ``at_job`` before, both counted from 0.
        An interrupt or a skip goes through.
        """
        self._pace.hold(at_step, at_job)

    def release(self) -> None:
        """Renders go on."""
        self._pace.release()

    async def wait_busy(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Come back when a render is in progress, and while renders are held, when it stands still.

        Raises ``TimeoutError``.
        """
        await self.wait_until(
            lambda: self._pace.at_gate if self._pace.held else self.machine.state.job != "", timeout
        )

    async def wait_idle(self, timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Come back when nothing renders and nothing waits. Raises ``TimeoutError``."""
        tasks = self.machine.tasks
        await self.wait_until(lambda: tasks.current is None and not tasks.pending, timeout)

    async def wait_until(self, condition: Callable[[], bool], timeout: float = 5.0) -> None:  # noqa: ASYNC109
        """Come back when ``condition`` is true; it is looked at whenever a request or a render moves on.

        Raises ``TimeoutError``.
        """
        await self._signal.until(condition, timeout)

    def _serve(self, machine: Machine, executor: ThreadPoolExecutor) -> _Answers:
        preview = Preview(machine.state, machine.options, executor, approximations=self._weights)
        site = Site(
            dialect=self._dialect,
            machine=machine,
            renderer=Renderer(machine, self._pace, executor, preview, self._picture_bytes),
            preview=preview,
            executor=executor,
            renders=self.renders,
            changed=self._signal.fire,
            auth=self._auth,
            with_ui=self._with_ui,
            weights=self._weights,
            port=self._port,
        )
        return SdcppServer(site) if self._dialect.name == "sdcpp" else Dispatcher(site)

    async def _load_first(self, machine: Machine) -> None:
        """At once, or in the background as at a real start, where GETs are answered meanwhile (NOTES 2.7)."""
        if not machine.checkpoints:
            return
        if self._startup_seconds <= 0:
            await machine.start_with(0.0)
            return
        self._boot = asyncio.create_task(self._load_later(machine), name="stand-in boot")

    async def _load_later(self, machine: Machine) -> None:
        async with machine.line:
            await machine.start_with(self._startup_seconds)
        self._signal.fire()

    async def _handle(self, answers: _Answers, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        log = RequestLog(
            method=request.method, path=request.path, body=_readable(body), started=time.monotonic()
        )
        note(self.requests, log)
        fault = self.faults.take(request.path)
        self._signal.fire()
        response = await self._faulty(answers, request, body, fault)
        log.finished, log.status = time.monotonic(), response.status
        self._signal.fire()
        return response

    async def _faulty(
        self, answers: _Answers, request: web.Request, body: bytes, fault: Fault | None
    ) -> web.StreamResponse:
        kind = fault.kind if fault is not None else ""
        if kind == "hang":
            await asyncio.Event().wait()
        if kind == "refuse":
            return BrokenResponse(b"", reset=False, silent=True)
        if kind == "html":
            return html_page()
        if fault is not None and kind == "slow":
            await asyncio.sleep(fault.seconds)
        call = Call(
            method=request.method,
            path=request.path,
            query=dict(request.query),
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
            fault=fault,
        )
        answer = await answers.answer(call)
        if kind in {"reset", "truncated"}:
            return BrokenResponse(answer.body, reset=kind == "reset")
        if fault is not None and kind == "treacle":
            return TreacleResponse(answer.body, pieces=fault.pieces, pause=fault.seconds)
        return _response(answer)


def _response(answer: Answer) -> web.Response:
    response = web.Response(status=answer.status, body=answer.body, headers=dict(answer.headers))
    response.headers["server"] = "uvicorn"
    if answer.content_type is not None:
        response.headers["content-type"] = answer.content_type
    return response


def _readable(body: bytes) -> Any:
    if not body:
        return None
    try:
        return slim(json.loads(body))
    except ValueError:
        return body[:2000].decode(errors="replace")
