"""Whether the gateway accepts this bot's key: tested with a dry run, the one call that every set-up needs.

The balance and the request log may be missing or closed to the key; prices may not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.capability import Capability
from bot.core.catalog import Catalog
from bot.core.errors import PriceUnknown
from bot.core.errors.outside import GatewayFinal
from bot.core.money import Micros
from bot.core.ports.gateway import Gateway
from bot.core.request import ChatOrder, GenerateOrder, Order
from bot.core.text.translation import gettext as _

REJECTED = frozenset({401, 403})


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The key was accepted. `price` is None when the answer was an error about the model or the account.

    `note` is then the gateway's error code.
    """

    model: str
    price: Micros | None = None
    note: str = ""


async def check_key(gateway: Gateway, catalog: Catalog) -> Accepted:
    """Ask for a price; nothing is charged.

    Raises GatewayFinal when the key is rejected (401, 403), GatewayPassing when the gateway does not answer,
    PriceUnknown when it accepts the key and names no price, DryRunRan when the question may have run.
    """
    unknown: PriceUnknown | None = None
    for order in _test_orders(catalog):
        try:
            estimate = await gateway.price(order, {})
        except PriceUnknown as error:
            unknown = error
        except GatewayFinal as error:
            if error.status in REJECTED:
                raise
            return Accepted(model=order.model, note=error.code)
        else:
            return Accepted(model=order.model, price=estimate.price)
    raise unknown or PriceUnknown(_("The gateway did not name a price."))


def _test_orders(catalog: Catalog) -> Sequence[Order]:
    return (
        GenerateOrder(model=catalog.default(Capability.GENERATE), prompt="A test of prices."),
        ChatOrder(model=catalog.default(Capability.CHAT), prompt="A test of prices.", max_tokens=16),
    )
