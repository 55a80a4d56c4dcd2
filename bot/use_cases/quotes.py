"""What the gateway tells without running anything: prices of up to five models, and details of one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import structlog

from bot.bounds.pace import DryRunPace
from bot.core.catalog import Catalog
from bot.core.errors import InvalidOrder, Refusal
from bot.core.errors.outside import GatewayError, GatewayFinal
from bot.core.ledger import tightest
from bot.core.money import Micros
from bot.core.order_names.applied import with_names
from bot.core.order_rules import Checks, words_of
from bot.core.ports.gateway import Estimate, Gateway
from bot.core.ports.store import Store
from bot.core.request import Actor, Order
from bot.core.text.translation import gettext as _
from bot.use_cases.house_rules import HouseRules

log = structlog.get_logger(__name__)

COMPARE_MAX = 5


@dataclass(frozen=True, kw_only=True)
class Quote:
    """One model's price for an order; without a price, `price` is None and `problem` says why."""

    model: str
    price: Micros | None
    problem: str = ""
    affordable: bool = True


class Quotes:
    """The two use cases that ask the gateway while the person waits; neither spends money."""

    def __init__(
        self, *, store: Store, gateway: Gateway, checks: Checks, house_rules: HouseRules, pace: DryRunPace
    ) -> None:
        self._pace = pace
        self._store = store
        self._gateway = gateway
        self._checks = checks
        self._house_rules = house_rules

    async def estimate(
        self, actor: Actor, order: Order, pictures: Mapping[str, bytes] | None = None
    ) -> Estimate:
        """The gateway's price for the order. Raises Refusal or GatewayError."""
        self._pace.spend(actor)
        return await self._estimate(actor, order, pictures)

    async def _estimate(
        self, actor: Actor, order: Order, pictures: Mapping[str, bytes] | None = None
    ) -> Estimate:
        tenant = await self._store.tenant(actor.tenant)
        order = await self._house_rules.check(actor, tenant, order)
        try:
            estimate = await self._gateway.price(order, pictures or {})
        except GatewayFinal as error:
            raise self._checks.explained(order, error) from error
        self._checks.check_price(actor, tenant, order, estimate.price, estimate.model)
        return estimate

    async def compare(
        self,
        actor: Actor,
        order: Order,
        models: Sequence[str],
        pictures: Mapping[str, bytes] | None = None,
    ) -> list[Quote]:
        """The same order priced on up to five models, cheapest first. Raises InvalidOrder for more."""
        names = list(dict.fromkeys(models))
        if not 1 <= len(names) <= COMPARE_MAX:
            text = _("You can compare 1 to {most} models at a time.")
            raise InvalidOrder(text.format(most=COMPARE_MAX), field="models")
        self._pace.spend(actor, len(names))
        tenant = await self._store.tenant(actor.tenant)
        await self._house_rules.check_words(actor, tenant, words_of(order), order.capability)
        project = with_names(order, actor, tenant, self._checks.catalog).project or ""
        line = tightest(await self._store.lines(actor, project))
        room = line.left if line else None
        quotes = await asyncio.gather(
            *(self._quote(actor, replace(order, model=name), pictures, room) for name in names)
        )
        return sorted(quotes, key=lambda quote: (quote.price is None, quote.price or 0))

    async def _quote(
        self, actor: Actor, order: Order, pictures: Mapping[str, bytes] | None, room: Micros | None
    ) -> Quote:
        try:
            price = (await self._estimate(actor, order, pictures)).price
        except (Refusal, GatewayError) as error:
            return Quote(model=order.model, price=None, problem=error.message, affordable=False)
        return Quote(model=order.model, price=price, affordable=room is None or price <= room)


async def learn(catalog: Catalog, gateway: Gateway, name: str) -> None:
    """Ask the gateway about one model when the list has no details of it."""
    known = catalog.get(name)
    if (known is not None and known.detailed) or (known is None and catalog.search(name)):
        return
    try:
        found = await gateway.model(known.id if known else name)
    except GatewayError as error:
        log.info("model_not_described", error=error.code)
        return
    if found is not None:
        catalog.describe(found)
