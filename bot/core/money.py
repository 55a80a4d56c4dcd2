"""Money as whole micro-dollars: exact to add, cheap to store, impossible to round by accident.

One dollar is 1,000,000 micros. Floats of the gateway's JSON are parsed through `Decimal`
(Lumenfall API: the dry run speaks integer micros, `metadata.cost` and the request log speak dollars).
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, InvalidOperation
from typing import NewType

Micros = NewType("Micros", int)

ZERO = Micros(0)
DOLLAR = Micros(1_000_000)
# A BIGINT holds 9.2e18; a million million dollars is already a typing mistake.
MAX_MICROS = Micros(10**18)


def from_dollars(value: Decimal | str | int | float) -> Micros:
    """Turn dollars into micros, rounded half up to a whole micro.

    Accepts what JSON or a person may give: `0.04`, `"$1.50"`, `2`. Raises ValueError for
    anything that is not a finite number of dollars within ±10^12.
    """
    text = str(value).strip().removeprefix("$").replace(",", "")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"not an amount of dollars: {text[:40]!r}") from None
    if not amount.is_finite() or abs(amount) > 10**12:
        raise ValueError(f"not an amount of dollars: {text[:40]!r}")
    return Micros(int((amount * DOLLAR).to_integral_value(ROUND_HALF_UP)))


def with_headroom(estimate: Micros, percent: int) -> Micros:
    """The hold for an estimate: `percent` (0–1000) more, rounded up to a whole micro."""
    return Micros(int((Decimal(estimate) * (100 + percent) / 100).to_integral_value(ROUND_CEILING)))


def dollars(amount: Micros) -> str:
    """Show an amount to a person: `$1.25`, `$0.0001`, `-$3.00`; cents at least, micros at most."""
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), DOLLAR)
    digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{digits}"


def plain(amount: Micros) -> str:
    """The same amount for machines (CSV): dollars with six decimals and no sign of currency."""
    return f"{Decimal(amount) / DOLLAR:.6f}"
