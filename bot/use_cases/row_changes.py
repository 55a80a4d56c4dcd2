"""What a person's press changes in the row of a request. Pure; the use cases write the result."""

from __future__ import annotations

from dataclasses import replace

from bot.core.budget_rules.refusals import can_be_granted
from bot.core.capability import about
from bot.core.errors import ApprovalEnded, BudgetExceeded, PriceMoved, TooLate
from bot.core.money import ZERO, Micros, with_headroom
from bot.core.prices.pricing import APPROVAL_US
from bot.core.request import Request, State
from bot.core.text.translation import gettext as _


def agreed(row: Request, shown: Micros | None, now: int) -> Request:
    """The row after its person has agreed to pay up to `shown`; None means the price in the row.

    The price is asked again before money is held. Raises TooLate, and PriceMoved when the row has a higher
    price than `shown`.
    """
    if row.state is not State.AWAITING_CONFIRMATION or (row.expires_at or 0) <= now:
        raise TooLate(_("This price is no longer valid. Nothing was charged; please ask again."))
    price = row.estimate or ZERO
    most = price if shown is None else shown
    if most < price:
        raise PriceMoved(shown=most, price=price)
    pricing = replace(row.pricing, at=0, agreed=most, agreed_until=None)
    return replace(row, state=State.PRICED, confirmed=True, due_at=now, expires_at=None, pricing=pricing)


def cancelled(row: Request, now: int) -> Request:
    """The row after a cancellation. Raises TooLate when it can no longer be cancelled."""
    match row.state:
        case State.RECEIVED | State.PRICED | State.AWAITING_CONFIRMATION | State.RESERVED:
            reading = row.reading and row.reading.ended()
            over = replace(row, state=State.CANCELLED, due_at=now, finished_at=now, expires_at=None)
            return replace(over, reading=reading)
        case State.SUBMITTED if not about(row.capability).stops:
            raise TooLate(_("The picture is already being made and cannot be stopped. It will be charged."))
        case State.SUBMITTED | State.RUNNING:
            return replace(row, cancel_requested=True, due_at=min(row.due_at or now, now))
        case State.AMBIGUOUS:
            raise TooLate(
                _(
                    "The connection broke after this was sent, so it cannot be stopped. It ends by itself"
                    " when the gateway's log says what became of it, or when its time is over. An admin here"
                    " can end it before that, at the amount set aside."
                )
            )
        case State.SETTLED:
            raise TooLate(_("This request has already ended."))
        case State.DELIVERED | State.REFUSED | State.FAILED | State.CANCELLED:
            raise TooLate(_("This request has already ended."))


def approval_maximum(row: Request, headroom_percent: int) -> Micros:
    """The most that an approval allows: the price that was refused, with its headroom."""
    return with_headroom(row.estimate or ZERO, headroom_percent)


def approved(row: Request, by: str, most: Micros, now: int) -> Request:
    """The row after an admin has approved it for up to `most`. Raises TooLate and ApprovalEnded.

    The price, the policy and the blocks are asked again when it runs.
    """
    check_grantable(row, now)
    return replace(
        row,
        state=State.PRICED,
        approved_by=by,
        confirmed=True,
        pricing=replace(row.pricing, at=0, agreed=most, agreed_until=now + APPROVAL_US),
        failure=None,
        due_at=now,
        finished_at=None,
        notified="",
    )


def check_grantable(row: Request, now: int) -> None:
    """Raise TooLate when no admin can approve the request, and ApprovalEnded when it is too late for one."""
    if row.purged:
        raise ApprovalEnded(_("What was asked for has been erased, so it cannot run. Nothing was charged."))
    if not can_be_granted(row):
        raise TooLate(_why_not(row))
    if now - (row.finished_at or row.updated_at) > APPROVAL_US:
        text = _("This was refused more than a day ago, so it can no longer be approved.")
        raise ApprovalEnded(text + " " + _("Nothing was charged; please ask again."))


def is_grantable(row: Request, now: int) -> bool:
    """Whether an admin can approve the request now."""
    try:
        check_grantable(row, now)
    except (TooLate, ApprovalEnded):
        return False
    return True


def _why_not(row: Request) -> str:
    if row.approved_by:
        return _("Someone has already decided on this request.")
    if row.failure is not None and row.failure.code == BudgetExceeded.code:
        return _("No admin here can raise that budget. Please ask the operator of this bot.")
    return _("This request is not waiting for an approval.")
