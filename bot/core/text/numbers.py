"""Numbers as the reader's language writes them: `1,234.5` in English, `1.234,5` in German."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import format_decimal

from bot.core.text.translation import locale


def whole(count: int) -> str:
    """A count, with its thousands grouped."""
    return format_decimal(count, locale=locale())


def decimal(value: float | Decimal, digits: int) -> str:
    """A number with exactly that many decimals."""
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return format_decimal(value, format=pattern, locale=locale())
