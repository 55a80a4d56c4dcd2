"""The gateway port when things go wrong: which error it is decides whether money may have moved."""

from __future__ import annotations

import re
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from bot.core.capability import Capability
from bot.core.errors import BotError, PriceUnknown
from bot.core.errors.outside import DryRunRan, GatewayAmbiguous, GatewayError, GatewayFinal, GatewayPassing
from bot.core.ports.gateway import JobStatus, Outcome
from bot.core.request import Order
from bot.gateway.client import GatewayClient
from sandbox import Sandbox
from tests.fakes.gateway import (
    PICTURES,
    TRACE,
    USER,
    chat,
    client_of,
    edit,
    ended,
    generate,
    no_waiting_fixture,
    upscale,
    video,
)
from tests.fakes.sandbox import sandbox_fixture

__all__ = ["no_waiting_fixture", "sandbox_fixture"]

ORDERS: list[Order] = [generate(), edit(), upscale(), chat(), video()]


@pytest.fixture(name="gateway")
async def gateway_fixture(sandbox: Sandbox) -> AsyncIterator[GatewayClient]:
    async with client_of(sandbox) as client:
        yield client


async def pay(gateway: GatewayClient, order: Any, key: str = "k") -> Any:
    """The paid call of any order."""
    if order.capability is Capability.CHAT:
        return await gateway.chat(order, PICTURES, trace_id=TRACE, user=USER, on_text=lambda _: None)
    if order.capability is Capability.VIDEO:
        return await gateway.start_video(order, PICTURES, trace_id=TRACE, user=USER, idempotency_key=key)
    return await gateway.run(order, PICTURES, trace_id=TRACE, user=USER)


PAID: list[tuple[str, dict[str, Any], type[GatewayError], str]] = [
    ("reset_before_charge", {}, GatewayAmbiguous, "read_error"),
    ("reset_after_charge", {}, GatewayAmbiguous, "read_error"),
    ("429", {"retry_after": 7}, GatewayPassing, "RATE_LIMITED"),
    ("401", {}, GatewayFinal, "AUTHENTICATION_FAILED"),
    ("402", {}, GatewayFinal, "INSUFFICIENT_BALANCE"),
    ("content_policy", {}, GatewayFinal, "CONTENT_POLICY_VIOLATION"),
    ("model_disabled", {}, GatewayFinal, "MODEL_DISABLED"),
    ("502", {}, GatewayAmbiguous, "ALL_PROVIDERS_EXHAUSTED"),
    ("502_charged", {}, GatewayAmbiguous, "ALL_PROVIDERS_EXHAUSTED"),
    ("500", {}, GatewayAmbiguous, "INTERNAL_ERROR"),
    ("html_403", {}, GatewayFinal, "edge_block"),
    ("html_524", {"charged": True}, GatewayAmbiguous, "http_524"),
    ("bad_json", {}, GatewayAmbiguous, "bad_answer"),
]


# A stream breaks in its own ways, see below.
CASES = [
    pytest.param(order, *row, id=f"{row[0]}-{order.capability}")
    for row in PAID
    for order in ORDERS
    if order.capability is not Capability.CHAT or row[0] not in {"bad_json", "reset_after_charge"}
]


@pytest.mark.parametrize(("order", "fault", "options", "kind", "code"), CASES)
async def test_a_paid_call_is_sent_once_and_judged(
    sandbox: Sandbox,
    gateway: GatewayClient,
    order: Order,
    fault: str,
    options: dict[str, Any],
    kind: type[GatewayError],
    code: str,
) -> None:
    if order.capability is Capability.CHAT:
        options = {name: value for name, value in options.items() if name != "charged"}
    sandbox.fail(fault, times=None, **options)
    with pytest.raises(GatewayError) as caught:
        await pay(gateway, order)
    assert type(caught.value) is kind
    assert caught.value.code == code
    assert str(caught.value).endswith((".", "?"))
    assert len(sandbox.calls) == 1
    if isinstance(caught.value, GatewayPassing):
        assert caught.value.retry_after == 7
        assert sandbox.charged_micros == 0


READS = [
    ("502", GatewayPassing),
    ("500", GatewayPassing),
    ("reset_before_charge", GatewayPassing),
    ("html_524", GatewayPassing),
    ("429", GatewayPassing),
    ("401", GatewayFinal),
    ("html_403", GatewayFinal),
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability)
@pytest.mark.parametrize(("fault", "kind"), READS, ids=[row[0] for row in READS])
async def test_a_dry_run_is_never_ambiguous(
    sandbox: Sandbox, gateway: GatewayClient, order: Order, fault: str, kind: type[GatewayError]
) -> None:
    sandbox.fail(fault, times=None, dry_run=True)
    with pytest.raises(kind):
        await gateway.price(order, PICTURES)
    assert len(sandbox.calls) == (3 if kind is GatewayPassing else 1)
    assert all(call.dry_run for call in sandbox.calls)
    assert not sandbox.paid_calls


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability)
async def test_a_price_that_cannot_be_read_is_not_asked_for_again(
    sandbox: Sandbox, gateway: GatewayClient, order: Order
) -> None:
    """It may have run, and each more question might run it once more."""
    sandbox.fail("bad_json", times=None, dry_run=True)
    with pytest.raises(DryRunRan) as caught:
        await gateway.price(order, PICTURES)
    assert caught.value.trace_id
    assert len(sandbox.calls) == 1


@pytest.mark.parametrize("fault", ["502", "reset_before_charge", "429"])
async def test_what_costs_nothing_is_tried_again(
    sandbox: Sandbox, gateway: GatewayClient, fault: str
) -> None:
    sandbox.fail(fault, times=2, dry_run=True, endpoint="generate", retry_after=1)
    assert (await gateway.price(generate(), {})).price > 0
    sandbox.fail(fault, times=2, endpoint="balance")
    assert await gateway.balance() is not None
    sandbox.fail(fault, times=2, endpoint="models")
    assert await gateway.models()


async def test_a_long_wait_is_handed_on_instead_of_waited_for(
    sandbox: Sandbox, gateway: GatewayClient
) -> None:
    sandbox.fail("429", times=None, dry_run=True, retry_after=90)
    with pytest.raises(GatewayPassing) as caught:
        await gateway.price(generate(), {})
    assert caught.value.retry_after == 90
    assert len(sandbox.calls) == 1


@pytest.mark.parametrize(("fault", "kind"), [("no_estimated", DryRunRan), ("no_price", PriceUnknown)])
@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability)
async def test_no_price_no_run(
    sandbox: Sandbox, gateway: GatewayClient, order: Order, fault: str, kind: type[BotError]
) -> None:
    sandbox.fail(fault, dry_run=True)
    with pytest.raises(kind):
        await gateway.price(order, PICTURES)


@pytest.mark.parametrize("order", [*ORDERS, chat()], ids=lambda order: order.capability)
async def test_an_error_inside_a_success_is_an_error(
    sandbox: Sandbox, gateway: GatewayClient, order: Order
) -> None:
    sandbox.fail("error_in_200")
    with pytest.raises((GatewayFinal, GatewayAmbiguous)):
        await pay(gateway, order)
    assert len(sandbox.calls) == 1


async def test_less_than_asked_is_no_error(sandbox: Sandbox, gateway: GatewayClient) -> None:
    sandbox.fail("partial", images=1)
    some: Outcome = await pay(gateway, generate(n=3))
    assert len(some.assets) == 1
    assert some.cost == sandbox.charged_micros
    sandbox.fail("empty_data")
    none: Outcome = await pay(gateway, generate())
    assert none.assets == ()
    assert none.cost


async def test_a_cost_that_is_not_told_is_not_invented(sandbox: Sandbox, gateway: GatewayClient) -> None:
    sandbox.fail("no_cost")
    assert (await pay(gateway, generate())).cost is None


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability)
async def test_a_call_that_takes_too_long_is_ambiguous(sandbox: Sandbox, order: Order) -> None:
    sandbox.fail("hang", charged=True, times=None)
    async with client_of(sandbox, timeout_s=0.7) as gateway:
        if order.capability is Capability.CHAT:
            sandbox.reset()
            sandbox.fail("hang", times=None)
        with pytest.raises(GatewayAmbiguous):
            await pay(gateway, order)
    assert len(sandbox.calls) == 1


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability)
async def test_nobody_there_means_nothing_was_sent(sandbox: Sandbox, order: Order) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        async with client_of(sandbox, base_url=f"http://127.0.0.1:{port}/openai/v1") as gateway:
            with pytest.raises(GatewayPassing, match="reached"):
                await pay(gateway, order)
            with pytest.raises(GatewayPassing):
                await gateway.price(order, PICTURES)


async def test_an_address_that_is_none_is_the_operators_mistake(sandbox: Sandbox) -> None:
    for address in ("not an address", "ftp://127.0.0.1/openai/v1", "http://127.0.0.1:port"):
        async with client_of(sandbox, base_url=address) as gateway:
            with pytest.raises(GatewayFinal, match="operator"):
                await gateway.balance()


async def test_the_gateways_words_reach_the_person_without_its_secrets(
    sandbox: Sandbox, gateway: GatewayClient
) -> None:
    with pytest.raises(GatewayFinal, match="800 characters") as caught:
        await gateway.price(generate(model="qwen-image-2512", prompt="x" * 900), {})
    assert caught.value.status == 400
    assert re.fullmatch(r"req_\w+", caught.value.request_id)
    with pytest.raises(GatewayFinal, match=r"Did you mean wan-2\.6\?"):
        await gateway.price(generate(model="wan-2.7"), {})
    async with client_of(sandbox, api_key=SecretStr("nothing_good")) as stranger:
        with pytest.raises(GatewayFinal, match="operator") as refused:
            await stranger.price(generate(), {})
    assert "nothing_good" not in str(refused.value)


async def test_a_stream_that_breaks_off_keeps_its_text(sandbox: Sandbox, gateway: GatewayClient) -> None:
    sandbox.fail("truncated_sse", chunks=5)
    outcome: Outcome = await pay(gateway, chat())
    assert (outcome.finish_reason, outcome.cost) == ("truncated", None)
    assert len(outcome.text.split()) == 5
    sandbox.fail("reset_after_charge", chunks=4)
    cut: Outcome = await pay(gateway, chat())
    assert (cut.finish_reason, cut.cost) == ("truncated", None)
    assert cut.text


async def test_a_stream_that_breaks_off_before_its_first_word_is_ambiguous(
    sandbox: Sandbox, gateway: GatewayClient
) -> None:
    for fault in ("truncated_sse", "reset_after_charge"):
        sandbox.fail(fault, chunks=0)
        with pytest.raises(GatewayAmbiguous):
            await pay(gateway, chat())


async def test_an_error_in_a_stream_after_words_keeps_them(sandbox: Sandbox, gateway: GatewayClient) -> None:
    sandbox.fail("sse_error", chunks=4)
    outcome: Outcome = await pay(gateway, chat())
    assert outcome.text
    assert (outcome.finish_reason, outcome.cost) == ("truncated", None)


async def test_an_error_in_a_stream_before_any_word_is_ambiguous(
    sandbox: Sandbox, gateway: GatewayClient
) -> None:
    sandbox.fail("sse_error", chunks=0)
    with pytest.raises(GatewayAmbiguous) as caught:
        await pay(gateway, chat())
    assert caught.value.code == "ALL_PROVIDERS_EXHAUSTED"
    assert caught.value.request_id == sandbox.paid_calls[0].id


async def test_rubbish_in_a_stream_is_passed_over(sandbox: Sandbox, gateway: GatewayClient) -> None:
    clean: Outcome = await pay(gateway, chat())
    sandbox.fail("sse_garbage")
    garbled: Outcome = await pay(gateway, chat())
    assert garbled.text == clean.text
    assert garbled.finish_reason == "stop"


@pytest.mark.parametrize("fault", ["failed", "failed_with_cost"])
async def test_a_failed_video_is_an_answer(sandbox: Sandbox, gateway: GatewayClient, fault: str) -> None:
    sandbox.fail(fault, endpoint="video")
    job = await ended(gateway, await pay(gateway, video()))
    assert job.status == JobStatus.FAILED
    assert job.error_code == "ALL_PROVIDERS_EXHAUSTED"
    assert job.outcome.assets == ()
    entry = await gateway.find(TRACE, since=0)
    assert entry is not None
    assert entry.status == JobStatus.FAILED
    assert entry.cost == sandbox.charged_micros
    assert (sandbox.charged_micros > 0) is (fault == "failed_with_cost")


async def test_a_job_nobody_knows_is_final(gateway: GatewayClient) -> None:
    with pytest.raises(GatewayFinal) as caught:
        await gateway.job("req_unknown")
    assert caught.value.status == 404


async def test_a_lost_call_is_found_in_the_log(sandbox: Sandbox, gateway: GatewayClient) -> None:
    sandbox.fail("reset_after_charge")
    with pytest.raises(GatewayAmbiguous):
        await pay(gateway, generate())
    entry = await gateway.find(TRACE, since=0)
    assert entry is not None
    assert entry.status == JobStatus.COMPLETED
    assert entry.cost == sandbox.charged_micros > 0
