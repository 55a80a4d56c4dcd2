"""Work that goes on beside a platform's callbacks, and the counting of what is under way.

A platform's library forgets a callback once it has been acknowledged, and its close does not wait. So work
that outlives a callback is kept here, named, waited for when the process stops, and its errors are logged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Background:
    """A set of running coroutines. An exception in one is logged and touches no other."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def __len__(self) -> int:
        return len(self._running)

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str = "") -> asyncio.Task[Any]:
        """Run it, and keep it until it is done."""
        task = asyncio.create_task(work, name=name or None)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task_failed", task=task.get_name(), exc_info=error)

    async def drain(self, seconds: float) -> None:
        """Wait for everything, at most so long; then cancel what is left and wait for that."""
        if self._running and seconds > 0:
            await asyncio.wait(set(self._running), timeout=seconds)
        left = set(self._running)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


class InFlight:
    """Counts what is under way, and lets others wait until at most `few` are left."""

    def __init__(self, few: int = 0) -> None:
        self._few = few
        self._count = 0
        self._calm = asyncio.Event()
        self._calm.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """One more, until the block ends."""
        self._add(1)
        try:
            yield
        finally:
            self._add(-1)

    async def calm(self, seconds: float) -> bool:
        """Wait until few are left, at most so long; says whether few are left."""
        try:
            await asyncio.wait_for(self._calm.wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _add(self, more: int) -> None:
        self._count += more
        if self._count > self._few:
            self._calm.clear()
        else:
            self._calm.set()
