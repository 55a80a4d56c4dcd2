"""The life of a server process: start what has credentials, wait for a signal, take it down in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from typing import Any, Protocol

import structlog

from adapters.composition import Core
from bot.core.ports.for_adapters import Members, NoticeSender, Notifier

log = structlog.get_logger(__name__)


class Adapter(Protocol):
    """What a platform's package offers to the composition root."""

    @property
    def ORIGIN(self) -> str:  # noqa: N802 — a constant of the class
        """The `origin` of its requests."""
        ...

    @property
    def notifier(self) -> Notifier: ...

    @property
    def members(self) -> Members | None:
        """None where people have no roles and cannot leave."""
        ...

    @property
    def notices(self) -> NoticeSender | None:
        """None where nobody can be told what they have not asked for."""
        ...

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Take nothing new, finish what was begun, leave nothing dangling."""
        ...

    async def ready(self) -> bool: ...


@asynccontextmanager
async def serving(core: Core, adapters: Iterable[Adapter]) -> AsyncIterator[None]:
    """Run the worker and the adapters, which start side by side and beside the first look at the models.

    The worker stops first, while the adapters can still post what it finishes; what is asked meanwhile is
    a row like any other, for another replica or the next start.
    """
    adapters = list(adapters)
    for adapter in adapters:
        core.notifiers[adapter.ORIGIN] = adapter.notifier
        if adapter.members is not None:
            core.members[adapter.ORIGIN] = adapter.members
        if adapter.notices is not None:
            core.notice_senders[adapter.ORIGIN] = adapter.notices
    started: list[Adapter] = []
    await core.maintenance.start()
    try:
        await _started(adapters, started, core.maintenance.first_catalog())
        await core.worker.start()
        await core.line.start()
        await core.notices.start()
        yield
    finally:
        log.info("stopping")
        await core.notices.stop()
        await core.line.stop()
        _stop_waiting(started)
        await core.worker.stop()
        for adapter in reversed(started):
            with contextlib.suppress(Exception):
                await adapter.stop()
        await core.maintenance.stop()


def _stop_waiting(adapters: Iterable[Adapter]) -> None:
    """Let the steps of the worker end that only wait for a platform, where that can be taken up again."""
    for adapter in adapters:
        stop_waiting: Callable[[], None] | None = getattr(adapter, "stop_waiting", None)
        if stop_waiting is not None:
            stop_waiting()


async def _started(
    adapters: Iterable[Adapter], started: list[Adapter], first: Coroutine[Any, Any, None]
) -> None:
    """Start all; raises the first error once none is starting any more, so that all can be stopped."""

    async def start(adapter: Adapter) -> None:
        started.append(adapter)
        await adapter.start()

    tasks = [asyncio.create_task(work) for work in (first, *(start(adapter) for adapter in adapters))]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run `work` while the block runs; what is left of it ends with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def stoppable(work: Coroutine[Any, Any, None]) -> None:
    """Run `work`; a SIGTERM or SIGINT while it starts takes down in order what has been started.

    The first process of a container ignores signals that nobody handles, so they are handled from the
    first moment on. `until_signalled` takes over once everything runs.
    """
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def until_signalled() -> None:
    """Return at the first SIGTERM or SIGINT."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    await stop.wait()
