"""Videos: submit, poll, cancel, and the background work in between."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import structlog
from aiohttp import web
from PIL import Image

from sandbox.art.film import film
from sandbox.art.scene import placeholder
from sandbox.body import Body
from sandbox.call import Call, call_of
from sandbox.errors import invalid, not_found
from sandbox.images import picture_seed
from sandbox.inputs import decode
from sandbox.models import SecondsRule, require_prompt
from sandbox.params import VideoParams, parse
from sandbox.pricing import Usage
from sandbox.references import references_of
from sandbox.sizes import Plan, plan_video
from sandbox.state import State, state_of
from sandbox.videojob import VideoJob
from sandbox.webhooks import Event, check_url, deliver
from sandbox.work import (
    Job,
    dry_answer,
    effective,
    error_in_200,
    fail_charged,
    find_route,
    job_for,
    media_url,
    price,
    replay_mode,
    require_balance,
)

log = structlog.get_logger(__name__)

_QUEUED_SHARE = 0.15


async def create(request: web.Request) -> web.Response:
    """202 with the queued video; 200 with the existing one for a known `idempotency_key`."""
    state, call = state_of(request), call_of(request)
    params = parse(VideoParams, _fields(call.body))
    if state.options.bare:  # neither is in the published pages
        params = params.model_copy(update={"idempotency_key": None, "webhook_url": None})
    route = find_route(state, call, "video", params.model)
    prompt = require_prompt(route.model, params.prompt)
    seconds = seconds_of(route.model.seconds, params.seconds, params.duration)
    plan = plan_video(route.model.video_sizes, params.size, params.aspect_ratio, params.resolution)
    if params.webhook_url:
        check_url(params.webhook_url, allow_local=state.switches.allow_local_webhooks)
    references = await references_of(state, call.body, route.model)
    usage = Usage(seconds=seconds * params.n, resolution=plan.tier, pixels=plan.pixels)
    job = job_for(state, call, route, usage)
    if call.dry_run:
        return dry_answer(state, call, job)
    # No await from here to the registration: two posts with one key must not both start.
    if existing := state.videos.get(state.video_keys.get(params.idempotency_key or "", "")):
        return _replayed(state, call, existing)
    call.mocked = replay_mode(state, request.headers.get("X-Lumenfall-Replay")) == "mock"
    return _submit(request, state, call, job, params, prompt, plan, references[0] if references else None)


def _fields(body: Body) -> dict[str, Any]:
    """A form carries `metadata` as JSON text."""
    fields = dict(body.fields)
    if isinstance(fields.get("metadata"), str):
        try:
            fields["metadata"] = json.loads(fields["metadata"])
        except ValueError:
            raise invalid("Invalid value for 'metadata': expected JSON.") from None
    return fields


def seconds_of(rule: SecondsRule, *wishes: str | float | None) -> int:
    """Whole seconds; the first wish counts. Raises ApiError 400 outside of what the model makes."""
    wanted = next((wish for wish in wishes if wish is not None), rule.default)
    try:
        seconds = round(float(wanted))
    except (ValueError, OverflowError):
        raise invalid("Invalid value for 'seconds': expected a number.") from None
    if not rule.least <= seconds <= rule.most:
        raise invalid(f"Invalid value for 'seconds': expected {rule.least} to {rule.most}.")
    return seconds


def _replayed(state: State, call: Call, existing: VideoJob) -> web.Response:
    if call.row:
        state.log.drop(call.row)
        call.row = None
    call.id, call.provider, call.model = existing.id, existing.offer.provider, existing.model
    return web.json_response(existing.wire())


def _submit(
    request: web.Request,
    state: State,
    call: Call,
    job: Job,
    params: VideoParams,
    prompt: str,
    plan: Plan,
    first: Image.Image | None,
) -> web.Response:
    estimate = price(state, job).total
    if not call.mocked:
        require_balance(state, estimate)
        fail_charged(state, call, estimate)
    if answer := error_in_200(state, call):
        return answer
    video = _new_job(state, call, job, params, prompt, plan)
    state.videos[video.id] = video
    if params.idempotency_key:
        state.video_keys[params.idempotency_key] = video.id
    video.seed, video.mocked, video.media_base = params.seed, call.mocked, media_url(state, request, "")
    if call.mocked:
        first = placeholder(plan.width, plan.height)
    elif first is not None and state.options.data is not None:
        video.first = _kept(state, video, first)
    state.tasks.start(_run(state, video, first), name=f"video {video.id}")
    return web.json_response(video.wire(), status=202)


def _new_job(state: State, call: Call, job: Job, params: VideoParams, prompt: str, plan: Plan) -> VideoJob:
    row = call.row
    if row is None:
        raise RuntimeError("a video that is no dry run has a log row")
    row.paid = not call.mocked
    estimate = 0 if call.mocked else price(state, job).total
    return VideoJob(
        id=call.id,
        row=row,
        offer=job.offer,
        model=job.model.slug,
        prompt=prompt,
        seconds=job.usage.seconds // params.n,
        size=f"{plan.width}x{plan.height}",
        n=params.n,
        created_at=call.started_at,
        estimate_micros=estimate,
        cost_micros=effective(state, call, estimate),
        fault=call.fault,
        webhook_url=params.webhook_url,
        caller_metadata=params.metadata,
    )


def _kept(state: State, video: VideoJob, first: Image.Image) -> str:
    """The name under which the first picture is kept for a process that takes the job over."""
    out = io.BytesIO()
    first.save(out, "PNG")
    return state.media.put(out.getvalue(), "image/png", owner=video.id).name


def resume(state: State, media_base: str) -> None:
    """Go on with the videos that an earlier process was making; addresses follow this one's."""
    for video in state.videos.values():
        outputs = [
            {**item, "url": str(item["url"]).replace(video.media_base, media_base, 1)}
            for item in video.outputs
        ]
        video.outputs, video.media_base = tuple(outputs), media_base
        if not video.ended:
            item = state.media.get(video.first) if video.first else None
            first = decode(item.data) if item and item.data else None
            state.tasks.start(_run(state, video, first), name=f"video {video.id}")


async def _run(state: State, video: VideoJob, first: Image.Image | None) -> None:
    """Make the video and keep how it ended."""
    event = await _made(state, video, first)
    state.save()
    if event is not None:
        await deliver(state, video, event)


async def _made(state: State, video: VideoJob, first: Image.Image | None) -> Event | None:
    """queued → in_progress → completed or failed; the film is drawn while the clock runs.

    None when it was cancelled meanwhile, or could not be drawn.
    """
    total = 0.0 if video.mocked else state.switches.video_seconds
    started = state.clock.time()
    await state.clock.sleep(total * _QUEUED_SHARE)
    if video.ended:
        return None
    video.status = "in_progress"
    try:
        films = [await asyncio.to_thread(_film, state, video, first, i) for i in range(video.n)]
    except Exception as error:
        # A film that cannot be drawn must not leave its job running for ever.
        log.exception("sandbox_film_failed", video=video.id)
        video.fail("INTERNAL_ERROR", "The film could not be encoded.", state.clock.time())
        state.log.end(video.row, "upstream_failure", error=("INTERNAL_ERROR", repr(error)))
        return None
    await state.clock.sleep(total - (state.clock.time() - started))
    return None if video.ended else _finish(state, video, films)


def _film(state: State, video: VideoJob, first: Image.Image | None, index: int) -> bytes:
    width, _, height = video.size.partition("x")
    return film(
        video.prompt,
        (int(width), int(height)),
        seconds=video.seconds,
        fps=state.options.video_fps,
        edge=state.options.video_edge,
        seed=picture_seed(video.seed, index),
        first=first,
    )


def _finish(state: State, video: VideoJob, films: list[bytes]) -> Event:
    """Store the films and settle, or fail as the fault says; the event to tell."""
    fault = video.fault.name if video.fault else ""
    if fault in {"failed", "failed_with_cost"}:
        error = ("ALL_PROVIDERS_EXHAUSTED", "Every provider of this model failed to complete the request.")
        video.fail(*error, state.clock.time())
        cost = video.cost_micros if fault == "failed_with_cost" else 0
        state.log.end(video.row, "upstream_failure", cost_micros=cost, error=error)
        return "video.failed"
    stored = [state.media.put(data, "video/mp4", owner=video.id, fault=video.fault) for data in films]
    video.outputs = tuple(
        {
            "url": video.media_base + item.name,
            "content_type": "video/mp4",
            "size_bytes": len(item.data or b""),
        }
        for item in stored
    )
    video.status, video.completed_at = "completed", state.clock.time()
    video.expires_at = stored[0].expires_at
    state.log.end(video.row, "completed", cost_micros=video.cost_micros)
    return "video.completed"


def _find(request: web.Request) -> VideoJob:
    video = state_of(request).videos.get(request.match_info["id"])
    if video is None:
        raise not_found("Video")
    call = call_of(request)
    call.model, call.provider = video.model, video.offer.provider
    return video


async def show(request: web.Request) -> web.Response:
    return web.json_response(_find(request).wire())


async def cancel(request: web.Request) -> web.Response:
    """204; afterwards the video reads as failed with code `cancelled`. 400 for one that has ended."""
    state, video = state_of(request), _find(request)
    if video.cancelled:
        return web.Response(status=204)
    if video.ended:
        raise invalid(f"Video '{video.id}' has already {video.status}.")
    video.cancelled = True
    video.fail("cancelled", "The video was cancelled.", state.clock.time())
    cost = video.cost_micros if state.switches.cancelled_jobs_charged else 0
    state.log.end(video.row, "cancelled", cost_micros=cost)
    state.tasks.start(deliver(state, video, "video.cancelled"), name=f"webhook {video.id}")
    return web.Response(status=204)
