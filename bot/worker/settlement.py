"""What follows a paid call: settle a result, poll a job that still runs, end a failure.

Costs come from the gateway: from its answer or from its request log. When the answer names none, a success is
settled at its estimate and a failure is free, at once; `corrections` asks the log afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from bot.core.errors.outside import OPERATORS, DryRunRan, GatewayError, GatewayPassing
from bot.core.money import ZERO, Micros
from bot.core.order_rules import conversation_key
from bot.core.ports.gateway import REFUSED, TRUNCATED, Job, JobStatus, Outcome
from bot.core.ports.store import Posting, Release, Settle
from bot.core.request import Failure, Request, State, Turn, chat_of
from bot.core.text.translation import gettext as _
from bot.worker.fitting import can_fall_back, fall_back
from bot.worker.spoken.readings import turns_of
from bot.worker.step_context import CANCELLED, Context, altered, backoff, ended, resting

log = structlog.get_logger(__name__)

POLL_LOW_US = 2_000_000
POLL_HIGH_S = 30.0
"""Lumenfall API, videos: start at 2 s, back off to 30 s."""
VIDEO_GIVES_UP_S = 6 * 3600
"""No published model takes much longer than an hour; after six hours the job is looked up in the
log instead."""
CUT_CODES = {
    "length": "cut_length",
    "max_tokens": "cut_length",
    "content_filter": "cut_filter",
    TRUNCATED: "cut_off",
    REFUSED: "cut_refusal",
}
"""Finish reasons that mean no finished answer: OpenAI's, and our own two."""
CUT = {
    "cut_length": _(
        "The answer reached its maximum length. Ask for the rest, or allow more with `max_tokens`."
    ),
    "cut_filter": _("The provider's content filter cut the answer short."),
    "cut_off": _("The answer broke off; the rest did not arrive."),
    "cut_refusal": _("The model refused to do this. Ask in other words, or choose another model."),
}
SHORTENED = "cut_budget"
"""Code of an answer that was limited to fewer tokens, so that it fits a budget."""


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A cost and its source: `gateway`, `log`, `estimate` or `hold`."""

    cost: Micros
    source: str


# success


async def settle(context: Context, outcome: Outcome) -> Request:
    """Record the cost and the result in one write."""
    request = context.request
    charge, cut = charge_for(request, outcome.cost), _cut(request, outcome)
    calls = outcome.calls if request.reading else ()
    if not (outcome.assets or outcome.text or calls):
        why = cut.message if cut else _("The gateway's answer had no result in it.")
        return await _end_charged(context, State.FAILED, charge, "empty_result", why)
    now = context.tools.clock.now()
    return await context.move(
        request.state,
        lambda row: altered(
            row,
            state=State.SETTLED,
            assets=outcome.assets,
            text=outcome.text,
            reading=row.reading and replace(row.reading.ended(), calls=calls),
            gateway_id=row.gateway_id or outcome.gateway_id,
            provider=outcome.provider,
            executed_model=outcome.executed_model,
            charged_from=charge.source,
            failure=cut,
            finished_at=now,
            due_at=now,
            expires_at=None,
            progress=None,
            attempts=0,
        ),
        posting=Settle(cost=charge.cost),
        turns=_turns(request, outcome),
    )


def _turns(request: Request, outcome: Outcome) -> tuple[str, list[Turn]] | None:
    """What is remembered of a chat; of one that called something, `readings` says so when it is decided."""
    order = chat_of(request.order)
    if order is None or not order.conversation or (request.reading and outcome.calls):
        return None
    said = turns_of(request, outcome.text or "(a picture)")
    return conversation_key(request.actor.place_id, order.conversation), said


def charge_for(request: Request, cost: Micros | None) -> Charge:
    """The named cost, else the estimate, which the log corrects afterwards."""
    if cost is not None:
        return Charge(cost=cost, source="gateway")
    return Charge(cost=request.hold if request.estimate is None else request.estimate, source="estimate")


def _cut(request: Request, outcome: Outcome) -> Failure | None:
    """Why an answer is incomplete or was limited, or None."""
    code, tokens = CUT_CODES.get(outcome.finish_reason), request.pricing.max_tokens
    if tokens is None:
        return Failure(code=code, message=CUT[code]) if code else None
    text = _("To fit what is left of the budget, this answer was limited to {tokens} tokens.")
    limited = text.format(tokens=tokens)
    if code == "cut_length":
        return Failure(code=SHORTENED, message=limited + " " + _("It reached that limit."))
    return Failure(code=code or SHORTENED, message=f"{CUT[code]} {limited}" if code else limited)


# ends without a result


async def end_free(context: Context, state: State, code: str, message: str) -> Request:
    """End the request without a charge and release its hold."""
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


async def end_unpriced(context: Context, error: DryRunRan) -> Request:
    """End a request whose dry run may have run: at the cost that the answer named, else free for now.

    The log is asked about it like about a paid call that ended; nothing was held.
    """
    now, cost = context.tools.clock.now(), error.cost or ZERO

    def failed(row: Request) -> Request:
        return replace(
            ended(row, State.FAILED, error.code, error.message, now),
            charged_from="" if error.cost is None else "gateway",
            trace_id=error.trace_id,
            gateway_id=error.request_id,
            submitted_at=now,
        )

    return await context.move(context.request.state, failed, posting=Settle(cost=cost) if cost else None)


async def end_failed(context: Context, charge: Charge, failure: Failure) -> Request:
    state = State.CANCELLED if failure.code == CANCELLED.code else State.FAILED
    return await _end_charged(context, state, charge, failure.code, failure.message)


# videos under way


async def poll(context: Context) -> Request:
    """Ask for a job's status once; cancel the job first when that was requested."""
    request, gateway = context.request, context.tools.gateway
    try:
        if request.cancel_requested:
            await gateway.cancel_job(request.job_id)
        job = await gateway.job(request.job_id)
    except GatewayPassing as error:
        if age_s(context) > VIDEO_GIVES_UP_S:
            return await _to_log(context)
        return await context.later(error.retry_after or backoff(request.attempts, low=2, high=POLL_HIGH_S))
    except GatewayError as error:
        log.warning("job_unknown", error=error.code, job_id=request.job_id)
        if error.status in OPERATORS and age_s(context) <= VIDEO_GIVES_UP_S:
            return await context.later(backoff(request.attempts, low=2, high=POLL_HIGH_S))
        return await _to_log(context)
    if job.status == JobStatus.COMPLETED:
        return await settle(context, job.outcome)
    if job.status in (JobStatus.FAILED, JobStatus.CANCELLED):
        cost = job.outcome.cost
        if cost == ZERO and await can_fall_back(context, job.error_code):
            return await fall_back(context)
        charge = Charge(cost=cost or ZERO, source="" if cost is None else "gateway")
        return await end_failed(context, charge, _why(request, job))
    if age_s(context) > VIDEO_GIVES_UP_S:
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
        code=job.error_code or "video_failed", message=job.error_message or _("The video could not be made.")
    )


async def _to_log(context: Context) -> Request:
    return await context.move(State.RUNNING, lambda row: replace(row, state=State.AMBIGUOUS, attempts=0))


def age_s(context: Context) -> float:
    return (context.tools.clock.now() - (context.request.submitted_at or 0)) / 1_000_000


def _next_poll_us(context: Context) -> int:
    return int(min(POLL_HIGH_S * 1_000_000, max(POLL_LOW_US, age_s(context) * 150_000)))
