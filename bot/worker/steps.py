"""One step per state: what a worker does with a row, and the write that follows.

    RECEIVED   ask for the price          → PRICED | REFUSED | FAILED
    PRICED     hold the money             → RESERVED | AWAITING_CONFIRMATION | REFUSED
    AWAITING…  show the price on a button; expire
    RESERVED   write SUBMITTED, then call → SETTLED | RUNNING | FAILED | AMBIGUOUS
    SUBMITTED  claimed again: the call broke off → AMBIGUOUS
    RUNNING                               → `settlement`
    AMBIGUOUS                             → `unknown_outcome`
    SETTLED and the final states          → `delivery`; once the person was told → `corrections`

Every write checks again the state it started from, so a button pressed in the meantime takes precedence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from gettext import gettext as _

import structlog

from bot.core.errors import (
    OPERATORS,
    BotError,
    BudgetExceeded,
    DryRunRan,
    GatewayFinal,
    GatewayPassing,
    NoHome,
    Refusal,
    UnknownModel,
)
from bot.core.ledger import check
from bot.core.money import Micros, with_headroom
from bot.core.ports.store import Fence, Reserve
from bot.core.request import Failure, Request, State
from bot.worker import corrections, delivery, gateway_call, settlement, unknown_outcome
from bot.worker.step_context import Context, StepTools, backoff, ended, resting

log = structlog.get_logger(__name__)

PRICE_TRIES = 5


@dataclass(frozen=True)
class Steps:
    """Runs the step that belongs to a row's state."""

    tools: StepTools

    @property
    def origins(self) -> tuple[str, ...]:
        """The adapters that run here and can tell their people."""
        return tuple(self.tools.notifiers)

    async def step(self, request: Request, fence: Fence) -> Request:
        """Do one step and return the row as written. Raises LeaseLost when another worker has the row."""
        context = Context(self.tools, request, fence)
        match request.state:
            case State.RECEIVED:
                return await _price(context)
            case State.PRICED:
                return await _reserve(context)
            case State.AWAITING_CONFIRMATION:
                return await _await_confirmation(context)
            case State.RESERVED:
                return await gateway_call.submit(context)
            case State.SUBMITTED:
                return await gateway_call.resume(context)
            case State.RUNNING:
                return await settlement.poll(context)
            case State.AMBIGUOUS:
                return await unknown_outcome.reconcile(context)
            case State.SETTLED:
                return await delivery.deliver(context)
            case State.DELIVERED | State.REFUSED | State.FAILED | State.CANCELLED:
                told = request.notified == request.state
                return await (corrections.look if told else delivery.announce)(context)


# pricing and holding


async def _price(context: Context) -> Request:
    request, tools = context.request, context.tools
    await context.progress()
    try:
        pictures = await context.pictures()
        estimate = await tools.gateway.price(request.order, pictures)
        tenant = await tools.store.tenant(request.actor.tenant)
        tools.checks.check_price(request.actor, tenant, request.order, estimate.price, estimate.model)
    except GatewayPassing as error:
        if request.attempts + 1 >= PRICE_TRIES:
            return await _end(
                context,
                State.FAILED,
                error.code,
                _("The gateway is not answering right now. Please try again."),
            )
        return await context.later(error.retry_after or backoff(request.attempts, low=1, high=20))
    except DryRunRan as error:
        return await settlement.end_unpriced(context, error)
    except GatewayFinal as error:
        note = log.error if error.status in OPERATORS else log.info
        note("price_refused", error=error.code, status=error.status)
        return await _end_refused(context, tools.checks.explained(request.order, error))
    except Refusal as error:
        return await _end_refused(context, error)
    return await context.move(
        State.RECEIVED,
        lambda row: replace(
            row, state=State.PRICED, estimate=estimate.price, estimate_provider=estimate.provider, attempts=0
        ),
    )


async def _reserve(context: Context) -> Request:
    request, tools = context.request, context.tools
    estimate = request.estimate or Micros(0)
    hold = with_headroom(estimate, tools.settings.headroom_percent)
    tenant = await tools.store.tenant(request.actor.tenant)
    try:
        if estimate > tenant.threshold and not request.confirmed:
            check(await tools.store.lines(request.actor), hold)
            expires = tools.clock.now() + tools.settings.confirm_minutes * 60 * 1_000_000
            return await context.move(
                State.PRICED,
                lambda row: replace(
                    row, state=State.AWAITING_CONFIRMATION, expires_at=expires, notified="", attempts=0
                ),
            )
        return await context.move(
            State.PRICED,
            lambda row: replace(row, state=State.RESERVED, attempts=0),
            posting=Reserve(hold=hold, approved=bool(request.approved_by)),
        )
    except BudgetExceeded as refusal:
        return await context.move(State.PRICED, _refused(refusal, tools.clock.now()))
    except NoHome as refusal:
        return await _end_refused(context, refusal)


def _refused(refusal: BudgetExceeded, now: int) -> Callable[[Request], Request]:
    return lambda row: replace(
        ended(row, State.REFUSED, refusal.code, refusal.message, now),
        failure=Failure(code=refusal.code, message=refusal.message, scope=refusal.scope),
        refused_budget=refusal.budget,
        left=refusal.left,
        resets_at=refusal.resets_at,
    )


async def _await_confirmation(context: Context) -> Request:
    request, now = context.request, context.tools.clock.now()
    if (request.expires_at or 0) <= now:
        return await _end(
            context,
            State.CANCELLED,
            "expired",
            _("The price was not confirmed in time. Nothing was charged."),
        )
    if not request.notified:
        await delivery.ask(context)
    return await context.move(
        State.AWAITING_CONFIRMATION,
        lambda row: replace(resting(row, row.expires_at), notified=State.AWAITING_CONFIRMATION),
    )


async def _end_refused(context: Context, why: BotError) -> Request:
    now, names = context.tools.clock.now(), why.suggestions if isinstance(why, UnknownModel) else ()
    failure = Failure(code=why.code, message=why.message, suggestions=names)
    return await context.move(
        context.request.state,
        lambda row: replace(ended(row, State.REFUSED, why.code, why.message, now), failure=failure),
    )


async def _end(context: Context, state: State, code: str, message: str) -> Request:
    now = context.tools.clock.now()
    return await context.move(context.request.state, lambda row: ended(row, state, code, message, now))
