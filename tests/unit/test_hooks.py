"""The gateway's webhooks: believed only when signed and fresh, acted on once, never needed."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from standardwebhooks import Webhook

from adapters.server import webhooks
from adapters.web.server import WebServer
from bot.core.events import Delivered
from bot.core.money import Micros
from bot.core.request import State, VideoOrder
from tests.fakes.program import free_port
from tests.fakes.stack import ADA, Stack, running_stack

SECRET = "whsec_" + base64.b64encode(b"k" * 24).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()


def signed(
    body: dict[str, Any], *, secret: str = SECRET, message: str = "msg_1", late_s: int = 0
) -> dict[str, Any]:
    when = datetime.fromtimestamp(datetime.now(UTC).timestamp() - late_s, UTC)
    data = json.dumps(body)
    return {
        "content": data,
        "headers": {
            "webhook-id": message,
            "webhook-timestamp": str(int(when.timestamp())),
            "webhook-signature": Webhook(secret).sign(message, when, data),
        },
    }


def completed(job_id: str = "vid_1") -> dict[str, Any]:
    return {"type": "video.completed", "timestamp": "2026-01-01T00:00:00Z", "data": {"id": job_id}}


@asynccontextmanager
async def hooked(tmp_path, **changes: Any) -> AsyncGenerator[tuple[Stack, httpx.AsyncClient]]:
    """A stack with the endpoint on a port that is known before the stack starts."""
    server = WebServer(host="127.0.0.1", port=0)
    given = {"webhook_url": "https://bot.example.org/webhooks/lumenfall", **changes}
    async with running_stack(tmp_path, **given) as stack:
        server.mount(webhooks.routes(stack.core))
        await server.start()
        try:
            async with httpx.AsyncClient(base_url=server.url) as http:
                yield stack, http
        finally:
            await server.stop()


async def seen(stack: Stack, message: str) -> bool:
    """Whether a message's key is kept; asking leaves it kept."""
    return not await stack.core.store.inbox_put("lumenfall", message, {})


async def test_a_signed_event_is_taken_once(tmp_path):
    async with hooked(tmp_path, lumenfall_webhook_secret=SecretStr(SECRET)) as (stack, http):
        for _ in range(2):
            assert (await http.post(webhooks.PATH, **signed(completed()))).status_code == 204
        assert await seen(stack, "msg_1")
        assert await stack.core.store.inbox_pending("lumenfall", older_than=2**62) == []


@pytest.mark.parametrize(
    "bad",
    [
        lambda: signed(completed(), secret=OTHER),
        lambda: signed(completed(), late_s=400),
        lambda: signed(completed(), late_s=-400),
        lambda: {**signed(completed()), "content": json.dumps(completed("vid_2"))},
        lambda: {"content": json.dumps(completed())},
        lambda: signed({"type": "video.completed", "data": {}}),
        lambda: {**signed(completed()), "content": b"\xff\xfe"},
    ],
    ids=["other key", "old", "from the future", "changed body", "unsigned", "no job", "no text"],
)
async def test_what_is_not_signed_fresh_and_whole_is_refused_and_leaves_no_trace(tmp_path, bad):
    async with hooked(tmp_path, lumenfall_webhook_secret=SecretStr(SECRET)) as (stack, http):
        assert (await http.post(webhooks.PATH, **bad())).status_code == 401
        assert not await seen(stack, "msg_1")


async def test_the_secret_is_asked_from_the_gateway_and_renewed_seldom(tmp_path):
    async with hooked(tmp_path, sandbox_options={"webhook_secret": SECRET}) as (stack, http):
        assert (await http.post(webhooks.PATH, **signed(completed()))).status_code == 204
        for number in range(5):
            bad = signed(completed(), secret=OTHER, message=f"bad_{number}")
            assert (await http.post(webhooks.PATH, **bad)).status_code == 401
        asked = [call for call in stack.sandbox.calls if call.endpoint == "secret"]
        assert len(asked) == 1


async def test_without_a_secret_the_gateway_is_told_to_send_again(tmp_path):
    async with hooked(tmp_path, sandbox_options={"webhook_secret": SECRET}) as (stack, http):
        stack.sandbox.fail("401", endpoint="secret", times=None)
        assert (await http.post(webhooks.PATH, **signed(completed()))).status_code == 503
        assert not await seen(stack, "msg_1")


async def test_a_database_that_is_away_lets_the_gateway_send_again(tmp_path):
    async with hooked(tmp_path, lumenfall_webhook_secret=SecretStr(SECRET)) as (stack, http):
        await stack.core.store.close()
        assert (await http.post(webhooks.PATH, **signed(completed()))).status_code == 503


async def test_an_event_wakes_its_video_before_the_next_poll(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.worker.settlement.POLL_LOW_US", 3600 * 1_000_000)
    async with hooked(tmp_path, lumenfall_webhook_secret=SecretStr(SECRET)) as (stack, http):
        await stack.core.admin.change(ADA, threshold=Micros(10_000_000))
        request = await stack.submit(VideoOrder(model="sora-2", prompt="waves", seconds=4))
        running = await in_state(stack, request.id, State.RUNNING)
        await stack.sandbox.idle()
        assert (await http.post(webhooks.PATH, **signed(completed(running.job_id)))).status_code == 204
        assert isinstance(await stack.ended(request.id), Delivered)


async def test_the_gateways_own_delivery_is_believed_and_wakes_the_video(tmp_path, monkeypatch):
    monkeypatch.setattr("bot.worker.settlement.POLL_LOW_US", 3600 * 1_000_000)
    server = WebServer(host="127.0.0.1", port=free_port())
    async with running_stack(tmp_path, webhook_url=f"http://127.0.0.1:{server.port}{webhooks.PATH}") as stack:
        server.mount(webhooks.routes(stack.core))
        await server.start()
        try:
            await stack.core.admin.change(ADA, threshold=Micros(10_000_000))
            assert isinstance(
                await stack.run(VideoOrder(model="sora-2", prompt="waves", seconds=4)), Delivered
            )
        finally:
            await server.stop()


async def in_state(stack: Stack, request_id: str, state: State):
    async with asyncio.timeout(20):
        while (row := await stack.row(request_id)).state is not state:
            await asyncio.sleep(0.02)
    return row


async def test_nothing_is_mounted_while_no_webhooks_are_asked_for(tmp_path):
    async with running_stack(tmp_path) as stack:
        assert webhooks.routes(stack.core) == []
