"""GET /openai/v1/models, with and without `?schema=true`, and GET /openai/v1/models/{id}."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.art.encode import CONTENT_TYPES
from sandbox.errors import model_not_found
from sandbox.models import MODE_NAMES, TAGS, Model
from sandbox.pricing import usd
from sandbox.state import state_of

_CREATED = 1_767_225_600


async def list_models(request: web.Request) -> web.Response:
    state = state_of(request)
    schema = request.query.get("schema") == "true"
    hidden = set(state.switches.disabled_models)
    data = [model_wire(m, schema=schema) for m in state.table.media() if m.slug not in hidden]
    return web.json_response({"object": "list", "data": data})


async def one_model(request: web.Request) -> web.Response:
    """Raises ApiError 404 for unknown and disabled models; forced providers are understood."""
    state = state_of(request)
    slug = request.match_info["id"]
    model = state.table.route(slug, state.switches.disabled_models).model
    if "chat" in model.modes:
        raise model_not_found(slug, None)
    return web.json_response(model_wire(model, schema=request.query.get("schema") == "true"))


def starting_price(model: Model) -> int:
    """Micro-dollars of the cheapest unit; not an estimate of anything."""
    units = [rate.micros for offer in model.offers for rate in offer.rates if rate.per == 1]
    return min(units, default=39_000)


def model_wire(model: Model, *, schema: bool) -> dict[str, Any]:
    tags = [TAGS[mode] for mode in model.modes]
    body: dict[str, Any] = {
        "id": model.slug,
        "object": "model",
        "created": _CREATED,
        "owned_by": model.creator,
        "name": model.name,
        "description": model.description or f"{model.name} by {model.creator}.",
        "creator_organization": model.creator,
        "featured": model.featured,
        "model_status": "active",
        "starting_price": usd(starting_price(model)),
        "free": starting_price(model) == 0,
        "tags": tags,
        "capabilities": tags,
        "aliases": list(model.aliases),
        "alternative_names": [],
        "modes": [part for mode in model.modes for part in MODE_NAMES[mode].split(", ")],
        "modality": "video" if model.modes == ("video",) else "image",
        "model_page_path": f"/models/{model.creator}/{model.slug}",
    }
    if schema:
        body["schema"] = {"parameters": parameters(model)}
    return body


def _parameter(
    name: str, kind: str, group: str, modes: list[str], *, required: bool = False, **more: Any
) -> dict[str, Any]:
    return {"name": name, "type": kind, "group": group, "modes": modes, "required": required, **more}


def parameters(model: Model) -> list[dict[str, Any]]:
    """The compiled parameter schema: what the model takes, with limits, defaults and modes."""
    found: list[dict[str, Any]] = []
    modes = [part for mode in model.modes for part in MODE_NAMES[mode].split(", ")]
    pictures = [MODE_NAMES[m] for m in model.modes if m in {"generate", "edit"}]
    found.append(_parameter("model", "string", "core", modes, required=True))
    if model.modes != ("upscale",):
        limit = {"maxLength": model.prompt_limit}
        found.append(_parameter("prompt", "string", "core", modes, required=True, **limit))
    most = 4 if model.modes == ("video",) else 10
    found.append(_parameter("n", "integer", "core", modes, default=1, minimum=1, maximum=most))
    if pictures:
        found += _picture_parameters(model, pictures)
    if "edit" in model.modes:
        found.append(
            _parameter(
                "image", "file", "media inputs", ["image-edit"], required=True, maxItems=model.max_inputs
            )
        )
        found.append(_parameter("mask", "file", "media inputs", ["image-edit"]))
    if "upscale" in model.modes:
        found += _upscale_parameters(model)
    if "video" in model.modes:
        found += _video_parameters(model)
    return found


def _picture_parameters(model: Model, modes: list[str]) -> list[dict[str, Any]]:
    sizes: dict[str, Any] = {"enum": [f"{w}x{h}" for w, h in model.sizes.fixed]} if model.sizes.fixed else {}
    found = [
        _parameter("size", "string", "size & layout", modes, default="1024x1024", **sizes),
        _parameter("aspect_ratio", "string", "size & layout", modes),
        _parameter(
            "resolution", "string", "size & layout", modes, enum=list(model.sizes.tiers),
            default=model.sizes.default_tier,
        ),
        _parameter("output_format", "string", "output & format", modes, enum=list(CONTENT_TYPES)),
        _parameter("output_compression", "integer", "output & format", modes, minimum=1, maximum=100),
        _parameter("seed", "integer", "additional", modes),
    ]  # fmt: skip
    if model.qualities:
        choice: dict[str, Any] = {"enum": list(model.qualities), "default": model.default_quality}
        found.append(_parameter("quality", "string", "output & format", modes, **choice))
    if model.thinking:
        found.append(_parameter("thinking_level", "string", "additional", modes, enum=list(model.thinking)))
    return found


def _upscale_parameters(model: Model) -> list[dict[str, Any]]:
    rule = model.scale
    found = [_parameter("image", "file", "media inputs", ["upscale"], required=True, maxItems=1)]
    if rule.fixed is None:
        limits: dict[str, Any] = (
            {"enum": list(rule.allowed)} if rule.allowed else {"minimum": 1, "maximum": rule.most}
        )
        found.append(
            _parameter("scale_factor", "number", "size & layout", ["upscale"], default=rule.default, **limits)
        )
    return found


def _video_parameters(model: Model) -> list[dict[str, Any]]:
    modes = ["text-to-video", "image-to-video"]
    rule = model.seconds
    return [
        _parameter("seconds", "integer", "core", modes, default=rule.default, minimum=rule.least,
                   maximum=rule.most),
        _parameter("resolution", "string", "size & layout", modes, enum=list(model.video_sizes.tiers)),
        _parameter("aspect_ratio", "string", "size & layout", modes),
        _parameter("input_reference", "file", "media inputs", ["image-to-video"], maxItems=model.max_inputs),
        _parameter("negative_prompt", "string", "additional", modes),
    ]  # fmt: skip
