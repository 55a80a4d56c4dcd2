"""A process that runs one request and kills itself, as `kill -9` would, at the n-th point of its life.

    python -m tests.fakes.mortal DATA_DIR SANDBOX_URL CAPABILITY N [DATABASE_URL]

A point lies before and after every durable write and every call of the gateway. N = 0 lives to the end
and prints how many points there were. Nothing is mocked: store and client are the real ones, watched.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import SecretStr

from adapters.compose import open_core
from adapters.running import serving
from bot import telemetry
from bot.lumenfall.client import GatewayClient
from bot.money import Micros
from bot.request import ChatOrder, EditOrder, GenerateOrder, Order, UpscaleOrder, VideoOrder
from bot.service import Service
from bot.settings import Settings
from storage import SqlStore
from tests.fakes.sandbox import KEY
from tests.fakes.stack import ADA, MIA, RecordingAdapter

WRITES = ("accept", "move", "claim", "release_leases")
CALLS = ("price", "run", "chat", "start_video", "job", "download", "find")


class Fate:
    """Counts points and dies at the chosen one."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: type, name: str) -> None:
        real: Callable[..., Awaitable[Any]] = getattr(owner, name)

        @functools.wraps(real)
        async def watched(*args: Any, **kwargs: Any) -> Any:
            if name == "claim":  # idle looks for work are not part of a request's life
                found = await real(*args, **kwargs)
                if found:
                    self.point()
                return found
            self.point()
            result = await real(*args, **kwargs)
            self.point()
            return result

        setattr(owner, name, watched)


async def order_for(capability: str, service: Service) -> tuple[Order, dict[str, bytes]]:
    """A small order of each kind."""
    out = BytesIO()
    Image.new("RGB", (48, 48), "navy").save(out, "PNG")
    prepared = await service.prepare(out.getvalue())
    pictures = {prepared.upload.digest: prepared.data}
    match capability:
        case "generate":
            return GenerateOrder(model="seedream-4.5", prompt="a capybara", n=2), {}
        case "edit":
            return EditOrder(model="seedream-4.5", prompt="night", images=(prepared.upload,)), pictures
        case "upscale":
            return UpscaleOrder(model="real-esrgan", image=prepared.upload, scale=2), pictures
        case "chat":
            order = ChatOrder(model="google/gemini-3-flash-preview", prompt="Hello", conversation="c1")
            return order, {}
        case _:
            return VideoOrder(model="sora-2", prompt="waves", seconds=4), {}


def settings_of(data_dir: Path, base_url: str, database_url: str) -> Settings:
    return Settings(
        data_dir=data_dir,
        lumenfall_api_key=SecretStr(KEY),
        lumenfall_base_url=base_url,
        database_url=SecretStr(database_url) if database_url else None,
        ambiguous_minutes=1,
        drain_s=5,
    )


async def live(data_dir: Path, base_url: str, capability: str, at: int, database_url: str) -> None:
    async with open_core(settings_of(data_dir, base_url, database_url)) as core:
        recorder = RecordingAdapter()
        await core.admin.change(ADA, threshold=Micros(100_000_000))
        fate = Fate(at)
        for name in WRITES:
            fate.watch(SqlStore, name)
        for name in CALLS:
            fate.watch(GatewayClient, name)
        async with serving(core, [recorder]):
            order, pictures = await order_for(capability, core.service)
            request = await core.service.submit(
                MIA, order, origin="test", reply_to={}, dedupe_key="the-one", pictures=pictures
            )
            await recorder.ended(request.id, 60)
            while await core.store.next_due() is not None or core.worker.carrying:
                await asyncio.sleep(0.01)
        print("points", fate.passed, flush=True)


if __name__ == "__main__":
    telemetry.configure(level="error")
    folder, url, what, when = sys.argv[1:5]
    asyncio.run(live(Path(folder), url, what, int(when), sys.argv[5] if len(sys.argv) > 5 else ""))
