"""Clocks for tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
_SCHEDULE = Path("/proc/thread-self/schedstat")


def without_processor() -> float:
    """Seconds for which this thread wanted a processor and had none; 0 where the system does not tell."""
    try:
        return int(_SCHEDULE.read_text(encoding="ascii").split()[1]) / 1e9
    except OSError:
        return 0.0


def own_time() -> float:
    """Seconds of this thread in which it ran or waited of its own accord, not those without a free processor.

    A deadline of a platform is for the bot, which has a machine; that of the tests is shared with their
    neighbours. Where the system does not tell (it is not Linux), these are plain seconds.
    """
    return time.perf_counter() - without_processor()


async def within(seconds: float, work: Awaitable[T]) -> T:
    """What `work` gives. TimeoutError, and `work` is cancelled, when it takes longer by `own_time`."""
    task, end = asyncio.ensure_future(work), own_time() + seconds
    try:
        while not task.done() and (left := end - own_time()) > 0:
            await asyncio.wait({task}, timeout=left)
        if not task.done():
            raise TimeoutError
    finally:
        task.cancel()
    return await task


class WarpClock:
    """A clock that runs `speed` times as fast as the wall's, `ahead` seconds in front of it."""

    def __init__(self, *, speed: float = 1.0, ahead: float = 0.0) -> None:
        self._start = time.time()
        self._speed = speed
        self._ahead = ahead

    def now(self) -> int:
        moment = self._start + (time.time() - self._start) * self._speed + self._ahead
        return int(moment * 1_000_000)

    def jump(self, seconds: float) -> None:
        """Move forwards or, with a negative number, backwards."""
        self._ahead += seconds

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)

    @property
    def speed(self) -> float:
        """How many of its seconds are one of the wall's."""
        return self._speed
