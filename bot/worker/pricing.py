"""The price step: ask the gateway what the order costs, and what follows when it does not say.

    RECEIVED → PRICED | REFUSED | FAILED

A price is asked again before money is held when it is older than a minute (see `holding`).
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.conversation.context import asked
from bot.core.errors import BotError, PriceTooHigh, Refusal, UnknownModel
from bot.core.errors.bounds import ModelNotAnswering
from bot.core.errors.outside import OPERATORS, DryRunRan, GatewayError, GatewayFinal, GatewayPassing
from bot.core.ports.gateway import Estimate
from bot.core.prices.pricing import Alternative, Pricing
from bot.core.request import Failure, Request, State
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _
from bot.worker.alternatives import fitting
from bot.worker.quoting import quoted
from bot.worker.spoken import readings, wakeups
from bot.worker.step_context import Context, altered, backoff, ended

log = structlog.get_logger(__name__)

PRICE_TRIES = 5


async def price(context: Context) -> Request:
    """Ask for the first price; for a spoken message when its turn has come."""
    if context.request.reading is not None and not context.request.reading.decided:
        context.tools.waiting.add(context.request)
        turn = await readings.opened(context)
        if turn is None:
            return await wakeups.rest(context)
        context.tools.waiting.remove(context.request)
        context = turn
    await context.progress()
    try:
        tenant = await context.tools.store.tenant(context.request.actor.tenant)
        check_answers(context, tenant)
        quote = await quoted(context, tenant, asked(context.request))
    except (GatewayError, Refusal) as error:
        return await unpriced(context, error)
    priced = with_price(context, quote, context.request.pricing)
    return await context.move(
        State.RECEIVED, lambda row: altered(copied(row, priced), state=State.PRICED, attempts=0)
    )


def check_answers(context: Context, tenant: Tenant) -> None:
    """Raise ModelNotAnswering while the model is left alone."""
    request, breakers = context.request, context.tools.breakers
    if not breakers.answers(request.order.model, request.estimate_provider, request_id=request.id):
        raise silent(context, tenant)


def silent(context: Context, tenant: Tenant) -> ModelNotAnswering:
    """The refusal of a request whose model is left alone."""
    request, tools = context.request, context.tools
    return tools.breakers.instead(tools.checks, request.actor, tenant, request.order)


def with_price(context: Context, quote: Estimate, pricing: Pricing) -> Request:
    """The request with a price that was asked just now; not written yet.

    A price on the expected size of a picture that is still being made must be asked again.
    """
    now = 0 if context.awaits else context.tools.clock.now()
    return altered(
        context.request,
        estimate=quote.price,
        estimate_provider=quote.provider,
        pricing=replace(pricing, at=now, model=quote.model, per_call=quote.per_call),
    )


def copied(row: Request, priced: Request) -> Request:
    """The row with the price of `priced`, what follows from it, and who its person is now."""
    return altered(
        row,
        actor=priced.actor,
        estimate=priced.estimate,
        estimate_provider=priced.estimate_provider,
        pricing=priced.pricing,
        confirmed=priced.confirmed,
        approved_by=priced.approved_by,
        reading=priced.reading,
    )


async def unpriced(context: Context, error: BotError) -> Request:
    """End a request that has no price, or try again later when the gateway may name one then.

    Raises a DryRunRan again: it may have cost something.
    """
    match error:
        case DryRunRan():
            raise error
        case GatewayPassing():
            if error.silent:
                context.tools.breakers.troubled(context.request.id, context.request.order.model)
            return await _later(context, error)
        case GatewayFinal():
            note = log.error if error.status in OPERATORS else log.info
            note("price_refused", error=error.code, status=error.status)
            return await refuse(context, context.tools.checks.explained(context.request.order, error))
        case PriceTooHigh():
            return await refuse(context, error, await fitting(context, error.cap, error.price))
        case _:
            return await refuse(context, error)


async def _later(context: Context, error: GatewayPassing) -> Request:
    request = context.request
    if request.attempts + 1 < PRICE_TRIES:
        return await context.later(error.retry_after or backoff(request.attempts, low=1, high=20))
    return await end(
        context, State.FAILED, error.code, _("The gateway is not answering right now. Please try again.")
    )


async def refuse(context: Context, why: BotError, alternatives: tuple[Alternative, ...] = ()) -> Request:
    """End the request with a refusal; the person is told why, and what would fit."""
    now = context.tools.clock.now()
    names = why.suggestions if isinstance(why, UnknownModel | ModelNotAnswering) else ()
    failure = Failure(code=why.code, message=why.message, suggestions=names, alternatives=alternatives)
    return await context.move(
        context.request.state,
        lambda row: replace(ended(row, State.REFUSED, why.code, why.message, now), failure=failure),
    )


async def end(context: Context, state: State, code: str, message: str) -> Request:
    """End the request in `state`."""
    now = context.tools.clock.now()
    return await context.move(context.request.state, lambda row: ended(row, state, code, message, now))
