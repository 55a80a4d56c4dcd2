"""The buttons for what would fit instead: a cheaper way, or a model with a similar name."""

from __future__ import annotations

from bot.core.money import dollars
from bot.core.prices.pricing import Alternative
from bot.core.request import Order
from bot.core.text.numbers import short
from bot.core.text.translation import gettext as _


def alternative(found: Alternative, order: Order) -> str:
    """The button for a cheaper way, or for a model with a similar name: `2 instead of 4 ($0.08)`."""
    said = ", ".join(_change(name, value, order) for name, value in found.changes.items())
    if found.price is None:
        return said
    return _("{change} ({price})").format(change=said, price=dollars(found.price))


def _change(name: str, value: str | float, order: Order) -> str:
    before = getattr(order, name, None)
    match name:
        case "model":
            return _("Use {model}").format(model=value)
        case "seconds":
            return _("{seconds} s instead of {before} s").format(
                seconds=short(float(value)), before=short(float(before or 0))
            )
        case _:
            return _("{value} instead of {before}").format(value=value, before=before)
