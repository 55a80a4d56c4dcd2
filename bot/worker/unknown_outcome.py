"""Calls of which nobody knows whether they ran: what the gateway's log says, and what its silence means."""

from __future__ import annotations

import structlog

from bot.core.capability import about
from bot.core.errors import RAN, GatewayError, GatewayPassing
from bot.core.money import ZERO, dollars
from bot.core.ports.gateway import JobStatus, LogEntry
from bot.core.request import Failure, Request
from bot.worker.log_lookup import find, readable
from bot.worker.settlement import CANCELLED, Charge, age_s, charge_for, end_failed, settle
from bot.worker.step_context import Context, backoff

log = structlog.get_logger(__name__)

LOG_TRIES = 5
"""Looks into the log before its silence counts: about half a minute, by the pauses between them."""
LOST = Failure(
    code="result_lost",
    message="It was made, but the connection broke before the result arrived. The result cannot be fetched.",
)
NEVER_ARRIVED = Failure(
    code="never_ran",
    message="The connection broke before the gateway received this, so it never ran. Nothing"
    " was charged. Please try again.",
)


async def reconcile(context: Context) -> Request:
    """Ask the gateway's log what became of a call. Never calls again."""
    request = context.request
    try:
        entry = await find(context)
    except GatewayError as error:
        log.info("log_lookup_failed", error=error.code, trace_id=request.trace_id)
        # A log that is only ill may get well; one that is not there, or not for us, will not.
        patience = 24 if isinstance(error, GatewayPassing) else 1
        return await (_wait(context) if _patient(context, patience) else _silent(context, log_read=False))
    if entry is None:
        return await (_wait(context) if _patient(context, 1) else _silent(context, log_read=True))
    if entry.status == JobStatus.RUNNING:
        return await (_wait(context) if _patient(context, 24) else _silent(context, log_read=False))
    return await _explained(context, entry)


async def _explained(context: Context, entry: LogEntry) -> Request:
    request = context.request
    if about(request.capability).job and entry.status == JobStatus.COMPLETED:
        try:
            job = await context.tools.gateway.job(request.job_id or entry.id)
        except GatewayError as error:
            log.warning("job_unknown", error=error.code)
            if isinstance(error, GatewayPassing) and _patient(context, 24):
                return await context.later(backoff(request.attempts, low=2, high=60))
        else:
            if job.status == JobStatus.COMPLETED:
                return await settle(context, job.outcome)
    return await end_failed(context, _logged(request, entry), _what_went_wrong(request, entry))


def _logged(request: Request, entry: LogEntry) -> Charge:
    if entry.cost is None and entry.status == JobStatus.COMPLETED:
        return charge_for(request, None)
    return Charge(cost=entry.cost or ZERO, source="log")


def _what_went_wrong(request: Request, entry: LogEntry) -> Failure:
    if request.cancel_requested:
        return CANCELLED
    if entry.status == JobStatus.COMPLETED:
        return LOST
    if request.failure is not None and request.failure.code not in RAN:
        return request.failure
    reason = f": {entry.error_message}" if entry.error_message else "."
    return Failure(
        code=entry.error_code or "gateway_failed", message=f"The gateway could not make it{reason}"
    )


async def _wait(context: Context) -> Request:
    """Look again later."""
    if context.request.attempts == 0:
        await context.progress()
    return await context.later(backoff(context.request.attempts, low=2, high=60))


async def _silent(context: Context, *, log_read: bool) -> Request:
    """The log has not told: the estimate for what ran, nothing for what a log that can be believed does not
    know, and the hold, a guess, where there is no such log.
    """
    request = context.request
    failure = CANCELLED if request.cancel_requested else request.failure
    if request.job_id or (request.failure is not None and request.failure.code in RAN):
        lost = CANCELLED if request.cancel_requested else LOST
        return await end_failed(context, charge_for(request, None), lost)
    if log_read and await readable(context):
        return await end_failed(context, Charge(cost=ZERO, source="log"), failure or NEVER_ARRIVED)
    log.error("settled_at_hold", trace_id=request.trace_id, hold=dollars(request.hold))
    return await end_failed(context, Charge(cost=request.hold, source="hold"), _unknown(failure))


def _unknown(failure: Failure | None) -> Failure:
    if failure is not None and failure.code == CANCELLED.code:
        return failure
    said = f"{failure.message} " if failure is not None else ""
    return Failure(
        code="outcome_unknown",
        message=f"{said}It could not be found out whether this ran, so the amount set aside was charged."
        " Ask an admin to check.",
    )


def _patient(context: Context, times: int) -> bool:
    """However old a call is, as after a long video or a stopped bot, the log is asked more than once.

    A call that was answered with an error is asked about a few times only.
    """
    request = context.request
    if request.attempts + 1 < LOG_TRIES:
        return True
    answered = request.failure is not None and request.failure.code.isupper()
    bound = times * context.tools.settings.ambiguous_minutes * 60
    return not (answered and times == 1) and age_s(context) < bound
