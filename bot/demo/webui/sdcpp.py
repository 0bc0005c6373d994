"""stable-diffusion.cpp's server: few endpoints, its own names, its own errors (NOTES 4)."""

import json
import struct
from dataclasses import dataclass
from secrets import randbelow
from typing import Any

from PIL import Image

from bot.demo.webui import inpaint, pictures
from bot.demo.webui.answers import Answer, Refusal, encode, json_answer
from bot.demo.webui.dialects import catalogue
from bot.demo.webui.faults import Fault, crash_of
from bot.demo.webui.log import Rendered, note, slim
from bot.demo.webui.painting import Brief, paint
from bot.demo.webui.site import Call, Site
from bot.demo.webui.validation import Payload

_CORS = {
    "Access-Control-Allow-Methods": "*",
    "Access-Control-Allow-Credentials": "true",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Allow-Origin": "*",
}
_HASH = "8" * 10
_SHA256 = "8" * 64
_GRID = 64
"""Sizes are rounded up to this."""
_MAX_SEED = 2**31
_NUMBERS = ("width", "height", "steps", "seed", "cfg_scale", "batch_size", "denoising_strength", "hr_scale")
_TEXTS = ("prompt", "negative_prompt", "sampler_name", "scheduler", "hr_upscaler")


class _Error(Exception):
    """``status`` and the body of an error."""

    def __init__(self, status: int, body: dict[str, str]) -> None:
        super().__init__(body)
        self.status = status
        self.body = body


@dataclass(frozen=True, slots=True, kw_only=True)
class _Job:
    """A request as the server understands it."""

    given: Payload
    prompt: str
    negative_prompt: str
    width: int
    height: int
    steps: int
    cfg_scale: float
    seed: int
    batch_size: int
    strength: float
    method: str | None
    """Its own name of the sampler; None for the default, which is shown as NONE."""
    hires: bool
    is_img2img: bool
    init: inpaint.Sources | None = None


class SdcppServer:
    """Everything that is not listed here is 404 with an empty body."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def answer(self, call: Call) -> Answer:
        """Never raises for what a request can bring about."""
        try:
            found = await self._routed(call)
        except _Error as error:
            found = json_answer(error.body, error.status)
        return Answer(
            status=found.status, body=found.body, content_type=found.content_type, headers=_CORS, timed=False
        )

    async def _routed(self, call: Call) -> Answer:
        if call.method == "POST" and call.path in {"/sdapi/v1/txt2img", "/sdapi/v1/img2img"}:
            return await self._generate(call, with_init=call.path.endswith("img2img"))
        if call.method == "GET":
            if call.path == "/":
                return Answer(body=b"Stable Diffusion Server is running", content_type="text/html")
            listed = self._listed(call.path.removeprefix("/sdapi/v1/"))
            if listed is not None:
                return json_answer(listed)
        return Answer(status=404, content_type=None)

    def _listed(self, name: str) -> object:
        model = self._model
        if name in {"samplers", "schedulers", "upscalers", "latent-upscale-modes"}:
            return catalogue(self._site.dialect, name)
        known: dict[str, object] = {
            "loras": [{"name": one.name, "path": one.path} for one in self._site.machine.library.loras],
            "options": {"samples_format": "png", "sd_model_checkpoint": model.rsplit(".", 1)[0]},
            "sd-models": [_model_row(model)],
            "/v1/models": {"data": [{"id": "sd-cpp-local", "object": "model", "owned_by": "local"}]},
        }
        return known.get(name)

    @property
    def _model(self) -> str:
        loaded = self._site.machine.loaded
        return loaded.file.rsplit("/", 1)[-1] if loaded else "model.safetensors"

    async def _generate(self, call: Call, *, with_init: bool) -> Answer:
        job = self._job(call, with_init=with_init)
        site = self._site
        async with site.machine.line:
            site.machine.state.begin("img_gen")
            site.changed()
            try:
                await self._sample(job, call.fault)
                images = await site.in_thread(self._paint, job)
                seconds = site.machine.state.seconds_running()
            finally:
                site.machine.state.end()
                site.changed()
        note(
            site.renders,
            Rendered(
                task_id="",
                kind="img2img" if with_init else "txt2img",
                payload=slim(job.given),
                model=self._model,
                pictures=len(images),
                seconds=seconds,
                cut_short=False,
                infotexts=tuple(
                    _infotext(job, job.seed + index, self._model) for index in range(len(images))
                ),
            ),
        )
        return await site.in_thread(self._answer, job, images, call.fault)

    async def _sample(self, job: _Job, fault: Fault | None) -> None:
        """There is no progress and no interrupt: only time passes."""
        crash = crash_of(fault)
        for index in range(job.steps):
            await self._site.renderer.pace.step(index, job.steps, job.batch_size, self._site.machine.state)
            if crash is not None:
                raise _Error(500, {"error": "server_error", "message": crash.text})

    def _paint(self, job: _Job) -> list[Image.Image]:
        briefs = [self._brief(job, index) for index in range(job.batch_size)]
        if job.init is None:
            return [paint(brief) for brief in briefs]
        return [job.init.repaint(brief, index) for index, brief in enumerate(briefs)]

    def _brief(self, job: _Job, index: int) -> Brief:
        loaded = self._site.machine.loaded
        scale = float(job.given.get("hr_scale", 2.0)) if job.hires else 1.0
        return Brief(
            prompt=job.prompt,
            negative_prompt=job.negative_prompt,
            seed=job.seed + index,
            width=int(_rounded_up(job.width) * scale),
            height=int(_rounded_up(job.height) * scale),
            steps=job.steps,
            cfg_scale=job.cfg_scale,
            sampler=job.method or "default",
            model=loaded.sha256 if loaded else "",
            manner=loaded.manner if loaded else "oil",
            second_pass=str(job.given.get("hr_upscaler")) if job.hires else "",
        )

    def _answer(self, job: _Job, images: list[Image.Image], fault: Fault | None) -> Answer:
        """``parameters`` is the request as it was sent; ``info`` has fewer keys than A1111's."""
        kind = fault.kind if fault is not None else ""
        texts = [_infotext(job, job.seed + index, self._model) for index in range(len(images))]
        encoded = []
        for image, text in zip(images, texts, strict=True):
            chunk = None if kind in {"no_parameters", "no_infotext"} else text
            raw = pictures.encode_picture(image, chunk, "jpg" if kind == "jpeg" else "png")
            encoded.append(pictures.encode_base64(pictures.corrupt(raw) if kind == "corrupt_png" else raw))
        info = _info(job, [] if kind == "no_infotext" else texts, self._model)
        body = {
            "images": [] if kind == "no_images" else encoded,
            "info": encode(info).decode(),
            "parameters": dict(sorted(job.given.items())),
        }
        return json_answer(body)

    def _job(self, call: Call, *, with_init: bool) -> _Job:
        given = _parsed(call.body)
        _check_types(given)
        prompt = given.get("prompt", "")
        if not prompt:
            raise _Error(400, {"error": "prompt required"})
        width, height = int(given.get("width", 512)), int(given.get("height", 512))
        if width <= 0 or height <= 0:
            raise _Error(400, {"error": "width and height must be positive"})
        hires = bool(given.get("enable_hr", False))
        if hires and given.get("hr_upscaler", "Latent") not in self._hires_upscalers():
            raise _Error(400, {"error": "invalid params"})
        seed = int(given.get("seed", 42))
        return _Job(
            given=given,
            prompt=prompt,
            negative_prompt=given.get("negative_prompt", ""),
            width=width,
            height=height,
            steps=max(1, int(given.get("steps", 20))),
            cfg_scale=float(given.get("cfg_scale", 7.0)),
            seed=randbelow(_MAX_SEED) if seed < 0 else seed,
            batch_size=max(1, min(8, int(given.get("batch_size", 1)))),
            strength=float(given.get("denoising_strength", 0.75)),
            method=self._method(given.get("sampler_name", "")),
            hires=hires,
            is_img2img=with_init,
            init=_init(given) if with_init else None,
        )

    def _hires_upscalers(self) -> set[str]:
        lists = ("upscalers", "latent-upscale-modes")
        return {one["name"] for name in lists for one in catalogue(self._site.dialect, name)}

    def _method(self, name: str) -> str | None:
        """ "Euler a" and "k_euler_a" are understood in any case; all others are the default."""
        plain = name.lower().removeprefix("k_").replace(" ", "_")
        names = {one["name"] for one in catalogue(self._site.dialect, "samplers")} - {"default"}
        return plain if plain in names else None


def _model_row(model: str) -> dict[str, object]:
    stem = model.rsplit(".", 1)[0]
    return {
        "config": None,
        "filename": model,
        "hash": _HASH,
        "model_name": stem,
        "sha256": _SHA256,
        "title": stem,
    }


def _rounded_up(pixels: int) -> int:
    return -(-pixels // _GRID) * _GRID


def _parsed(body: bytes) -> Payload:
    if not body:
        raise _Error(400, {"error": "empty body"})
    try:
        value = json.loads(body)
    except ValueError as error:
        text = f"[json.exception.parse_error.101] parse error at line 1, column 2: {error}"
        raise _Error(500, {"error": "server_error", "message": text}) from error
    if not isinstance(value, dict):
        text = "[json.exception.type_error.306] cannot use value() with array"
        raise _Error(500, {"error": "server_error", "message": text})
    return value


def _check_types(given: Payload) -> None:
    """As its JSON library complains."""
    for names, wanted, kinds in ((_NUMBERS, "number", int | float), (_TEXTS, "string", str)):
        for name in names:
            if name in given and not isinstance(given[name], kinds):
                found = _json_type(given[name])
                text = f"[json.exception.type_error.302] type must be {wanted}, but is {found}"
                raise _Error(500, {"error": "server_error", "message": text})


def _json_type(value: object) -> str:
    names = {type(None): "null", str: "string", bool: "boolean", list: "array", dict: "object"}
    return names.get(type(value), "number")


def _init(given: Payload) -> inpaint.Sources | None:
    """A missing or broken init image is silently none: the picture is made as by txt2img."""
    wanted = {
        "init_images": given.get("init_images") or [],
        "mask": given.get("mask"),
        "mask_blur": None,
        "mask_blur_x": 4,
        "inpaint_full_res": False,
        "inpaint_full_res_padding": 0,
        "inpainting_mask_invert": given.get("inpainting_mask_invert", 0),
        "resize_mode": 0,
        "denoising_strength": given.get("denoising_strength", 0.75),
        "batch_size": 1,
    }
    if not wanted["init_images"]:
        return None
    try:
        return inpaint.Sources(wanted)
    except Refusal:
        return None


def _info(job: _Job, texts: list[str], model: str) -> dict[str, Any]:
    """Keys in alphabetical order; those of empty things are absent."""
    count = job.batch_size
    info: dict[str, Any] = {
        "all_negative_prompts": [job.negative_prompt] * count,
        "all_prompts": [job.prompt] * count,
        "all_seeds": [job.seed + index for index in range(count)],
        "cfg_scale": job.cfg_scale,
        "height": job.height,
        "infotexts": texts,
        "prompt": job.prompt,
        "sampler_name": job.method or "NONE",
        "sd_model_name": model,
        "seed": job.seed,
        "steps": job.steps,
        "version": "stable-diffusion.cpp",
        "width": job.width,
    }
    if job.is_img2img:
        info["denoising_strength"] = job.strength
    if job.negative_prompt:
        info["negative_prompt"] = job.negative_prompt
    return dict(sorted(info.items()))


def _infotext(job: _Job, seed: int, model: str) -> str:
    negative = f"\nNegative prompt: {job.negative_prompt}" if job.negative_prompt else ""
    hires = ""
    if job.hires:
        hires = (
            f"Hires upscale: {job.given.get('hr_upscaler', 'Latent')}, "
            f"Hires scale: {float(job.given.get('hr_scale', 2)):.6f}, Hires resize: 0x0, Hires steps: 0, "
            f"Denoising strength: {job.strength:.6f}, "
        )
    return (
        f"{job.prompt}{negative}\nSteps: {job.steps}, CFG scale: {job.cfg_scale:.6f}, Guidance: 3.500000, "
        f"Eta: inf, Seed: {seed}, Size: {job.width}x{job.height}, Model: {model}, RNG: cuda, "
        f"Sampler: {job.method or 'NONE'}, {hires}Version: stable-diffusion.cpp, "
        f"SDCPP: {encode(_own_parameters(job, seed, model)).decode()}"
    )


def _own_parameters(job: _Job, seed: int, model: str) -> dict[str, Any]:
    """The JSON at the end of its infotext."""
    guidance = {
        "distilled_guidance": 3.5,
        "img_cfg": None,
        "slg": {"end": _single(0.2), "layers": [7, 8, 9], "scale": 0.0, "start": _single(0.01)},
        "txt_cfg": job.cfg_scale,
    }
    sampling: dict[str, Any] = {
        "custom_sigmas": [],
        "eta": None,
        "extra_sample_args": "",
        "flow_shift": None,
        "guidance": guidance,
    }
    sampling |= {"method": job.method} if job.method else {}
    return {
        "auto_resize_ref_image": True,
        "clip_skip": -1,
        "control_strength": _single(0.9),
        "generator": {"commit": "unknown", "name": "stable-diffusion.cpp", "version": "unknown"},
        "height": job.height,
        "increase_ref_index": False,
        "ip_adapter_strength": 1.0,
        "mode": "img_gen",
        "models": {"model": model},
        "prompt": {"negative": job.negative_prompt, "positive": job.prompt},
        "rng": "cuda",
        "sampling": sampling | {"shifted_timestep": 0, "steps": job.steps},
        "schema": "sdcpp.image.params/v1",
        "seed": seed,
        "strength": _single(job.strength) if not job.hires else 0.75,
        "width": job.width,
    }


def _single(value: float) -> float:
    """As C prints a 32-bit float."""
    narrowed: float = struct.unpack("f", struct.pack("f", value))[0]
    return narrowed
