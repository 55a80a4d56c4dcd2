"""Amounts and times as JSON: exact for machines, shown for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot.core.money import Micros, dollars

Money = dict[str, Any]


def money(amount: Micros | None) -> Money | None:
    """`{"micros": 40000, "shown": "$0.04"}`; None stays None."""
    return None if amount is None else {"micros": int(amount), "shown": dollars(amount)}


def shown_again(stored: Any) -> Any:
    """An amount that was stored as `money` in the language of this context; anything else as it is."""
    return money(Micros(stored["micros"])) if isinstance(stored, dict) and "micros" in stored else stored


def moment(micros: int | None) -> str | None:
    """UTC microseconds as RFC 3339 with milliseconds."""
    if micros is None:
        return None
    return datetime.fromtimestamp(micros / 1_000_000, UTC).isoformat(timespec="milliseconds")
