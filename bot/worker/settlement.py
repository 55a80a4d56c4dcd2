"""What follows a paid call: settle what came, poll what still runs, find out what nobody knows.

A figure is the gateway's: of its answer, or of its request log. Where an answer names none, a success settles
at its estimate and a failure is free, at once; `corrections` asks the log afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from bot.core.errors import OPERATORS, RAN, GatewayError, GatewayPassing
from bot.core.money import ZERO, Micros, dollars
from bot.core.order_rules import conversation_key
from bot.core.ports import TRUNCATED, Job, JobStatus, LogEntry, Outcome, Posting, Release, Settle
from bot.core.request import ChatOrder, Failure, Request, State, Turn, VideoOrder
from bot.worker.log_lookup import find, readable
from bot.worker.step_context import Context, backoff, ended, resting

log = structlog.get_logger(__name__)

POLL_LOW_US = 2_000_000
POLL_HIGH_S = 30.0
"""Lumenfall API, videos: start at 2 s, back off to 30 s."""
VIDEO_GIVES_UP_S = 6 * 3600
"""No published model takes minutes beyond an hour; after six the job is looked up in the log instead."""
LOG_TRIES = 5
"""Looks into the log before its silence counts: about half a minute, by the pauses between them."""
CANCELLED = Failure(code="cancelled", message="Cancelled.")
LOST = Failure(
    code="result_lost",
    message="It was made, but the connection broke before the result arrived, and it cannot be fetched.",
)
NEVER_ARRIVED = Failure(
    code="never_ran",
    message="The connection broke, and the gateway's log does not know the call: it never ran. Nothing was"
    " charged; please try again.",
)
CUT_CODES = {
    "length": "cut_length",
    "max_tokens": "cut_length",
    "content_filter": "cut_filter",
    TRUNCATED: "cut_off",
}
"""Ends of a chat that leave its answer unfinished (OpenAI's words, and ours)."""
CUT = {
    "cut_length": "The answer was cut at its greatest length. Ask for the rest, or allow more `max_tokens`.",
    "cut_filter": "The provider's content filter cut the answer short.",
    "cut_off": "The answer broke off; the rest did not arrive.",
}


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A cost and who named it: `gateway`, `log`, `estimate` or `hold`."""

    cost: Micros
    source: str


# success


async def settle(context: Context, outcome: Outcome) -> Request:
    """Book the cost and keep the result, in one write."""
    request = context.request
    charge, cut = _charge(request, outcome.cost), _cut(outcome)
    if not outcome.assets and not outcome.text:
        why = cut.message if cut else "The gateway answered without a result."
        return await _end_charged(context, State.FAILED, charge, "empty_result", why)
    now = context.tools.clock.now()
    return await context.move(
        request.state,
        lambda row: replace(
            row,
            state=State.SETTLED,
            assets=outcome.assets,
            text=outcome.text,
            gateway_id=row.gateway_id or outcome.gateway_id,
            provider=outcome.provider,
            executed_model=outcome.executed_model,
            charged_from=charge.source,
            failure=cut,
            finished_at=now,
            due_at=now,
            progress=None,
            attempts=0,
        ),
        posting=Settle(cost=charge.cost),
        turns=_turns(request, outcome),
    )


def _turns(request: Request, outcome: Outcome) -> tuple[str, list[Turn]] | None:
    order = request.order
    if not isinstance(order, ChatOrder) or not order.conversation:
        return None
    said = [
        Turn(role="user", content=order.prompt),
        Turn(role="assistant", content=outcome.text or "(a picture)"),
    ]
    return conversation_key(request.actor.tenant, order.conversation), said


def _charge(request: Request, cost: Micros | None) -> Charge:
    """A success whose cost nobody names costs its estimate; the log corrects it afterwards."""
    if cost is not None:
        return Charge(cost=cost, source="gateway")
    return Charge(cost=request.hold if request.estimate is None else request.estimate, source="estimate")


def _cut(outcome: Outcome) -> Failure | None:
    """Why an answer is not whole."""
    code = CUT_CODES.get(outcome.finish_reason)
    return Failure(code=code, message=CUT[code]) if code else None


# ends without a result


async def end_free(context: Context, state: State, code: str, message: str) -> Request:
    """End without a charge and give the hold back."""
    return await _end(context, state, code, message, Release(), "")


async def _end_charged(context: Context, state: State, charge: Charge, code: str, message: str) -> Request:
    if charge.cost == ZERO:
        return await _end(context, state, code, message, Release(), charge.source)
    return await _end(context, state, code, message, Settle(cost=charge.cost), charge.source)


async def _end(
    context: Context, state: State, code: str, message: str, posting: Posting, source: str
) -> Request:
    now = context.tools.clock.now()
    return await context.move(
        context.request.state,
        lambda row: replace(ended(row, state, code, message, now), charged_from=source),
        posting=posting,
    )


async def _end_failed(context: Context, charge: Charge, failure: Failure) -> Request:
    state = State.CANCELLED if failure.code == CANCELLED.code else State.FAILED
    return await _end_charged(context, state, charge, failure.code, failure.message)


# videos under way


async def poll(context: Context) -> Request:
    """Look at a job once; cancel it first when asked to."""
    request, gateway = context.request, context.tools.gateway
    try:
        if request.cancel_requested:
            await gateway.cancel_job(request.job_id)
        job = await gateway.job(request.job_id)
    except GatewayPassing as error:
        if _age_s(context) > VIDEO_GIVES_UP_S:
            return await _to_log(context)
        return await context.later(error.retry_after or backoff(request.attempts, low=2, high=POLL_HIGH_S))
    except GatewayError as error:
        log.warning("job_unknown", error=error.code, job_id=request.job_id)
        if error.status in OPERATORS and _age_s(context) <= VIDEO_GIVES_UP_S:
            return await context.later(backoff(request.attempts, low=2, high=POLL_HIGH_S))
        return await _to_log(context)
    if job.status == JobStatus.COMPLETED:
        return await settle(context, job.outcome)
    if job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
        cost = job.outcome.cost
        charge = Charge(cost=cost or ZERO, source="" if cost is None else "gateway")
        return await _end_failed(context, charge, _why(request, job))
    if _age_s(context) > VIDEO_GIVES_UP_S:
        return await _to_log(context)
    await context.progress(percent=job.percent)
    now = context.tools.clock.now()
    later = now + _next_poll_us(context)

    def waiting(row: Request) -> Request:
        pressed = row.cancel_requested and not request.cancel_requested
        return replace(resting(row, now if pressed else later), progress=job.percent, attempts=0)

    return await context.move(State.RUNNING, waiting)


def _why(request: Request, job: Job) -> Failure:
    if job.status == JobStatus.CANCELLED or request.cancel_requested:
        return CANCELLED
    return Failure(
        code=job.error_code or "video_failed", message=job.error_message or "The video could not be made."
    )


async def _to_log(context: Context) -> Request:
    return await context.move(State.RUNNING, lambda row: replace(row, state=State.AMBIGUOUS, attempts=0))


def _age_s(context: Context) -> float:
    return (context.tools.clock.now() - (context.request.submitted_at or 0)) / 1_000_000


def _next_poll_us(context: Context) -> int:
    return int(min(POLL_HIGH_S * 1_000_000, max(POLL_LOW_US, _age_s(context) * 150_000)))


# unknown outcomes


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
    if isinstance(request.order, VideoOrder) and entry.status == JobStatus.COMPLETED:
        try:
            job = await context.tools.gateway.job(request.job_id or entry.id)
        except GatewayError as error:
            log.warning("job_unknown", error=error.code)
            if isinstance(error, GatewayPassing) and _patient(context, 24):
                return await context.later(backoff(request.attempts, low=2, high=60))
        else:
            if job.status == JobStatus.COMPLETED:
                return await settle(context, job.outcome)
    return await _end_failed(context, _logged(request, entry), _what_went_wrong(request, entry))


def _logged(request: Request, entry: LogEntry) -> Charge:
    if entry.cost is None and entry.status == JobStatus.COMPLETED:
        return _charge(request, None)
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
        return await _end_failed(context, _charge(request, None), lost)
    if log_read and await readable(context):
        return await _end_failed(context, Charge(cost=ZERO, source="log"), failure or NEVER_ARRIVED)
    log.error("settled_at_hold", trace_id=request.trace_id, hold=dollars(request.hold))
    return await _end_failed(context, Charge(cost=request.hold, source="hold"), _unknown(failure))


def _unknown(failure: Failure | None) -> Failure:
    if failure is not None and failure.code == CANCELLED.code:
        return failure
    said = f"{failure.message} " if failure is not None else ""
    return Failure(
        code="outcome_unknown",
        message=f"{said}Nobody could find out whether it ran, so the amount set aside was booked."
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
    return not (answered and times == 1) and _age_s(context) < bound
