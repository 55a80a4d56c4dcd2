"""One trace per request, if OpenTelemetry is installed and an exporter is configured; otherwise nothing.

The steps of a request happen in different tasks, processes and days, so no span is kept open for it: trace id
and root span are derived from the request's id, and every step is a span under that root. The first paid call
has the same trace id in its `traceparent`, so the gateway's log and the trace can be matched; a repeated call
needs another id (the log is searched by it), which is in its span as `gateway.trace_id`.

Enabled by the extra `tracing` and the standard variable OTEL_EXPORTER_OTLP_ENDPOINT.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

from bot import __version__
from bot.core.request import Request, State

log = structlog.get_logger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
STEPS: Mapping[State, str] = {
    State.RECEIVED: "price",
    State.PRICED: "hold",
    State.AWAITING_CONFIRMATION: "ask",
    State.RESERVED: "call",
    State.SUBMITTED: "recover",
    State.RUNNING: "poll",
    State.AMBIGUOUS: "reconcile",
    State.SETTLED: "deliver",
    State.DELIVERED: "announce",
    State.REFUSED: "announce",
    State.FAILED: "announce",
    State.CANCELLED: "announce",
}
"""The name of a state's step in a trace."""

_root: ContextVar[tuple[int, int] | None] = ContextVar("root", default=None)
_tracers: list[Any] = []


def configure(*, exporter: Any = None) -> bool:
    """Enable tracing; returns whether it is enabled. Needs the extra and an endpoint, or an `exporter`."""
    if exporter is None and not any(os.environ.get(name) for name in ENDPOINTS):
        return False
    try:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
    except ImportError:
        log.warning("tracing_not_installed", remedy="install lumenfall-bot[tracing]")
        return False
    resource = Resource.create({"service.name": "lumenfall-bot", "service.version": __version__})
    provider = TracerProvider(resource=resource, id_generator=_ids())
    if exporter is None:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    else:
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    _tracers[:] = [provider.get_tracer("lumenfall-bot", __version__)]
    return True


def switch_off() -> None:
    """Disable tracing."""
    _tracers.clear()


def _ids() -> Any:
    """A generator of random ids, except for a root span, whose id is given."""
    from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

    class Ids(RandomIdGenerator):
        def generate_trace_id(self) -> int:
            known = _root.get()
            return known[0] if known else super().generate_trace_id()

        def generate_span_id(self) -> int:
            known = _root.get()
            return known[1] if known else super().generate_span_id()

    return Ids()


def trace_id_of(request_id: str) -> str:
    """32 hex digits: the trace of a request, and the trace id of its first paid call."""
    return hashlib.sha256(f"trace:{request_id}".encode()).hexdigest()[:32]


def root_span_of(request_id: str) -> str:
    """16 hex digits: the id of the span that is the parent of all steps of a request."""
    return hashlib.sha256(f"span:{request_id}".encode()).hexdigest()[:16]


def accepted(request: Request) -> None:
    """Write the root span of an accepted request."""
    for tracer in _tracers:
        token = _root.set((int(trace_id_of(request.id), 16), int(root_span_of(request.id), 16)))
        try:
            span = tracer.start_span(
                f"request {request.capability}",
                attributes={**_attributes(request), "request.id": request.id},
                start_time=request.created_at * 1000,
            )
        finally:
            _root.reset(token)
        span.end()


@contextmanager
def step(request: Request) -> Generator[None]:
    """A span around one step. It contains no texts of people and no error messages."""
    if not _tracers:
        yield
        return
    from opentelemetry import trace

    parent = trace.SpanContext(
        int(trace_id_of(request.id), 16),
        int(root_span_of(request.id), 16),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    with _tracers[0].start_as_current_span(
        STEPS[request.state],
        context=trace.set_span_in_context(trace.NonRecordingSpan(parent)),
        attributes=_attributes(request),
        record_exception=False,
    ):
        yield


def _attributes(request: Request) -> dict[str, str | int]:
    return {
        "request.state": request.state,
        "request.capability": request.capability,
        "request.platform": request.origin,
        "request.attempts": request.attempts,
        "gen_ai.request.model": request.order.model,
    }


def traceparent(trace_id: str) -> str:
    """The header of a paid call (W3C Trace Context): its parent is the open span, if there is one."""
    span_id = secrets.token_hex(8)
    if _tracers:
        from opentelemetry import trace

        span = trace.get_current_span()
        context = span.get_span_context()
        if context.is_valid:
            span_id = f"{context.span_id:016x}"
            span.set_attribute("gateway.trace_id", trace_id)
    return f"00-{trace_id}-{span_id}-01"
