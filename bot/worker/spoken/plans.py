"""Orders that one message became together: one price for all, one after the other, and none after a failure.

PRICED                  wait for the order before, and for pictures that are still being made
AWAITING_CONFIRMATION   the last that has its price asks for all
ended without a result  the orders that have not started end too
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.core.errors.outside import DeliveryFinal, DeliveryPassing
from bot.core.events import AwaitingConfirmation
from bot.core.money import ZERO, Micros
from bot.core.request import HOLDING, MADE, STARTING, TERMINAL, Request, State, uploads_of
from bot.core.text.translation import gettext as _
from bot.worker.spoken import wakeups
from bot.worker.step_context import Context, ended

log = structlog.get_logger(__name__)

STOPPED = "plan_stopped"
"""Code of an order that did not run because another one of the same message failed."""
_UNSTARTED = STARTING - HOLDING | {State.AWAITING_CONFIRMATION}


async def held_up(context: Context) -> Request | None:
    """The row, released, while something else must come first; None when nothing does.

    Raises NotFound when a picture that the order needs was not made.
    """
    request, waiting = context.request, context.tools.waiting
    if request.part is not None:
        waiting.add(request)
    if request.part is not None and request.part.after:
        before = await context.tools.store.get(request.part.after)
        if before is None or before.state in TERMINAL - MADE:
            return await context.move(request.state, lambda row: _stopped(row, context.tools.clock.now()))
        if before.state not in MADE:
            return await wakeups.rest(context)
    if any(upload.of for upload in uploads_of(request.order)):
        await context.pictures()
        if context.awaits:
            return await wakeups.rest(context)
    waiting.remove(request)
    return None


def _stopped(row: Request, now: int) -> Request:
    message = _("Not run, because another part of the same message did not succeed. Nothing was charged.")
    return ended(row, State.CANCELLED, STOPPED, message, now)


async def end_rest(context: Context) -> None:
    """End the orders of the same message that have not started, after this one ended without a result."""
    request, store, now = context.request, context.tools.store, context.tools.clock.now()
    if request.part is None or not request.part.planned:
        return

    def stopped(row: Request) -> Request:
        return replace(_stopped(row, now), updated_at=now) if row.state in _UNSTARTED else row

    for other in await _orders(context):
        if other.id != request.id and other.state in _UNSTARTED:
            await store.move(other.id, stopped)


async def _orders(context: Context) -> list[Request]:
    message = await context.tools.store.get(context.request.parent_id)
    return [] if message is None else await context.tools.store.orders_of(message)


def untold(request: Request) -> bool:
    """Whether nobody ever saw this order alone: its end is that of the question about all of them."""
    if request.part is None or not request.part.planned or request.part.place == 0 or request.confirmed:
        return False
    return request.state is State.CANCELLED


async def ask(context: Context) -> bool:
    """Show the price of all orders of a message, once each has its own; False when this one asks alone.

    Raises DeliveryPassing when it should be tried again.
    """
    request = context.request
    if request.part is None or not request.part.planned:
        return False
    orders = await _orders(context)
    if any(order.state not in _UNSTARTED or order.pricing.agreed is not None for order in orders):
        return False
    if all(order.state is State.AWAITING_CONFIRMATION for order in orders):
        await _show(context, orders)
    return True


async def _show(context: Context, orders: list[Request]) -> None:
    message, notifier = await context.tools.store.get(context.request.parent_id), context.notifier
    if notifier is None or message is None:
        raise DeliveryPassing(f"no adapter for {context.request.origin} runs here")
    event = AwaitingConfirmation(
        request=message,
        price=Micros(sum(order.estimate or ZERO for order in orders)),
        expires_at=min(order.expires_at or 0 for order in orders),
        plan=tuple(orders),
    )
    try:
        await notifier.ask(message.reply_to, event)
    except DeliveryFinal as error:
        log.warning("price_undeliverable", error=error.message)
