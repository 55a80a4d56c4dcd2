"""What follows a paid call: settle what came, poll what still runs, find out what nobody knows.

Figures come from the gateway only: its answer first, its request log second. Where both are silent a
success settles at its hold (a chat at its estimate), and the receipt says so.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from bot.core.capability import Output, about
from bot.core.errors import GatewayError, GatewayPassing
from bot.core.money import ZERO, Micros, dollars
from bot.core.order_rules import conversation_key
from bot.core.ports.gateway import Job, JobStatus, LogEntry, Outcome
from bot.core.ports.store import Posting, Release, Settle
from bot.core.request import Failure, Request, State, Turn, chat_of
from bot.worker.step_context import Context, backoff, ended, resting

log = structlog.get_logger(__name__)

POLL_LOW_US = 2_000_000
POLL_HIGH_S = 30.0
"""Lumenfall API, videos: start at 2 s, back off to 30 s."""
VIDEO_GIVES_UP_S = 6 * 3600
"""No published model takes minutes beyond an hour; after six the job is looked up in the log instead."""
LOG_WAITS_S = (0.0, 1.0, 3.0)
"""A request's cost may reach the log a little after its answer."""
LOG_TRIES = 5
"""Looks into the log before its silence counts: about half a minute, by the pauses between them."""
LOOK_BACK_US = 2 * 3600 * 1_000_000
"""The gateway's clock may differ from ours by so much: ours may have been an hour ahead at the call."""
CANCELLED = Failure(code="cancelled", message="Cancelled.")


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A cost and who named it: `gateway`, `log`, `estimate` or `hold`."""

    cost: Micros
    source: str


# success


async def settle(context: Context, outcome: Outcome) -> Request:
    """Book the cost and keep the result, in one write."""
    request = context.request
    charge = await _charge(context, outcome)
    if not outcome.assets and not outcome.text:
        return await _end_charged(
            context, State.FAILED, charge, "empty_result", "The gateway answered without a result."
        )
    now = context.tools.clock.now()
    return await context.move(
        request.state,
        lambda row: replace(
            row,
            state=State.SETTLED,
            assets=outcome.assets,
            text=outcome.text,
            gateway_id=outcome.gateway_id or row.gateway_id,
            provider=outcome.provider,
            executed_model=outcome.executed_model,
            charged_from=charge.source,
            finished_at=now,
            due_at=now,
            progress=None,
            attempts=0,
        ),
        posting=Settle(cost=charge.cost),
        turns=_turns(request, outcome),
    )


def _turns(request: Request, outcome: Outcome) -> tuple[str, list[Turn]] | None:
    order = chat_of(request.order)
    if order is None or not order.conversation:
        return None
    said = [Turn(role="user", content=order.prompt), Turn(role="assistant", content=outcome.text)]
    return conversation_key(request.actor.tenant, order.conversation), said


async def _charge(context: Context, outcome: Outcome) -> Charge:
    if outcome.cost is not None:
        return Charge(cost=outcome.cost, source="gateway")
    entry = await _look_up(context)
    if entry is not None and entry.cost is not None:
        return Charge(cost=entry.cost, source="log")
    request = context.request
    if about(request.capability).output is Output.TEXT:
        return Charge(cost=request.estimate or request.hold, source="estimate")
    return Charge(cost=request.hold, source="hold")


async def _look_up(context: Context) -> LogEntry | None:
    """The log's row once it is final, or None after a few short waits."""
    request = context.request
    for wait in LOG_WAITS_S:
        if wait:
            await context.tools.clock.sleep(wait)
        try:
            entry = await find(context)
        except GatewayError as error:
            log.info("log_lookup_failed", error=error.code, trace_id=request.trace_id)
            continue
        if entry is not None and entry.status != JobStatus.RUNNING:
            return entry
    return None


async def find(context: Context) -> LogEntry | None:
    """The log's row of the request's last call. Raises GatewayError."""
    request = context.request
    since = (request.submitted_at or request.created_at) - LOOK_BACK_US
    return await context.tools.gateway.find(request.trace_id, since=since)


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


async def fail_as_logged(context: Context, error: GatewayError) -> Request:
    """The gateway said no; whether that cost something is in its log (failed requests may carry cost)."""
    return await _fail_at(context, None, "", Failure(code=error.code, message=error.message))


async def _fail_at(context: Context, cost: Micros | None, source: str, failure: Failure) -> Request:
    """End with a failure at a cost; an unknown one is the log's to say, now or a little later."""
    if cost is None:
        entry = await _look_up(context)
        if entry is None:
            return await context.move(
                context.request.state,
                lambda row: replace(row, state=State.AMBIGUOUS, failure=failure, attempts=0),
            )
        cost, source = entry.cost or ZERO, "log"
    return await _end_failed(context, Charge(cost=cost, source=source), failure)


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
        return await _to_log(context)
    if job.status == JobStatus.COMPLETED:
        return await settle(context, job.outcome)
    if job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
        return await _fail_at(context, job.outcome.cost, "gateway", _why(request, job))
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
        return await _wait_or_give_up(context, patience=24)
    if entry is None and request.failure is not None and _asked_enough(request):
        return await _end_failed(context, Charge(cost=ZERO, source=""), request.failure)
    if entry is None or entry.status == JobStatus.RUNNING:
        return await _wait_or_give_up(context, patience=1 if entry is None else 24)
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
    charge = Charge(cost=entry.cost or ZERO, source="log")
    return await _end_failed(context, charge, _what_went_wrong(request, entry))


def _what_went_wrong(request: Request, entry: LogEntry) -> Failure:
    if request.cancel_requested:
        return CANCELLED
    if entry.status == JobStatus.COMPLETED:
        message = "It was made, but the connection broke before the result arrived, and it cannot be fetched."
        return Failure(code="result_lost", message=message)
    return request.failure or Failure(
        code=entry.error_code or "gateway_failed", message="The gateway could not make it."
    )


async def _wait_or_give_up(context: Context, *, patience: int) -> Request:
    """Look again later, for `patience` times the configured bound; then book the hold and say so."""
    request = context.request
    if _patient(context, patience):
        if request.attempts == 0:
            await context.progress()
        return await context.later(backoff(request.attempts, low=2, high=60))
    log.error("settled_at_hold", trace_id=request.trace_id, hold=dollars(request.hold))
    return await _end_charged(
        context,
        State.FAILED,
        Charge(cost=request.hold, source="hold"),
        "outcome_unknown",
        "Nobody could find out what became of it, so the amount set aside was booked. Ask an admin to check.",
    )


def _patient(context: Context, times: int) -> bool:
    """However old a call is, as after a long video or a stopped bot, the log is asked more than once."""
    bound = times * context.tools.settings.ambiguous_minutes * 60
    return not _asked_enough(context.request) or _age_s(context) < bound


def _asked_enough(request: Request) -> bool:
    return request.attempts + 1 >= LOG_TRIES
