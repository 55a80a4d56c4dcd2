"""The paid call: recorded in the row before it is sent, sent once, and what follows when it fails.

A definite refusal ends the request at once, free of charge. A call that was not executed may be sent again.
In every other case the outcome is unknown, and the call is never repeated.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.core.errors import BadImage, NotFound
from bot.core.errors.outside import OPERATORS, GatewayAmbiguous, GatewayError, GatewayPassing
from bot.core.identity import new_trace_id, person_hash
from bot.core.ports.gateway import Pictures
from bot.core.ports.store import Release
from bot.core.request import (
    ChatOrder,
    EditOrder,
    Failure,
    GenerateOrder,
    Request,
    State,
    UpscaleOrder,
    VideoOrder,
)
from bot.core.text.translation import gettext as _
from bot.telemetry.tracing import trace_id_of
from bot.worker import settlement
from bot.worker.chat_stream import talk
from bot.worker.fitting import can_fall_back, fall_back, order_to_run
from bot.worker.step_context import Context, altered, backoff, ended, resting

log = structlog.get_logger(__name__)

CALL_TRIES = 5


async def submit(context: Context) -> Request:
    """Record in the row that the call is about to be sent, then send it; nothing may fail in between."""
    now = context.tools.clock.now()
    try:
        pictures = await context.pictures()
    except (NotFound, BadImage) as error:
        gone = error.message
        return await context.move(
            State.RESERVED,
            lambda row: ended(row, State.CANCELLED, "not_found", gone, now),
            posting=Release(),
        )
    row = await context.move(
        State.RESERVED,
        lambda row: altered(
            row,
            state=State.SUBMITTED,
            trace_id=new_trace_id() if row.trace_id else trace_id_of(row.id),
            submitted_at=now,
            attempts=row.attempts + 1,
        ),
    )
    context = context.at(row)
    await context.progress()
    try:
        return await _call(context, pictures)
    except GatewayError as error:
        return await _call_failed(context, error)


async def _call(context: Context, pictures: Pictures) -> Request:
    """Make the one paid call of this attempt, and write its result."""
    request, tools = context.request, context.tools
    user = person_hash(tools.identity_key, request.actor.person)
    match context.as_stored(order_to_run(request)):
        case VideoOrder() as order:
            return await _submit_video(context, order, pictures)
        case ChatOrder() as order:
            outcome = await talk(context, order, pictures, user=user)
        case GenerateOrder() | EditOrder() | UpscaleOrder() as order:
            outcome = await tools.gateway.run(order, pictures, trace_id=request.trace_id, user=user)
    tools.breakers.answered(request.order.model, outcome.provider or request.estimate_provider)
    return await settlement.settle(context, outcome)


async def _call_failed(context: Context, error: GatewayError) -> Request:
    request, tools = context.request, context.tools
    note = log.error if error.status in OPERATORS else log.warning
    note("gateway_call_failed", error=error.code, status=error.status, gateway_id=error.request_id)
    if error.silent:
        tools.breakers.troubled(request.id, request.order.model, request.estimate_provider)
    if isinstance(error, GatewayPassing):
        if request.attempts >= CALL_TRIES:
            if await can_fall_back(context, error.code):
                return await fall_back(context)
            return await settlement.end_free(
                context,
                State.FAILED,
                error.code,
                _("The gateway is too busy right now. Please try again later."),
            )
        wait = error.retry_after or backoff(request.attempts, low=1, high=30)
        due = tools.clock.now() + int(wait * 1_000_000)
        return await context.move(
            State.SUBMITTED, lambda row: replace(resting(row, due), state=State.RESERVED)
        )
    if isinstance(error, GatewayAmbiguous):
        return await _lost(context, error)
    return await settlement.end_free(context, State.FAILED, error.code, error.message)


async def _lost(context: Context, error: GatewayError | None = None) -> Request:
    """The outcome is unknown: keep the hold, never call again, and let the gateway's log decide."""
    log.warning("outcome_unknown", trace_id=context.request.trace_id)
    why = Failure(code=error.code, message=error.message) if error is not None else None
    gateway_id = error.request_id if error is not None else ""
    return await context.move(
        State.SUBMITTED,
        lambda row: replace(
            row,
            state=State.AMBIGUOUS,
            attempts=0,
            failure=why,
            gateway_id=gateway_id or row.gateway_id,
        ),
    )


async def resume(context: Context) -> Request:
    """A later claim found the row SUBMITTED: the call broke off, and it is never made a second time.

    This includes videos. Their idempotency key is sent for gateways that know it, but no published page
    promises that a second submission with it gives the same job, so it could be a second paid video. A job
    whose answer was lost is found in the gateway's log and fetched from there.
    """
    return await _lost(context)


# videos


async def _submit_video(context: Context, order: VideoOrder, pictures: Pictures) -> Request:
    request, tools = context.request, context.tools
    job = await tools.gateway.start_video(
        order,
        pictures,
        trace_id=request.trace_id,
        user=person_hash(tools.identity_key, request.actor.person),
        idempotency_key=f"{request.id}:{request.trace_id}",
    )
    tools.breakers.answered(request.order.model, request.estimate_provider)
    due = tools.clock.now() + settlement.POLL_LOW_US
    return await context.move(
        State.SUBMITTED,
        lambda row: replace(
            resting(row, due),
            state=State.RUNNING,
            job_id=job.id,
            gateway_id=job.outcome.gateway_id,
            attempts=0,
        ),
    )
