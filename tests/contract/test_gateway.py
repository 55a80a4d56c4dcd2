"""The gateway port over a real socket: what is sent, and what comes back."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import re
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot import __version__
from bot.core.capability import Capability
from bot.core.money import Micros
from bot.core.ports.gateway import JobStatus
from bot.core.request import Asset, Order, Turn
from bot.gateway import requests_log
from bot.gateway.client import GatewayClient
from bot.gateway.webhooks import WebhookEvent, verify
from sandbox import Sandbox
from tests.fakes.gateway import (
    MASK,
    PICTURES,
    RED,
    TEAL,
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
from tests.fakes.sandbox import running_sandbox, sandbox_fixture

__all__ = ["no_waiting_fixture", "sandbox_fixture"]

ORDERS: list[Order] = [generate(), edit(), upscale(), chat(max_tokens=100), video()]


@pytest.fixture(name="gateway")
async def gateway_fixture(sandbox: Sandbox) -> AsyncIterator[GatewayClient]:
    async with client_of(sandbox) as client:
        yield client


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.capability)
async def test_every_capability_has_a_price_and_pricing_is_free(
    sandbox: Sandbox, gateway: GatewayClient, order: Order
) -> None:
    estimate = await gateway.price(order, PICTURES)
    assert estimate.price > 0
    assert estimate.provider
    (call,) = sandbox.calls
    assert call.query == {"dryRun": "true"}
    assert not {"dryRun", "stream", "user", "idempotency_key", "webhook_url"} & call.fields.keys()
    assert not sandbox.paid_calls
    assert sandbox.charged_micros == 0


async def test_a_paid_call_says_who_it_is_and_how_to_find_it(
    sandbox: Sandbox, gateway: GatewayClient
) -> None:
    await gateway.run(generate(), {}, trace_id=TRACE, user=USER)
    (call,) = sandbox.calls
    assert call.query == {}
    assert call.headers["user-agent"] == f"lumenfall-bot/{__version__}"
    assert call.headers["x-lumenfall-replay"] == "off"
    assert re.fullmatch(rf"00-{TRACE}-(?!0{{16}})[0-9a-f]{{16}}-01", call.headers["traceparent"])
    assert call.fields["user"] == USER
    assert call.fields["response_format"] == "url"


async def test_pictures_arrive_together_with_their_cost(sandbox: Sandbox, gateway: GatewayClient) -> None:
    order = generate(n=2, size="512x512", seed=7, extra={"guidance": "3.5", "loras": "on"})
    outcome = await gateway.run(order, {}, trace_id=TRACE, user=USER)
    assert len(outcome.assets) == 2
    assert outcome.cost == sandbox.charged_micros > 0
    assert outcome.gateway_id == sandbox.paid_calls[0].id
    assert outcome.executed_model.startswith(outcome.provider)
    assert {(asset.width, asset.height) for asset in outcome.assets} == {(512, 512)}
    sent = sandbox.calls[0].fields
    assert (sent["n"], sent["seed"], sent["guidance"], sent["loras"]) == (2, 7, 3.5, "on")


@pytest.mark.parametrize(
    ("order", "files"),
    [
        (edit(), ("image",)),
        (edit(images=(TEAL[0], RED[0])), ("image[]", "image[]")),
        (edit(mask=MASK[0], n=2, seed=3), ("image", "mask")),
    ],
    ids=["one", "several", "mask"],
)
async def test_edits_carry_their_pictures(
    sandbox: Sandbox, gateway: GatewayClient, order: Any, files: tuple[str, ...]
) -> None:
    outcome = await gateway.run(order, PICTURES, trace_id=TRACE, user=USER)
    assert sandbox.calls[0].files == files
    assert len(outcome.assets) == order.n
    assert outcome.cost == sandbox.charged_micros > 0


@pytest.mark.parametrize(
    ("changes", "factor", "size"),
    [
        ({"scale": 2.5, "model": "topaz-image-upscale"}, "2.5", (160, 120)),
        ({"scale": None}, "4", (256, 192)),
        ({"scale": 2, "model": "google-upscaler"}, "2", (128, 96)),
        ({"scale": 3, "model": "recraft-crisp-upscale"}, None, (256, 192)),
        ({"scale": 2, "model": "fal/topaz-image-upscale"}, "2", (128, 96)),
    ],
    ids=["fraction", "default", "closed list", "fixed", "forced provider"],
)
async def test_upscales_follow_the_models_own_rules(
    sandbox: Sandbox,
    gateway: GatewayClient,
    changes: dict[str, Any],
    factor: str | None,
    size: tuple[int, int],
) -> None:
    outcome = await gateway.run(upscale(**changes), PICTURES, trace_id=TRACE, user=USER)
    sent = sandbox.calls[0].fields
    assert sent.get("scale_factor") == factor
    assert "prompt" not in sent
    (asset,) = outcome.assets
    assert (asset.width, asset.height) == size


async def test_a_chat_streams_all_its_text_so_far(sandbox: Sandbox, gateway: GatewayClient) -> None:
    seen: list[str] = []
    order = chat(
        system="Be brief.",
        history=(Turn(role="user", content="Hello"), Turn(role="assistant", content="Hi")),
        images=(TEAL[0],),
        temperature=0.2,
        max_tokens=50,
    )
    outcome = await gateway.chat(order, PICTURES, trace_id=TRACE, user=USER, on_text=seen.append)
    assert outcome.text == seen[-1]
    assert len(seen) > 3
    assert all(late.startswith(early) for early, late in itertools.pairwise(seen))
    assert outcome.cost == sandbox.charged_micros > 0
    assert outcome.gateway_id == sandbox.paid_calls[0].id
    assert outcome.finish_reason in {"stop", "length"}
    sent = sandbox.calls[0].fields
    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "user"]
    assert sent["messages"][-1]["content"][1]["image_url"]["url"].startswith("data:image/png;base64,")
    assert (sent["stream"], sent["max_tokens"], sent["temperature"]) == (True, 50, 0.2)


async def test_a_chat_whose_cost_is_not_told_leaves_it_to_the_log(
    sandbox: Sandbox, gateway: GatewayClient
) -> None:
    sandbox.set(usage_cost=False)
    before = int(time.time() * 1e6)
    outcome = await gateway.chat(chat(), {}, trace_id=TRACE, user=USER, on_text=lambda _: None)
    assert outcome.cost is None
    entry = await gateway.find(TRACE, since=before)
    assert entry is not None
    assert entry.cost == sandbox.charged_micros > 0


async def test_a_video_runs_to_its_end(sandbox: Sandbox, gateway: GatewayClient, tmp_path: Path) -> None:
    order = video(n=2, references=(TEAL[0],), resolution="720p", negative_prompt="rain")
    job = await gateway.start_video(order, PICTURES, trace_id=TRACE, user=USER, idempotency_key="k1")
    assert job.status == JobStatus.RUNNING
    assert job.outcome.cost is None
    done = await ended(gateway, job)
    assert done.status == JobStatus.COMPLETED
    assert done.outcome.cost == sandbox.charged_micros > 0
    assert len(done.outcome.assets) == 2
    first = done.outcome.assets[0]
    assert first.expires_at is not None
    assert first.expires_at > time.time() * 1e6
    copy = await gateway.download(first, tmp_path / "made" / "0")
    assert (copy.path, copy.content_type) == ("0.mp4", "video/mp4")
    assert (tmp_path / "made" / "0.mp4").stat().st_size == copy.size > 0


async def test_the_gateways_webhook_is_believed(sandbox: Sandbox) -> None:
    arrived: asyncio.Future[WebhookEvent] = asyncio.get_running_loop().create_future()

    async def take(request: web.Request) -> web.Response:
        secret = await gateway.webhook_secret()
        assert secret is not None
        body = await request.read()
        arrived.set_result(verify(secret, request.headers, body, int(time.time() * 1e6)))
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    async with client_of(sandbox, webhook_url=url) as gateway, asyncio.timeout(20):
        job = await gateway.start_video(video(), {}, trace_id=TRACE, user=USER, idempotency_key="k6")
        event = await arrived
    assert (event.job_id, event.status) == (job.id, JobStatus.COMPLETED)
    await runner.cleanup()


@pytest.mark.parametrize("count", [0, 1, 2])
async def test_references_travel_as_files(sandbox: Sandbox, gateway: GatewayClient, count: int) -> None:
    order = video(references=(TEAL[0], RED[0])[:count])
    await gateway.start_video(order, PICTURES, trace_id=TRACE, user=USER, idempotency_key="k2")
    call = sandbox.calls[0]
    assert call.files == ((), ("input_reference",), ("input_reference[]",) * 2)[count]
    assert str(call.fields["seconds"]) == "3"
    assert call.fields["idempotency_key"] == "k2"


async def test_the_same_key_gives_the_same_job(sandbox: Sandbox, gateway: GatewayClient) -> None:
    once = await gateway.start_video(video(), {}, trace_id=TRACE, user=USER, idempotency_key="k3")
    again = await gateway.start_video(video(), {}, trace_id=TRACE, user=USER, idempotency_key="k3")
    assert once.id == again.id
    assert len(sandbox.paid_calls) == 1


async def test_a_cancelled_video_is_cancelled_and_cancelling_never_hurts(
    sandbox: Sandbox, gateway: GatewayClient
) -> None:
    sandbox.set(video_seconds=600)
    job = await gateway.start_video(video(), {}, trace_id=TRACE, user=USER, idempotency_key="k4")
    await gateway.cancel_job(job.id)
    await gateway.cancel_job(job.id)
    assert (await gateway.job(job.id)).status == JobStatus.CANCELLED
    await gateway.cancel_job("req_of/../nobody")
    sandbox.set(video_seconds=0)
    done = await gateway.start_video(video(), {}, trace_id=TRACE, user=USER, idempotency_key="k5")
    assert (await ended(gateway, done)).status == JobStatus.COMPLETED
    await gateway.cancel_job(done.id)


async def test_the_log_is_paged_and_searched(
    sandbox: Sandbox, gateway: GatewayClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests_log, "PAGE", 2)
    since = int(time.time() * 1e6) - 1_000_000
    traces = [f"{number:032x}" for number in range(1, 8)]
    for trace in traces:
        await gateway.run(generate(), {}, trace_id=trace, user=USER)
    until = int(time.time() * 1e6) + 1_000_000
    entries = [entry async for entry in gateway.log(since=since, until=until)]
    assert [entry.trace_id for entry in entries] == traces[::-1]
    assert sum(entry.cost or 0 for entry in entries) == sandbox.charged_micros
    assert {(entry.status, entry.user) for entry in entries} == {(JobStatus.COMPLETED, USER)}
    assert all(since <= entry.created_at <= until for entry in entries)
    oldest = await gateway.find(traces[0], since=since)
    assert oldest == entries[-1]
    assert await gateway.find("f" * 32, since=since) is None
    monkeypatch.setattr(requests_log, "FIND_PAGES", 2)
    assert await gateway.find(traces[0], since=since) is None
    assert [entry async for entry in gateway.log(since=since - 10**9, until=since - 10**8)] == []


async def test_a_call_under_way_is_running_in_the_log(sandbox: Sandbox, gateway: GatewayClient) -> None:
    sandbox.set(request_log_delay=60)
    since = int(time.time() * 1e6)
    await gateway.run(generate(), {}, trace_id=TRACE, user=USER)
    entry = await gateway.find(TRACE, since=since)
    assert entry is not None
    assert entry.status == JobStatus.RUNNING


async def test_the_catalogue_knows_what_models_can_do(sandbox: Sandbox) -> None:
    async with client_of(
        sandbox, chat_models=("google/gemini-3-flash-preview",), sensitive_models=("grok-*",)
    ) as gateway:
        models = {model.id: model for model in await gateway.models()}
    assert models["seedream-4.5"].capabilities == {Capability.GENERATE, Capability.EDIT}
    assert models["wan-2.6"].capabilities == {Capability.GENERATE, Capability.VIDEO}
    assert models["flux.1-schnell-fp8"].free
    assert models["gpt-image-2"].choices["quality"] == ("low", "medium", "high")
    assert models["gemini-3.1-flash-image-preview"].max_inputs == 14
    assert "nano-banana-2" in models["gemini-3.1-flash-image-preview"].aliases
    assert models["qwen-image-2512"].prompt_limit == 800
    assert (models["kling-v3"].max_seconds, models["kling-v3"].max_n) == (15, 4)
    google, recraft = models["google-upscaler"].scale, models["recraft-crisp-upscale"].scale
    assert google is not None
    assert google.factors == (2, 4)
    assert recraft is not None
    assert recraft.fixed
    assert models["grok-imagine-image"].sensitive
    assert models["google/gemini-3-flash-preview"].capabilities == {Capability.CHAT}
    assert models["flux.2-pro"].starting_price == Micros(15_000)


async def test_balance_and_webhook_secret(gateway: GatewayClient, sandbox: Sandbox) -> None:
    sandbox.set(balance_micros=12_345_678)
    assert await gateway.balance() == 12_345_678
    secret = await gateway.webhook_secret()
    assert secret is not None
    assert secret.get_secret_value().startswith("whsec_")
    async with running_sandbox(balance_micros=None) as postpaid, client_of(postpaid) as other:
        assert await other.balance() is None


async def test_results_are_fetched_without_the_key(gateway: GatewayClient, tmp_path: Path) -> None:
    outcome = await gateway.run(generate(output_format="webp", size="512x512"), {}, trace_id=TRACE, user=USER)
    copy = await gateway.download(outcome.assets[0], tmp_path / "7")
    assert (copy.path, copy.content_type, copy.width, copy.height) == ("7.webp", "image/webp", 512, 512)
    assert os.listdir(tmp_path) == ["7.webp"]  # noqa: PTH208


async def test_bytes_that_come_instead_of_an_address_are_kept(gateway: GatewayClient, tmp_path: Path) -> None:
    asset = Asset(url="data:image/png;base64," + base64.b64encode(TEAL[1]).decode())
    copy = await gateway.download(asset, tmp_path / "0")
    assert (copy.path, copy.width) == ("0.png", 64)
    assert (tmp_path / "0.png").read_bytes() == TEAL[1]


async def test_no_key_is_shown_anywhere(sandbox: Sandbox) -> None:
    client = client_of(sandbox, api_key=SecretStr("lmnfl_very.secret"))
    async with client as gateway:
        assert "very.secret" not in repr(gateway) + repr(vars(gateway))
