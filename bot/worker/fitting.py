"""What can be changed so that a request fits a budget in which its estimate fits, but not its headroom.

The headroom is for prices that can move. A media call with a price per call is forced to the provider that
the dry run named; then its estimate is all that is held. A chat's `max_tokens` is lowered until its hold
fits. A forced provider that fails is replaced once by the gateway's own choice, if the headroom fits by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from bot.conversation.context import asked
from bot.core.errors import BudgetExceeded, Refusal
from bot.core.errors.outside import DryRunRan, GatewayError
from bot.core.ledger import OPERATORS, BudgetLine, check
from bot.core.money import ZERO, Micros, with_headroom
from bot.core.ports.gateway import Estimate
from bot.core.ports.store import Release
from bot.core.prices.pricing import LEAST_TOKENS
from bot.core.request import ChatOrder, Order, Request, State, chat_of
from bot.worker.pricing import with_price
from bot.worker.quoting import quoted
from bot.worker.step_context import Context

log = structlog.get_logger(__name__)

_OUTAGES = frozenset(("ALL_PROVIDERS_EXHAUSTED", "UPSTREAM_ERROR", "INTERNAL_ERROR", "RATE_LIMITED"))


def order_to_run(request: Request) -> Order:
    """The order as it is sent: on its forced provider, or with fewer tokens."""
    order, pricing = asked(request), request.pricing
    if chat := chat_of(order):
        return chat if pricing.max_tokens is None else replace(chat, max_tokens=pricing.max_tokens)
    if not pricing.provider or "/" in order.model:
        return order
    return replace(order, model=f"{pricing.provider}/{order.model}")


def hold_for(request: Request, headroom_percent: int) -> Micros:
    """How much to hold: the estimate with its headroom, without it for a forced provider; for an approved
    request at most what was approved.
    """
    estimate = request.estimate or ZERO
    if request.pricing.provider:
        return estimate
    hold = with_headroom(estimate, headroom_percent)
    if request.approved_by and request.pricing.agreed is not None:
        return min(hold, request.pricing.agreed)
    return hold


async def fitted(context: Context) -> Context:
    """The request as it fits the budgets, not written yet. Raises BudgetExceeded when it cannot fit."""
    request, percent = context.request, context.tools.settings.headroom_percent
    lines = await _binding(context)
    try:
        check(lines, hold_for(request, percent))
    except BudgetExceeded:
        room = min((line.left for line in lines if line.left is not None), default=ZERO)
        order = chat_of(asked(request))
        changed = await (_shorter(context, order, room) if order else _forced(context, room))
        if changed is None:
            raise
        log.info("fitted", provider=changed.pricing.provider, max_tokens=changed.pricing.max_tokens)
        return context.at(changed)
    return context


async def _binding(context: Context) -> Sequence[BudgetLine]:
    """The budgets that count; for an approved request those of the tenant and the installation."""
    request = context.request
    lines = await context.tools.store.lines(request.actor, request.order.project or "")
    return [line for line in lines if not request.approved_by or line.budget.scope in OPERATORS]


async def _forced(context: Context, room: Micros) -> Request | None:
    """The request on the provider that the dry run named, if its price there is known and fits."""
    request = context.request
    pricing, provider, estimate = request.pricing, request.estimate_provider, request.estimate or ZERO
    if not provider or pricing.provider or pricing.fell_back or not pricing.per_call or estimate > room:
        return None
    forced = replace(request, pricing=replace(pricing, provider=provider))
    quote = await _asked(context, order_to_run(forced))
    if quote is None or not quote.per_call or quote.price > estimate:
        return None
    return with_price(context, replace(quote, provider=provider), forced.pricing)


async def _shorter(context: Context, order: ChatOrder, room: Micros) -> Request | None:
    """The chat with as many tokens as fit. The price grows evenly with the tokens, so two prices show how
    many fit; a third one proves it.
    """
    request, percent = context.request, context.tools.settings.headroom_percent
    most = request.pricing.max_tokens or order.max_tokens or 0
    if most <= LEAST_TOKENS:
        return None
    tokens, quote = LEAST_TOKENS, await _asked(context, replace(order, max_tokens=LEAST_TOKENS))
    if quote is None or with_headroom(quote.price, percent) > room:
        return None
    spare, dearer = room * 100 // (100 + percent) - quote.price - 1, (request.estimate or ZERO) - quote.price
    if dearer > 0 and (guess := LEAST_TOKENS + (most - LEAST_TOKENS) * spare // dearer) > LEAST_TOKENS:
        better = await _asked(context, replace(order, max_tokens=guess))
        if better is not None and with_headroom(better.price, percent) <= room:
            tokens, quote = guess, better
    return with_price(context, quote, replace(request.pricing, max_tokens=tokens))


async def _asked(context: Context, order: Order) -> Estimate | None:
    """The price of a changed order; None when it cannot be had."""
    tenant = await context.tools.store.tenant(context.request.actor.tenant)
    try:
        return await quoted(context, tenant, order)
    except DryRunRan:
        raise
    except (GatewayError, Refusal) as error:
        log.info("not_fitted", error=error.code)
        return None


# a forced provider that failed


async def can_fall_back(context: Context, code: str) -> bool:
    """Whether a forced call that ended free with this error code may run on another provider, once."""
    request, percent = context.request, context.tools.settings.headroom_percent
    outage = code in _OUTAGES or code.startswith("http_5")
    if not (outage and request.pricing.provider) or request.pricing.fell_back or request.cancel_requested:
        return False
    # Its own hold is given back first.
    more = with_headroom(request.estimate or ZERO, percent) - request.hold
    return all(line.left is None or line.left >= more for line in await _binding(context))


async def fall_back(context: Context) -> Request:
    """Give the hold back, and price the request again with the gateway's own choice of provider."""
    log.warning("fell_back", provider=context.request.pricing.provider)
    now = context.tools.clock.now()
    return await context.move(
        context.request.state,
        lambda row: replace(
            row,
            state=State.PRICED,
            pricing=replace(row.pricing, at=0, provider="", fell_back=True),
            job_id="",
            gateway_id="",
            progress=None,
            due_at=now,
            expires_at=None,
            attempts=0,
        ),
        posting=Release(),
    )
