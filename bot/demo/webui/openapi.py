"""``/openapi.json``: which endpoints there are and what the generation requests and the options hold."""

from typing import Any

from bot.demo.webui.dialects import Dialect, fields_of
from bot.demo.webui.settings import known_options
from bot.demo.webui.site import Routes

_SCHEMAS = {
    "StableDiffusionProcessingTxt2Img": "txt2img",
    "StableDiffusionProcessingImg2Img": "img2img",
    "ExtrasSingleImageRequest": "extra_single",
    "ExtrasBatchImagesRequest": "extra_batch",
    "PNGInfoRequest": "png_info",
    "InterrogateRequest": "interrogate",
}
_BODIES = {
    "/sdapi/v1/txt2img": "StableDiffusionProcessingTxt2Img",
    "/sdapi/v1/img2img": "StableDiffusionProcessingImg2Img",
    "/sdapi/v1/extra-single-image": "ExtrasSingleImageRequest",
    "/sdapi/v1/extra-batch-images": "ExtrasBatchImagesRequest",
    "/sdapi/v1/png-info": "PNGInfoRequest",
    "/sdapi/v1/interrogate": "InterrogateRequest",
}


def document(dialect: Dialect, routes: Routes) -> dict[str, Any]:
    """Less than the real one says, in the same places."""
    paths = {
        path: {method.lower(): _operation(path) for method in methods}
        for path, methods in routes.items()
        if path.startswith("/sdapi/")
    }
    schemas = {name: _schema(name, fields_of(dialect, table)) for name, table in _SCHEMAS.items()}
    schemas["Options"] = _options(dialect)
    return {
        "openapi": "3.1.0" if dialect.modern_validation else "3.0.2",
        "info": {"title": "FastAPI", "version": "0.1.0"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(path: str) -> dict[str, Any]:
    described: dict[str, Any] = {"responses": {"200": {"description": "Successful Response"}}}
    if path in _BODIES:
        reference = {"$ref": f"#/components/schemas/{_BODIES[path]}"}
        described["requestBody"] = {"content": {"application/json": {"schema": reference}}, "required": True}
    return described


def _schema(name: str, fields: list[list[Any]]) -> dict[str, Any]:
    return {
        "title": name,
        "type": "object",
        "properties": {field[0]: _property(*field[:3]) for field in fields},
    }


def _property(name: str, kind: str, default: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"title": name.replace("_", " ").title()}
    if kind == "strings":
        shown |= {"type": "array", "items": {"type": "string"}}
    elif kind != "any":
        shown["type"] = kind
    return shown if default is None else {**shown, "default": default}


def _options(dialect: Dialect) -> dict[str, Any]:
    known = known_options(dialect)
    return {
        "title": "Options",
        "type": "object",
        "properties": {name: _property(name, kind, default) for name, (default, kind) in known.items()},
    }
