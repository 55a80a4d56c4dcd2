"""One payload on its way to the app: who got it, when and with what it was acknowledged.

Events not acknowledged in time are sent again on Slack's schedule; commands and interactions are not: the
person sees that the app did not answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.slack_server.payloads import check_inbound

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.state import Team


@dataclass(eq=False, kw_only=True)
class Attempt:
    """One sending over one wire."""

    number: int
    reason: str | None
    via: str = ""
    sent_at: float = 0.0
    acked_at: float | None = None
    status: int | None = None
    answer: Any = None
    error: str | None = None
    no_retry: bool = False

    @property
    def ok(self) -> bool:
        return self.acked_at is not None


@dataclass(eq=False, kw_only=True)
class Delivery:
    """A payload and its attempts. `kind`: events_api, slash_commands or interactive."""

    core: Core
    kind: str
    payload: dict[str, Any]
    team: Team
    on_ack: Callable[[Any], None] | None = None
    on_failure: Callable[[str], None] | None = None
    attempts: list[Attempt] = field(default_factory=list)
    first: Attempt | None = None
    """The attempt that was acknowledged first."""
    given_up: str | None = None
    chains: int = 0
    """Copies still being tried."""

    @property
    def event_id(self) -> str | None:
        return self.payload.get("event_id")

    @property
    def ack_seconds(self) -> float:
        """From the first sending to the first acknowledgement, by `own_time`."""
        assert self.first, f"{self.kind} is not acknowledged: {self.given_up}"
        assert self.first.acked_at
        return self.first.acked_at - min(a.sent_at for a in self.attempts if a.sent_at)

    @property
    def answer(self) -> Any:
        """What the acknowledgement carried: a dict, a text, or None."""
        assert self.first, f"{self.kind} is not acknowledged: {self.given_up}"
        return self.first.answer

    async def acked(self, timeout: float = 5.0) -> Any:
        """Wait for the acknowledgement and return what it carried. AssertionError when it never comes."""
        await self.core.wait_for(lambda: self.first or self.given_up, timeout)
        assert self.first, f"{self.kind} was not acknowledged: {self.given_up}"
        return self.first.answer

    async def all_acked(self, count: int, timeout: float = 5.0) -> None:
        """Wait until that many attempts (copies, retries) were acknowledged."""
        await self.core.wait_for(lambda: sum(a.ok for a in self.attempts) >= count, timeout)

    async def failed(self, timeout: float = 5.0) -> str:
        """Wait until Slack gave up and return why."""
        return await self.core.wait_for(lambda: self.given_up, timeout) or ""


def send(
    core: Core,
    kind: str,
    payload: dict[str, Any],
    team: Team,
    *,
    copies: int | None = None,
    on_ack: Callable[[Any], None] | None = None,
    on_failure: Callable[[str], None] | None = None,
) -> Delivery:
    """Start delivering. `copies` go out at once, each over another wire where there is one."""
    check_inbound(core, payload)
    delivery = Delivery(
        core=core, kind=kind, payload=payload, team=team, on_ack=on_ack, on_failure=on_failure
    )
    core.deliveries.append(delivery)
    delivery.chains = core.copies if copies is None else copies
    for _ in range(delivery.chains):
        core.spawn(_deliver(core, delivery))
    return delivery


def resend(core: Core, delivery: Delivery, number: int, reason: str) -> Attempt:
    """Send the same payload once more with retry marks, whatever became of it before."""
    attempt = Attempt(number=number, reason=reason)
    delivery.attempts.append(attempt)
    core.spawn(_attempt(core, delivery, attempt))
    return attempt


async def _deliver(core: Core, delivery: Delivery) -> None:
    delays = core.timings.retry_delays if delivery.kind == "events_api" else ()
    reason: str | None = None
    for number in range(len(delays) + 1):
        if number:
            await asyncio.sleep(delays[number - 1])
        attempt = Attempt(number=number, reason=reason if number else None)
        delivery.attempts.append(attempt)
        await _attempt(core, delivery, attempt)
        if attempt.ok or attempt.no_retry:
            break
        reason = attempt.error
    delivery.chains -= 1
    if delivery.first is None and not delivery.chains:
        delivery.given_up = delivery.attempts[-1].error or "unknown"
        if delivery.on_failure:
            delivery.on_failure(delivery.given_up)
        core.touch()


async def _attempt(core: Core, delivery: Delivery, attempt: Attempt) -> None:
    await core.transmit(delivery, attempt)
    if attempt.ok and delivery.first is None:
        delivery.first = attempt
        if delivery.on_ack:
            delivery.on_ack(attempt.answer)
    core.touch()
