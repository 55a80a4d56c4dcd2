"""Money as whole micro-dollars: exact to add, cheap to store, impossible to round by accident.

One dollar is 1,000,000 micros. Floats of the gateway's JSON are parsed through `Decimal`
(Lumenfall API: the dry run speaks integer micros, `metadata.cost` and the request log speak dollars).
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import NewType

Micros = NewType("Micros", int)

ZERO = Micros(0)
DOLLAR = Micros(1_000_000)
# A BIGINT holds 9.2e18; a million million dollars is already a typing mistake.
MAX_MICROS = Micros(10**18)
MAX_DOLLARS = 10**12


_JSON_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII)
_JSON_MAX = 100
_TYPED_MAX = 30
"""Characters; the longest amount in use has 23."""
_SAME = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},  # full-width signs and digits
    **dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\u3000"), " "),
    **dict.fromkeys(map(ord, "’‘ʼ"), "'"),
    **dict.fromkeys(map(ord, "−–—‐‑"), "-"),
}
"""Characters that keyboards and phones write for a digit, a space, an apostrophe or a minus."""
_DOLLAR = r"(?:US ?\$|USD|\$)"
_TYPED = re.compile(
    rf"{_DOLLAR}? ?(?P<number>[\d.,' ]*\d) ?(?:{_DOLLAR}|(?:US )?dollars?)?", re.ASCII | re.IGNORECASE
)
_NEGATIVE = re.compile(rf"{_DOLLAR}? ?[-(] ?{_DOLLAR}? ?[\d.,]", re.ASCII | re.IGNORECASE)
_WITH_DECIMALS = re.compile(r"(?P<whole>\d*)(?:[.,](?P<decimals>\d+))?", re.ASCII)
_IN_GROUPS = re.compile(
    r"(?P<whole>[1-9]\d{0,2}(?P<between>[.,' ])\d{3}(?:(?P=between)\d{3})*)"
    r"(?:(?!(?P=between))[.,](?P<decimals>\d+))?",
    re.ASCII,
)


def from_dollars(value: Decimal | str | int | float) -> Micros:
    """Turn a machine's dollars into micros, rounded half up to a whole micro.

    Takes numbers as JSON writes them (`0.04`, `2`, `-1.5e-3`), also as text: no sign of currency, no
    thousands separator. Raises ValueError for anything that is not a finite number of dollars within ±10^12.
    """
    text = str(value)
    long = len(text) > _JSON_MAX
    if long or not _JSON_NUMBER.fullmatch(text) or abs(amount := Decimal(text)) > MAX_DOLLARS:
        raise ValueError(f"not an amount of dollars: {text[:40]!r}")
    return Micros(int((amount * DOLLAR).to_integral_value(ROUND_HALF_UP)))


def parse_amount(text: str) -> Micros:
    """An amount of US dollars as a person types it, to micros; from $0 to $10^12, six decimals at most.

    `1.50`, `1,50`, `.5`, `$5`, `5 $`, `US$5`, `5 USD`, `1,000.50`, `1.000,50`, `1 000` and `1'000` are
    understood. Raises ValueError with a sentence for the person: for what is no such amount, for less than
    nothing, and for what reads as two amounts (`1,000` is a thousand to some and one to others).
    """
    written = " ".join(text.translate(_SAME).split())
    if len(written) > _TYPED_MAX:
        raise ValueError(f"An amount has {_TYPED_MAX} characters at most, such as 5 or 0.50.")
    if _NEGATIVE.match(written):
        raise ValueError("An amount is $0 or more.")
    found = _TYPED.fullmatch(written)
    readings = _readings(found["number"]) if found else []
    if not readings:
        raise ValueError(f"“{written}” is not an amount in US dollars, such as 5 or 0.50.")
    if len(readings) > 1:
        more, less = sorted(readings, reverse=True)
        raise ValueError(
            f"“{written}” could be {dollars(more)} or {dollars(less)}. Write {editable(more)} or"
            f" {editable(less)}, please."
        )
    return readings[0]


def _readings(number: str) -> list[Micros]:
    """Every amount that the digits can mean. Raises ValueError for too large and too small ones."""
    found = [pattern.fullmatch(number) for pattern in (_WITH_DECIMALS, _IN_GROUPS)]
    return [_micros(match["whole"], match["decimals"] or "") for match in found if match]


def _micros(whole: str, decimals: str) -> Micros:
    if len(decimals.rstrip("0")) > 6:
        raise ValueError("An amount has six decimals at most.")
    amount = int(re.sub(r"\D", "", whole) or "0") * DOLLAR + int(decimals[:6].ljust(6, "0"))
    if amount > MAX_MICROS:
        raise ValueError("An amount is $1,000,000,000,000 at most.")
    return Micros(amount)


def with_headroom(estimate: Micros, percent: int) -> Micros:
    """The hold for an estimate: `percent` (0–1000) more, rounded up to a whole micro."""
    return Micros(int((Decimal(estimate) * (100 + percent) / 100).to_integral_value(ROUND_CEILING)))


def dollars(amount: Micros) -> str:
    """Show an amount to a person: `$1.25`, `$0.0001`, `-$3.00`; cents at least, micros at most."""
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), DOLLAR)
    digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{digits}"


def editable(amount: Micros) -> str:
    """The amount as a person would type it (`1000.50`): what a form is filled with; `parse_amount` reads it.

    Two decimals at least and never three, which could be a thousands separator's.
    """
    whole, fraction = divmod(amount, DOLLAR)
    digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{whole}.{digits.ljust(4, '0') if len(digits) == 3 else digits}"


def plain(amount: Micros) -> str:
    """The same amount for machines (CSV): dollars with six decimals and no sign of currency."""
    return f"{Decimal(amount) / DOLLAR:.6f}"
