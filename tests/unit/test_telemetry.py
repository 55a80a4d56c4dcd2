"""Logs that keep secrets and words to themselves; counts from written rows; one trace per request."""

from __future__ import annotations

import io
import itertools
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
import structlog
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry, generate_latest
from pydantic import BaseModel

from adapters.composition import identity_key
from adapters.discord.addressing import Reply
from adapters.discord.client import counted_limits
from adapters.slack.intake.payload import Inbound, Kind
from bot.core.errors import Refusal
from bot.core.errors.outside import GatewayError
from bot.core.identity import person_hash
from bot.core.ledger import Scope
from bot.core.money import Micros, with_headroom
from bot.core.ports.load import UnfinishedCount
from bot.core.request import Actor, Failure, GenerateOrder, Request, State
from bot.core.windows import Window
from bot.gateway import failures
from bot.telemetry import label_values, request_record, tracing
from bot.telemetry import logging as telemetry
from bot.telemetry.metric_families import CODES_MAX, MODELS_MAX, PLACES_MAX
from bot.telemetry.metrics import Metrics
from bot.use_cases.people.links import LinkCode
from tests.fakes.gateway import client_of
from tests.fakes.gateway import generate as order
from tests.fakes.sandbox import sandbox_fixture
from tests.fakes.stack import ADA, MIA, generate, running_stack

sandbox = sandbox_fixture

PROMPT = "a secret birthday surprise for Mia"
SECRETS = [
    "lmnfl_abc123.deadbeefdeadbeef",
    "xoxb-111-222-abcdef",
    "xapp-1-A1-222-abcdef",
    "xoxe.xoxp-1-abcdef",
    "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "Bearer abcdef0123456789",
    "MTAxMDEwMTAxMDEwMTAxMDEw.GabcdE.abcdefghijklmnopqrstuvwxyz012345678",
    "postgresql://bot:hunter2@db/lumenfall",
    "https://hooks.slack.com/commands/T1/123/abcdefabcdef",
    "https://discord.com/api/webhooks/1234567890/aW50ZXJhY3Rpb246MTIzNDU2Nzg5",
    "{'token': 'aW50ZXJhY3Rpb246MTIzNDU2Nzg5'}",
]


@pytest.fixture(name="logs")
def logs_fixture(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    telemetry.configure(level="debug", json=True)
    yield out
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_what_is_shown_of_a_value_is_neither_its_token_nor_its_code():
    token = "aW50ZXJhY3Rpb246MTIzNDU2Nzg5"
    inbound = Inbound(kind=Kind.SLASH, key="k", body={"text": token}, at=1, response_url=token)
    for one in (Reply(channel_id=1, token=token), inbound, LinkCode(code=token, expires_at=1)):
        assert token not in repr(one)
    assert Reply.from_json(Reply(channel_id=1, token=token).to_json()).token == token


@pytest.mark.parametrize("secret", SECRETS)
def test_a_secret_never_reaches_the_log_wherever_it_hides(logs, secret):
    hidden = secret.split("://")[-1].split("@")[0].split(":", 1)[-1] if "@" in secret else secret
    log = structlog.get_logger("bot.test")
    log.info("plain", value=secret)
    log.info(f"in the message {secret}")
    log.info("deep", nested={"list": [{"x": (secret, 1)}]}, thing=Holder(secret))
    logging.getLogger("foreign").warning("from a library: %s", secret)
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("crashed")
    assert hidden.split("/")[-1] not in logs.getvalue()
    assert len(lines(logs)) == 5


class Holder:
    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return f"Holder({self.value})"


@pytest.mark.parametrize("name", ["discord_token", "api_key", "PASSWORD", "Authorization", "signing_secret"])
def test_what_is_called_a_secret_is_blanked_whatever_it_looks_like(logs, name):
    structlog.get_logger("bot.test").info("event", **{name: "hunter2"})
    assert lines(logs)[0][name] == "[secret]"


@pytest.mark.parametrize("name", ["prompt", "text", "content", "system", "negative_prompt"])
def test_peoples_words_are_counted_and_not_shown(logs, name):
    structlog.get_logger("bot.test").info("event", payload={name: PROMPT})
    assert PROMPT not in logs.getvalue()
    assert f"{len(PROMPT)} characters" in logs.getvalue()


def test_a_validation_error_does_not_quote_its_input(logs):
    try:
        Settings.model_validate({"number": PROMPT})
    except ValueError:
        structlog.get_logger("bot.test").exception("crashed")
    assert "birthday" not in logs.getvalue()
    assert "number" in logs.getvalue()


class Settings(BaseModel):
    number: int


def test_a_terminal_gets_readable_lines_and_a_container_json(monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr("sys.stderr", out)
    monkeypatch.setattr(out, "isatty", lambda: True, raising=False)
    telemetry.configure(level="info")
    structlog.get_logger("bot.test").info("hello", answer=42)
    assert "hello" in out.getvalue()
    with pytest.raises(ValueError, match="Expecting"):
        json.loads(out.getvalue())
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = []


async def test_the_whole_life_of_a_request_logs_its_id_and_none_of_its_words(logs, tmp_path):
    async with running_stack(tmp_path) as stack:
        final = await stack.run(generate(PROMPT))
        await stack.settled()
    assert "birthday" not in logs.getvalue()
    assert "lmnfl_test" not in logs.getvalue()
    paid = [line for line in lines(logs) if line["event"] == "gateway_call" and line["paid"]]
    assert [line["request_id"] for line in paid] == [final.request.id]


def as_operators_see() -> None:
    """The level that is set when nothing else was asked for."""
    for name in telemetry.OURS:
        logging.getLogger(name).setLevel("INFO")


async def test_a_request_leaves_one_line_with_its_whole_story(logs, tmp_path):
    as_operators_see()
    async with running_stack(tmp_path) as stack:
        final = await stack.run(generate(PROMPT))
        await stack.settled()
        row = await stack.row(final.request.id)
        key = await identity_key(stack.core.store, stack.core.settings)
    mine = [line for line in lines(logs) if line.get("request_id") == row.id]
    assert [line["event"] for line in mine] == ["request_ended"]
    line = mine[0]
    assert (
        line.items()
        >= {
            "platform": "test",
            "place": row.actor.tenant,
            "person": person_hash(key, row.actor.person),
            "capability": "generate",
            "model": row.order.model,
            "state": "delivered",
            "code": "",
            "estimate_micros": row.estimate,
            "hold_micros": with_headroom(row.estimate, stack.core.settings.headroom_percent),
            "charged_micros": row.charged,
            "charged_from": "gateway",
            "tries": 1,
            "trace_id": row.trace_id,
            "gateway_id": row.gateway_id,
        }.items()
    )
    steps = [line[name] for name in request_record.STEPS]
    assert steps == sorted(steps)
    assert line["total_ms"] >= steps[-1]
    assert "birthday" not in logs.getvalue()
    assert row.actor.person not in logs.getvalue()


async def test_a_refusal_leaves_one_line_with_its_code_and_the_scope_of_the_limit(logs, tmp_path):
    as_operators_see()
    async with running_stack(tmp_path) as stack:
        await stack.core.admin.set_budget(ADA, Scope.PERSON, MIA.person, Window.DAY, Micros(1))
        logs.truncate(0)
        logs.seek(0)
        await stack.run(generate(PROMPT))
        await stack.settled()
        with pytest.raises(Refusal):
            await stack.submit(generate("", n=3))
    told = [line for line in lines(logs) if line["event"] in ("request_ended", "order_refused")]
    assert [(line["event"], line["code"], line["scope"]) for line in told] == [
        ("request_ended", "budget_exceeded", "person"),
        ("order_refused", "invalid_order", ""),
    ]
    assert told[1]["field"] == "prompt"
    assert len({line["person"] for line in told}) == 1
    assert "birthday" not in logs.getvalue()


def test_the_line_of_a_request_from_before_its_states_were_kept():
    old = row(state=State.DELIVERED, submitted_at=3_000_000, finished_at=9_000_000, notified="delivered")
    assert request_record.times(old) == {
        "accepted": "1970-01-01T00:00:01.000+00:00",
        "submitted_ms": 2000,
        "total_ms": 8000,
    }
    assert (request_record.tries(old), request_record.held(old)) == (1, None)


@pytest.mark.parametrize(
    ("delivery", "shown"),
    [({"channel_id": 1, "message_id": 42}, "42"), ({"channel": "C1", "ts": "17.5"}, "17.5"), ({}, "")],
)
def test_the_line_names_the_platforms_message(delivery, shown):
    assert request_record.message_id(row(delivery=delivery)) == shown


def test_only_the_write_that_tells_the_end_is_logged(logs):
    before = row(state=State.SETTLED)
    told = replace(before, state=State.DELIVERED, notified="delivered")
    request_record.ended(before, replace(before, attempts=1), person="h")
    request_record.ended(before, told, person="h")
    request_record.ended(told, replace(told, charged=Micros(3)), person="h")
    assert len(lines(logs)) == 1


# metrics


def row(**changes) -> Request:
    values = {
        "id": "req_1",
        "dedupe_key": "k",
        "origin": "test",
        "actor": Actor(tenant="t", person="p"),
        "order": GenerateOrder(model="m", prompt="x"),
        "reply_to": {},
        "state": State.RECEIVED,
        "created_at": 1_000_000,
        "updated_at": 1_000_000,
        "due_at": 1_000_000,
        **changes,
    }
    return Request(**values)


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"lumenfall_{name}", labels)


def test_one_life_is_counted_once_per_fact():
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    received = row()
    priced = replace(received, state=State.PRICED, estimate=Micros(40_000))
    held = replace(priced, state=State.RESERVED, hold=Micros(50_000))
    sent = replace(held, state=State.SUBMITTED, submitted_at=2_000_000)
    back = replace(sent, state=State.RESERVED)
    settled = replace(
        sent,
        state=State.SETTLED,
        charged=Micros(60_000),
        overrun=Micros(10_000),
        hold=Micros(0),
        finished_at=5_000_000,
    )
    delivered = replace(settled, state=State.DELIVERED, notified="delivered", updated_at=6_500_000)
    asked_of_the_log = replace(delivered, due_at=None)
    lives = [received, priced, held, sent, back, sent, settled, settled, delivered, asked_of_the_log]
    metrics.taken(received, 1_500_000)
    for before, after in itertools.pairwise(lives):
        metrics.moved(before, after)
    assert value(registry, "estimated_dollars_total", capability="generate") == pytest.approx(0.04)
    assert value(registry, "reserved_dollars_total", capability="generate") == pytest.approx(0.05)
    assert value(registry, "charged_dollars_total", capability="generate") == pytest.approx(0.06)
    assert value(registry, "overrun_dollars_total", capability="generate") == pytest.approx(0.01)
    ended = {"capability": "generate", "state": "delivered", "platform": "test"}
    assert value(registry, "requests_ended_total", **ended) == 1
    for stage, seconds in {"queue": 0.5, "gateway": 3, "delivery": 1.5}.items():
        assert value(registry, "latency_seconds_sum", stage=stage) == pytest.approx(seconds)


def test_ends_without_a_result_are_counted_by_their_reason():
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    for state, code in ((State.REFUSED, "budget_exceeded"), (State.FAILED, "CONTENT_POLICY_VIOLATION")):
        ended = row(state=state, failure=Failure(code=code, message="No."))
        metrics.moved(row(), ended)
        metrics.moved(ended, replace(ended, notified=state))
    metrics.moved(row(state=State.SUBMITTED), row(state=State.AMBIGUOUS))
    assert value(registry, "refusals_total", reason="budget_exceeded") == 1
    assert value(registry, "failures_total", code="CONTENT_POLICY_VIOLATION") == 1
    assert value(registry, "ambiguous_total") == 1
    labels = {"capability": "generate", "platform": "test"}
    assert value(registry, "requests_ended_total", state="refused", **labels) == 1
    assert value(registry, "requests_ended_total", state="failed", **labels) == 1


def test_a_strangers_codes_cannot_fill_the_memory():
    metrics = Metrics(CollectorRegistry())
    assert metrics.code("RATE_LIMITED") == "RATE_LIMITED"
    assert metrics.code("no such {label}\n") == "other"
    assert metrics.code("x" * 100) == "other"
    given = {metrics.code(f"code_{number}") for number in range(1000)}
    known = {*label_values.refusal_codes(), *label_values.GATEWAY_CODES}
    assert len((given - {"other"}) | known) == CODES_MAX
    assert metrics.code("RATE_LIMITED") == "RATE_LIMITED"


def test_a_new_count_replaces_what_was_there():
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    kind = {"capability": "video", "state": "running", "platform": "discord"}
    metrics.counted([UnfinishedCount(**kind, requests=2, held=Micros(500_000), oldest=4_000_000)], 10_000_000)
    assert value(registry, "requests_unfinished", **kind) == 2
    assert value(registry, "held_dollars", capability="video") == 0.5
    assert value(registry, "oldest_unfinished_seconds") == 6
    metrics.counted([], 20_000_000)
    assert value(registry, "requests_unfinished", **kind) is None
    assert value(registry, "held_dollars", capability="video") is None
    assert value(registry, "oldest_unfinished_seconds") == 0


def test_an_unknown_balance_is_not_an_empty_one():
    registry = CollectorRegistry()
    Metrics(registry)
    left = value(registry, "gateway_balance_dollars")
    assert left != left


async def test_refusals_before_and_after_acceptance_are_counted(tmp_path):
    async with running_stack(tmp_path) as stack:
        await stack.core.admin.set_budget(ADA, Scope.TENANT, "", Window.DAY, Micros(0))
        before = telemetry.metrics.refusals.labels("invalid_order")._value.get()
        held_back = telemetry.metrics.refusals.labels("budget_exceeded")._value.get()
        with pytest.raises(Exception, match="prompt is empty"):
            await stack.submit(generate(prompt=""))
        await stack.run(generate())
        assert telemetry.metrics.refusals.labels("invalid_order")._value.get() == before + 1
        assert telemetry.metrics.refusals.labels("budget_exceeded")._value.get() == held_back + 1


async def test_the_gateways_errors_are_counted_by_code(sandbox):
    before = telemetry.metrics.gateway_errors.labels("INSUFFICIENT_BALANCE")._value.get()
    sandbox.set(balance_micros=0)
    async with client_of(sandbox) as gateway:
        with pytest.raises(GatewayError):
            await gateway.run(order(), {}, trace_id="0" * 31 + "1", user="u")
    assert telemetry.metrics.gateway_errors.labels("INSUFFICIENT_BALANCE")._value.get() == before + 1


def test_every_series_with_known_labels_is_there_before_its_first_event():
    registry = CollectorRegistry()
    Metrics(registry)
    kind = {"capability": "video", "platform": "slack"}
    assert value(registry, "requests_accepted_total", **kind) == 0
    assert value(registry, "requests_ended_total", state="failed", **kind) == 0
    assert value(registry, "charged_dollars_total", capability="video") == 0
    assert value(registry, "gateway_errors_total", code="AUTHENTICATION_FAILED") == 0
    assert value(registry, "refusals_total", reason="budget_exceeded") == 0
    assert value(registry, "notices_total", audience="operator", outcome="undeliverable") == 0
    assert value(registry, "webhooks_total", result="refused") == 0
    assert value(registry, "platform_rate_limited_total", platform="discord") == 0
    assert value(registry, "http_responses_total", status="5xx") == 0
    unlabelled = {family.name for family in registry.collect() if not family.samples}
    outside = {"model_requests_ended", "place_charged_dollars", "loop_failures"}  # names are known later
    state = {
        "requests_unfinished",
        "held_dollars",
        "ready",
        "connections",
        "loop_failing_seconds",
        "loop_dead",
    }
    assert unlabelled == {f"lumenfall_{name}" for name in outside | state}


def test_the_codes_that_are_born_are_those_of_the_gateways_client():
    assert set(failures._SENTENCES) | set(failures._CODE_STATUS) <= set(label_values.GATEWAY_CODES)


def test_model_and_place_are_there_from_the_order_on_and_are_bounded():
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    received = row()
    metrics.took_order(received)
    assert value(registry, "model_requests_ended_total", model="m", state="failed") == 0
    assert value(registry, "place_charged_dollars_total", place="t") == 0
    failed = replace(received, state=State.FAILED, charged=Micros(20_000), notified="failed")
    metrics.moved(received, failed)
    assert value(registry, "model_requests_ended_total", model="m", state="failed") == 1
    assert value(registry, "place_charged_dollars_total", place="t") == pytest.approx(0.02)
    for number in range(500):
        actor = Actor(tenant=f"discord:{number}", person="p")
        metrics.took_order(row(actor=actor, order=GenerateOrder(model=f"m{number}", prompt="x")))
    metrics.took_order(row(actor=Actor(tenant="discord:dm:77", person="p")))
    text = generate_latest(registry).decode()
    assert 'place="other"' in text
    assert 'model="other"' in text
    assert "dm:77" not in text
    assert len(set(re.findall(r'place="([^"]*)"', text))) <= PLACES_MAX + 1
    assert len(set(re.findall(r'model="([^"]*)"', text))) <= MODELS_MAX + 1


async def test_discords_limits_are_counted_though_its_library_hides_them():
    before = telemetry.metrics.platform_limits.labels("discord")._value.get()

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=int(request.match_info["status"]))

    application = web.Application()
    application.router.add_get("/{status}", answer)
    traces = [counted_limits()]
    async with TestServer(application) as server, ClientSession(trace_configs=traces) as session:
        for status in (200, 429, 500):
            await session.get(server.make_url(f"/{status}"))
    assert telemetry.metrics.platform_limits.labels("discord")._value.get() == before + 1


# traces


@pytest.fixture(name="spans")
def spans_fixture() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    assert tracing.configure(exporter=exporter)
    yield exporter
    tracing.switch_off()


async def test_a_request_is_one_trace_and_the_gateway_is_told_its_id(spans, tmp_path):
    async with running_stack(tmp_path) as stack:
        final = await stack.run(generate(PROMPT))
        await stack.settled()
        paid = stack.sandbox.paid_calls
    found = spans.get_finished_spans()
    assert [span.name for span in found] == [
        "request generate",
        "price",
        "hold",
        "call",
        "deliver",
        "deliver",
    ]
    trace_id = tracing.trace_id_of(final.request.id)
    assert {f"{span.context.trace_id:032x}" for span in found} == {trace_id}
    root, *steps = found
    assert f"{root.context.span_id:016x}" == tracing.root_span_of(final.request.id)
    assert root.parent is None
    assert {span.parent.span_id for span in steps} == {root.context.span_id}
    assert [call.trace_id for call in paid] == [trace_id]
    assert dict(steps[2].attributes)["gateway.trace_id"] == trace_id
    assert PROMPT not in "".join(span.to_json() for span in found)


async def test_a_repeated_call_has_a_trace_id_of_its_own(tmp_path):
    async with running_stack(tmp_path) as stack:
        stack.sandbox.fail("429", endpoint="generate", retry_after=0)
        final = await stack.run(generate())
        calls = [call for call in stack.sandbox.calls if header(call.headers) and not call.dry_run]
        sent = {header(call.headers) for call in calls}
    assert len(sent) == 2
    assert final.request.trace_id in {item.split("-")[1] for item in sent}


def header(headers: httpx.Headers) -> str:
    return next((value for name, value in headers.items() if name.lower() == "traceparent"), "")


def test_tracing_is_off_without_an_endpoint(monkeypatch):
    for name in tracing.ENDPOINTS:
        monkeypatch.delenv(name, raising=False)
    assert not tracing.configure()
    with tracing.step(row()):
        assert tracing.traceparent("a" * 32).startswith("00-" + "a" * 32)
