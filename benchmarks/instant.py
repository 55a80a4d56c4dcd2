"""A gateway that answers at once and counts, in a process of its own; also the peer's mock upstream.

    python -m benchmarks.instant        (prints its address, serves until stdin ends)

It speaks what both sides need of the OpenAI-compatible API: dry runs, pictures, chat, videos, the model
list (the sandbox's), an empty request log. `PATCH /control` sets `seconds` (how long a paid call takes)
and `price` (dollars for each kind) and forgets; `GET /control` tells the counts and, by prompt, when the
answer left.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import httpx
from aiohttp import web
from PIL import Image

from sandbox import SandboxOptions, serve

PRICES = {"picture": 0.05, "chat": 0.05, "video": 0.4}


@dataclass
class Gateway:
    """What is set and what was seen. `calls` counts paid ones only."""

    models: bytes
    picture: bytes
    seconds: float = 0.0
    prices: dict[str, float] = field(default_factory=lambda: dict(PRICES))
    calls: Counter[str] = field(default_factory=Counter[str])
    answered: dict[str, float] = field(default_factory=dict[str, float])
    jobs: dict[str, str] = field(default_factory=dict[str, str])

    async def paid(self, kind: str, prompt: str) -> None:
        """Count a call and let it take its time."""
        self.calls[kind] += 1
        await asyncio.sleep(self.seconds)
        self.answered[prompt] = time.time()

    def dry(self, kind: str) -> web.Response:
        micros = round(self.prices[kind] * 1e6)
        return web.json_response(
            {"estimated": True, "model": "m", "provider": "p", "total_cost_micros": micros, "currency": "USD"}
        )

    def metadata(self, kind: str) -> dict[str, Any]:
        return {"model": "m", "provider": "p", "cost": self.prices[kind], "cost_currency": "USD"}


GATEWAY = web.AppKey("gateway", Gateway)


async def pictures(request: web.Request) -> web.Response:
    gateway, body = request.app[GATEWAY], await request.json()
    if "dryRun" in request.query:
        return gateway.dry("picture")
    await gateway.paid("picture", body["prompt"])
    return web.json_response(
        {
            "id": f"req_{gateway.calls['picture']}",
            "created": int(time.time()),
            "data": [{"url": f"http://{request.host}/media/picture.png"}],
            "metadata": gateway.metadata("picture"),
        }
    )


async def chat(request: web.Request) -> web.StreamResponse:
    gateway, body = request.app[GATEWAY], await request.json()
    if "dryRun" in request.query:
        return gateway.dry("chat")
    prompt = str(body["messages"][-1]["content"])
    await gateway.paid("chat", prompt)
    head = {"id": "gen-1", "created": int(time.time()), "model": "m"}
    usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20, "cost": gateway.prices["chat"]}
    if not body.get("stream"):
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": f"re {prompt}"},
            "finish_reason": "stop",
        }
        return web.json_response({**head, "object": "chat.completion", "choices": [choice], "usage": usage})
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for delta, finish, more in (
        ({"role": "assistant", "content": f"re {prompt}"}, None, {}),
        ({}, "stop", {"usage": usage}),
    ):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        event = {**head, "object": "chat.completion.chunk", "choices": [choice], **more}
        await response.write(f"data: {json.dumps(event)}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    return response


async def video(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    form = request.content_type == "multipart/form-data"
    body: Any = await request.post() if form else await request.json()
    if "dryRun" in request.query:
        return gateway.dry("video")
    job = f"video_{len(gateway.jobs) + 1}"
    gateway.jobs[job] = str(body["prompt"])
    await gateway.paid("video", str(body["prompt"]))
    return web.json_response(film(gateway, job, "queued"), status=200)


async def film_of(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    return web.json_response(film(gateway, request.match_info["id"], "completed", request.host))


def film(gateway: Gateway, job: str, status: str, host: str = "") -> dict[str, Any]:
    body: dict[str, Any] = {"id": job, "object": "video", "created_at": int(time.time()), "status": status}
    body |= {"model": "m", "progress": 0, "seconds": "4", "size": "1280x720"}
    if status == "completed":
        body |= {"progress": 100, "completed_at": int(time.time()), "metadata": gateway.metadata("video")}
        body["output"] = {"url": f"http://{host}/media/picture.png", "content_type": "image/png"}
    return body


async def models(request: web.Request) -> web.Response:
    return web.Response(body=request.app[GATEWAY].models, content_type="application/json")


async def media(request: web.Request) -> web.Response:
    return web.Response(body=request.app[GATEWAY].picture, content_type="image/png")


async def nothing(_: web.Request) -> web.Response:
    return web.json_response({"object": "list", "data": [], "has_more": False})


async def told(request: web.Request) -> web.Response:
    gateway = request.app[GATEWAY]
    return web.json_response({"calls": gateway.calls, "answered": gateway.answered})


async def controlled(request: web.Request) -> web.Response:
    gateway, body = request.app[GATEWAY], await request.json()
    gateway.seconds = float(body.get("seconds", 0))
    gateway.prices = {**PRICES, **body.get("prices", {})}
    gateway.calls.clear()
    gateway.answered.clear()
    return web.json_response({})


async def created() -> web.Application:
    out = BytesIO()
    Image.effect_noise((256, 256), 60).convert("RGB").save(out, "PNG")
    async with serve(SandboxOptions()) as sandbox, httpx.AsyncClient() as client:
        listed = await client.get(
            f"{sandbox.base_url}/models?schema=true", headers={"Authorization": "Bearer lmnfl_bench.key"}
        )
    app = web.Application(client_max_size=2**26)
    app[GATEWAY] = Gateway(models=listed.content, picture=out.getvalue())
    for base in ("/openai/v1", "/v1"):  # the peer leaves the first part out
        app.router.add_get(f"{base}/models", models)
        app.router.add_post(f"{base}/images/generations", pictures)
        app.router.add_post(f"{base}/chat/completions", chat)
        app.router.add_post(f"{base}/videos", video)
        app.router.add_get(f"{base}/videos/{{id}}", film_of)
    app.router.add_get("/v1/requests", nothing)
    app.router.add_get("/v1/balance", nothing)
    app.router.add_get("/media/picture.png", media)
    app.router.add_get("/control", told)
    app.router.add_patch("/control", controlled)
    return app


async def main() -> None:
    runner = web.AppRunner(await created(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


# from the benchmarks' side


@dataclass(frozen=True)
class Instant:
    """The gateway's address and its controls."""

    url: str

    @property
    def base_url(self) -> str:
        return f"{self.url}/openai/v1"

    async def set(self, **control: Any) -> None:
        async with httpx.AsyncClient() as client:
            (await client.patch(f"{self.url}/control", json=control)).raise_for_status()

    async def told(self) -> dict[str, Any]:
        async with httpx.AsyncClient() as client:
            return (await client.get(f"{self.url}/control")).json()


@asynccontextmanager
async def instant() -> AsyncGenerator[Instant, None]:
    """The gateway in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.instant",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield Instant((await process.stdout.readline()).decode().strip())
    finally:
        process.stdin.close()
        await process.wait()


if __name__ == "__main__":
    asyncio.run(main())
