"""POST /openai/v1/images/edits: editing with one or several pictures, inpainting, upscaling."""

from __future__ import annotations

import math

from aiohttp import web
from PIL import Image

from sandbox.art.encode import Encoded, encode
from sandbox.art.lettering import marked
from sandbox.art.retouch import enlarge, retouch
from sandbox.art.scene import placeholder
from sandbox.call import Call, call_of
from sandbox.errors import invalid
from sandbox.images import Draw, image_usage, picture_seed, run_images
from sandbox.inputs import MAX_PIXELS, check_mask, decode_all, uploads_named
from sandbox.models import Model, Route, ScaleRule, require_prompt
from sandbox.params import ImageParams, check_thinking, parse
from sandbox.sizes import Plan, nearest_tier, plan_image
from sandbox.state import state_of
from sandbox.work import dry_answer, find_route, job_for, replay_mode

# Without a wish for a size, an edit without a mask comes back at no more than this.
_FREE_PIXELS = 4_000_000


async def edit(request: web.Request) -> web.Response:
    """Edit or upscale, as the model says. Raises ApiError 400 for a JSON body."""
    state, call = state_of(request), call_of(request)
    if call.body.kind != "form":
        raise invalid("Image edits take multipart/form-data, not JSON.")
    params = parse(ImageParams, call.body.fields)
    upscales = call.endpoint == "upscale"
    route = find_route(state, call, "upscale" if upscales else "edit", params.model)
    prompt = "" if upscales else require_prompt(route.model, params.prompt)
    check_thinking(route.model, params.thinking_level)
    pictures = await _pictures(call, route.model)
    if upscales:
        plan, draw = _upscale(route.model, params, pictures[0])
    else:
        plan, draw = await _edit(call, route, params, prompt, pictures)
    usage = image_usage(route.model, params, plan, prompt, tuple(p.width * p.height for p in pictures))
    job = job_for(state, call, route, usage)
    if call.dry_run:
        return dry_answer(state, call, job)
    call.mocked = replay_mode(state, request.headers.get("X-Lumenfall-Replay")) == "mock"
    if call.mocked:
        draw = _mock(plan, params)
    return await run_images(request, state, call, job, params, draw)


async def _pictures(call: Call, model: Model) -> list[Image.Image]:
    files = uploads_named(call.body, "image")
    if not files:
        raise invalid("Missing required parameter: 'image' (a file).")
    if len(files) > model.max_inputs:
        if model.max_inputs == 1:
            raise invalid(f"Model '{model.slug}' does not support multiple input images.")
        raise invalid(f"Model '{model.slug}' takes at most {model.max_inputs} input images.")
    return await decode_all(files)


async def _edit(
    call: Call, route: Route, params: ImageParams, prompt: str, pictures: list[Image.Image]
) -> tuple[Plan, Draw]:
    masks = await decode_all(uploads_named(call.body, "mask")[:1])
    area = check_mask(masks[0], pictures[0]) if masks else None
    plan = _edit_plan(route.model, params, pictures[0], masked=area is not None)

    def draw(index: int) -> Encoded:
        picture = retouch(
            pictures,
            prompt,
            size=(plan.width, plan.height),
            area=area,
            seed=picture_seed(params.seed, index),
        )
        shown = picture if area is not None else marked(picture)  # outside of it no pixel may change
        return encode(shown, params.output_format or "png", params.output_compression)

    return plan, draw


def _edit_plan(model: Model, params: ImageParams, first: Image.Image, *, masked: bool) -> Plan:
    """The size that was asked for; else the input's own, so that a mask fits pixel by pixel."""
    if params.size or params.aspect_ratio or params.resolution:
        return plan_image(model.sizes, params.size, params.aspect_ratio, params.resolution)
    width, height = first.size
    if not masked and width * height > _FREE_PIXELS:
        shrink = math.sqrt(_FREE_PIXELS / (width * height))
        width, height = round(width * shrink), round(height * shrink)
    return Plan(width=width, height=height, tier=nearest_tier(width * height, model.sizes.tiers))


def scale_of(rule: ScaleRule, wanted: float | None) -> float:
    """The factor that will be used. Raises ApiError 400 for one the model does not do."""
    if rule.fixed is not None:
        return rule.fixed
    if wanted is None:
        return rule.default
    if rule.allowed and wanted not in rule.allowed:
        raise invalid(f"Invalid scale_factor: expected one of {', '.join(f'{f:g}' for f in rule.allowed)}.")
    if not math.isfinite(wanted) or not 1 < wanted <= rule.most:
        raise invalid(f"Invalid scale_factor: expected more than 1 and at most {rule.most:g}.")
    return wanted


def _upscale(model: Model, params: ImageParams, picture: Image.Image) -> tuple[Plan, Draw]:
    factor = scale_of(model.scale, params.scale_factor)
    width, height = round(picture.width * factor), round(picture.height * factor)
    if width * height > MAX_PIXELS:
        raise invalid(f"The upscaled image would be too large: {width}x{height} pixels.")

    def draw(index: int) -> Encoded:
        del index
        large = marked(enlarge(picture, (width, height)))
        return encode(large, params.output_format or "png", params.output_compression)

    tier = nearest_tier(width * height, ("1K", "2K", "4K"))
    return Plan(width=width, height=height, tier=tier), draw


def _mock(plan: Plan, params: ImageParams) -> Draw:
    def draw(index: int) -> Encoded:
        del index
        return encode(placeholder(plan.width, plan.height), params.output_format or "png")

    return draw
