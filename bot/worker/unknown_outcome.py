"""Calls with an unknown outcome: what the gateway's log says, and what follows when it does not say."""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.core.capability import about
from bot.core.errors.outside import RAN, GatewayError, GatewayPassing
from bot.core.money import ZERO, dollars
from bot.core.ports.gateway import JobStatus, LogEntry
from bot.core.request import Failure, Request, State
from bot.core.text.translation import gettext as _
from bot.worker.fitting import can_fall_back, fall_back
from bot.worker.log_lookup import find, readable
from bot.worker.settlement import Charge, charge_for, end_failed, settle
from bot.worker.step_context import CANCELLED, Context, backoff, resting

log = structlog.get_logger(__name__)

LOG_TRIES = 5
"""Looks at the log before a missing call counts as missing; with the pauses about half a minute."""
SOON_US = 30_000_000
"""How long those looks take, in microseconds."""
LOST = Failure(
    code="result_lost",
    message=_("The result was made, but the connection broke before it arrived. It cannot be fetched again."),
)
NEVER_ARRIVED = Failure(
    code="never_ran",
    message=_("The connection broke before this could run. Nothing was charged; please try again."),
)


async def reconcile(context: Context) -> Request:
    """Ask the gateway's log about the outcome of a call. Never repeats the call."""
    request = context.request
    try:
        entry = await find(context)
    except GatewayError as error:
        log.info("log_lookup_failed", error=error.code, trace_id=request.trace_id)
        # A log that fails for a while may recover; a log that is missing or closed to our key will not.
        patience = 24 if isinstance(error, GatewayPassing) else 1
        return await _wait_or_end(context, patience, log_read=False)
    if entry is None:
        return await _wait_or_end(context, 1, log_read=True)
    if entry.status == JobStatus.RUNNING:
        return await _wait_or_end(context, 24, log_read=False, running=True)
    return await _explained(context, entry)


async def _explained(context: Context, entry: LogEntry) -> Request:
    request = context.request
    if about(request.capability).job and entry.status == JobStatus.COMPLETED:
        try:
            job = await context.tools.gateway.job(request.job_id or entry.id)
        except GatewayError as error:
            log.warning("job_unknown", error=error.code)
            if isinstance(error, GatewayPassing) and _patient(context, 24, _decided_at(context, 24)):
                return await context.later(backoff(request.attempts, low=2, high=60))
        else:
            if job.status == JobStatus.COMPLETED:
                return await settle(context, job.outcome)
    failure = _what_went_wrong(request, entry)
    free = entry.status == JobStatus.FAILED and entry.cost == ZERO
    if free and await can_fall_back(context, entry.error_code or failure.code):
        return await fall_back(context)
    return await end_failed(context, _logged(request, entry), failure)


def _logged(request: Request, entry: LogEntry) -> Charge:
    if entry.cost is None and entry.status == JobStatus.COMPLETED:
        return charge_for(request, None)
    return Charge(cost=entry.cost or ZERO, source="" if entry.cost is None else "log")


def _what_went_wrong(request: Request, entry: LogEntry) -> Failure:
    if request.cancel_requested:
        return CANCELLED
    if entry.status == JobStatus.COMPLETED:
        return LOST
    if request.failure is not None and request.failure.code not in RAN:
        return request.failure
    if entry.error_message:
        message = _("The gateway could not make this: {reason}").format(reason=entry.error_message)
    else:
        message = _("The gateway could not make this.")
    return Failure(code=entry.error_code or "gateway_failed", message=message)


async def _wait_or_end(context: Context, times: int, *, log_read: bool, running: bool = False) -> Request:
    """Look at the log again later, or end it when it has been looked for long enough.

    The time that was shown is only ever moved closer, unless the log says that the call still runs.
    """
    before, decided_at = context.request, _decided_at(context, times)
    if before.expires_at is not None and not running:
        decided_at = min(before.expires_at, decided_at)
    if not _patient(context, times, decided_at):
        return await _silent(context, log_read=log_read)
    due = context.tools.clock.now() + int(backoff(before.attempts, low=2, high=60) * 1_000_000)
    row = await context.move(
        State.AMBIGUOUS,
        lambda row: replace(resting(row, due), attempts=row.attempts + 1, expires_at=decided_at),
    )
    if before.expires_at != decided_at and not before.cancel_requested:  # who stopped it need not decide
        await context.at(row).progress()
    return row


def _decided_at(context: Context, times: int) -> int:
    """When it is decided at the latest (UTC micros), counted from the call: a restart changes nothing."""
    request = context.request
    if _answered(request) and times == 1:
        return context.tools.clock.now() + SOON_US
    bound = times * context.tools.settings.ambiguous_minutes * 60 * 1_000_000
    return (request.submitted_at or request.created_at) + bound


def _answered(request: Request) -> bool:
    """True when the gateway answered the call with an error."""
    return request.failure is not None and request.failure.code.isupper()


async def _silent(context: Context, *, log_read: bool) -> Request:
    """End a call that the log does not explain. A call that ran is charged its estimate; a call that is
    missing from a reliable log is free; without a reliable log the whole hold is charged.
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
    why = f"{failure.message} " if failure is not None else ""
    unknown = _(
        "It is not known whether this request ran, so the amount set aside was charged."
        " Please ask an admin to check."
    )
    return Failure(code="outcome_unknown", message=why + unknown)


def _patient(context: Context, times: int, decided_at: int) -> bool:
    """Whether to ask the log again. Even an old call, such as a long video, is asked about `LOG_TRIES` times.

    A call that was answered with an error is asked about `LOG_TRIES` times only.
    """
    if context.request.attempts + 1 < LOG_TRIES:
        return True
    return not (_answered(context.request) and times == 1) and context.tools.clock.now() < decided_at
