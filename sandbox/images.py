"""POST /openai/v1/images/generations."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from aiohttp import web
from PIL import Image

from sandbox.art.encode import Encoded, encode
from sandbox.art.lettering import marked
from sandbox.art.scene import paint, placeholder, sketch
from sandbox.call import Call, call_of
from sandbox.errors import invalid
from sandbox.models import Model, require_prompt
from sandbox.options import SandboxOptions
from sandbox.params import ImageParams, check_thinking, parse, quality_of
from sandbox.pricing import Usage, text_tokens
from sandbox.sizes import Plan, plan_image
from sandbox.state import State, state_of
from sandbox.work import (
    Job,
    dry_answer,
    effective,
    error_in_200,
    fail_charged,
    find_route,
    job_for,
    media_metadata,
    media_url,
    price,
    replay_mode,
    require_balance,
)

Draw = Callable[[int], Encoded]


async def generate(request: web.Request) -> web.Response:
    """Validate, then estimate or draw."""
    state, call = state_of(request), call_of(request)
    if call.body.kind != "json":
        raise invalid("Image generation takes a JSON body.")
    params = parse(ImageParams, call.body.fields)
    route = find_route(state, call, "generate", params.model)
    prompt = require_prompt(route.model, params.prompt)
    check_thinking(route.model, params.thinking_level)
    plan = plan_image(route.model.sizes, params.size, params.aspect_ratio, params.resolution)
    job = job_for(state, call, route, image_usage(route.model, params, plan, prompt))
    if call.dry_run:
        return dry_answer(state, call, job)
    call.mocked = replay_mode(state, request.headers.get("X-Lumenfall-Replay")) == "mock"

    def draw(index: int) -> Encoded:
        if call.mocked:
            picture = placeholder(plan.width, plan.height)
        else:
            seed = picture_seed(params.seed, index)
            picture = drawn(prompt, plan, seed, state.options)
        return encode(picture, params.output_format or "png", params.output_compression)

    return await run_images(request, state, call, job, params, draw)


def drawn(prompt: str, plan: Plan, seed: int, options: SandboxOptions) -> Image.Image:
    """The picture, or a sketch of it where nobody will look."""
    if options.sketch_edge is not None:
        return sketch(prompt, plan.width, plan.height, seed=seed, edge=options.sketch_edge)
    return marked(paint(prompt, plan.width, plan.height, seed=seed, cap=options.render_pixels))


def image_usage(
    model: Model, params: ImageParams, plan: Plan, prompt: str, inputs: tuple[int, ...] = ()
) -> Usage:
    """What the price components count; `inputs` are the pixels of each picture that was sent."""
    return Usage(
        images=params.n,
        pixels=plan.pixels,
        inputs=inputs,
        resolution=plan.tier,
        quality=quality_of(model, params.quality),
        shape="square" if plan.width == plan.height else "wide",
        prompt_tokens=text_tokens(prompt),
    )


def picture_seed(seed: int | None, index: int) -> int:
    """Without a seed the same prompt gives the same picture; the n pictures of one request differ."""
    return (seed or 0) * 1_000_003 + index


async def run_images(
    request: web.Request, state: State, call: Call, job: Job, params: ImageParams, draw: Draw
) -> web.Response:
    """Balance, pictures, charge, answer; shared with edits and upscales."""
    if call.mocked:
        return await _deliver(request, state, call, job, params, draw, made=params.n, cost=0)
    require_balance(state, price(state, job).total)
    fail_charged(state, call, price(state, job).total)
    if answer := error_in_200(state, call):
        return answer
    if state.switches.image_seconds:
        await state.clock.sleep(state.switches.image_seconds)
    made = params.n
    if fault := call.has("partial"):
        made = min(params.n, int(fault.number("images", 1)))
    spent = replace(job.usage, images=made)
    cost = effective(state, call, price(state, job, spent).total)
    return await _deliver(request, state, call, job, params, draw, made=made, cost=cost)


async def _deliver(
    request: web.Request,
    state: State,
    call: Call,
    job: Job,
    params: ImageParams,
    draw: Draw,
    *,
    made: int,
    cost: int,
) -> web.Response:
    pictures: list[Encoded] = await asyncio.gather(*(asyncio.to_thread(draw, i) for i in range(made)))
    if call.row:
        call.row.paid = not call.mocked
        state.log.end(call.row, "completed", cost_micros=cost)
    data = [_item(request, state, call, params, picture) for picture in pictures]
    if call.has("empty_data"):
        data = []
    first = pictures[0] if pictures else None
    return web.json_response(
        {
            "id": call.id,
            "created": int(state.clock.time()),
            "size": f"{first.width}x{first.height}" if first else None,
            "output_format": first.format if first else None,
            "data": data,
            "metadata": media_metadata(call, job, cost),
        }
    )


def _item(
    request: web.Request, state: State, call: Call, params: ImageParams, picture: Encoded
) -> dict[str, Any]:
    item: dict[str, Any] = {}
    if params.response_format == "b64_json":
        item["b64_json"] = base64.b64encode(picture.data).decode()
    else:
        stored = state.media.put(picture.data, picture.content_type, owner=call.id, fault=call.fault)
        item["url"] = media_url(state, request, stored.name)
    if params.prompt:
        item["revised_prompt"] = params.prompt
    return item
