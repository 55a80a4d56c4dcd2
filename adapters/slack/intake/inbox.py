"""The door: what Slack hands over is on disk, and known to be new, before Slack is told that we have it.

Bolt acknowledges events before their listeners run, so a process killed a moment later would lose them; and
Slack delivers again after a timeout, a restart or a reconnect, minutes later and over another socket (Slack
docs, Events API, retries). A retry's header says nothing about whether the first one was handled, so only
the key decides. When the disk says no, nobody is acknowledged and Slack will come again.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncBoltContext
from slack_bolt.response import BoltResponse

from adapters.common.background import Background
from adapters.common.first_answers import FirstAnswers
from adapters.slack.context import ORIGIN
from adapters.slack.intake.payload import Body, Inbound, Kind, is_noise, read, restored
from bot.core.ports.for_adapters import Clock
from bot.telemetry.logging import metrics
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

Handler = Callable[[Inbound], Awaitable[None]]

SWEEP_S = 30.0
STALE_S = 90
"""A row this old belongs to a process that has died; a living one handles its own much sooner."""
_UNKEPT = frozenset({Kind.SUGGEST, Kind.OTHER})


class InboundEvents:
    """Bolt's middleware, and the way from a kept payload to its handler."""

    def __init__(self, *, service: Service, clock: Clock, tasks: Background, handler: Handler) -> None:
        self._inbox = service.inbox
        self._clock = clock
        self._tasks = tasks
        self._handler = handler
        self._begun: set[str] = set()
        self.acknowledgements = FirstAnswers()
        self.closed = False

    async def middleware(
        self,
        body: dict[str, Any],
        context: AsyncBoltContext,
        ack: AsyncAck,
        next_: Callable[[], Awaitable[None]],
    ) -> BoltResponse | None:
        """Keep what is new and pass it on; acknowledge what is known or noise and pass nothing on."""
        inbound = read(body, at=self._clock.now())
        if self.closed:
            return BoltResponse(status=503, body="stopping")
        if is_noise(inbound) or (inbound.kind is Kind.OTHER and not inbound.event):
            return await ack()  # Bolt leaves what it knows no listener for unanswered
        context["inbound"] = inbound
        started = time.monotonic()
        if inbound.kind not in _UNKEPT and not await self._keep(inbound):
            log.info("seen_before", kind=inbound.kind)
            return await ack()
        await next_()
        metrics.latency.labels("ack").observe(time.monotonic() - started)
        return None

    async def _keep(self, inbound: Inbound) -> bool:
        return await self._inbox.inbox_put(ORIGIN, inbound.key, inbound.stored())

    async def take(self, body: Body) -> None:
        """Keep and handle what Slack did not say but would have; while we stop, the next start handles it."""
        inbound = read(body, at=self._clock.now())
        if await self._keep(inbound) and not self.closed:
            self.begin(inbound)

    def begin(self, inbound: Inbound) -> None:
        """Handle it from here on, on our own time."""
        self._begun.add(inbound.key)
        self._tasks.spawn(self._handle(inbound), name=f"slack:{inbound.kind}")

    async def _handle(self, inbound: Inbound) -> None:
        """Handle and tick off. Only a killed process leaves a row behind: errors are told, not repeated."""
        try:
            # What may open a form does not wait: its trigger is dying.
            if not inbound.trigger_id or inbound.body.get("text"):
                await self.acknowledgements.few()
            await self._handler(inbound)
        except Exception:
            log.exception("handler_failed", kind=inbound.kind)
        await self.done(inbound)

    async def done(self, inbound: Inbound) -> None:
        """Tick off."""
        if inbound.kind not in _UNKEPT:
            await self._inbox.inbox_done(ORIGIN, inbound.key)
        self._begun.discard(inbound.key)

    async def resume(self, *, older_than_s: float) -> int:
        """Take up what a process that died had been given; answers how many."""
        before = self._clock.now() - int(older_than_s * 1_000_000)
        taken = 0
        for item in await self._inbox.inbox_pending(ORIGIN, older_than=before):
            if item.key in self._begun:
                continue
            self.begin(restored(item.payload))
            taken += 1
        if taken:
            log.info("resumed", count=taken)
        return taken

    async def sweep(self) -> None:
        """Take up what processes that have died were given."""
        await self.resume(older_than_s=STALE_S)
