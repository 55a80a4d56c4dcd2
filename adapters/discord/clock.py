"""Time as this adapter needs it; the composition root brings the real one, tests their own."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """UTC microseconds, and waiting."""

    def now(self) -> int: ...

    async def sleep(self, seconds: float) -> None: ...
