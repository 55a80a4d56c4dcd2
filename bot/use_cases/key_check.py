"""Whether the gateway takes this bot's key: asked with a dry run, the one call that every set-up needs.

The balance and the request log may be missing, or closed to the key; a price may not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.capability import Capability
from bot.core.catalog import Catalog
from bot.core.errors import GatewayFinal, PriceUnknown
from bot.core.money import Micros
from bot.core.ports.gateway import Gateway
from bot.core.request import ChatOrder, GenerateOrder, Order

TURNED_AWAY = frozenset({401, 403})


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The key was taken. `price` None where the answer was about the model or the account instead.

    `note` is then the gateway's code.
    """

    model: str
    price: Micros | None = None
    note: str = ""


async def check_key(gateway: Gateway, catalog: Catalog) -> Accepted:
    """Ask for a price that nobody pays.

    Raises GatewayFinal when the key is turned away (401, 403), GatewayPassing when the gateway does not
    answer, PriceUnknown when it takes the key and prices nothing.
    """
    unknown: PriceUnknown | None = None
    for order in _trials(catalog):
        try:
            estimate = await gateway.price(order, {})
        except PriceUnknown as error:
            unknown = error
        except GatewayFinal as error:
            if error.status in TURNED_AWAY:
                raise
            return Accepted(model=order.model, note=error.code)
        else:
            return Accepted(model=order.model, price=estimate.price)
    raise unknown or PriceUnknown("The gateway names no price.")


def _trials(catalog: Catalog) -> Sequence[Order]:
    return (
        GenerateOrder(model=catalog.default(Capability.GENERATE), prompt="A test of prices, never drawn."),
        ChatOrder(model=catalog.default(Capability.CHAT), prompt="A test of prices.", max_tokens=16),
    )
