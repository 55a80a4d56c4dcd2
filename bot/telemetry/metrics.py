"""When what is counted; the families themselves are in `bot.telemetry.metric_families`.

Requests are counted from the written row, in `Metrics.moved`, so that a step that is done twice counts
once. Figures of the whole database rather than of this process (`requests_unfinished`, `held_dollars` …)
are read from it for each scrape, and are the same on every replica.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from prometheus_client import Counter

from bot.core.errors import Refusal
from bot.core.ports.load import UnfinishedCount, WaitsFor
from bot.core.request import TERMINAL, Request, State
from bot.telemetry.label_values import place_of
from bot.telemetry.metric_families import MetricFamilies

P = ParamSpec("P")
T = TypeVar("T")


class Metrics(MetricFamilies):
    """The product's metrics in one registry. Money is in dollars, time in seconds."""

    def took_order(self, request: Request) -> None:
        """Count an accepted order; its model and place are there from now on, at zero."""
        self.accepted.labels(request.capability, request.origin).inc()
        for state in TERMINAL:
            self.model_ended.labels(self._model(request.order.model), state)
        self._by_place(request)

    def _by_place(self, request: Request) -> Counter:
        return self.place_charged.labels(self._place(place_of(request.actor.tenant)))

    def refused(self, code: str) -> None:
        """Count an order that was refused before it became a request, or a request that was refused."""
        self.refusals.labels(self.code(code)).inc()

    def moved(self, before: Request, after: Request) -> None:
        """Count the changes of one write of a request's row. Call once per successful write."""
        self._moved_money(before, after)
        if after.state is not before.state:
            self._moved_state(after)
        if after.state in TERMINAL and after.notified == after.state != before.notified:
            self.ended.labels(after.capability, after.state, after.origin).inc()
            self.model_ended.labels(self._model(after.order.model), after.state).inc()

    def _moved_money(self, before: Request, after: Request) -> None:
        kind = after.capability
        charged = (after.charged or 0) - (before.charged or 0)
        if charged > 0:
            self.charged.labels(kind).inc(charged / 1e6)
            self._by_place(after).inc(charged / 1e6)
        if after.overrun > before.overrun:
            self.overrun.labels(kind).inc((after.overrun - before.overrun) / 1e6)
        if after.state is State.PRICED and before.state is State.RECEIVED:
            self.estimated.labels(kind).inc((after.estimate or 0) / 1e6)
        if after.state is State.RESERVED and before.state is State.PRICED:
            self.reserved.labels(kind).inc(after.hold / 1e6)

    def _moved_state(self, after: Request) -> None:
        match after.state:
            case State.AMBIGUOUS:
                self.ambiguous.inc()
            case State.REFUSED:
                self.refused(after.failure.code if after.failure else "refused")
            case State.FAILED:
                self.failures.labels(self.code(after.failure.code if after.failure else "failed")).inc()
            case State.SETTLED:
                self._took("gateway", after.submitted_at, after.finished_at)
            case State.DELIVERED:
                self._took("delivery", after.finished_at, after.updated_at)
                self._posted(after)
            case State.RECEIVED | State.PRICED | State.AWAITING_CONFIRMATION | State.RESERVED:
                pass
            case State.SUBMITTED | State.RUNNING | State.CANCELLED:
                pass

    def shares(self, full: Mapping[WaitsFor, int]) -> None:
        """Show how many models, providers and platforms have used up their share."""
        for kind, count in full.items():
            self.full.labels(kind).set(count)

    def taken(self, request: Request, now: int) -> None:
        """Measure how long a new request waited for a worker."""
        if request.state is State.RECEIVED and request.attempts == 0:
            self._took("queue", request.created_at, now)

    def _took(self, stage: str, start: int | None, end: int | None) -> None:
        if start is not None and end is not None:
            self.latency.labels(stage).observe(max(0, end - start) / 1e6)

    def _posted(self, after: Request) -> None:
        """Measure from the moment at which nobody was asked any more until the result stood there."""
        held = [change.at for change in after.state_changes if change.state is State.RESERVED]
        start = held[-1] if held else after.created_at
        self.post.labels(after.capability).observe(max(0, after.updated_at - start) / 1e6)

    def counted(self, counts: Iterable[UnfinishedCount], now: int) -> None:
        """Set the gauges of unfinished requests from the database's counts."""
        counts = list(counts)
        self.unfinished.clear()
        self.held.clear()
        for row in counts:
            self.unfinished.labels(row.capability, row.state, row.platform).set(row.requests)
            self.held.labels(row.capability).inc(row.held / 1e6)
        oldest = min((row.oldest for row in counts), default=now)
        self.oldest.set(max(0, now - oldest) / 1e6)


metrics = Metrics()


def measured(stage: str) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Decorates a use case: its time goes to `latency_seconds` under `stage`, its refusals are counted."""

    def decorate(use_case: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(use_case)
        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
            started = time.monotonic()
            try:
                return await use_case(*args, **kwargs)
            except Refusal as refusal:
                metrics.refused(refusal.code)
                raise
            finally:
                metrics.latency.labels(stage).observe(time.monotonic() - started)

        return wrapper

    return decorate
