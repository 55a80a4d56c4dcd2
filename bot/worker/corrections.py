"""After the end: find the true cost of a request that was charged an estimate, its hold or nothing.

An ended request whose cost the gateway did not name stays due, and the gateway's log is asked a few times.
The log's figure replaces the charge, up or down, and the person is told. The nightly comparison covers the
rest: it corrects the charge and makes the row due, so that the person is told from here.
"""

from __future__ import annotations

import structlog

from bot.core.errors.outside import DeliveryError, DeliveryFinal, DeliveryPassing, GatewayError
from bot.core.events import Corrected
from bot.core.money import ZERO, Micros
from bot.core.ports.gateway import JobStatus, LogEntry
from bot.core.request import Request
from bot.worker.delivery import receipt_of
from bot.worker.log_lookup import LOOKS_S, find, readable
from bot.worker.reconciliation import GUESSED
from bot.worker.step_context import TELL_S, Context, backoff, in_time, resting

log = structlog.get_logger(__name__)

TELL_TRIES = 12


async def look(context: Context) -> Request:
    """Ask the log once; correct the charge and tell the person when it answers."""
    request = context.request
    if request.charged_from not in GUESSED:
        return await _tell(context, before=None)  # corrected by the nightly comparison or an earlier try
    cost = await _cost(context)
    if cost is None:
        return await _again(context)
    before = request.charged or ZERO
    if cost == before == ZERO:
        return await _rest(context)
    await context.tools.store.adjust(request.id, cost, by="log")
    log.info("charge_corrected", request_id=request.id, ours=before, theirs=cost)
    return await (_rest(context) if cost == before else _tell(context, before=before))


async def _cost(context: Context) -> Micros | None:
    """The cost in the log; zero when a readable log does not have the call."""
    try:
        entry = await find(context)
    except GatewayError as error:
        log.info("log_lookup_failed", error=error.code, trace_id=context.request.trace_id)
        return None
    if entry is None:
        never_ran = context.request.charged_from == "hold" and await readable(context)
        return ZERO if never_ran else None
    return _final(entry, context.request)


def _final(entry: LogEntry, request: Request) -> Micros | None:
    """What the log says that it cost; None while it does not say, or has nothing to add to a free end."""
    if entry.status == JobStatus.RUNNING:
        return None
    if entry.cost is None and entry.status != JobStatus.COMPLETED:
        return ZERO if request.charged else None
    return entry.cost


async def _again(context: Context) -> Request:
    tries = context.request.attempts + 1
    return await (context.later(LOOKS_S[tries]) if tries < len(LOOKS_S) else _rest(context))


async def _rest(context: Context) -> Request:
    return await context.move(context.request.state, lambda row: resting(row, None))


async def _tell(context: Context, *, before: Micros | None) -> Request:
    request = await context.tools.store.get(context.request.id) or context.request
    event = Corrected(request=request, receipt=await receipt_of(context.at(request)), before=before)
    try:
        await _say(context, event)
    except DeliveryPassing as error:
        if request.attempts < TELL_TRIES:
            return await context.later(error.retry_after or backoff(request.attempts, low=1, high=600))
        log.warning("correction_undeliverable", error=error.message)
    except DeliveryFinal as error:
        log.warning("correction_undeliverable", error=error.message)
    return await _rest(context)


async def _say(context: Context, event: Corrected) -> None:
    if context.notifier is None:
        raise DeliveryPassing(f"no adapter for {event.request.origin} runs here")
    try:
        await in_time(TELL_S, context.notifier.correct(event.request.reply_to, event))
    except DeliveryError:
        raise
    except Exception as error:
        log.exception("notifier_crashed", origin=event.request.origin)
        raise DeliveryPassing("the adapter failed") from error
