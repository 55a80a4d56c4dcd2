"""Background work that a reset or the shutdown can end."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Tasks:
    """A set of running tasks, kept alive here because the event loop holds them weakly."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def start(self, work: Coroutine[Any, Any, None], *, name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)

    def cancel_all(self) -> None:
        for task in self._running:
            task.cancel()

    async def idle(self) -> None:
        """Return once nothing runs any more, what was started meanwhile included."""
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)

    async def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        self.cancel_all()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("sandbox_task_failed", task=task.get_name(), error=repr(error))
