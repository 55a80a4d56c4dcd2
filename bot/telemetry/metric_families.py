"""Every metric, in one place; the dashboard and the alert rules are tested against these names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

from bot import __version__
from bot.core.capability import Capability
from bot.core.notices.thresholds import Audience, NoticeOutcome
from bot.core.ports.load import WaitsFor
from bot.core.request import TERMINAL
from bot.telemetry import label_values
from bot.telemetry.label_values import BoundedLabel

SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 3, 10, 30, 60, 180, 600, 3600)
CODES_MAX = 200
"""The most distinct error codes that get their own label: texts from outside must not fill the memory."""
MODELS_MAX, PLACES_MAX = 60, 100
"""The most models and places that get their own label in one process; all others are counted together."""

ENDED = tuple(one for one in NoticeOutcome if one is not NoticeOutcome.WAITING)
"""What can become of a notice."""

_CODE = re.compile(r"[A-Za-z0-9_.\-]{1,48}")


class MetricFamilies:
    """The families in one registry, each series whose labels are known at zero."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._registry = registry
        codes = (*label_values.refusal_codes(), *label_values.GATEWAY_CODES)
        self.code = BoundedLabel(CODES_MAX, codes, _CODE)
        """An error code as a label, if it has a valid form and is one of the first `CODES_MAX`."""
        self._model, self._place = BoundedLabel(MODELS_MAX), BoundedLabel(PLACES_MAX)
        self._requests()
        self._money()
        self._gateway()
        self._process()
        self._outside()
        self._begin_at_zero()

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"lumenfall_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"lumenfall_{name}", text, labels, registry=self._registry)

    def _requests(self) -> None:
        self.accepted = self._counter("requests_accepted", "Orders accepted", "capability", "platform")
        self.ended = self._counter(
            "requests_ended", "Requests that ended and were announced", "capability", "state", "platform"
        )
        self.model_ended = self._counter(
            "model_requests_ended", "Requests that ended, by model", "model", "state"
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
        self.full = self._gauge(
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
        self.post = Histogram(
            "lumenfall_post_seconds",
            "From the hold, when nothing is asked any more, until the result is posted",
            ["capability"],
            buckets=SECONDS,
            registry=self._registry,
        )

    def _money(self) -> None:
        self.estimated = self._counter("estimated_dollars", "Sum of estimates", "capability")
        self.reserved = self._counter("reserved_dollars", "Sum of holds taken", "capability")
        self.charged = self._counter("charged_dollars", "Sum of charges", "capability")
        self.place_charged = self._counter("place_charged_dollars", "Sum of charges, by who pays", "place")
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
        self.loop_dead = self._gauge("loop_dead", "1 where regular work has ended for good", "loop")
        self.loop_failing = self._gauge(
            "loop_failing_seconds", "How long regular work has been failing; 0 when it succeeds", "loop"
        )
        self.loop_lag = self._gauge("event_loop_lag_seconds", "Longest recent wait for the event loop")
        self._gauge("build_info", "Always 1; the version is a label", "version").labels(__version__).set(1)

    def _outside(self) -> None:
        """What the process meets besides the gateway: platforms, callers over HTTP, its database."""
        self.platform_limits = self._counter(
            "platform_rate_limited", "Calls that a platform answered with 429", "platform"
        )
        self.http = self._counter("http_responses", "Answers of the HTTP port, by class of status", "status")
        self.commits = Histogram(
            "lumenfall_database_commit_seconds",
            "Time of one commit of the database, with all that share it",
            buckets=SECONDS,
            registry=self._registry,
        )
        self.database_errors = self._counter("database_errors", "Commits that failed as a whole")
        self.backed_up = self._gauge(
            "last_backup_timestamp_seconds", "When `lumenfall-bot backup` last succeeded here; 0 for never"
        )

    def _begin_at_zero(self) -> None:
        """Every series whose labels are known is there before its first event."""
        for kind in Capability:
            for counter in (self.estimated, self.reserved, self.charged, self.overrun, self.post):
                counter.labels(kind)
            for origin in label_values.ORIGINS:
                self.accepted.labels(kind, origin)
                for state in TERMINAL:
                    self.ended.labels(kind, state, origin)
        born: list[tuple[Counter | Gauge | Histogram, Iterable[str]]] = [
            (self.refusals, label_values.refusal_codes()),
            (self.failures, label_values.GATEWAY_CODES),
            (self.gateway_errors, label_values.GATEWAY_CODES),
            (self.gateway_calls, ("true", "false")),
            (self.webhooks, label_values.WEBHOOK_RESULTS),
            (self.breakers_opened, (WaitsFor.MODEL, WaitsFor.PROVIDER)),
            (self.breakers_open, (WaitsFor.MODEL, WaitsFor.PROVIDER)),
            (self.full, WaitsFor),
            (self.latency, label_values.STAGES),
            (self.platform_limits, label_values.PLATFORMS),
            (self.http, label_values.STATUS_CLASSES),
        ]
        for metric, values in born:
            for value in values:
                metric.labels(value)
