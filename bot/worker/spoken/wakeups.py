"""Rows that wait for something of their conversation are woken in this process, not polled.

A row that rests is due again after `FALLBACK_S` in any case, for what another replica does.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.ports.store import Store
from bot.core.request import MADE, TERMINAL, Request, State
from bot.worker.step_context import Context, StepTools

FALLBACK_S = 2.0
"""Seconds until a row looks by itself. Only rows that wait for another replica ever need it."""
_WAITING = frozenset({State.RECEIVED, State.PRICED})


async def rest(context: Context) -> Request:
    """Release the row until its conversation moves; where it has since the row was added, it is due now."""
    waiting = context.tools.waiting
    rested = await context.rest(FALLBACK_S)
    if waiting.waits(context.request):
        return rested
    return await _due(context.tools.store, rested.id, context.tools.clock.now()) or rested


async def released(tools: StepTools, moved: Request) -> bool:
    """Make due what waited for this row, if it has come so far; whether anything is due now."""
    if not moved.conversation or not _came_far(moved):
        return False
    ids, now = tools.waiting.release(moved.conversation), tools.clock.now()
    for request_id in ids:
        await _due(tools.store, request_id, now)
    return bool(ids) or (moved.reading is not None and moved.reading.orders > 0)


def _came_far(row: Request) -> bool:
    """Whether others may go on: it has a result or will have none, or its outcome is unknown."""
    return row.state in MADE | TERMINAL or row.state is State.AMBIGUOUS


async def _due(store: Store, request_id: str, now: int) -> Request | None:
    """Let a resting row be claimed at once; one that a worker has is left alone."""

    def due(row: Request) -> Request:
        rests = not row.lease_owner and row.due_at is not None and row.due_at > now
        return replace(row, due_at=now) if rests and row.state in _WAITING else row

    return await store.move(request_id, due)
