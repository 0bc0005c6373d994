"""Options, progress, interrupt, refreshing and (un)loading (NOTES 2.3, 2.6, 2.7, 3.7)."""

import base64
from collections.abc import Callable
from typing import Any

from bot.demo.webui.answers import Answer, Crash, Invalid, json_answer
from bot.demo.webui.machine import Machine
from bot.demo.webui.site import Call, Handler, Route, Routes, Site
from bot.demo.webui.validation import boolean, parse_object


async def _get_options(site: Site, _: Call) -> Answer:
    return json_answer(site.machine.options.as_answer())


async def _set_options(site: Site, call: Call) -> Answer:
    """Keys are applied in their order; only the checkpoint waits for the running render (NOTES 2.3)."""
    machine = site.machine
    given = call.given(site.dialect)
    wanted = given.get("sd_model_checkpoint")
    if wanted is not None and machine.find(wanted) is None:
        raise Crash("RuntimeError", f"model {wanted!r} not found")
    for name, value in given.items():
        changed = machine.options.set(name, value)
        if name == "sd_model_checkpoint" and changed and not site.dialect.forge:
            await _load_now(site)
    return json_answer(None)


async def _load_now(site: Site) -> None:
    """A file that cannot be loaded is only noted in the server's log: 200, and the old model stays."""
    machine = site.machine
    async with machine.line:
        before = machine.loaded
        try:
            await machine.follow_option()
        except Crash:
            if before is not None:
                machine.options.stored["sd_model_checkpoint"] = machine.title(before)


async def _progress(site: Site, call: Call) -> Answer:
    state = site.machine.state
    if state.job_count == 0:
        return _progress_answer(site, 0.0, 0.0, None)
    share = 0.01 + state.share_done()
    try:
        without_picture = boolean(call.query.get("skip_current_image", "false"))
    except ValueError as error:
        problem = {
            "loc": ["query", "skip_current_image"],
            "msg": "value could not be parsed to a boolean",
            "type": "type_error.bool",
        }
        raise Invalid([problem]) from error
    await site.preview.refresh()
    picture = None if without_picture else site.preview.image
    return _progress_answer(site, min(share, 1.0), state.seconds_left(share), picture)


def _progress_answer(site: Site, share: float, left: float, picture: bytes | None) -> Answer:
    return json_answer(
        {
            "progress": share,
            "eta_relative": left,
            "state": site.machine.state.as_answer(),
            "current_image": base64.b64encode(picture).decode() if picture is not None else None,
            "textinfo": None,
        }
    )


async def _internal_progress(site: Site, call: Call) -> Answer:
    """Only there with the gradio UI; knows whose job runs (NOTES 2.6)."""
    request = parse_object(site.dialect, call.headers.get("content-type", ""), call.body)
    tasks = site.machine.tasks
    task = request.get("id_task")
    if task is None:
        raise Crash("TypeError", "unsupported operand type(s) for -: 'float' and 'NoneType'")
    seen = int(request.get("id_live_preview") or -1)
    if task != tasks.current:
        return json_answer(_not_active(site.machine, str(task)))
    return json_answer(await _active(site, seen, wants_picture=bool(request.get("live_preview", True))))


def _not_active(machine: Machine, task: str) -> dict[str, Any]:
    tasks = machine.tasks
    queued = task in tasks.pending
    return {
        "active": False,
        "queued": queued,
        "completed": task in tasks.finished,
        "progress": None,
        "eta": None,
        "live_preview": None,
        "id_live_preview": -1,
        "textinfo": f"In queue: {tasks.place(task)}/{len(tasks.pending)}" if queued else "Waiting...",
    }


async def _active(site: Site, seen: int, *, wants_picture: bool) -> dict[str, Any]:
    state = site.machine.state
    share = state.share_done()
    picture = None
    if wants_picture:
        await site.preview.refresh()
        if site.preview.image is not None and site.preview.number != seen:
            picture = base64.b64encode(site.preview.image).decode()
    return {
        "active": True,
        "queued": False,
        "completed": False,
        "progress": share,
        "eta": state.seconds_left(share) if share > 0 else None,
        "live_preview": f"data:image/{site.preview.kind};base64,{picture}" if picture else None,
        "id_live_preview": site.preview.number if picture else seen,
        "textinfo": None,
    }


async def _pending_tasks(site: Site, _: Call) -> Answer:
    waiting = list(site.machine.tasks.pending)
    return json_answer({"size": len(waiting), "tasks": waiting})


async def _ping(_site: Site, _: Call) -> Answer:
    return json_answer({})


async def _page(_site: Site, _: Call) -> Answer:
    page = (
        b'<!doctype html>\n<html lang="en"><head><title>Stable Diffusion</title></head><body></body></html>'
    )
    return Answer(body=page, content_type="text/html; charset=utf-8")


async def _interrupt(site: Site, _: Call) -> Answer:
    """Whatever runs now, whoever sent it; harmless when nothing does."""
    site.machine.state.interrupted = True
    site.changed()
    return json_answer({})


async def _skip(site: Site, _: Call) -> Answer:
    site.machine.state.skipped = True
    site.changed()
    return json_answer(None)


def _refresh(method: Callable[[Machine], None], *, waits: bool) -> Handler:
    """``waits``: behind the running render (NOTES 2.7)."""

    async def answer(site: Site, _: Call) -> Answer:
        if not waits:
            method(site.machine)
            return json_answer(None)
        async with site.machine.line:
            method(site.machine)
        return json_answer(None)

    return answer


async def _unload(site: Site, _: Call) -> Answer:
    site.machine.unload()
    return json_answer({})


async def _reload(site: Site, _: Call) -> Answer:
    async with site.machine.line:
        await site.machine.follow_option()
    return json_answer({})


def _post(handler: Handler) -> dict[str, Route]:
    return {"POST": Route(handler=handler)}


ROUTES: Routes = {
    "/sdapi/v1/options": {"GET": Route(handler=_get_options), "POST": Route(handler=_set_options)},
    "/sdapi/v1/progress": {"GET": Route(handler=_progress)},
    "/sdapi/v1/interrupt": _post(_interrupt),
    "/sdapi/v1/skip": _post(_skip),
    "/sdapi/v1/refresh-checkpoints": _post(_refresh(Machine.refresh_checkpoints, waits=True)),
    "/sdapi/v1/refresh-vae": _post(_refresh(Machine.refresh_vaes, waits=True)),
    "/sdapi/v1/refresh-loras": {
        "POST": Route(handler=_refresh(Machine.refresh_networks, waits=False), open_to_all=True)
    },
    "/sdapi/v1/refresh-embeddings": _post(_refresh(Machine.refresh_networks, waits=False)),
    "/sdapi/v1/unload-checkpoint": _post(_unload),
    "/sdapi/v1/reload-checkpoint": _post(_reload),
}

UI_ROUTES: Routes = {
    "/": {"GET": Route(handler=_page, open_to_all=True)},
    "/internal/progress": {"POST": Route(handler=_internal_progress, open_to_all=True)},
    "/internal/pending-tasks": {"GET": Route(handler=_pending_tasks, open_to_all=True)},
    "/internal/ping": {"GET": Route(handler=_ping, open_to_all=True)},
}
"""Only served together with the gradio UI."""
