"""The events that the core reports to the adapters.

An adapter renders them in its own way; the only texts in them are the person's own and the core's
sentences for refusals and failures. Every event has the request; `request` is the row as it was
when the event happened.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.errors import Refusal
from bot.core.ledger import BudgetLine, Scope, describe
from bot.core.money import ZERO, Micros
from bot.core.request import Request, picture_notes


@dataclass(frozen=True, kw_only=True)
class BudgetLeft:
    """What is left in one budget that binds the person; the tightest one is shown with a receipt.

    `scope` says whose limit it is, and therefore who can raise it.
    """

    budget: str
    scope: Scope
    limit: Micros
    spent: Micros
    held: Micros
    left: Micros
    resets_at: int | None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a request cost. `charged` is 0 when nothing was charged.

    `source` is where the figure comes from: `gateway` (its answer or its log), `estimate`, `hold`. `reading`
    is what understanding the message cost, named with the first of the orders that it became, else 0.
    `pictures` says what was done to the pictures that were sent in, in sentences, or is empty. `project` and
    `style` are the names of what it was ordered for and in, or empty.
    """

    estimate: Micros | None
    charged: Micros
    overrun: Micros
    source: str
    room: BudgetLeft | None
    elapsed_s: float
    reading: Micros = ZERO
    pictures: str = ""
    project: str = ""
    style: str = ""


@dataclass(frozen=True, kw_only=True)
class Progressed:
    """Progress of a request, perhaps only of the elapsed time. Best effort; the newest event wins.

    `position` is the place in the queue (1 is next, None when running); `percent` 0–100 where known;
    `expected_s` how long this model has taken recently, `elapsed_s` how long this one has taken so far;
    `text` what a chat has said so far.
    """

    request: Request
    position: int | None = None
    percent: int | None = None
    elapsed_s: float = 0.0
    expected_s: float | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class AwaitingConfirmation:
    """A price that somebody must agree to first; `expires_at` in UTC microseconds.

    With a `plan`, `request` is the message that became these orders, in their order; `price` is their total,
    and one press (`Talk.agree`) agrees to all of them.
    """

    request: Request
    price: Micros
    expires_at: int
    plan: tuple[Request, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """The result is ready. The adapter posts it and returns where it was posted.

    `orders` are what a message became that was understood as orders (`request.reading`): they tell of
    themselves, the first of them at the same address, so an adapter posts only words and notes, if there are
    any. `spent` is what the conversation has cost so far, None outside of one.
    """

    request: Request
    receipt: Receipt
    orders: tuple[Request, ...] = ()
    spent: Micros | None = None


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Refused after acceptance (price or budget); nothing was charged."""

    request: Request
    refusal: Refusal


@dataclass(frozen=True, kw_only=True)
class Failed:
    """No result. The receipt says whether it was charged, from the gateway's own figures."""

    request: Request
    receipt: Receipt


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """Ended because someone cancelled it, or because a confirmation expired."""

    request: Request
    receipt: Receipt


@dataclass(frozen=True, kw_only=True)
class Corrected:
    """The gateway's log has named the cost of a request that was charged an estimate, its hold or nothing.

    The receipt has the corrected charge; `before` is the earlier one, None when it is no longer known.
    """

    request: Request
    receipt: Receipt
    before: Micros | None = None

    @property
    def small(self) -> bool:
        """True when the two differ by too little for a separate message."""
        return self.before is not None and abs(self.receipt.charged - self.before) < SMALL


SMALL = Micros(1_000)
"""A tenth of a cent."""


def receipt_of(request: Request, room: BudgetLeft | None = None) -> Receipt:
    """What an ended request has cost according to its row; `room` is what is left by now."""
    start = request.submitted_at or request.created_at
    end = request.finished_at or request.updated_at
    return Receipt(
        estimate=request.estimate,
        charged=request.charged or ZERO,
        overrun=request.overrun,
        source=request.charged_from,
        room=room,
        elapsed_s=max(0.0, (end - start) / 1_000_000),
        reading=request.part.reading if request.part else ZERO,
        pictures=picture_notes(request.order),
        project=request.order.project_name,
        style=request.order.styled.name if request.order.styled else "",
    )


Event = Progressed | AwaitingConfirmation | Delivered | Refused | Failed | Cancelled | Corrected
Final = Delivered | Refused | Failed | Cancelled


def room_of(line: BudgetLine) -> BudgetLeft:
    """What is left in one budget, and when it resets."""
    return BudgetLeft(
        budget=describe(line.budget),
        scope=line.budget.scope,
        limit=line.limit or ZERO,
        spent=line.spent,
        held=line.held,
        left=line.left or ZERO,
        resets_at=line.resets_at,
    )
