"""txt2img and img2img (NOTES 2.1, 2.2, 2.4, 2.7)."""

import json
from secrets import token_hex
from typing import Any

from bot.demo.webui import pictures, scripts
from bot.demo.webui.answers import Answer, encode
from bot.demo.webui.faults import Fault
from bot.demo.webui.inpaint import Sources, sources_of
from bot.demo.webui.log import Rendered, note, slim
from bot.demo.webui.result import Picture, Result
from bot.demo.webui.settings import Options
from bot.demo.webui.site import Call, Route, Routes, Site
from bot.demo.webui.validation import Payload
from bot.demo.webui.work import Kind, fill_from_infotext


async def _txt2img(site: Site, call: Call) -> Answer:
    return await _generate(site, call, "txt2img")


async def _img2img(site: Site, call: Call) -> Answer:
    return await _generate(site, call, "img2img")


ROUTES: Routes = {
    "/sdapi/v1/txt2img": {"POST": Route(handler=_txt2img)},
    "/sdapi/v1/img2img": {"POST": Route(handler=_img2img)},
}


async def _generate(site: Site, call: Call, kind: Kind) -> Answer:
    given = call.given(site.dialect)
    payload = call.payload(site.dialect, kind)
    if payload["infotext"]:
        fill_from_infotext(payload, given)
    scripts.check_names(kind, payload, site.machine.extensions)
    sources = await site.in_thread(sources_of, payload) if kind == "img2img" else None
    task = payload["force_task_id"] or f"task({kind}-{token_hex(4)})"
    result = await _in_line(site, call, kind, payload, sources, task)
    return await site.in_thread(
        _answer_bytes, result, _echo(kind, payload), site.machine.options, payload["send_images"], call.fault
    )


async def _in_line(
    site: Site, call: Call, kind: Kind, payload: Payload, sources: Sources | None, task: str
) -> Result:
    """Wait for the GPU, and render."""
    machine = site.machine
    machine.tasks.add(task)
    site.changed()
    completed = False
    try:
        async with machine.line:
            machine.state.begin(f"scripts_{kind}")
            site.preview.reset()
            machine.tasks.start(task)
            site.changed()
            try:
                if sources is not None:
                    sources.check()
                result = await site.renderer.render(kind, payload, sources, call.fault)
                completed = True
            finally:
                machine.state.end()
                site.preview.reset()
            note(site.renders, _rendered(site, kind, payload, result, task))
            return result
    finally:
        machine.tasks.finish(task, completed=completed)
        site.changed()


def _rendered(site: Site, kind: Kind, payload: Payload, result: Result, task: str) -> Rendered:
    return Rendered(
        task_id=task,
        kind=kind,
        payload=slim(payload),
        model=result.model.stem,
        pictures=len(result.pictures),
        seconds=site.machine.state.seconds_running(),
        cut_short=result.cut_short,
        infotexts=tuple(result.infotexts),
    )


def _echo(kind: Kind, payload: Payload) -> Payload:
    """``parameters``: the request, without the pictures that it brought unless it wants them back."""
    if kind == "txt2img" or payload["include_init_images"]:
        return payload
    return {**payload, "init_images": None, "mask": None}


def _answer_bytes(
    result: Result, echo: Payload, options: Options, send_images: bool | None, fault: Fault | None
) -> Answer:
    """The whole body. Encoding comes after the line was left: a bad format is noticed late (NOTES 2.9)."""
    encoded = _encoded(result, options, fault) if send_images else []
    info = _falsified(result.info, fault)
    # Base64 needs no escaping: putting the body together spares going through megabytes of it once more.
    images = b",".join(b'"' + picture.encode() + b'"' for picture in encoded)
    rest = encode({"parameters": echo, "info": json.dumps(info)})
    return Answer(body=b'{"images":[' + images + b"]," + rest[1:])


def _encoded(result: Result, options: Options, fault: Fault | None) -> list[str]:
    kind = fault.kind if fault is not None else ""
    if kind == "no_images":
        return []
    sample_format = "jpg" if kind == "jpeg" else str(options["samples_format"])
    quality = int(options.number("jpeg_quality"))
    made = []
    for picture, chunk in zip(result.pictures, result.chunks, strict=True):
        text = None if kind in {"no_parameters", "no_infotext"} else chunk
        raw = _picture_bytes(picture, text, sample_format, quality)
        made.append(pictures.encode_base64(pictures.corrupt(raw) if kind == "corrupt_png" else raw))
    return made


def _picture_bytes(picture: Picture, text: str | None, sample_format: str, quality: int) -> bytes:
    if not isinstance(picture, bytes):
        return pictures.encode_picture(picture, text, sample_format, quality)
    if sample_format.lower() != "png":
        return pictures.encode_picture(pictures.open_picture(picture), text, sample_format, quality)
    return picture if text is None else pictures.splice_text(picture, text)


def _falsified(info: dict[str, Any], fault: Fault | None) -> dict[str, Any]:
    if fault is not None and fault.kind == "no_infotext":
        return {**info, "infotexts": []}
    return info
