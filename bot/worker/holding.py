"""The hold step: everything that is asked again before money is held, and the hold itself.

    PRICED → RESERVED | AWAITING_CONFIRMATION | REFUSED | FAILED

Blocks, pause, policy and cap are asked every time, roles and membership of what waited for five minutes;
the price when it is older than a minute, and after every press. What somebody has agreed to is a maximum: a
higher price is asked about again.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from bot.core.errors import ApprovalEnded, BudgetExceeded, LeaseLost, NotAllowed, NotFound, Refusal
from bot.core.errors.outside import GatewayError
from bot.core.money import ZERO, Micros, with_headroom
from bot.core.ports.store import Release, Reserve
from bot.core.request import Failure, Request, State
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _
from bot.worker.alternatives import fitting
from bot.worker.fitting import fitted, hold_for, order_to_run
from bot.worker.pricing import check_answers, copied, end, refuse, silent, unpriced, with_price
from bot.worker.quoting import quoted
from bot.worker.spoken.plans import held_up
from bot.worker.step_context import CANCELLED, Context, altered, ended, expect

REPLACED = "replaced"
"""Code of a price that ended since its person has asked for newer ones."""

ROLES_FRESH_US = 5 * 60 * 1_000_000
"""For so long after a request was accepted its person's roles and membership are believed."""


async def hold(context: Context) -> Request:
    """Hold the money, or ask the person first."""
    if context.request.cancel_requested:
        return await end(context, State.CANCELLED, CANCELLED.code, CANCELLED.message)
    try:
        context = context.at(await _of_member(context))
        tenant = await context.tools.store.tenant(context.request.actor.tenant)
        _check_allowed(context, tenant)
        if not _must_ask(context.request, tenant) and (waits := await held_up(context)) is not None:
            return waits
        context = await _priced(context, tenant)
        check_answers(context, tenant)
    except (GatewayError, Refusal) as error:
        return await unpriced(context, error)
    try:
        if _must_ask(context.request, tenant):
            context = await fitted(context)
        if _must_ask(context.request, tenant):
            return await _ask(context)
        _enter(context, tenant)
        return await _reserve(context)
    except BudgetExceeded as refusal:
        return await _refused(context, refusal)
    except Refusal as refusal:
        return await refuse(context, refusal)


async def _of_member(context: Context) -> Request:
    """The request of its person with the roles they have now. Raises NotAllowed once they have left."""
    request, tools = context.request, context.tools
    members = tools.members.get(request.origin)
    if members is None or tools.clock.now() - request.created_at <= ROLES_FRESH_US:
        return request
    actor = await members.present(request.actor, request.reply_to)
    if actor is None:
        text = _("You are no longer a member of the place that would pay, so this cannot run.")
        raise NotAllowed(text + " " + _("Nothing was charged."))
    return replace(request, actor=actor)


def _check_allowed(context: Context, tenant: Tenant) -> None:
    """Raise a Refusal when the request may not run any more."""
    request, checks = context.request, context.tools.checks
    if request.purged:
        raise NotFound(_("What was asked for has been erased, so it cannot run. Nothing was charged."))
    until = request.pricing.agreed_until
    if request.approved_by and until is not None and context.tools.clock.now() > until:
        text = _("The approval was valid for one day, which has passed.")
        raise ApprovalEnded(text + " " + _("Nothing was charged; please ask again."))
    checks.check_again(request.actor, tenant, request.order)


async def _priced(context: Context, tenant: Tenant) -> Context:
    """The request with a price that is fresh; not written yet. Raises GatewayError and Refusal."""
    request, tools = context.request, context.tools
    if not request.pricing.is_stale(tools.clock.now()):
        price, model = request.estimate or ZERO, request.pricing.model
        tools.checks.check_price(request.actor, tenant, request.order, price, model)
        return context
    agreed = _agreed(request, tools.settings.headroom_percent)
    free = replace(request, pricing=replace(request.pricing, agreed=agreed, provider=""))
    asked = await quoted(context, tenant, order_to_run(free))
    priced = with_price(context, asked, free.pricing)
    if priced.approved_by and agreed is not None and asked.price > agreed:
        # Dearer than what was approved: an ordinary request again, which may be refused and then approved.
        pricing = replace(priced.pricing, agreed=None, agreed_until=None)
        priced = replace(priced, approved_by="", confirmed=False, pricing=pricing)
    return context.at(priced)


def _enter(context: Context, tenant: Tenant) -> None:
    """The last look at the breakers before money is held; the request may be their probe.

    Raises ModelNotAnswering.
    """
    request = context.request
    if not context.tools.breakers.enter(request.id, request.order.model, request.estimate_provider):
        raise silent(context, tenant)


def _agreed(request: Request, headroom_percent: int) -> Micros | None:
    """The most that the person or an admin has agreed to; old rows do not name it."""
    estimate = request.estimate or ZERO
    if request.pricing.agreed is not None:
        return request.pricing.agreed
    if request.approved_by:
        return with_headroom(estimate, headroom_percent)
    return estimate if request.confirmed else None


def _must_ask(request: Request, tenant: Tenant) -> bool:
    estimate, agreed = request.estimate or ZERO, request.pricing.agreed
    if agreed is None and request.reading is not None:
        return request.ask_price  # of a threshold nobody asks here; the orders that it becomes do
    if agreed is None:
        return request.ask_price or estimate > tenant.threshold
    return estimate > agreed


async def _ask(context: Context) -> Request:
    tools = context.tools
    expires = tools.clock.now() + tools.settings.confirm_minutes * 60 * 1_000_000
    moved = await context.move(
        State.PRICED,
        lambda row: replace(
            copied(row, context.request),
            state=State.AWAITING_CONFIRMATION,
            confirmed=False,
            expires_at=expires,
            notified="",
            attempts=0,
        ),
    )
    await _end_oldest_offers(context)
    return moved


async def _end_oldest_offers(context: Context) -> None:
    """A person has a few open prices at a time; the newest ones stay, since those are what they look at."""
    tools, request = context.tools, context.request
    text = _("You have asked for newer prices since, so this one has ended. Nothing was charged.")

    def replaced(row: Request) -> Request:
        expect(row, State.AWAITING_CONFIRMATION)
        return ended(row, State.CANCELLED, REPLACED, text, tools.clock.now())

    for old in (await tools.store.offers(request.actor.person))[tools.settings.offers_per_person :]:
        with suppress(LeaseLost):  # it was agreed to or ended in the meantime
            await tools.store.move(old, replaced)


async def _reserve(context: Context) -> Request:
    try:
        return await _hold(context)
    except BudgetExceeded:
        return await _hold(await fitted(context))


async def _hold(context: Context) -> Request:
    request = context.request
    return await context.move(
        State.PRICED,
        # Tries of a call that is made again are counted on.
        lambda row: altered(
            copied(row, request), state=State.RESERVED, attempts=row.attempts if row.trace_id else 0
        ),
        posting=Reserve(
            hold=hold_for(request, context.tools.settings.headroom_percent),
            approved=bool(request.approved_by),
        ),
    )


async def _refused(context: Context, refusal: BudgetExceeded) -> Request:
    """End a request that does not fit; one whose forced provider failed ends with that failure."""
    now, request = context.tools.clock.now(), context.request
    failed = request.failure if request.pricing.fell_back else None
    if failed is not None:
        return await context.move(
            State.PRICED, lambda row: ended(row, State.FAILED, failed.code, failed.message, now)
        )
    failure = Failure(
        code=refusal.code,
        message=refusal.message,
        scope=refusal.scope,
        fixed=refusal.fixed,
        alternatives=await fitting(context, refusal.left, request.estimate or ZERO),
    )
    return await context.move(
        State.PRICED,
        lambda row: replace(
            ended(copied(row, request), State.REFUSED, refusal.code, refusal.message, now),
            failure=failure,
            refused_budget=refusal.budget,
            left=refusal.left,
            resets_at=refusal.resets_at,
        ),
    )


async def give_back(context: Context) -> Request:
    """RESERVED → PRICED, for a row that rested for more than a minute."""
    return await context.move(
        State.RESERVED,
        lambda row: replace(row, state=State.PRICED, pricing=replace(row.pricing, at=0)),
        posting=Release(),
    )
