"""What the page's server says about how an order is made."""

from __future__ import annotations

from bot.core.text.translation import gettext as _


def ask_price_is_one_of(names: str) -> str:
    return _("`ask_price` is one of {names}.").format(names=names)


def not_in_channel() -> str:
    return _("This result is not in the channel any more.")
