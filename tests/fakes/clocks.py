"""Clocks for tests."""

from __future__ import annotations

import asyncio
import time


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
