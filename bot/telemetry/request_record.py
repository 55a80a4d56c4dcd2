"""One log line for each request, when it has ended and its person was told, and for each refused order.

The line has the place, the person (as a keyed hash), the order, money, times, tries and ids. It never has
people's texts, names or pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog

from bot.core.errors import Refusal
from bot.core.request import TERMINAL, Actor, Request, State

log = structlog.get_logger(__name__)

STEPS: Mapping[str, State] = {
    "priced_ms": State.PRICED,
    "reserved_ms": State.RESERVED,
    "submitted_ms": State.SUBMITTED,
    "settled_ms": State.SETTLED,
    "delivered_ms": State.DELIVERED,
}
"""The line's names for the time until a state was last entered."""
MESSAGE_KEYS = ("message_id", "ts")
"""Discord's and Slack's keys of a message's id in `Request.delivery`."""


def ended(before: Request, after: Request, *, person: str) -> None:
    """Log the end of a request, if this write records that its person was told."""
    if after.state in TERMINAL and after.notified == after.state and before.notified != after.state:
        log.info("request_ended", **facts(after, person=person))


def refused(
    refusal: Refusal, actor: Actor, *, origin: str, person: str, capability: str = "", model: str = ""
) -> None:
    """Log an order that did not become a request; a refusal that was logged before is not logged again.

    `capability` and `model` are empty when the order could not be read so far.
    """
    if refusal.logged:
        return
    refusal.logged = True
    log.info(
        "order_refused",
        code=refusal.code,
        scope=getattr(refusal, "scope", ""),
        field=getattr(refusal, "field", ""),
        platform=origin,
        place=actor.place_id,
        channel=actor.channel,
        person=person,
        capability=capability,
        model=model,
    )


def facts(request: Request, *, person: str) -> dict[str, Any]:
    """The content of the line. Money in micro-dollars, times in milliseconds after acceptance."""
    failure = request.failure
    return {
        "request_id": request.id,
        "platform": request.origin,
        "place": request.actor.place_id,
        "channel": request.actor.channel,
        "person": person,
        "capability": str(request.capability),
        "model": request.order.model,
        "executed_model": request.executed_model,
        "provider": request.provider,
        "state": str(request.state),
        "code": failure.code if failure else "",
        "scope": failure.scope if failure else "",
        "estimate_micros": request.estimate,
        "hold_micros": held(request),
        "charged_micros": request.charged,
        "charged_from": request.charged_from,
        "overrun_micros": request.overrun,
        "approved": bool(request.approved_by),
        "tries": tries(request),
        **times(request),
        "trace_id": request.trace_id,
        "gateway_id": request.gateway_id,
        "job_id": request.job_id,
        "message_id": message_id(request),
    }


def times(request: Request) -> dict[str, Any]:
    """When it was accepted, how long after that it entered each state, and how long it took in total."""
    entered = {change.state: change.at for change in request.state_changes}
    if request.submitted_at is not None:
        entered.setdefault(State.SUBMITTED, request.submitted_at)
    start = request.created_at
    known = {name: _ms(start, entered[state]) for name, state in STEPS.items() if state in entered}
    last = max((request.finished_at or start, *entered.values()))
    return {"accepted": iso(start), **known, "total_ms": _ms(start, last)}


def held(request: Request) -> int | None:
    """The last hold in micro-dollars; None if there was none, or in old rows that did not record it."""
    holds = [change.held for change in request.state_changes if change.state is State.RESERVED]
    return holds[-1] if holds else None


def tries(request: Request) -> int:
    """How many paid calls were started."""
    counted = sum(change.state is State.SUBMITTED for change in request.state_changes)
    return counted or int(request.submitted_at is not None)


def message_id(request: Request) -> str:
    """The platform's id of the message with the result; empty if there is none."""
    return next((str(request.delivery[key]) for key in MESSAGE_KEYS if request.delivery.get(key)), "")


def iso(at: int) -> str:
    """UTC microseconds as ISO 8601 with milliseconds."""
    return datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(timespec="milliseconds")


def _ms(start: int, end: int) -> int:
    return max(0, end - start) // 1000
