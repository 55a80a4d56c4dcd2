"""The gateway's request log: the row of one call, and whether the log is reliable."""

from __future__ import annotations

import structlog

from bot.core.errors.outside import GatewayError
from bot.core.ports.gateway import JobStatus, LogEntry
from bot.core.request import Request, State
from bot.worker.reconciliation import GUESSED, RAN
from bot.worker.step_context import Context

log = structlog.get_logger(__name__)

LOOK_BACK_US = 2 * 3600 * 1_000_000
"""How far the gateway's clock may differ from ours; ours may have been an hour ahead at the call."""
SAMPLE_SIZE = 3
SAMPLE_WINDOWS_S = (600, 2 * 3600, 24 * 3600)
"""Look for settled calls of ours in the last ten minutes first; a busy bot finds some there."""
LOOKS_S = (3.0, 60.0, 600.0, 3600.0)
"""Seconds to wait before each look at the log: a cost may appear shortly after the answer, or much later."""
NEVER_RUN = frozenset(
    "AUTHENTICATION_FAILED INSUFFICIENT_BALANCE FORBIDDEN MODEL_NOT_FOUND MODEL_DISABLED edge_block"
    " picture_missing bad_address not_found".split()
)
"""Failures from before any provider was asked: the log has no more to say."""


def first_look(request: Request, now: int) -> int | None:
    """When to ask the log about a request that ends now (UTC micros); None when there is nothing to ask."""
    ran = request.state is State.DELIVERED or request.submitted_at is not None
    never = request.failure is not None and request.failure.code in NEVER_RUN
    if not ran or not request.trace_id or never or request.charged_from not in GUESSED:
        return None
    return now + int(LOOKS_S[0] * 1_000_000)


async def find(context: Context) -> LogEntry | None:
    """The log's row of the request's last call. Raises GatewayError when the log cannot be read."""
    request = context.request
    since = (request.submitted_at or request.created_at) - LOOK_BACK_US
    return await context.tools.gateway.find(request.trace_id, since=since, gateway_id=request.gateway_id)


async def readable(context: Context) -> bool:
    """True when the log has another settled call of ours: then a call that it does not have never ran."""
    for other in await _other_settled(context):
        since = (other.submitted_at or other.created_at) - LOOK_BACK_US
        try:
            entry = await context.tools.gateway.find(other.trace_id, since=since)
        except GatewayError as error:
            log.info("log_lookup_failed", error=error.code)
            return False
        if entry is not None and entry.trace_id and entry.status != JobStatus.RUNNING:
            return True
    return False


async def _other_settled(context: Context) -> list[Request]:
    """The newest settled calls of other requests, at most a day old."""
    now = context.tools.clock.now()
    for seconds in SAMPLE_WINDOWS_S:
        rows = await context.tools.store.submitted(since=now - seconds * 1_000_000, until=now)
        others = [
            row for row in rows if row.charged and row.charged_from in RAN and row.id != context.request.id
        ]
        if others:
            return others[: -SAMPLE_SIZE - 1 : -1]
    return []
