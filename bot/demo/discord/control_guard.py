"""Who may use the control API: programs on this machine, and the page that this very server gave out.

Other pages in the same browser can send requests to any local port. They carry another ``Origin``, or, with a
name that was made to point here (DNS rebinding), a ``Host`` that is no address.
"""

import ipaddress
import json
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web
from yarl import URL

from bot.demo.discord.errors import ApiError, NotPossible

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded(handler: Handler) -> Handler:
    """The handler, for those who may; what it raises comes back as ``{"error"}``."""

    async def guard(request: web.Request) -> web.StreamResponse:
        if not _may(request):
            return _error(403, "another origin")
        try:
            return await handler(request)
        except NotPossible as error:
            return _error(409, str(error))
        except ApiError as error:
            return _error(409, error.message)
        except TimeoutError as error:
            return _error(504, str(error) or "nothing came in time")
        except KeyError as error:
            return _error(400, f"unknown or missing: {error.args[0]}")
        except (TypeError, ValueError, json.JSONDecodeError) as error:
            return _error(400, str(error))

    return guard


def _may(request: web.Request) -> bool:
    origin = request.headers.get("Origin")
    if origin is not None and URL(origin).authority != request.host:
        return False
    return _is_address(URL(f"http://{request.host}").host or "")


def _is_address(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _error(status: int, text: str) -> web.Response:
    return web.json_response({"error": text}, status=status)
