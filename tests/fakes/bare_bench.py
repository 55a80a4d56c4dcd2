"""A running core on the bare gateway, with an order of each kind."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.composition import open_core
from adapters.lifecycle import serving
from bot.core.capability import Capability
from bot.core.events import Delivered, Failed, Final, Refused
from bot.core.money import Micros
from bot.core.request import (
    ChatOrder,
    EditOrder,
    GenerateOrder,
    Order,
    ReplyTo,
    State,
    UpscaleOrder,
    VideoOrder,
)
from bot.settings import Settings
from tests.fakes.bare_gateway.gateway import KEY, BareGateway
from tests.fakes.bare_gateway.media import png
from tests.fakes.bare_gateway.wire import Endpoint
from tests.fakes.clocks import WarpClock
from tests.fakes.stack import ADA, ROOMY, RecordingAdapter, Stack

SPEED = 40
"""The core's clock runs so many times as fast as the wall's."""
PATIENCE_S = 6
"""Of the wall's clock, until a request must have ended; four minutes of the core's."""
ENDPOINTS = {
    Capability.GENERATE: Endpoint.GENERATE,
    Capability.EDIT: Endpoint.EDIT,
    Capability.UPSCALE: Endpoint.EDIT,
    Capability.CHAT: Endpoint.CHAT,
    Capability.VIDEO: Endpoint.VIDEO,
}
ESTIMATES = {
    Capability.GENERATE: 40_000,
    Capability.EDIT: 40_000,
    Capability.UPSCALE: 50_000,
    Capability.CHAT: 1_200,
    Capability.VIDEO: 400_000,
}
"""Micro-dollars of `Bench.order`, by the bare gateway's prices."""


class LogWatcher(RecordingAdapter):
    """Remembers how often the log had been read when each request ended."""

    def __init__(self, gateway: BareGateway) -> None:
        super().__init__()
        self.log_reads: dict[str, int] = {}
        self._gateway = gateway

    async def finish(self, reply_to: ReplyTo, event: Any) -> ReplyTo:
        self.log_reads[event.request.id] = len(self._gateway.log_reads)
        return await super().finish(reply_to, event)


@dataclass
class Bench:
    """A running core and the bare gateway it talks to."""

    stack: Stack
    gateway: BareGateway
    watcher: LogWatcher
    pictures: dict[str, bytes] = field(default_factory=dict)

    async def order(self, capability: Capability, **changes: Any) -> Order:
        """An order of each kind, on a model that the pages name."""
        prepared = await self.stack.core.service.prepare(png((64, 48)))
        self.pictures = {prepared.upload.digest: prepared.data}
        picture = prepared.upload
        match capability:
            case Capability.GENERATE:
                return GenerateOrder(**{"model": "gemini-3-pro-image", "prompt": "a hat", **changes})
            case Capability.EDIT:
                return EditOrder(model="gpt-image-1.5", prompt="a hat", images=(picture,), **changes)
            case Capability.UPSCALE:
                return UpscaleOrder(model="topaz-image-upscale", image=picture, scale=2, **changes)
            case Capability.CHAT:
                return ChatOrder(**{"model": "google/gemini-3-flash-preview", "prompt": "Hello", **changes})
            case Capability.VIDEO:
                return VideoOrder(model="sora-2", prompt="waves", seconds=4, **changes)

    async def run(self, capability: Capability, **changes: Any) -> Final:
        order = await self.order(capability, **changes)
        request = await self.stack.submit(order, pictures=self.pictures)
        return await self.stack.ended(request.id, PATIENCE_S)

    async def delivered(self, capability: Capability, **changes: Any) -> Delivered:
        final = await self.run(capability, **changes)
        assert isinstance(final, Delivered), final
        return final

    async def refused_free(self, capability: Capability, *, paid_calls: int = 1) -> Failed | Refused:
        """The request ends without a charge or a hold, and was sent no more often than it may be."""
        final = await self.run(capability)
        assert isinstance(final, Failed | Refused), final
        row = await self.stack.row(final.request.id)
        assert (row.charged or 0, row.hold) == (0, 0)
        assert row.state in (State.FAILED, State.REFUSED)
        assert len(self.gateway.paid) == paid_calls
        assert self.watcher.log_reads[row.id] == 0
        assert await self.stack.core.store.verify() == []
        return final


def said(final: Final) -> str:
    """The sentence a person is shown for a request that ended without a result."""
    if isinstance(final, Refused):
        return final.refusal.message
    return final.request.failure.message if final.request.failure else ""


@asynccontextmanager
async def running_bench(
    folder: Path, gateway: BareGateway, *, speed: float = SPEED, **changes: Any
) -> AsyncGenerator[Bench, None]:
    """A core on a gateway that listens already; what it lists is read when the core starts.

    `changes` are settings.
    """
    given: dict[str, Any] = {
        "data_dir": folder,
        "lumenfall_api_key": SecretStr(KEY),
        "lumenfall_base_url": gateway.base_url,
        "port": 0,
        "drain_s": 5,
        "ambiguous_minutes": 1,
        **ROOMY,
    }
    settings = Settings(**{**given, **changes})
    watcher = LogWatcher(gateway)
    async with open_core(settings, clock=WarpClock(speed=speed)) as core, serving(core, [watcher]):
        stack = Stack(core=core, sandbox=None, test=watcher)
        await core.admin.change(ADA, threshold=Micros(10_000_000))
        yield Bench(stack, gateway, watcher)
