"""One step per state: what a worker does with a row, and the write that follows.

    RECEIVED                              → `pricing`
    PRICED                                → `holding`
    AWAITING…  show the price on a button; expire
    RESERVED   write SUBMITTED, then call → SETTLED | RUNNING | FAILED | AMBIGUOUS | PRICED
               claimed again with an old price: give the hold back → PRICED
    SUBMITTED  claimed again: the call broke off → AMBIGUOUS
    RUNNING                               → `settlement`
    AMBIGUOUS                             → `unknown_outcome`
    SETTLED    with tool calls            → `readings`, once
    SETTLED and the final states          → `delivery`; once the person was told → `corrections`

Every write checks again the state it started from, so a button pressed in the meantime takes precedence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bot.core.errors.outside import DryRunRan
from bot.core.ports.store import Fence
from bot.core.request import Request, State
from bot.core.text.translation import gettext as _
from bot.worker import (
    corrections,
    delivery,
    gateway_call,
    holding,
    pricing,
    settlement,
    unknown_outcome,
)
from bot.worker.spoken import plans, readings, wakeups
from bot.worker.step_context import Context, StepTools, resting


@dataclass(frozen=True)
class Steps:
    """Runs the step that belongs to a row's state."""

    tools: StepTools

    @property
    def origins(self) -> tuple[str, ...]:
        """The adapters that run here and can tell their people."""
        return tuple(self.tools.notifiers)

    async def woken(self, moved: Request) -> bool:
        """Let the rows of its conversation go on that waited for this one; whether anything is due now."""
        return await wakeups.released(self.tools, moved)

    async def step(self, request: Request, fence: Fence, *, claimed: bool = False) -> Request:
        """Do one step and return the row as written. Raises LeaseLost when another worker has the row.

        `claimed` says that this is the first step after the row was claimed, so that it may have rested.
        """
        context = Context(self.tools, request, fence)
        match request.state:
            case State.RECEIVED | State.PRICED:
                return await _before_the_call(context)
            case State.AWAITING_CONFIRMATION:
                return await _await_confirmation(context)
            case State.RESERVED:
                rested = claimed and request.pricing.is_stale(self.tools.clock.now())
                return await (holding.give_back if rested else gateway_call.submit)(context)
            case State.SUBMITTED:
                return await gateway_call.resume(context)
            case State.RUNNING:
                return await settlement.poll(context)
            case State.AMBIGUOUS:
                return await unknown_outcome.reconcile(context)
            case State.SETTLED:
                return await (readings.decided if readings.undecided(request) else delivery.deliver)(context)
            case State.DELIVERED | State.REFUSED | State.FAILED | State.CANCELLED:
                told = request.notified == request.state
                return await (corrections.look if told else delivery.announce)(context)


async def _before_the_call(context: Context) -> Request:
    """Price the request, or hold its money. Both ask the gateway for prices, which must not run anything."""
    try:
        if context.request.state is State.RECEIVED:
            return await pricing.price(context)
        return await holding.hold(context)
    except DryRunRan as error:
        return await settlement.end_unpriced(context, error)


async def _await_confirmation(context: Context) -> Request:
    request, now = context.request, context.tools.clock.now()
    if (request.expires_at or 0) <= now:
        return await pricing.end(
            context,
            State.CANCELLED,
            "expired",
            _("The price was not confirmed in time. Nothing was charged."),
        )
    if not request.notified and not await plans.ask(context):
        await delivery.ask(context)
    return await context.move(
        State.AWAITING_CONFIRMATION,
        lambda row: replace(resting(row, row.expires_at), notified=State.AWAITING_CONFIRMATION),
    )
