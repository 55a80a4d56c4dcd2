"""A ledger line as people see it."""

from __future__ import annotations

from bot.core.events import Room
from bot.core.ledger import Line, describe
from bot.core.money import ZERO


def room_of(line: Line) -> Room:
    """What is left under one budget and when it is filled again."""
    return Room(
        budget=describe(line.budget),
        scope=line.budget.scope,
        limit=line.limit or ZERO,
        spent=line.spent,
        held=line.held,
        left=line.left or ZERO,
        resets_at=line.resets_at,
    )
