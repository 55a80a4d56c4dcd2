"""Amounts of money as people type them: the one parser of every surface."""

from __future__ import annotations

from gettext import gettext as _
from typing import Any

from bot.core.errors import InvalidOrder
from bot.core.money import MAX_MICROS, Micros, from_dollars


def amount_of(given: Any, field: str) -> Micros:
    """Dollars as text or as a JSON number (`"$1.50"`, `2`), from $0 to 10^12.

    Raises InvalidOrder with `field` for anything else.
    """
    if isinstance(given, str | int | float) and not isinstance(given, bool):
        try:
            amount = from_dollars(given)
        except ValueError:
            amount = Micros(-1)
        if 0 <= amount <= MAX_MICROS:
            return amount
    shown = str(given).strip()[:40]
    raise InvalidOrder(
        _("“{given}” is not an amount. Write dollars, for example 5 or 0.50.").format(given=shown)
        if shown
        else _("An amount is missing. Write dollars, for example 5 or 0.50."),
        field=field,
    )
