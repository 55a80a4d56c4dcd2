"""Every metric, in one place; the dashboard and the alert rules are tested against these names.

Requests are counted from the written row, in `Metrics.moved`, so that a step that is done twice counts
once. Figures of the whole database rather than of this process (`requests_unfinished`, `held_dollars` …)
are read from it for each scrape, and are the same on every replica.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from bot import __version__
from bot.core.errors import Refusal
from bot.core.notices.thresholds import Audience, NoticeOutcome
from bot.core.ports.load import UnfinishedCount, WaitsFor
from bot.core.request import TERMINAL, Request, State

SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3, 10, 30, 60, 180, 600, 3600)
CODES_MAX = 200
"""The most distinct error codes that get their own label: texts from outside must not fill the memory."""

ENDED = tuple(one for one in NoticeOutcome if one is not NoticeOutcome.WAITING)
"""What can become of a notice."""

P = ParamSpec("P")
T = TypeVar("T")

_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,48}")


class Metrics:
    """The product's metrics in one registry. Money is in dollars, time in seconds."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._registry = registry
        self._codes: set[str] = set()
        self._requests()
        self._money()
        self._gateway()
        self._process()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"lumenfall_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"lumenfall_{name}", text, labels, registry=self._registry)

    def _requests(self) -> None:
        self.accepted = self._counter("requests_accepted", "Orders accepted", "capability", "platform")
        self.ended = self._counter(
            "requests_ended", "Requests that ended and were announced", "capability", "state", "platform"
        )
        self.refusals = self._counter("refusals", "Orders refused, by reason", "reason")
        self.failures = self._counter("failures", "Requests that failed, by code", "code")
        self.ambiguous = self._counter("ambiguous", "Paid calls whose outcome was unknown")
        self.unfinished = self._gauge(
            "requests_unfinished",
            "Accepted requests that have not ended, in the whole database",
            "capability",
            "state",
            "platform",
        )
        self.oldest = self._gauge("oldest_unfinished_seconds", "Age of the oldest unfinished request")
        self.carrying = self._gauge("requests_running", "Requests in hand in this process")
        self._full = self._gauge(
            "shares_full", "Models, providers or platforms that use all of their share of slots here", "kind"
        )
        self.latency = Histogram(
            "lumenfall_latency_seconds",
            "Time per stage: ack (a platform's event until it is answered), accept (an order until it is on"
            " disk), queue (until a worker takes it), gateway (call until settled), delivery (until posted)",
            ["stage"],
            buckets=SECONDS,
            registry=self._registry,
        )

    def _money(self) -> None:
        self.estimated = self._counter("estimated_dollars", "Sum of estimates", "capability")
        self.reserved = self._counter("reserved_dollars", "Sum of holds taken", "capability")
        self.charged = self._counter("charged_dollars", "Sum of charges", "capability")
        self.overrun = self._counter("overrun_dollars", "Sum of charges above their holds", "capability")
        self.held = self._gauge("held_dollars", "Held now, in the whole database", "capability")
        self.gateway_balance = self._gauge("gateway_balance_dollars", "What is left at the gateway")
        self.gateway_balance.set(float("nan"))
        self.notices = self._counter(
            "notices",
            "Notices of limits that ended, by whom they are for and what became",
            "audience",
            "outcome",
        )
        self.digests = self._counter("digests", "Digests that ended, by what became of them", "outcome")
        for outcome in ENDED:
            self.digests.labels(outcome)
            for audience in Audience:
                self.notices.labels(audience, outcome)

    def _gateway(self) -> None:
        self.gateway_errors = self._counter("gateway_errors", "Errors of the gateway, by code", "code")
        self.gateway_calls = Histogram(
            "lumenfall_gateway_call_seconds",
            "Calls to the gateway; paid ones cost money",
            ["paid"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self.webhooks = self._counter("webhooks", "Webhooks of the gateway, by what became of them", "result")

        self.breakers_open = self._gauge(
            "breakers_open", "Models or providers that are left alone, since they do not answer", "kind"
        )
        self.breakers_opened = self._counter("breakers_opened", "Times that a breaker opened", "kind")

    def _process(self) -> None:
        self.ready = self._gauge("ready", "1 where the last readiness check passed", "check")
        self.connections = self._gauge(
            "connections", "1 per open shard or socket, 0 when it is down", "platform", "connection"
        )
        self.loop_failures = self._counter("loop_failures", "Failed rounds of regular work", "loop")
        self.loop_failing = self._gauge(
            "loop_failing_seconds", "How long regular work has been failing; 0 when it succeeds", "loop"
        )
        self.loop_lag = self._gauge("event_loop_lag_seconds", "Longest recent wait for the event loop")
        self._gauge("build_info", "Always 1; the version is a label", "version").labels(__version__).set(1)

    def code(self, given: str) -> str:
        """An error code as a label, if it has a valid form and there are not more than
        `CODES_MAX` of them.
        """
        if given in self._codes:
            return given
        if len(self._codes) >= CODES_MAX or not _CODE.fullmatch(given):
            return "other"
        self._codes.add(given)
        return given

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

    def _moved_money(self, before: Request, after: Request) -> None:
        kind = after.capability
        charged = (after.charged or 0) - (before.charged or 0)
        if charged > 0:
            self.charged.labels(kind).inc(charged / 1e6)
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
            case State.RECEIVED | State.PRICED | State.AWAITING_CONFIRMATION | State.RESERVED:
                pass
            case State.SUBMITTED | State.RUNNING | State.CANCELLED:
                pass

    def shares(self, full: Mapping[WaitsFor, int]) -> None:
        """Show how many models, providers and platforms have used up their share."""
        for kind, count in full.items():
            self._full.labels(kind).set(count)

    def taken(self, request: Request, now: int) -> None:
        """Measure how long a new request waited for a worker."""
        if request.state is State.RECEIVED and request.attempts == 0:
            self._took("queue", request.created_at, now)

    def _took(self, stage: str, start: int | None, end: int | None) -> None:
        if start is not None and end is not None:
            self.latency.labels(stage).observe(max(0, end - start) / 1e6)

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
