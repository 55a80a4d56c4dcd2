"""A price from the gateway, checked against what the person may use."""

from __future__ import annotations

from bot.core.ports.gateway import Estimate
from bot.core.request import Order
from bot.core.tenant import Tenant
from bot.worker.step_context import Context


async def quoted(context: Context, tenant: Tenant, order: Order) -> Estimate:
    """The gateway's price for the order, checked against policy. Raises GatewayError and Refusal."""
    tools = context.tools
    pictures = await context.pictures()
    asked = await tools.gateway.price(context.as_stored(order), pictures)
    tools.seen_prices.saw(order, asked.price)
    tools.checks.check_price(context.request.actor, tenant, order, asked.price, asked.model)
    return asked
