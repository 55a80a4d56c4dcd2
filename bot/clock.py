"""The real clock. Tests bring their own."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Implements `ports.Clock` with the machine's time."""

    def now(self) -> int:
        """UTC microseconds."""
        return time.time_ns() // 1000

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
