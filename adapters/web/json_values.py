"""Amounts and times as JSON: exact for machines, shown for people."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from adapters.common import amounts
from bot.core.errors import InvalidOrder
from bot.core.money import Micros, dollars, from_dollars

Money = dict[str, Any]


def money(amount: Micros | None) -> Money | None:
    """`{"micros": 40000, "shown": "$0.04"}`; None stays None."""
    return None if amount is None else {"micros": int(amount), "shown": dollars(amount)}


def moment(micros: int | None) -> str | None:
    """UTC microseconds as RFC 3339 with milliseconds."""
    if micros is None:
        return None
    return datetime.fromtimestamp(micros / 1_000_000, UTC).isoformat(timespec="milliseconds")


def amount_of(value: Any, field: str) -> Micros:
    """Dollars as JSON's number (`2`) or as a person types them (`"1,50"`). Raises InvalidOrder."""
    if isinstance(value, str):
        return amounts.amount_of(value, field)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidOrder(f"`{field}` is an amount in dollars, such as 2.50.", field=field)
    try:
        amount = from_dollars(value)
    except ValueError:
        raise InvalidOrder(f"`{field}` is an amount in dollars, such as 2.50.", field=field) from None
    if amount < 0:
        raise InvalidOrder("An amount is $0 or more.", field=field)
    return amount
