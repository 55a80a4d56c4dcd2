"""Numbers as the reader's language writes them: `1,234.5` in English, `1.234,5` in German."""

from __future__ import annotations

from decimal import Decimal
from math import isfinite

from babel.numbers import format_decimal, format_percent

from bot.core.text.translation import locale


def whole(count: int) -> str:
    """A count, with its thousands grouped."""
    return format_decimal(count, locale=locale())


def short(value: float) -> str:
    """A number with as many decimals as it has, up to three."""
    if not isfinite(value):
        return str(value)
    return format_decimal(value, format="#,##0.###", locale=locale())


def decimal(value: float | Decimal, digits: int) -> str:
    """A number with exactly that many decimals."""
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return format_decimal(value, format=pattern, locale=locale())


def percent(share: float) -> str:
    """A share of 1 in whole percent."""
    return format_percent(share, locale=locale())
