"""The life of a video in the sandbox, its film, and its webhooks."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import av
import httpx
import pytest
from aiohttp import web
from PIL import Image, ImageStat
from standardwebhooks import Webhook

from sandbox import Sandbox, SandboxClock
from tests.fakes.sandbox import http_fixture, running_sandbox, sandbox_client, sandbox_fixture  # noqa: F401

VIDEOS = "/openai/v1/videos"
ORDER = {"model": "sora-2", "prompt": "a boat on the sea", "seconds": "4"}
PRICE = 400_000


async def submit(http: httpx.AsyncClient, fault: str | None = None, **fields: Any) -> httpx.Response:
    headers = {"X-Sandbox-Fault": fault} if fault else {}
    return await http.post(VIDEOS, json={**ORDER, **fields}, headers=headers)


async def ended(http: httpx.AsyncClient, video_id: str) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:  # polling is what a client does
            body = (await http.get(f"{VIDEOS}/{video_id}")).json()
            if body["status"] in {"completed", "failed"}:
                return body
            await asyncio.sleep(0.05)


def red() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 36), (220, 20, 20)).save(out, "PNG")
    return out.getvalue()


def frames(data: bytes) -> list[Image.Image]:
    with av.open(io.BytesIO(data)) as film:
        return [frame.to_image() for frame in film.decode(video=0)]


async def test_states_follow_the_clock() -> None:
    clock = SandboxClock(frozen=True)
    async with running_sandbox(clock=clock, video_seconds=100) as sandbox, sandbox_client(sandbox) as http:
        answer = await submit(http)
        body = answer.json()
        assert answer.status_code == 202
        assert (body["status"], body["seconds"], body["size"]) == ("queued", "4", "1280x720")
        assert body["metadata"]["cost_estimate"] == 0.4
        assert body["output"] is None
        clock.advance(20)
        while (await http.get(f"{VIDEOS}/{body['id']}")).json()["status"] == "queued":
            await asyncio.sleep(0.01)
        assert (await http.get(f"{VIDEOS}/{body['id']}")).json()["status"] == "in_progress"
        assert sandbox.charged_micros == 0
        clock.advance(100)
        done = await ended(http, body["id"])
        assert done["metadata"]["cost"] == 0.4
        assert "cost_estimate" not in done["metadata"]
        assert done["expires_at"] - done["completed_at"] == 3600
        assert sandbox.charged_micros == PRICE


async def test_the_film_is_playable_h264_of_the_length(http: httpx.AsyncClient) -> None:
    done = await ended(http, (await submit(http)).json()["id"])
    file = await http.get(done["output"]["url"])
    assert file.headers["Content-Type"] == "video/mp4"
    assert done["output"]["content_type"] == "video/mp4"
    assert done["output"]["size_bytes"] == len(file.content)
    assert file.content.index(b"moov") < file.content.index(b"mdat")
    with av.open(io.BytesIO(file.content)) as film:
        stream = film.streams.video[0]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert float(film.duration or 0) / 1_000_000 == pytest.approx(4, abs=0.3)


@pytest.mark.parametrize("way", ["json", "data_uri", "list", "multipart", "media"])
async def test_input_reference_is_the_first_frame(http: httpx.AsyncClient, way: str) -> None:
    uri = "data:image/png;base64," + base64.b64encode(red()).decode()
    if way == "multipart":
        files = {"input_reference": ("r.png", red(), "image/png")}
        answer = await http.post(VIDEOS, data=ORDER, files=files)
    elif way == "media":
        edit = {"model": "topaz-image-upscale", "scale_factor": "2"}
        made = await http.post(
            "/openai/v1/images/edits", data=edit, files={"image": ("r.png", red(), "image/png")}
        )
        answer = await submit(http, input_reference={"image_url": made.json()["data"][0]["url"]})
    else:
        item = {"image_url": uri}
        answer = await submit(http, input_reference=[item] if way == "list" else item)
    assert answer.status_code == 202, answer.text
    done = await ended(http, answer.json()["id"])
    first = frames((await http.get(done["output"]["url"])).content)[0]
    r, g, b = ImageStat.Stat(first).mean
    assert r > 150
    assert max(g, b) < 90


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"seconds": "0"}, "seconds"),
        ({"seconds": "21"}, "1 to 20"),
        ({"seconds": "long"}, "seconds"),
        ({"n": 5}, "'n'"),
        ({"prompt": ""}, "prompt"),
        ({"idempotency_key": "k" * 257}, "idempotency_key"),
        ({"model": "flux.1-dev"}, "does not support video generation"),
        ({"input_reference": {"file": "x"}}, "input_reference"),
        ({"input_reference": {"image_url": "http://a.example/x.png"}}, "input_reference"),
        ({"input_reference": [{"image_url": "https://a.example/1"}] * 2}, "at most 1"),
        ({"model": "kling-v3", "seconds": 5, "prompt": "x" * 2501}, "<=2500"),
    ],
)
async def test_refusals(
    sandbox: Sandbox, http: httpx.AsyncClient, fields: dict[str, Any], words: str
) -> None:
    answer = await submit(http, **fields)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert sandbox.paid_calls == []


async def test_idempotency_key_gives_the_first_video_again(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(submit(http, idempotency_key="k1") for _ in range(5)))
    assert sorted(a.status_code for a in answers) == [200, 200, 200, 200, 202]
    assert len({a.json()["id"] for a in answers}) == 1
    other = await submit(http, idempotency_key="k1", prompt="something else")
    assert (other.status_code, other.json()["prompt"]) == (200, ORDER["prompt"])
    assert len(sandbox.paid_calls) == 1
    assert len(sandbox.state.log) == 1


async def test_a_dry_run_does_not_use_up_the_key(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    order = {**ORDER, "idempotency_key": "k2"}
    estimate = await http.post(f"{VIDEOS}?dryRun=true", json=order)
    assert (estimate.status_code, estimate.json()["total_cost_micros"]) == (200, PRICE)
    assert estimate.json()["components"][0]["metric"] == "second"
    assert (await submit(http, idempotency_key="k2")).status_code == 202


async def test_reset_after_the_submit_is_healed_by_the_key(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        await submit(http, "reset_after_charge", idempotency_key="k3")
    again = await submit(http, idempotency_key="k3")
    assert again.status_code == 200
    await ended(http, again.json()["id"])
    assert sandbox.charged_micros == PRICE


@pytest.mark.parametrize(("fault", "charged"), [("failed", 0), ("failed_with_cost", PRICE)])
async def test_failures_come_with_status_200(
    sandbox: Sandbox, http: httpx.AsyncClient, fault: str, charged: int
) -> None:
    done = await ended(http, (await submit(http, fault)).json()["id"])
    assert done["status"] == "failed"
    assert done["error"]["code"] == "ALL_PROVIDERS_EXHAUSTED"
    assert done["output"] is None
    assert sandbox.charged_micros == charged
    assert next(iter(sandbox.state.log)).status == "upstream_failure"


@pytest.mark.parametrize("charged", [False, True])
async def test_cancel(sandbox: Sandbox, http: httpx.AsyncClient, charged: bool) -> None:
    sandbox.set(cancelled_jobs_charged=charged, video_seconds=50)
    video_id = (await submit(http)).json()["id"]
    assert (await http.delete(f"{VIDEOS}/{video_id}")).status_code == 204
    assert (await http.delete(f"{VIDEOS}/{video_id}")).status_code == 204
    body = (await http.get(f"{VIDEOS}/{video_id}")).json()
    assert (body["status"], body["error"]["code"]) == ("failed", "cancelled")
    row = (await http.get(f"/v1/requests/{video_id}")).json()
    assert (row["status"], row["cost"]) == ("cancelled", 0.4 if charged else 0.0)
    assert (await http.delete(f"{VIDEOS}/req_none")).status_code == 404


async def test_cancelling_what_has_ended_is_refused(http: httpx.AsyncClient) -> None:
    video_id = (await submit(http)).json()["id"]
    await ended(http, video_id)
    assert (await http.delete(f"{VIDEOS}/{video_id}")).status_code == 400


async def test_several_films(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    done = await ended(http, (await submit(http, n=2)).json()["id"])
    assert len(done["outputs"]) == 2
    assert done["outputs"][0] == done["output"]
    assert sandbox.charged_micros == 2 * PRICE


async def test_prices_by_resolution_and_provider(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    order = {"model": "kling-3", "prompt": "x", "duration": 5, "resolution": "1080p"}
    sandbox.set(provider_switch=True)
    estimate = (await http.post(f"{VIDEOS}?dryRun=true", json=order)).json()
    assert estimate["total_cost_micros"] == 5 * 154_000
    done = await ended(http, (await http.post(VIDEOS, json=order)).json()["id"])
    assert (done["metadata"]["provider"], done["metadata"]["cost"]) == ("replicate", 1.26)


async def test_mock_replay_is_free(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.set(video_seconds=500)
    answer = await http.post(VIDEOS, json=ORDER, headers={"X-Lumenfall-Replay": "mock"})
    done = await ended(http, answer.json()["id"])
    assert (done["status"], done["metadata"]["cost"]) == ("completed", 0)
    assert sandbox.paid_calls == []


class Receiver:
    """An HTTP server that answers `statuses` in turn and keeps what it was sent."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.url = ""
        self.arrived = asyncio.Event()

    async def handle(self, request: web.Request) -> web.Response:
        self.got.append((dict(request.headers), await request.read()))
        status = self.statuses.pop(0) if self.statuses else 204
        if 200 <= status < 300:
            self.arrived.set()
        return web.Response(status=status)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    hook = Receiver()
    app = web.Application()
    app.router.add_post("/hook", hook.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hook.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield hook
    await runner.cleanup()


async def test_webhook_is_signed_and_retried(
    sandbox: Sandbox, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.statuses = [500, 302]
    video_id = (await submit(http, webhook_url=receiver.url)).json()["id"]
    await asyncio.wait_for(receiver.arrived.wait(), 30)
    assert len(receiver.got) == 3
    headers, raw = receiver.got[-1]
    secret = (await http.get("/v1/webhooks/secret")).json()["key"]
    event = Webhook(secret).verify(raw, headers)
    assert event == json.loads(raw)
    assert event["type"] == "video.completed"
    assert event["data"]["id"] == video_id
    assert event["data"]["output"]["url"].startswith(sandbox.url)
    assert {k.lower(): v for k, v in headers.items()}["webhook-id"] == f"msg_{video_id}"


async def test_webhook_gives_up_after_three_retries(
    sandbox: Sandbox, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    receiver.statuses = [500] * 9
    await submit(http, webhook_url=receiver.url)
    await asyncio.wait_for(sandbox.idle(), 30)
    assert [d.status for d in sandbox.deliveries] == [500] * 4
    shown = (await http.get("/sandbox/state")).json()["webhooks"]
    assert [attempt["attempt"] for attempt in shown] == [1, 2, 3, 4]


async def test_webhook_of_a_cancelled_and_a_failed_video(
    sandbox: Sandbox, http: httpx.AsyncClient, receiver: Receiver
) -> None:
    await submit(http, "failed", webhook_url=receiver.url)
    await asyncio.wait_for(receiver.arrived.wait(), 30)
    receiver.arrived.clear()
    sandbox.set(video_seconds=50)
    video_id = (await submit(http, webhook_url=receiver.url)).json()["id"]
    await http.delete(f"{VIDEOS}/{video_id}")
    await asyncio.wait_for(receiver.arrived.wait(), 30)
    events = [json.loads(raw) for _, raw in receiver.got]
    assert [e["type"] for e in events] == ["video.failed", "video.cancelled"]
    assert [e["data"]["status"] for e in events] == ["failed", "cancelled"]


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://localhost/x",
        "https://metadata.google.internal/x",
        "https://hooks.example.com:444/x",
        "https://hooks.example.com:bad/x",
        "not a url",
    ],
)
async def test_webhook_url_rules(sandbox: Sandbox, http: httpx.AsyncClient, url: str) -> None:
    sandbox.set(allow_local_webhooks=False)
    answer = await submit(http, webhook_url=url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("url", ["https://hooks.example.com/x", "https://hooks.example.com:8443/x"])
async def test_good_webhook_urls(sandbox: Sandbox, http: httpx.AsyncClient, url: str) -> None:
    sandbox.set(allow_local_webhooks=False, video_seconds=50)
    assert (await submit(http, webhook_url=url)).status_code == 202


async def test_without_an_encoder_the_ready_made_film_is_shown(http, sandbox, monkeypatch):
    monkeypatch.setattr("sandbox.art.film.available", lambda: False)
    body = {"model": "kling-v3", "prompt": "a capybara swims", "seconds": 3}
    made = (await http.post("/openai/v1/videos", json=body)).json()
    await sandbox.idle()
    done = (await http.get(f"/openai/v1/videos/{made['id']}")).json()
    assert done["status"] == "completed"
    film = (await http.get(done["output"]["url"])).content
    with av.open(io.BytesIO(film)) as container:
        assert container.streams.video[0].frames == 96
