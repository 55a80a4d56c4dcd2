"""What all steps share: the tools, the current row with its fence, and the ways to write it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import structlog

from bot.bounds.breakers import Breakers
from bot.conversation.context import asked
from bot.conversation.waiting import Waiting
from bot.core.errors import BotError, LeaseLost, StoreUnavailable
from bot.core.errors.outside import DeliveryPassing
from bot.core.events import Progressed
from bot.core.identity import person_hash
from bot.core.order_rules import Checks
from bot.core.ports.for_adapters import Clock, Members, Notifier
from bot.core.ports.gateway import Gateway
from bot.core.ports.media import MediaStore
from bot.core.ports.store import Fence, Posting, Store
from bot.core.request import Failure, Order, Request, State, Turn
from bot.core.text.translation import gettext as _
from bot.images.inputs import Inputs, read_inputs
from bot.settings import Settings
from bot.telemetry import request_record
from bot.telemetry.logging import metrics
from bot.use_cases.house_rules import HouseRules
from bot.use_cases.posting_again import UNPOSTED
from bot.worker.seen_prices import SeenPrices

T = TypeVar("T")
log = structlog.get_logger(__name__)

TELL_S = 60.0
"""How long a platform may take for a message without a result, in seconds."""
PROGRESS_S = 5.0
"""How long a report of progress may take, which is to return at once."""
STORE_PATIENCE_S = 600.0
"""Seconds to keep trying to write a paid result that is in memory only."""
CANCELLED = Failure(code="cancelled", message=_("Cancelled."))


@dataclass(frozen=True, kw_only=True)
class StepTools:
    """Everything that a step may use. `notifiers` and `members` by origin."""

    store: Store
    gateway: Gateway
    media: MediaStore
    checks: Checks
    house_rules: HouseRules
    notifiers: Mapping[str, Notifier]
    members: Mapping[str, Members]
    clock: Clock
    settings: Settings
    identity_key: bytes
    seen_prices: SeenPrices
    breakers: Breakers
    waiting: Waiting


class Context:
    """One row under one lease."""

    def __init__(self, tools: StepTools, request: Request, fence: Fence) -> None:
        self.tools = tools
        self.request = request
        self.fence = fence
        self._expected_s: float | None = None
        self._inputs: Inputs | None = None

    def at(self, request: Request) -> Context:
        """A context for a newer version of the row, under the same lease."""
        context = Context(self.tools, request, self.fence)
        context._expected_s = self._expected_s
        context._inputs = self._inputs
        return context

    async def move(
        self,
        state: State,
        change: Callable[[Request], Request],
        *,
        posting: Posting | None = None,
        turns: tuple[str, Sequence[Turn]] | None = None,
    ) -> Request:
        """Write the row if it is still in `state` and ours; raises LeaseLost otherwise.

        Keeps trying for ten minutes while the database is unavailable, since the write may carry a paid
        result. A write that did succeed is recognised by the row's state, and is not done twice.
        """

        def checked(row: Request) -> Request:
            expect(row, state)
            return change(row)

        waited = 0.0
        while True:
            try:
                moved = await self.tools.store.move(
                    self.request.id, checked, fence=self.fence, posting=posting, turns=turns
                )
                metrics.moved(self.request, moved)
                record_end(self.tools, self.request, moved)
                return moved
            except StoreUnavailable:
                if waited >= STORE_PATIENCE_S:
                    raise
                pause = backoff(int(waited), low=0.5, high=5)
                await self.tools.clock.sleep(pause)
                waited += pause

    async def later(self, seconds: float) -> Request:
        """Release the row until `seconds` from now, with one more attempt counted."""
        due = self.tools.clock.now() + int(seconds * 1_000_000)
        return await self.move(
            self.request.state, lambda row: replace(resting(row, due), attempts=row.attempts + 1)
        )

    async def rest(self, seconds: float) -> Request:
        """Release the row until `seconds` from now, since something else must happen first."""
        due = self.tools.clock.now() + int(seconds * 1_000_000)
        return await self.move(self.request.state, lambda row: resting(row, due))

    async def pictures(self) -> dict[str, bytes]:
        """The pictures of the order as it is sent, read once for all prices that a step asks for.

        Raises NotFound when they were deleted at the end of their retention, or were not made.
        """
        if self._inputs is None:
            self._inputs = await read_inputs(self.tools.store, self.tools.media, asked(self.request))
        return self._inputs.data

    @property
    def awaits(self) -> bool:
        """True when a picture of the order, once read, is still being made and another stands for it."""
        return self._inputs is not None and self._inputs.awaited

    def as_stored(self, order: Order) -> Order:
        """The order with what is known of its pictures now that they were read."""
        return order if self._inputs is None else self._inputs.filled(order)

    @property
    def notifier(self) -> Notifier | None:
        """The adapter that tells the person; None when it does not run here."""
        return self.tools.notifiers.get(self.request.origin)

    async def progress(self, *, percent: int | None = None, **facts: Any) -> None:
        """Report progress to the person; best effort: a failure here never stops a step."""
        notifier, request = self.notifier, self.request
        if notifier is None:
            return
        try:
            if self._expected_s is None:
                self._expected_s = await self.tools.store.expected_s(request.order.model, request.capability)
            event = self._progressed(percent=percent, **facts)
            await in_time(PROGRESS_S, notifier.progress(request.reply_to, event))
        except BotError as error:
            log.info("progress_failed", error=error.code)
        except Exception:
            log.exception("progress_crashed", origin=request.origin)

    def _progressed(self, **facts: Any) -> Progressed:
        request = self.request
        start = request.submitted_at or request.created_at
        return Progressed(
            request=request,
            elapsed_s=max(0.0, (self.tools.clock.now() - start) / 1_000_000),
            expected_s=self._expected_s,
            **facts,
        )


async def in_time(seconds: float, told: Awaitable[T]) -> T:
    """What a notifier answers. Raises DeliveryPassing when it does not within `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await told
    except TimeoutError as error:
        raise DeliveryPassing("the platform did not answer in time") from error


def record_end(tools: StepTools, before: Request, after: Request) -> None:
    """Write the log line of a request when this write records that its person was told of the end."""
    request_record.ended(before, after, person=person_hash(tools.identity_key, after.actor.person))


def expect(row: Request, state: State) -> None:
    """Raise LeaseLost when the row has changed its state in the meantime."""
    if row.state is not state:
        raise LeaseLost(f"expected {state}, found {row.state}")


def altered(row: Request, **facts: Any) -> Request:
    """A copy of the row with other values of some fields, as by `dataclasses.replace`.

    Without the constructor, which sets more than fifty fields one by one: a twentieth of an order's time.
    """
    if not facts.keys() <= vars(row).keys():
        raise TypeError("a request has no such field")
    copied = copy(row)
    vars(copied).update(facts)
    return copied


def resting(row: Request, due: int | None) -> Request:
    """The row released until `due` (None: for good), free for any worker to claim."""
    return altered(row, due_at=due, lease_owner="", lease_until=0)


def ended(row: Request, state: State, code: str, message: str, now: int) -> Request:
    """The row in its final state, due at once so that the person is told."""
    return replace(
        row,
        state=state,
        reading=row.reading and row.reading.ended(again=state is State.REFUSED),
        failure=Failure(code=code, message=message),
        finished_at=now,
        due_at=now,
        expires_at=None,
        attempts=0,
        notified="",
    )


def given_up(row: Request, now: int) -> Request:
    """End a row whose step crashes every time; look it up in the gateway's log if a call was made."""
    message = _("Something went wrong here. Nothing was charged; please try again later.")
    match row.state:
        case State.RECEIVED | State.PRICED:
            return ended(row, State.REFUSED, "internal_error", message, now)
        case State.AWAITING_CONFIRMATION | State.RESERVED:
            return ended(row, State.CANCELLED, "internal_error", message, now)
        case State.SUBMITTED | State.RUNNING:
            return replace(resting(row, now), state=State.AMBIGUOUS, attempts=0)
        case State.SETTLED:
            end = ended(row, State.FAILED, UNPOSTED, not_posted(), now)
            return replace(end, finished_at=row.finished_at)
        case State.AMBIGUOUS:
            return resting(row, now + 60_000_000)
        case State.DELIVERED | State.REFUSED | State.FAILED | State.CANCELLED:
            return replace(resting(row, None), notified=row.state)


def not_posted() -> str:
    """The sentence for a paid result that no platform took."""
    return _(
        "The result was made, but it could not be posted. It is kept for now: the details of this request"
        " have a button that posts it again, at no cost."
    )


def backoff(attempts: int, *, low: float, high: float) -> float:
    """Seconds to wait before the next try: doubling from `low`, at most `high`."""
    return min(high, low * 2 ** min(attempts, 16))
