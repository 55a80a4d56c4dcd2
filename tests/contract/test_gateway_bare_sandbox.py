"""The real client on a bare sandbox: everything works with what the published pages promise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.catalog import Catalog
from bot.core.errors.outside import GatewayError, GatewayFinal
from bot.core.ports.gateway import JobStatus
from bot.core.request import Order
from bot.gateway.client import GatewayClient
from bot.use_cases.key_check import check_key
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
from tests.fakes.sandbox import running_sandbox

__all__ = ["no_waiting_fixture"]

ORDERS: list[Order] = [generate(), edit(), upscale(), chat(max_tokens=100), video()]


@pytest.fixture(name="bare")
async def bare_fixture() -> AsyncIterator[Sandbox]:
    async with running_sandbox(bare=True) as running:
        yield running


@pytest.fixture(name="gateway")
async def gateway_fixture(bare: Sandbox) -> AsyncIterator[GatewayClient]:
    async with client_of(bare) as client:
        yield client


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability)
async def test_every_capability_has_a_price_and_pricing_is_free(
    bare: Sandbox, gateway: GatewayClient, order: Order
) -> None:
    estimate = await gateway.price(order, PICTURES)
    assert estimate.price > 0
    assert estimate.provider
    assert not bare.paid_calls


@pytest.mark.parametrize("order", [generate(n=2), edit(), upscale()], ids=lambda order: order.capability)
async def test_pictures_arrive_without_a_cost(
    bare: Sandbox, gateway: GatewayClient, tmp_path: Path, order: Order
) -> None:
    outcome = await gateway.run(order, PICTURES, trace_id=TRACE, user=USER)
    assert outcome.cost is None
    assert outcome.gateway_id == bare.paid_calls[0].id
    for index, asset in enumerate(outcome.assets):
        copy = await gateway.download(asset, tmp_path / "made" / str(index))
        assert copy.content_type == "image/png"
    assert len(outcome.assets) == getattr(order, "n", 1)


@pytest.mark.parametrize("model", ["google/gemini-3-flash-preview", "vendor/unheard-of:online"])
async def test_a_chat_is_answered_without_a_cost(bare: Sandbox, gateway: GatewayClient, model: str) -> None:
    seen: list[str] = []
    outcome = await gateway.chat(chat(model=model), {}, trace_id=TRACE, user=USER, on_text=seen.append)
    assert outcome.text == seen[-1]
    assert outcome.cost is None
    assert outcome.gateway_id == bare.paid_calls[0].id


async def test_a_video_runs_to_its_end(gateway: GatewayClient, tmp_path: Path) -> None:
    job = await gateway.start_video(video(), {}, trace_id=TRACE, user=USER, idempotency_key="k1")
    done = await ended(gateway, job)
    assert (done.status, done.outcome.cost) == (JobStatus.COMPLETED, None)
    copy = await gateway.download(done.outcome.assets[0], tmp_path / "made" / "0")
    assert copy.content_type == "video/mp4"


async def test_the_key_is_taken_and_nothing_else_is_there(bare: Sandbox, gateway: GatewayClient) -> None:
    accepted = await check_key(gateway, Catalog())
    assert accepted.price
    with pytest.raises(GatewayFinal):
        await gateway.balance()
    with pytest.raises(GatewayError):
        await gateway.find(TRACE, since=0)
    assert not bare.paid_calls


async def test_the_list_names_its_models(gateway: GatewayClient) -> None:
    assert "gemini-3-pro-image" in {model.id for model in await gateway.models()}
