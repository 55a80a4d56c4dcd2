"""Money as whole micro-dollars: exact to add, cheap to store, impossible to round by accident.

One dollar is 1,000,000 micros. Floats of the gateway's JSON are parsed through `Decimal`
(Lumenfall API: the dry run speaks integer micros, `metadata.cost` and the request log speak dollars).
"""

from __future__ import annotations

import re
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import cache
from typing import NewType

from babel import Locale
from babel.numbers import format_currency, get_decimal_symbol

from bot.core.text.translation import Language, language, locale
from bot.core.text.translation import gettext as _

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
    """Turn dollars from a program into micros, rounded half up to a whole micro.

    Takes numbers as JSON writes them (`0.04`, `2`, `-1.5e-3`), also as text: no currency sign, no thousands
    separator. Raises ValueError for anything that is not a finite number of dollars within ±10^12.
    """
    text = str(value)
    long = len(text) > _JSON_MAX
    if long or not _JSON_NUMBER.fullmatch(text) or abs(amount := Decimal(text)) > MAX_DOLLARS:
        raise ValueError(f"not an amount of dollars: {text[:40]!r}")
    return Micros(int((amount * DOLLAR).to_integral_value(ROUND_HALF_UP)))


def parse_amount(text: str) -> Micros:
    """An amount of US dollars as a person types it, to micros; from $0 to $10^12, six decimals at most.

    `1.50`, `1,50`, `.5`, `$5`, `5 $`, `US$5`, `5 USD`, `1,000.50`, `1.000,50`, `1 000` and `1'000` are
    understood. Raises ValueError with a sentence for the person: for anything else, for amounts below zero,
    and for ambiguous ones (`1,000` is a thousand to some people and one to others).
    """
    written = " ".join(text.translate(_SAME).split())
    if len(written) > _TYPED_MAX:
        text = _("An amount can have at most {most} characters, such as 5 or 0.50.")
        raise ValueError(text.format(most=_TYPED_MAX))
    if _NEGATIVE.match(written):
        raise ValueError(_("An amount must be $0 or more."))
    found = _TYPED.fullmatch(written)
    readings = _readings(found["number"]) if found else []
    if not readings:
        raise ValueError(
            _("“{text}” is not an amount in US dollars, such as 5 or 0.50.").format(text=written)
        )
    if len(readings) > 1:
        more, less = sorted(readings, reverse=True)
        raise ValueError(
            _("“{text}” could mean {more} or {less}. Please write {write_more} or {write_less}.").format(
                text=written,
                more=dollars(more),
                less=dollars(less),
                write_more=editable(more),
                write_less=editable(less),
            )
        )
    return readings[0]


def limit_of(text: str) -> Micros | None:
    """An amount, or None for `none`. Raises ValueError."""
    return None if text.strip().lower() == "none" else parse_amount(text)


def _readings(number: str) -> list[Micros]:
    """Every amount that the digits can mean. Raises ValueError for an amount that is too large or too
    precise.
    """
    found = [pattern.fullmatch(number) for pattern in (_WITH_DECIMALS, _IN_GROUPS)]
    return [_micros(match["whole"], match["decimals"] or "") for match in found if match]


def _micros(whole: str, decimals: str) -> Micros:
    if len(decimals.rstrip("0")) > 6:
        raise ValueError(_("An amount can have at most six decimals."))
    amount = int(re.sub(r"\D", "", whole) or "0") * DOLLAR + int(decimals[:6].ljust(6, "0"))
    if amount > MAX_MICROS:
        raise ValueError(_("An amount can be at most $1,000,000,000,000."))
    return Micros(amount)


def with_headroom(estimate: Micros, percent: int) -> Micros:
    """The hold for an estimate: `percent` (0–1000) more, rounded up to a whole micro."""
    return Micros(int((Decimal(estimate) * (100 + percent) / 100).to_integral_value(ROUND_CEILING)))


def dollars(amount: Micros) -> str:
    """An amount for people: `$1.25`, `$0.0001`, `-$3.00`; two to six decimals.

    In other languages as they write amounts: `1,25 $` in German.
    """
    if language() != Language.ENGLISH:
        return format_currency(
            Decimal(amount) / DOLLAR,
            "USD",
            format=_pattern(language()),
            locale=locale(),
            currency_digits=False,
        )
    sign = "-" if amount < 0 else ""
    whole, fraction = divmod(abs(amount), DOLLAR)
    digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{sign}${whole:,}.{digits}"


@cache
def _pattern(code: str) -> str:
    """The language's own pattern for amounts, with two to six decimals."""
    return re.sub(r"0\.0+", "0.00####", Locale.parse(code).currency_formats["standard"].pattern)


def editable(amount: Micros) -> str:
    """The amount as a person would type it (`1000.50`, in German `1000,50`), for filling in a form;
    `parse_amount` reads it.

    At least two decimals and never three, which could look like a thousands separator.
    """
    whole, fraction = divmod(amount, DOLLAR)
    digits = f"{fraction:06d}".rstrip("0").ljust(2, "0")
    return f"{whole}{get_decimal_symbol(locale())}{digits.ljust(4, '0') if len(digits) == 3 else digits}"


def plain(amount: Micros) -> str:
    """The amount for programs (CSV): dollars with six decimals and no currency sign."""
    return f"{Decimal(amount) / DOLLAR:.6f}"
