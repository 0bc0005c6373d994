"""``python -m bot.demo.webui``: the stand-in as a program of its own.

Prints its address as the first line and serves until it is terminated, or until the pipe at its standard
input is closed.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import stat
import sys
import threading
from collections.abc import Sequence

from bot.demo.webui.standin import StandIn


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """The command line, parsed."""
    parser = argparse.ArgumentParser(prog="python -m bot.demo.webui", description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 = any (default)")
    parser.add_argument("--dialect", choices=("a1111", "forge", "sdcpp"), default="a1111")
    parser.add_argument("--seconds-per-step", type=float, default=0.02)
    parser.add_argument("--switch-seconds", type=float, default=0.5, help="to load a checkpoint")
    parser.add_argument("--render-seconds", type=float, help="per picture, instead of per step")
    parser.add_argument("--picture-bytes", type=int, help="answer with noise of this size, not painted")
    parser.add_argument("--auth", help="user:password, as --api-auth")
    parser.add_argument("--no-ui", action="store_true", help="without /internal/*, as --nowebui")
    parser.add_argument("--fresh-install", action="store_true", help="overrides are never restored")
    parser.add_argument("--options", type=json.loads, default={}, help="stored options, as a JSON object")
    return parser.parse_args(given)


async def serve(given: argparse.Namespace) -> None:
    """Until SIGINT, SIGTERM or the end of standard input."""
    stand_in = StandIn(
        given.dialect,
        seconds_per_step=given.seconds_per_step,
        switch_seconds=given.switch_seconds,
        auth=given.auth,
        with_ui=not given.no_ui,
        host=given.host,
        port=given.port,
        fresh_install=given.fresh_install,
        picture_bytes=given.picture_bytes,
        render_seconds=given.render_seconds,
        options=given.options,
    )
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        # Windows has no signal handlers on the loop; there, closing standard input or Ctrl-C ends it.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, over.set)
    async with stand_in:
        sys.stdout.write(f"{stand_in.url}\n")
        sys.stdout.flush()
        if _stdin_is_pipe():
            threading.Thread(target=_watch_input, args=(loop, over), name="stdin", daemon=True).start()
        await over.wait()


def _stdin_is_pipe() -> bool:
    """Somebody started this and holds the other end; a terminal or /dev/null says nothing by its end."""
    try:
        return stat.S_ISFIFO(os.fstat(0).st_mode)
    except OSError:
        return False


def _watch_input(loop: asyncio.AbstractEventLoop, over: asyncio.Event) -> None:
    """A thread, because standard input cannot be waited for on every platform's loop."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(over.set)


def main() -> None:
    """The entry point."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(arguments(sys.argv[1:])))


if __name__ == "__main__":
    main()
