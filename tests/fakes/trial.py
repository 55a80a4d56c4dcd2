"""The whole product in quick time, with a person of each kind asking, an adapter that can be made to fail,
and a verdict at the end.

    async with trial(tmp_path, **database) as stage:
        stage.sandbox.fail("reset_after_charge")
        await stage.ask("generate")
        await stage.verdict()

The clock runs `SPEED` times as fast as the wall's, so that an hour's patience takes seconds.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from adapters.composition import Core, open_core
from adapters.lifecycle import serving
from bot.core.events import AwaitingConfirmation, Corrected, Final, Progressed
from bot.core.money import Micros
from bot.core.request import (
    Actor,
    ChatOrder,
    EditOrder,
    GenerateOrder,
    Order,
    ReplyTo,
    Request,
    UpscaleOrder,
    VideoOrder,
)
from bot.images.preparation import PreparedImage
from sandbox import Sandbox
from sandbox.clock import SandboxClock
from tests.fakes.clocks import WarpClock
from tests.fakes.honesty import Told, lies, told
from tests.fakes.sandbox import running_sandbox
from tests.fakes.stack import ADA, MIA, settings_for

SPEED = 60.0
PATIENT: dict[str, Any] = {"gateway_timeout_s": 1.5, "ambiguous_minutes": 1, "lease_s": 3600}
"""A paid call's deadline is the wall's; everything else is on the quick clock."""
_numbers = itertools.count(1)
CAPABILITIES = ("generate", "edit", "upscale", "chat", "video")


@pytest.fixture(name="calm", autouse=True)
def calm_fixture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catalogue and balance are read once; on a quick clock they would be read many times a second.

    The log is asked after an end within a minute instead of an hour.
    """
    monkeypatch.setattr("bot.worker.log_lookup.LOOKS_S", (3.0, 10.0, 30.0))
    monkeypatch.setattr("bot.worker.corrections.LOOKS_S", (3.0, 10.0, 30.0))
    monkeypatch.setattr("bot.worker.maintenance.CATALOG_S", 1e7)
    monkeypatch.setattr("bot.worker.maintenance.BALANCE_S", 1e7)


class WarpedSandboxClock(SandboxClock):
    """The gateway's clock, when it is to run as fast as ours."""

    def __init__(self, clock: WarpClock) -> None:
        super().__init__()
        self._warp = clock

    def time(self) -> float:
        return self._warp.now() / 1_000_000 + self._offset

    async def sleep(self, seconds: float) -> None:
        await self._warp.sleep(max(0.0, seconds))


class ShakyAdapter:
    """Keeps what it is told. `trouble(kind, event)` may answer an error to be raised first."""

    members = None
    notices = None

    def __init__(self, origin: str) -> None:
        self.ORIGIN = origin
        self.words: list[Told] = []
        self.finals: list[Final] = []
        self.asked: list[AwaitingConfirmation] = []
        self.progressed: list[Progressed] = []
        self.trouble: Callable[[str, Any], Exception | None] = lambda _kind, _event: None

    @property
    def notifier(self) -> ShakyAdapter:
        return self

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ready(self) -> bool:
        return True

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None:
        self._tremble("progress", event)
        self.progressed.append(event)

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        self._tremble("ask", event)
        self.asked.append(event)

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        self._tremble("finish", event)
        self.words.append(told(event))
        self.finals.append(event)
        return {"posted": len(self.words)}

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None:
        self._tremble("correct", event)
        self.words.append(told(event))

    def _tremble(self, kind: str, event: Any) -> None:
        error = self.trouble(kind, event)
        if error is not None:
            raise error


@dataclass(kw_only=True)
class Stage:
    """A running trial, in a tenant and under an origin of its own, so that several can share a database.

    `accepted` is every request that was taken in.
    """

    core: Core
    sandbox: Sandbox
    adapter: ShakyAdapter
    clock: WarpClock
    picture: PreparedImage
    mia: Actor
    ada: Actor
    accepted: list[str] = field(default_factory=list[str])

    def order(self, capability: str, **changes: Any) -> tuple[Order, dict[str, bytes]]:
        return order_of(capability, self.picture, **changes)

    async def ask(
        self, capability: str, actor: Actor | None = None, key: str = "", **changes: Any
    ) -> Request:
        """Submit an order of a kind; a new dedupe key unless one is given."""
        order, pictures = self.order(capability, **changes)
        request = await self.core.service.submit(
            actor or self.mia,
            order,
            origin=self.adapter.ORIGIN,
            reply_to={},
            dedupe_key=key or f"{self.adapter.ORIGIN}:{next(_numbers)}",
            pictures=pictures,
        )
        if request.id not in self.accepted:
            self.accepted.append(request.id)
        return request

    async def until(self, holds: Callable[[Request], bool], request: Request, timeout: float = 30) -> Request:
        """The row as soon as something is true of it."""
        async with asyncio.timeout(timeout):
            while True:
                row = await self.row(request)
                if holds(row):
                    return row
                self.core.worker.wake()
                await asyncio.sleep(0.005)

    async def row(self, request: Request) -> Request:
        found = await self.core.store.get(request.id)
        assert found is not None
        return found

    async def settle(self, timeout: float = 60) -> None:
        """Wait until nothing is left to do; the worker's own pauses are not on the quick clock."""
        async with asyncio.timeout(timeout):
            for one in self.accepted:
                while (row := await self.core.store.get(one)) is None or row.due_at is not None:
                    await asyncio.sleep(0.1)
                    self.core.worker.wake()
            while self.core.worker.carrying:
                await asyncio.sleep(0.01)

    async def lies(self, *, silent: tuple[str, ...] = ()) -> list[str]:
        return await lies(
            self.core.store, self.sandbox.state.log, self.adapter.words, self.accepted, silent=silent
        )

    async def verdict(self, timeout: float = 60, *, silent: tuple[str, ...] = ()) -> None:
        """Let everything end, and find nothing that is not as promised."""
        await self.settle(timeout)
        assert await self.lies(silent=silent) == []


def order_of(capability: str, picture: PreparedImage, **changes: Any) -> tuple[Order, dict[str, bytes]]:
    """A small order of each kind, with its pictures."""
    pictures = {picture.upload.digest: picture.data}
    match capability:
        case "generate":
            return GenerateOrder(**{"model": "seedream-4.5", "prompt": "a capybara", **changes}), {}
        case "edit":
            given = {"model": "seedream-4.5", "prompt": "night", "images": (picture.upload,), **changes}
            return EditOrder(**given), pictures
        case "upscale":
            return UpscaleOrder(
                **{"model": "real-esrgan", "image": picture.upload, "scale": 2, **changes}
            ), pictures
        case "chat":
            return ChatOrder(**{"model": "google/gemini-3-flash-preview", "prompt": "Hello", **changes}), {}
        case _:
            return VideoOrder(**{"model": "sora-2", "prompt": "waves", "seconds": 4, **changes}), {}


def png(colour: str = "navy") -> bytes:
    out = BytesIO()
    Image.new("RGB", (48, 48), colour).save(out, "PNG")
    return out.getvalue()


@asynccontextmanager
async def trial(
    folder: Path,
    *,
    sandbox_options: dict[str, Any] | None = None,
    clock: WarpClock | None = None,
    threshold: int = 1_000_000_000,
    **changes: Any,
) -> AsyncGenerator[Stage, None]:
    """`changes` are settings; `threshold` in micros, above which a price waits for its press."""
    clock = clock or WarpClock(speed=SPEED)
    options = {"clock": WarpedSandboxClock(clock), "video_seconds": 6.0, **(sandbox_options or {})}
    async with (
        running_sandbox(**options) as sandbox,
        stage_on(folder, sandbox, clock, threshold=threshold, **changes) as stage,
    ):
        yield stage


@asynccontextmanager
async def stage_on(
    folder: Path, sandbox: Sandbox, clock: WarpClock, *, threshold: int = 1_000_000_000, **changes: Any
) -> AsyncGenerator[Stage, None]:
    """One process's worth of the product on a sandbox that may outlive it."""
    number = next(_numbers)
    mia, ada = (replace(who, tenant=f"test:{number}") for who in (MIA, ADA))
    settings = settings_for(folder, sandbox, **{**PATIENT, **changes})
    adapter = ShakyAdapter(f"test{number}")
    async with open_core(settings, clock=clock) as core, serving(core, [adapter]):
        await core.admin.change(ada, threshold=Micros(threshold))
        picture = await core.service.prepare(png())
        yield Stage(
            core=core, sandbox=sandbox, adapter=adapter, clock=clock, picture=picture, mia=mia, ada=ada
        )


__all__ = ["CAPABILITIES", "ShakyAdapter", "Stage", "calm_fixture", "order_of", "png", "trial"]
