"""A clock that is ahead of another: what is regular finds a week or month over."""

from __future__ import annotations

from bot.core.ports.for_adapters import Clock
from bot.core.windows import UTC_ALWAYS, Window, bounds


class LaterClock:
    """`ahead_us` microseconds ahead of `clock`."""

    def __init__(self, clock: Clock, ahead_us: int) -> None:
        self._clock = clock
        self.ahead_us = ahead_us

    @classmethod
    def after(cls, window: Window, clock: Clock) -> LaterClock:
        """One hour after the running window of UTC ends."""
        end = bounds(window, clock.now(), UTC_ALWAYS)[1] or 0
        return cls(clock, end + 3_600_000_000 - clock.now())

    def now(self) -> int:
        return self._clock.now() + self.ahead_us

    async def sleep(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
