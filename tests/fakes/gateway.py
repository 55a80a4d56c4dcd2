"""Orders, pictures and clients for tests of the gateway."""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
import stamina
from PIL import Image
from pydantic import SecretStr

from bot.core.ports.gateway import Gateway, Job, JobStatus
from bot.core.request import ChatOrder, EditOrder, GenerateOrder, Upload, UpscaleOrder, VideoOrder
from bot.gateway.client import GatewayClient
from sandbox import Sandbox

KEY = SecretStr("lmnfl_test.secret")
TRACE = "0af7651916cd43dd8448eb211c80319c"
USER = "1f3a5c7e9b"


@pytest.fixture(name="no_waiting", autouse=True)
def no_waiting_fixture() -> Iterator[None]:
    """Retries happen at once."""
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def picture(
    colour: str = "teal", size: tuple[int, int] = (64, 48), *, hole: bool = False
) -> tuple[Upload, bytes]:
    """A PNG and its description; `hole` makes its left half transparent."""
    image = Image.new("RGBA" if hole else "RGB", size, colour)
    if hole:
        image.paste((0, 0, 0, 0), (0, 0, size[0] // 2, size[1]))
    out = io.BytesIO()
    image.save(out, "PNG")
    data = out.getvalue()
    upload = Upload(
        digest=hashlib.sha256(data).hexdigest(),
        content_type="image/png",
        width=size[0],
        height=size[1],
        size=len(data),
        has_alpha=hole,
    )
    return upload, data


TEAL, RED, MASK = picture(), picture("red"), picture(hole=True)
PICTURES = {upload.digest: data for upload, data in (TEAL, RED, MASK)}


def generate(**changes: Any) -> GenerateOrder:
    return GenerateOrder(**{"model": "flux.2-klein-4b", "prompt": "a capybara", **changes})


def edit(**changes: Any) -> EditOrder:
    return EditOrder(**{"model": "seedream-4.5", "prompt": "add a hat", "images": (TEAL[0],), **changes})


def upscale(**changes: Any) -> UpscaleOrder:
    return UpscaleOrder(**{"model": "real-esrgan", "image": TEAL[0], **changes})


def chat(**changes: Any) -> ChatOrder:
    return ChatOrder(
        **{"model": "google/gemini-3-flash-preview", "prompt": "Why is the sky blue?", **changes}
    )


def video(**changes: Any) -> VideoOrder:
    return VideoOrder(**{"model": "kling-v3", "prompt": "a capybara swims", "seconds": 3, **changes})


def client_of(sandbox: Sandbox, **changes: Any) -> GatewayClient:
    """A real client on a sandbox's socket."""
    given: dict[str, Any] = {
        "api_key": KEY,
        "base_url": sandbox.base_url,
        "media_hosts": (sandbox.url,),
        "timeout_s": 20,
        **changes,
    }
    return GatewayClient(**given)


async def ended(gateway: Gateway, job: Job) -> Job:
    """Poll until the job has ended."""
    async with asyncio.timeout(20):
        while job.status == JobStatus.RUNNING:
            await asyncio.sleep(0.05)
            job = await gateway.job(job.id)
    return job
