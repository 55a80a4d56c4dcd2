"""The same budget race through LiteLLM's proxy, where it is installed.

    LITELLM=/path/to/its/environment/bin/litellm make bench     (or `litellm` on the PATH)

The proxy gets what its guides ask for: a master key, the price on every model, a key with a budget of one
dollar (from its documented `custom_auth`, since its database engine is a download of its own). Its upstream
is the gateway that counts. Its answers carry the right cost in `x-litellm-response-cost`, so it knows it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.flow import RACERS, raced
from benchmarks.instant import Instant
from benchmarks.ledger import Result

START_S = 90
CONFIG = """
model_list:
  - model_name: picture
    litellm_params: {model: openai/picture, api_base: os.environ/UPSTREAM, api_key: none,
                     output_cost_per_image: 0.05}
    model_info: {mode: image_generation, input_cost_per_token: 1.0e-12, output_cost_per_image: 0.05}
  - model_name: chat
    litellm_params: {model: openai/chat, api_base: os.environ/UPSTREAM, api_key: none, max_tokens: 10,
                     input_cost_per_token: 0.0, output_cost_per_token: 0.005}
    model_info: {mode: chat, max_output_tokens: 10}
  - model_name: video
    litellm_params: {model: openai/sora-2, api_base: os.environ/UPSTREAM, api_key: none}
    model_info: {mode: video_generation, input_cost_per_token: 1.0e-12, output_cost_per_video_per_second: 0.1}
general_settings:
  custom_auth: keys.check
  custom_auth_run_common_checks: true
"""
KEYS = """
from litellm.proxy._types import UserAPIKeyAuth, hash_token


async def check(request, api_key):
    return UserAPIKeyAuth(api_key=api_key, token=hash_token(api_key), user_id=api_key, max_budget=1.0)
"""
ROUTES: dict[str, tuple[str, dict[str, Any]]] = {
    "picture": ("/v1/images/generations", {"prompt": "a capybara"}),
    "chat": ("/v1/chat/completions", {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 10}),
    "video": ("/v1/videos", {"prompt": "waves", "seconds": "4"}),
}


def installed() -> str | None:
    """Where the proxy's command is."""
    return os.environ.get("LITELLM") or shutil.which("litellm")


async def race(command: str, folder: Path, gateway: Instant) -> AsyncIterator[Result]:
    """How many of so many at once run on one dollar, by the gateway's count."""
    async with proxy(command, folder, gateway) as url:
        for kind, (path, body) in ROUTES.items():
            await gateway.set(seconds=0.3)
            headers, given = {"Authorization": f"Bearer sk-{kind}"}, {"model": kind, **body}
            limits = httpx.Limits(max_connections=RACERS, max_keepalive_connections=0)
            async with httpx.AsyncClient(base_url=url, timeout=120, limits=limits, headers=headers) as client:
                await asyncio.gather(*(client.post(path, json=given) for _ in range(RACERS)))
            yield raced("LiteLLM's proxy", kind, await gateway.told())


@asynccontextmanager
async def proxy(command: str, folder: Path, gateway: Instant) -> AsyncGenerator[str]:
    """The proxy on a free port of loopback."""
    (folder / "config.yaml").write_text(CONFIG)
    (folder / "keys.py").write_text(KEYS)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    told = {
        "UPSTREAM": f"{gateway.url}/v1",
        "LITELLM_MASTER_KEY": f"sk-{secrets.token_hex(16)}",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }
    with (folder / "proxy.log").open("w") as out:
        process = subprocess.Popen(
            [command, "--config", "config.yaml", "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env={**os.environ, **told},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        await _alive(url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


async def _alive(url: str) -> None:
    async with asyncio.timeout(START_S), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(f"{url}/health/liveliness")).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.5)
