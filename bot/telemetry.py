"""Logs and metrics. `configure` is called once by the composition root; importing does nothing loud.

A request's id is bound to the logging context while a worker carries it, so every line about it can be
found under one id. `redact` is the last processor before output: secrets and people's words never leave.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

_SECRET_NAME = re.compile(r"token|secret|password|api_?key|authorization|cookie", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r"lmnfl_[\w.\-]+|xox[a-z]-[\w-]+|xapp-[\w-]+|whsec_[\w+/=]+|Bearer\s+\S+|Bot\s+[\w.\-]{20,}"
    r"|[MNO][\w-]{23,27}\.[\w-]{6}\.[\w-]{27,}|://[^\s/:@]+:[^\s/@]+@"
)
_WORDS = frozenset(("prompt", "text", "content", "messages", "system", "negative_prompt", "history"))

Event = MutableMapping[str, Any]


def redact(_logger: Any, _method: str, event: Event) -> Event:
    """Blank secrets by name and by shape, and people's words by name, however deep they lie."""
    return {name: _clean(name, value) for name, value in event.items()}


def _clean(name: str, value: Any) -> Any:
    if _SECRET_NAME.search(name):
        return "[secret]"
    if name in _WORDS:
        return f"[{len(value)} characters]" if isinstance(value, str) else "[words]"
    if isinstance(value, str):
        return _SECRET_VALUE.sub("[secret]", value)
    if isinstance(value, dict):
        return {str(key): _clean(str(key), item) for key, item in value.items()}  # type: ignore[misc]
    if isinstance(value, list | tuple):
        return [_clean("", item) for item in value]  # type: ignore[misc]
    return value


def configure(*, level: str = "info", json: bool | None = None) -> None:
    """Send structlog and the standard library's loggers to stderr through one pipeline.

    `json` None means: JSON unless a terminal is attached.
    """
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("httpx", "httpcore", "discord", "slack_bolt", "slack_sdk", "aiohttp.access", "asyncio"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


class Metrics:
    """Every metric, in one place; the dashboards and alerts are tested against these names."""

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        def counter(name: str, text: str, *labels: str) -> Counter:
            return Counter(f"lumenfall_{name}", text, labels, registry=registry)

        self.carrying = Gauge(
            "lumenfall_requests_running", "Requests in hand in this process", registry=registry
        )
        self.ended = counter("requests_ended", "Requests that ended", "capability", "state", "platform")
        self.refusals = counter("refusals", "Orders refused, by reason", "reason")
        self.estimated = counter("estimated_dollars", "Sum of estimates", "capability")
        self.charged = counter("charged_dollars", "Sum of charges", "capability")
        self.overrun = counter("overrun_dollars", "Sum of charges above their holds")
        self.gateway_errors = counter("gateway_errors", "Errors of the gateway, by code", "code")
        self.gateway_balance = Gauge(
            "lumenfall_gateway_balance_dollars", "What is left at the gateway", registry=registry
        )
        self.ambiguous = counter("ambiguous", "Calls whose outcome was unknown")
        self.latency = Histogram(
            "lumenfall_latency_seconds",
            "Time per stage: ack, queue, gateway, delivery",
            ["stage"],
            buckets=(0.005, 0.02, 0.1, 0.5, 1, 3, 10, 30, 60, 180, 600),
            registry=registry,
        )


metrics = Metrics()
