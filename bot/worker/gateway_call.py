"""The paid call: announced in the row before it leaves, made once, and what follows when it fails.

Only a video may be submitted twice: it carries a key that makes a second submission harmless.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.core.errors import GatewayAmbiguous, GatewayError, GatewayPassing, NotFound
from bot.core.identity import person_hash
from bot.core.ports.gateway import JobStatus, Outcome, Pictures
from bot.core.ports.store import Release
from bot.core.request import (
    ChatOrder,
    EditOrder,
    GenerateOrder,
    PictureOrder,
    Request,
    State,
    UpscaleOrder,
    VideoOrder,
    new_trace_id,
)
from bot.telemetry.tracing import trace_id_of
from bot.worker import settlement
from bot.worker.chat_stream import talk
from bot.worker.step_context import Context, backoff, ended, resting

log = structlog.get_logger(__name__)

CALL_TRIES = 5
NEVER_RUN = frozenset(
    "AUTHENTICATION_FAILED INSUFFICIENT_BALANCE MODEL_NOT_FOUND MODEL_DISABLED edge_block picture_missing"
    " bad_address".split()
)
"""Refusals given before any provider was asked, so they cannot have cost anything."""


async def submit(context: Context) -> Request:
    """Say that the call is about to leave, in the row, before it leaves; nothing may fail in between."""
    now = context.tools.clock.now()
    try:
        pictures = await context.pictures()
    except NotFound as error:
        gone = error.message
        return await context.move(
            State.RESERVED,
            lambda row: ended(row, State.CANCELLED, "not_found", gone, now),
            posting=Release(),
        )
    row = await context.move(
        State.RESERVED,
        lambda row: replace(
            row,
            state=State.SUBMITTED,
            trace_id=new_trace_id() if row.trace_id else trace_id_of(row.id),
            submitted_at=now,
            attempts=row.attempts + 1,
        ),
    )
    context = context.at(row)
    await context.progress()
    match row.order:
        case VideoOrder():
            return await _submit_video(context, row.order)
        case GenerateOrder() | EditOrder() | UpscaleOrder() | ChatOrder():
            return await _answered(context, row.order, pictures)


async def _answered(context: Context, order: PictureOrder | ChatOrder, pictures: Pictures) -> Request:
    """A call that answers with the result itself."""
    try:
        outcome = await _call(context, order, pictures)
    except GatewayError as error:
        return await _call_failed(context, error)
    return await (settlement.settle(context, outcome) if outcome else _lost(context))


async def _call(context: Context, order: PictureOrder | ChatOrder, pictures: Pictures) -> Outcome | None:
    """The one paid call of this attempt; None when a chat was stopped by its asker."""
    request, tools = context.request, context.tools
    user = person_hash(tools.identity_key, request.actor.person)
    match order:
        case ChatOrder():
            return await talk(context, order, pictures, user=user)
        case GenerateOrder() | EditOrder() | UpscaleOrder():
            return await tools.gateway.run(order, pictures, trace_id=request.trace_id, user=user)


async def _call_failed(context: Context, error: GatewayError) -> Request:
    request, tools = context.request, context.tools
    log.warning("gateway_call_failed", error=error.code, status=error.status, gateway_id=error.request_id)
    if isinstance(error, GatewayPassing):
        if request.attempts >= CALL_TRIES:
            return await settlement.end_free(
                context, State.FAILED, error.code, "The gateway is too busy just now. Please try again later."
            )
        wait = error.retry_after or backoff(request.attempts, low=1, high=30)
        due = tools.clock.now() + int(wait * 1_000_000)
        return await context.move(
            State.SUBMITTED, lambda row: replace(resting(row, due), state=State.RESERVED)
        )
    if isinstance(error, GatewayAmbiguous):
        return await _lost(context, gateway_id=error.request_id)
    if error.code in NEVER_RUN:
        return await settlement.end_free(context, State.FAILED, error.code, error.message)
    return await settlement.fail_as_logged(context, error)


async def _lost(context: Context, *, gateway_id: str = "") -> Request:
    """The outcome is unknown: keep the hold, never call again, and let the gateway's log decide."""
    log.warning("outcome_unknown", trace_id=context.request.trace_id)
    return await context.move(
        State.SUBMITTED,
        lambda row: replace(row, state=State.AMBIGUOUS, attempts=0, gateway_id=gateway_id or row.gateway_id),
    )


# videos carry a key that makes a second submission harmless

RESEND_WITHIN_S = 600
"""Lumenfall API, videos: for how long a key is remembered is not published, so it is used promptly."""
UNANSWERED = frozenset((0, 200, 202, 408, 504, 520, 522, 524))
"""Statuses of answers that say nothing of the job: none at all, an unreadable one, an edge's timeout."""


async def resume(context: Context) -> Request:
    """A later claim found the call announced: it broke off, and only a video may go on."""
    match context.request.order:
        case VideoOrder() as order if -60 < _age_s(context) < RESEND_WITHIN_S:
            return await _resend_video(context, order)
        case VideoOrder() | GenerateOrder() | EditOrder() | UpscaleOrder() | ChatOrder():
            return await _lost(context)


def _age_s(context: Context) -> float:
    return (context.tools.clock.now() - (context.request.submitted_at or 0)) / 1_000_000


async def _resend_video(context: Context, order: VideoOrder) -> Request:
    """Submit again, unless the log knows of a failure: that may have cost something, a second job more."""
    try:
        entry = await settlement.find(context)
    except GatewayError:
        entry = None
    if entry is not None and entry.status not in (JobStatus.RUNNING, JobStatus.COMPLETED):
        return await _lost(context)
    return await _submit_video(context, order, again=True)


async def _submit_video(context: Context, order: VideoOrder, *, again: bool = False) -> Request:
    """`again`: an earlier submission under this key may have gone through, whatever this one meets."""
    request, tools = context.request, context.tools
    try:
        job = await tools.gateway.start_video(
            order,
            await context.pictures(),
            trace_id=request.trace_id,
            user=person_hash(tools.identity_key, request.actor.person),
            idempotency_key=f"{request.id}:{request.trace_id}",
        )
    except GatewayError as error:
        return await _video_failed(context, error, again=again)
    due = tools.clock.now() + settlement.POLL_LOW_US
    return await context.move(
        State.SUBMITTED,
        lambda row: replace(resting(row, due), state=State.RUNNING, job_id=job.id, attempts=0),
    )


async def _video_failed(context: Context, error: GatewayError, *, again: bool) -> Request:
    unanswered = isinstance(error, GatewayAmbiguous) and error.status in UNANSWERED
    if unanswered or (again and isinstance(error, GatewayPassing)):
        wait = error.retry_after if isinstance(error, GatewayPassing) else None
        return await context.later(wait or backoff(context.request.attempts, low=1, high=30))
    return await (_lost(context) if again else _call_failed(context, error))
