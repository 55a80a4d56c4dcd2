"""Prices that the gateway named before, to guess what else would fit, and who was offered that lately."""

from __future__ import annotations

from cachetools import LRUCache, TTLCache

from bot.core.capability import Capability
from bot.core.catalog import Model
from bot.core.money import Micros
from bot.core.ports.for_adapters import Clock
from bot.core.request import Actor, Order

ONCE_IN_US = 60_000_000
"""A person is offered alternatives once in so many microseconds, since each costs up to three dry runs."""
_PRICES_KEPT = 2_000
_PEOPLE_KEPT = 10_000


def units(order: Order) -> float:
    """By how much the price of an order grows: its pictures or videos, times the seconds of each."""
    count, seconds = getattr(order, "n", 1), getattr(order, "seconds", None)
    return float((count or 1) * (seconds or 1))


class SeenPrices:
    """In the memory of this process; a price that was not seen is the catalogue's hint."""

    def __init__(self, clock: Clock) -> None:
        self._each: LRUCache[tuple[Capability, str], float] = LRUCache(_PRICES_KEPT)
        self._offered: TTLCache[tuple[str, str], bool] = TTLCache(_PEOPLE_KEPT, ONCE_IN_US, clock.now)

    def saw(self, order: Order, price: Micros) -> None:
        """Remember the price of an order."""
        self._each[order.capability, order.model] = price / units(order)

    def unit_price(self, capability: Capability, model: Model) -> Micros | None:
        """What one unit has cost with a model, or None when nobody knows."""
        seen = self._each.get((capability, model.id))
        return model.starting_price if seen is None else Micros(round(seen))

    def first_in_a_while(self, actor: Actor) -> bool:
        """Whether the person was not offered anything within the last minute; from now on they were."""
        key = (actor.tenant, actor.person)
        if key in self._offered:
            return False
        self._offered[key] = True
        return True
