"""What a refused order could be instead: fewer, shorter, or with another model.

Candidates are guessed from prices that were seen before; a dry run of each decides. The person sees what fits
together with the refusal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

import structlog

from bot.core.catalog import Model
from bot.core.errors import Refusal
from bot.core.errors.outside import DryRunRan, GatewayError
from bot.core.money import ZERO, Micros
from bot.core.order_rules import changed
from bot.core.prices.pricing import Alternative
from bot.core.request import Order
from bot.core.tenant import Tenant
from bot.worker.quoting import quoted
from bot.worker.seen_prices import units
from bot.worker.step_context import Context

log = structlog.get_logger(__name__)

MOST = 3
"""How many ways are tried for one refusal, each with a dry run."""

Changes = Mapping[str, str | int | float]
UnitPrice = Callable[[Model], Micros | None]
"""What one unit of an order (see `units`) has cost with a model, in micros; None where nobody knows."""
PATIENCE_S = 4.0
"""How long the dry runs may take, in seconds; what has no price by then is not offered."""


async def fitting(context: Context, room: Micros, price: Micros) -> tuple[Alternative, ...]:
    """Up to three ways that cost at most `room` by their prices now, instead of `price`; once a minute for
    each person.
    """
    request, tools = context.request, context.tools
    tenant = await tools.store.tenant(request.actor.tenant)
    models = tools.checks.permitted_models(request.actor, tenant, request.capability)
    price_of = partial(tools.seen_prices.unit_price, request.capability)
    tried = cheaper(request.order, price, room, models, price_of)
    if not tried or not tools.seen_prices.first_in_a_while(request.actor):
        return ()
    asked = await asyncio.gather(
        *(_priced(context, tenant, changes, room) for changes in tried), return_exceptions=True
    )
    for one in asked:
        if isinstance(one, BaseException):
            raise one
    found = tuple(one for one in asked if isinstance(one, Alternative))
    log.info("alternatives", tried=len(tried), found=len(found))
    return found


async def _priced(context: Context, tenant: Tenant, changes: Changes, room: Micros) -> Alternative | None:
    """The order with these changes at its price now; None when it does not fit or has no price."""
    order = changed(context.request.order, changes)
    try:
        async with asyncio.timeout(PATIENCE_S):
            asked = await quoted(context, tenant, order)
    except DryRunRan:
        raise
    except (GatewayError, Refusal, TimeoutError):
        return None
    return Alternative(changes=changes, price=asked.price) if asked.price <= room else None


def cheaper(
    order: Order, price: Micros, room: Micros, models: Iterable[Model], unit_price: UnitPrice
) -> list[Changes]:
    """Up to three changes with which an order that costs `price` may fit `room`, the smallest change first.

    `models` are those that the person may use for it.
    """
    if room <= ZERO:
        return []
    same = [*_fewer(order, price, room), *_shorter(order, price, room)]
    other = [{"model": name} for name in _other_models(order, room, models, unit_price)]
    return [*same, *other][:MOST]


def _fewer(order: Order, price: Micros, room: Micros) -> Iterator[Changes]:
    count = getattr(order, "n", None) or 1
    if 1 <= (fits := room * count // max(price, 1)) < count:
        yield {"n": int(fits)}


def _shorter(order: Order, price: Micros, room: Micros) -> Iterator[Changes]:
    """A video of at least one second; the dry run says whether the model makes that length."""
    seconds = getattr(order, "seconds", None) or 0
    if 1 <= (fits := room * int(seconds) // max(price, 1)) < seconds:
        yield {"seconds": int(fits)}


def _other_models(order: Order, room: Micros, models: Iterable[Model], unit_price: UnitPrice) -> list[str]:
    """The dearest models that should fit: they are the most like the one that was asked for."""
    size, found = units(order), dict[str, float]()
    for model in models:
        each = unit_price(model)
        if model.id != order.model and each is not None and ZERO < each * size <= room:
            found[model.id] = each * size
    return sorted(found, key=lambda name: (-found[name], name))
