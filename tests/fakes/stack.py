"""The whole product in one test process: sandbox over a socket, real client, real SQLite, service, worker.

    async with running_stack(tmp_path) as stack:
        request = await stack.submit(generate("a capybara"))
        final = await stack.ended(request.id)

Adapters under test are given as builders: `running_stack(tmp_path, adapters=[lambda core: DiscordApp(...)])`.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from adapters.composition import Core, open_core
from adapters.lifecycle import Adapter, serving
from bot.core.events import AwaitingConfirmation, Corrected, Final, Progressed
from bot.core.ports.for_adapters import Clock
from bot.core.request import Actor, GenerateOrder, Order, ReplyTo, Request, State
from bot.settings import Settings
from sandbox import Sandbox
from tests.fakes.sandbox import KEY, running_sandbox

MIA = Actor(tenant="test:1", person="test:mia", name="Mia", channel="test:general")
ADA = Actor(tenant="test:1", person="test:ada", name="Ada", channel="test:general", is_admin=True)


ROOMY: dict[str, Any] = {
    "queue_per_person": 100_000,
    "queue_per_tenant": 100_000,
    "dry_runs_per_person": 100_000,
    "dry_runs_per_tenant": 100_000,
    "breaker_after": 0,
}
"""One person of a test asks for more, and meets more faults, than anybody; bounds have their own tests."""


class RecordingAdapter:
    """An adapter without a platform: keeps every event it is told."""

    ORIGIN = "test"
    members = None
    notices = None

    def __init__(self) -> None:
        self.progressed: list[Progressed] = []
        self.asked: list[AwaitingConfirmation] = []
        self.finished: list[Final] = []
        self.corrected: list[Corrected] = []
        self._changed = asyncio.Condition()

    @property
    def notifier(self) -> RecordingAdapter:
        return self

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ready(self) -> bool:
        return True

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None:
        self.progressed.append(event)

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        async with self._changed:
            self.asked.append(event)
            self._changed.notify_all()

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        async with self._changed:
            self.finished.append(event)
            self._changed.notify_all()
        return {"posted": len(self.finished)}

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None:
        async with self._changed:
            self.corrected.append(event)
            self._changed.notify_all()

    async def corrected_to(self, request_id: str, timeout: float = 30) -> Corrected:
        found = await self._wait(lambda: [e for e in self.corrected if e.request.id == request_id], timeout)
        return found[-1]

    async def ended(self, request_id: str, timeout: float = 30) -> Final:
        """The last word on a request."""
        found = await self._wait(lambda: [e for e in self.finished if e.request.id == request_id], timeout)
        return found[-1]

    async def asked_about(self, request_id: str, timeout: float = 30) -> AwaitingConfirmation:
        found = await self._wait(lambda: [e for e in self.asked if e.request.id == request_id], timeout)
        return found[-1]

    async def _wait(self, look: Callable[[], list[Any]], timeout: float) -> list[Any]:
        async with asyncio.timeout(timeout), self._changed:
            await self._changed.wait_for(look)
            return look()


@dataclass(kw_only=True)
class Stack:
    """The running parts. `test` records what origin `test` is told."""

    core: Core
    sandbox: Sandbox
    test: RecordingAdapter
    adapters: Sequence[Adapter] = ()
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def submit(self, order: Order, actor: Actor = MIA, **changes: Any) -> Request:
        """Submit as origin `test`, with a dedupe key of its own unless one is given."""
        where: dict[str, Any] = {
            "origin": "test",
            "reply_to": {},
            "dedupe_key": f"test:{next(self._numbers)}",
            **changes,
        }
        return await self.core.service.submit(actor, order, **where)

    async def ended(self, request_id: str, timeout: float = 30) -> Final:
        return await self.test.ended(request_id, timeout)

    async def run(self, order: Order, actor: Actor = MIA, **changes: Any) -> Final:
        """Submit and wait for the end."""
        return await self.ended((await self.submit(order, actor, **changes)).id)

    async def told(self, request_id: str, timeout: float = 30) -> Request:
        """The row once it says that its person has been told the end."""
        async with asyncio.timeout(timeout):
            while (row := await self.row(request_id)).notified != row.state:
                await asyncio.sleep(0.01)
        return row

    async def settled(self, timeout: float = 60) -> None:
        """Wait until no request has anything left to do."""
        async with asyncio.timeout(timeout):
            while await self.core.store.next_due() is not None or self.core.worker.carrying:
                await asyncio.sleep(0.02)

    async def resting(self, tenant: str, count: int = 1) -> None:
        """Wait until so many requests hold money and wait for their call to be made again."""
        async with asyncio.timeout(60):
            while True:
                rows = await self.core.store.unfinished(tenant)
                resting = [row for row in rows if row.state is State.RESERVED and row.attempts]
                if len(resting) == count and not self.core.worker.carrying:
                    return
                await asyncio.sleep(0.02)

    async def row(self, request_id: str) -> Request:
        found = await self.core.store.get(request_id)
        assert found is not None
        return found


def settings_for(data_dir: Path, sandbox: Sandbox, **changes: Any) -> Settings:
    """Settings of a test: its own folder, the sandbox, and nothing from this machine's environment."""
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "lumenfall_api_key": SecretStr(KEY),
        "lumenfall_base_url": sandbox.base_url,
        "port": 0,
        "drain_s": 5,
        **ROOMY,
        **changes,
    }
    return Settings(**values)


@asynccontextmanager
async def running_stack(
    data_dir: Path,
    *,
    adapters: Sequence[Callable[[Core], Adapter]] = (),
    sandbox: Sandbox | None = None,
    sandbox_options: dict[str, Any] | None = None,
    clock: Clock | None = None,
    **changes: Any,
) -> AsyncGenerator[Stack, None]:
    """Everything, started and taken down; `changes` are settings. Give a `sandbox` to outlive a stack."""
    async with AsyncExitStack() as stack:
        if sandbox is None:
            sandbox = await stack.enter_async_context(running_sandbox(**(sandbox_options or {})))
        core = await stack.enter_async_context(
            open_core(settings_for(data_dir, sandbox, **changes), clock=clock)
        )
        recorder = RecordingAdapter()
        built = [build(core) for build in adapters]
        await stack.enter_async_context(serving(core, [recorder, *built]))
        yield Stack(core=core, sandbox=sandbox, test=recorder, adapters=built)


def generate(prompt: str = "a capybara at dusk", **fields: Any) -> GenerateOrder:
    """A picture order on a cheap model."""
    return GenerateOrder(**{"model": "seedream-4.5", "prompt": prompt, **fields})


__all__ = ["ADA", "MIA", "RecordingAdapter", "Stack", "generate", "running_stack", "settings_for"]
