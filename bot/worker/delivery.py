"""The last steps: fetch the result before its URL expires, post it, and tell the person how it ended.

Delivery is at least once; a notifier edits the message it posted before, so a second delivery changes
nothing. A paid result is tried for a day before it is given up, and one that cannot be fetched is delivered
as a link.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from bot.core.budget_rules.refusals import refused_scope
from bot.core.errors import BudgetExceeded, Refusal, StoreUnavailable
from bot.core.errors.outside import DeliveryError, DeliveryFinal, DeliveryPassing, GatewayError, GatewayFinal
from bot.core.events import (
    AwaitingConfirmation,
    Cancelled,
    Delivered,
    Failed,
    Final,
    Receipt,
    Refused,
)
from bot.core.money import ZERO, with_headroom
from bot.core.request import Asset, Failure, ReplyTo, Request, State
from bot.core.text.translation import gettext as _
from bot.use_cases.posting_again import UNPOSTED
from bot.use_cases.reports import receipt_now
from bot.worker.log_lookup import first_look
from bot.worker.spoken import plans
from bot.worker.step_context import TELL_S, Context, altered, backoff, ended, in_time, not_posted, resting

log = structlog.get_logger(__name__)

FETCH_TRIES = 8
FETCH_FOR_S = 1800
"""Lumenfall API, media: a URL is valid for an hour. In the second half hour the person gets the
URL instead."""
GONE = "media_expired"
DELIVER_FOR_S = 24 * 3600


async def ask(context: Context) -> None:
    """Show the person the price. Raises DeliveryPassing when it should be tried again."""
    request, notifier = context.request, context.notifier
    if notifier is None:
        raise DeliveryPassing(f"no adapter for {request.origin} runs here")
    event = AwaitingConfirmation(
        request=request, price=request.estimate or ZERO, expires_at=request.expires_at or 0
    )
    try:
        await in_time(TELL_S, notifier.ask(request.reply_to, event))
    except DeliveryFinal as error:
        log.warning("price_undeliverable", error=error.message)


async def deliver(context: Context) -> Request:
    """Fetch the result, then post it; each is followed by its own write."""
    request = context.request
    if any(asset.url and not asset.path and not asset.link for asset in request.assets):
        return await _fetch(context)
    return await _post(context)


async def _fetch(context: Context) -> Request:
    request = context.request
    fetched: list[Asset] = []
    for index, asset in enumerate(request.assets):
        if asset.path:
            fetched.append(asset)
            continue
        try:
            fetched.append(await _copy(context, index, asset))
        except (GatewayError, StoreUnavailable) as error:
            trying = request.attempts + 1 < FETCH_TRIES or _age_s(context) < FETCH_FOR_S
            if not isinstance(error, GatewayFinal) and trying:
                return await context.later(backoff(request.attempts, low=1, high=300))
            log.warning("result_not_fetched", error=error.code, index=index)
            if error.code != GONE and asset.url.startswith(("https://", "http://")):
                fetched.append(replace(asset, link=True))
    if not fetched and not request.text:
        return await _undelivered(
            context, "result_lost", _("The result was made, but it expired before it could be fetched.")
        )
    return await context.move(State.SETTLED, lambda row: replace(row, assets=tuple(fetched), attempts=0))


async def _copy(context: Context, index: int, asset: Asset) -> Asset:
    """Our own copy of one result. Raises GatewayError, StoreUnavailable."""
    media = context.tools.media
    async with media.scratch() as folder:
        copy = await context.tools.gateway.download(asset, folder / str(index))
        path = await media.put(context.request.id, folder / copy.path)
    inline = copy.url.startswith("data:")  # the bytes are in the file now
    return replace(copy, path=path, url="" if inline else copy.url)


async def _post(context: Context) -> Request:
    try:
        went = await _finish(context)
    except DeliveryPassing as error:
        if _age_s(context) < DELIVER_FOR_S:
            log.info("delivery_postponed", error=error.message)
            return await context.later(
                error.retry_after or backoff(context.request.attempts, low=1, high=600)
            )
        return await _undelivered(context, UNPOSTED, not_posted())
    except DeliveryFinal as error:
        log.warning("undeliverable", error=error.message)
        return await _undelivered(context, UNPOSTED, not_posted())
    delivered = altered(context.request, state=State.DELIVERED)
    due = first_look(delivered, context.tools.clock.now())
    return await context.move(
        State.SETTLED,
        lambda row: altered(
            resting(row, due), state=State.DELIVERED, delivery=went, notified=State.DELIVERED, attempts=0
        ),
    )


def _age_s(context: Context) -> float:
    return (context.tools.clock.now() - (context.request.finished_at or 0)) / 1_000_000


async def _undelivered(context: Context, code: str, message: str) -> Request:
    now = context.tools.clock.now()
    finished = context.request.finished_at
    return await context.move(
        State.SETTLED,
        lambda row: replace(ended(row, State.FAILED, code, message, now), finished_at=finished),
    )


async def announce(context: Context) -> Request:
    """Tell the person how it ended without a result."""
    request = context.request
    went: ReplyTo = request.delivery
    await plans.end_rest(context)
    try:
        went = request.delivery if plans.untold(request) else await _finish(context)
    except DeliveryPassing as error:
        if request.attempts < 12:
            return await context.later(error.retry_after or backoff(request.attempts, low=1, high=600))
        log.warning("end_undeliverable", error=error.message)
    except DeliveryFinal as error:
        log.warning("end_undeliverable", error=error.message)
    due = first_look(request, context.tools.clock.now())
    return await context.move(
        request.state,
        lambda row: replace(resting(row, due), delivery=went, notified=request.state, attempts=0),
    )


async def _finish(context: Context) -> ReplyTo:
    notifier = context.notifier
    if notifier is None:
        raise DeliveryPassing(f"no adapter for {context.request.origin} runs here")
    event = await final_event(context)
    try:
        patience = context.tools.settings.delivery_timeout_s
        return await in_time(patience, notifier.finish(context.request.reply_to, event))
    except DeliveryError:
        raise
    except Exception as error:
        log.exception("notifier_crashed", origin=context.request.origin)
        raise DeliveryPassing("the adapter failed") from error


async def final_event(context: Context) -> Final:
    """The final event of the request, with its receipt."""
    request = context.request
    match request.state:
        case State.REFUSED:
            headroom = context.tools.settings.headroom_percent
            return Refused(request=request, refusal=refusal_of(request, headroom))
        case State.FAILED:
            return Failed(request=request, receipt=await receipt_of(context))
        case State.CANCELLED:
            return Cancelled(request=request, receipt=await receipt_of(context))
        case State.SETTLED | State.DELIVERED:
            return await _delivered(context)
        case State.RECEIVED | State.PRICED | State.AWAITING_CONFIRMATION | State.RESERVED:
            raise ValueError(f"a request that is {request.state} has not ended")
        case State.SUBMITTED | State.RUNNING | State.AMBIGUOUS:
            raise ValueError(f"a request that is {request.state} has not ended")


async def _delivered(context: Context) -> Delivered:
    request, store = context.request, context.tools.store
    became = request.reading is not None and request.reading.orders > 0
    return Delivered(
        request=request,
        receipt=await receipt_of(context),
        orders=tuple(await store.orders_of(request)) if became else (),
        spent=await store.conversation_charged(request.conversation) if request.conversation else None,
    )


async def receipt_of(context: Context) -> Receipt:
    """See `receipt_now`."""
    return await receipt_now(context.tools.store, context.request)


def refusal_of(request: Request, headroom_percent: int) -> Refusal:
    """The refusal that ended a request, from its row."""
    failure = request.failure or Failure(
        code="refused", message=_("This request was refused. Nothing was charged.")
    )
    if failure.code == BudgetExceeded.code:
        return BudgetExceeded(
            budget_id="",
            budget=request.refused_budget,
            price=with_headroom(request.estimate or ZERO, headroom_percent),
            left=request.left or ZERO,
            resets_at=request.resets_at,
            scope=refused_scope(request),
            fixed=failure.fixed,
        )
    refusal = Refusal(failure.message)
    refusal.code = failure.code
    return refusal
