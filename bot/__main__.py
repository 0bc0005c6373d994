"""The command line: ``python -m bot``, or ``easel``. Exit codes are those of sysexits.h."""

import argparse
import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from bot.app import App, open_app
from bot.check import check
from bot.exits import EX_CONFIG, EX_OK, EX_USAGE, StartFailure
from bot.l10n.catalog import Catalog
from bot.l10n.locales import SOURCE
from bot.ops.logs import setup as set_up_logs
from bot.roles import Role, Shards, read_shards
from config.settings import Settings, SettingsProblem, load
from config.values import read_address

T = TypeVar("T")


class _Parser(argparse.ArgumentParser):
    """argparse ends with 2 on a wrong command line; sysexits.h says 64."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(EX_USAGE, f"{self.prog}: {message}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code; a failed start is one sentence on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a code page that lacks a letter must not end the program
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except SettingsProblem as error:
        for problem in error.problems:
            _complain(problem)
        return EX_CONFIG
    except StartFailure as error:
        _complain(Catalog.load().text(SOURCE, error.key, **error.values))
        return error.exit_code
    except KeyboardInterrupt:
        return EX_OK


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="easel", description="A Discord front end for Stable Diffusion web UIs.")
    parser.set_defaults(command=_run, role=Role.EVERYTHING, shards=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    run = commands.add_parser("run", help="run the bot (the default)")
    run.set_defaults(command=_run)
    run.add_argument(
        "--role",
        type=Role,
        choices=(Role.GATEWAY, Role.WORKER),
        default=Role.EVERYTHING,
        help="do only a part, beside other processes with the same PostgreSQL database",
    )
    run.add_argument(
        "--shards",
        type=_shards,
        metavar="A-B/N",
        help="connect these shards of N, and leave the others to other gateways (all)",
    )
    demo = commands.add_parser("demo", help="try it here: no Discord account, no GPU")
    demo.set_defaults(command=_demo)
    demo.add_argument("--prompt", default=None, help="what the first picture shows")
    demo.add_argument("--headless", action="store_true", help="draw one picture, print where it lies, end")
    demo.add_argument("--port", type=_port, default=0, help="port of the page (any free one)")
    demo.add_argument("--webui", type=_address, metavar="URL", help="let this web UI paint")
    checking = commands.add_parser("check", help="try everything the bot needs, with the cure for each")
    checking.set_defaults(command=_check)
    config = commands.add_parser("config", help="show the settings and where each came from")
    config.set_defaults(command=_config)
    importing = commands.add_parser("import-aiyabot", help="take over an aiyabot folder's settings")
    importing.set_defaults(command=_import)
    importing.add_argument("folder", type=Path, metavar="DIR", help="where aiyabot is")
    return parser


def _shards(text: str) -> Shards:
    try:
        return read_shards(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _address(text: str) -> str:
    try:
        read_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"it {error}") from None
    return text


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _settings() -> Settings:
    return load(os.environ, Path.cwd())


def _run(options: argparse.Namespace) -> int:
    role, shards = options.role, options.shards
    if shards is not None and not role.connects:
        raise StartFailure("start.worker_shards", EX_USAGE)
    settings = _settings()
    if settings.discord_token is None:
        raise StartFailure("start.no_token", EX_CONFIG)
    with_logs = set_up_logs(settings.log_level, settings.log_format, sys.stderr, secrets=settings.secrets())
    try:
        _until_stopped(lambda stop: _serve(settings, role, shards, stop))
    finally:
        with_logs.close()
    return EX_OK


async def _serve(settings: Settings, role: Role, shards: Shards | None, stop: asyncio.Event) -> None:
    with _given_up_at(stop) as started:
        async with open_app(settings, load=_settings, role=role, shards=shards) as app:
            started()
            with frozen_heap(), reloaded_by_signal(app):
                await app.serve(stop)


@contextmanager
def reloaded_by_signal(app: App) -> Iterator[None]:
    """SIGHUP takes over changed settings, as daemons do; Windows has none, and ``/webui reload`` instead."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    loop = asyncio.get_running_loop()

    def ask(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(lambda: app.tasks.start(app.reload(), "reload"))

    before = signal.signal(signal.SIGHUP, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@contextmanager
def frozen_heap() -> Iterator[None]:
    """Leave what is there now, modules and texts, out of garbage collection: it stays to the end anyway.

    Looking through it stops everything else: in a burst of 200 /draw for 100 to 190 ms at a time, against 10
    to 20 without it (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _demo(options: argparse.Namespace) -> int:
    from bot.demo.run import FIRST_PROMPT, DemoOptions, run_demo  # only the demo needs its stand-ins

    chosen = DemoOptions(
        prompt=options.prompt or FIRST_PROMPT,
        headless=options.headless,
        port=options.port,
        webui=options.webui,
    )
    settings = _settings_of_demo(options.webui)
    logs = set_up_logs(settings.log_level, settings.log_format, sys.stderr, secrets=settings.secrets())
    try:
        _until_stopped(lambda stop: run_demo(chosen, os.environ, stop, _say))
    finally:
        logs.close()
    return EX_OK


def _settings_of_demo(webui: str | None) -> Settings:
    """For its logs, which are there before the demo makes settings of its own."""
    own = {"LOG_LEVEL": "warning", "LOG_FORMAT": "text"} | ({"WEBUI_URLS": webui} if webui else {})
    given = {name: os.environ[name] for name in ("LOG_LEVEL", "LOG_FORMAT") if os.environ.get(name)}
    return load(own | given, None, dotenv=False)


def _check(_: argparse.Namespace) -> int:
    settings = _settings()
    # What is found is said on standard output; the libraries' own words are of use only when they fail.
    logs = set_up_logs("error", "text", sys.stderr, secrets=settings.secrets())
    try:
        return _run_loop(check(settings, Catalog.load(), _say))
    finally:
        logs.close()


def _config(_: argparse.Namespace) -> int:
    rows = _settings().describe()
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    for name, value, source in rows:
        _say(f"{name:<{widths[0]}}  {value:<{widths[1]}}  {source}".rstrip())
    return EX_OK


def _import(options: argparse.Namespace) -> int:
    from bot.importing import run_import  # only who comes from aiyabot needs it

    return run_import(options.folder, Path.cwd(), os.environ, _say)


@contextmanager
def _given_up_at(stop: asyncio.Event) -> Iterator[Callable[[], object]]:
    """End the block when ``stop`` is set, until what is given has been called: the start is over then."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - every coroutine runs in one

    async def give_up() -> None:
        await stop.wait()
        task.cancel()

    watch = asyncio.create_task(give_up(), name="stop-while-starting")
    try:
        yield watch.cancel
    except asyncio.CancelledError:
        if not stop.is_set() or task.uncancel() > 0:
            raise
    finally:
        watch.cancel()


def _run_loop(work: Coroutine[Any, Any, T]) -> T:
    """As ``asyncio.run``; on Windows with the event loop that psycopg can use.

    https://www.psycopg.org/psycopg3/docs/advanced/async.html
    """
    factory = asyncio.SelectorEventLoop if sys.platform == "win32" else None
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(work)


def _until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run ``work`` with an event that SIGINT and SIGTERM set; a second signal ends at once."""

    async def watched() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()

        def ask(number: int, _frame: object) -> None:
            signal.signal(number, signal.default_int_handler)
            loop.call_soon_threadsafe(stop.set)

        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, ask)
        await work(stop)

    _run_loop(watched())


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _complain(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
