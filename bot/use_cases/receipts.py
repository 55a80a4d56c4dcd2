"""What a request has cost, for the people who are told its end."""

from __future__ import annotations

from bot.core.events import Receipt, room_of
from bot.core.ledger import tightest
from bot.core.money import ZERO
from bot.core.ports.store import Store
from bot.core.request import Request, picture_notes


async def receipt_of(store: Store, request: Request, now: int) -> Receipt:
    """What the request has cost according to its row, and what is left in the tightest budget."""
    line = tightest(await store.lines(request.actor))
    start = request.submitted_at or request.created_at
    end = request.finished_at or now
    return Receipt(
        estimate=request.estimate,
        charged=request.charged or ZERO,
        overrun=request.overrun,
        source=request.charged_from,
        room=room_of(line) if line else None,
        elapsed_s=max(0.0, (end - start) / 1_000_000),
        reading=request.part.reading if request.part else ZERO,
        pictures=picture_notes(request.order),
    )
