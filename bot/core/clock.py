"""The real clock. Tests use their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

SLEW = 20
"""A difference from the machine's clock is corrected by at most 1/20 of the time that passes."""


def _steady_ns() -> int:
    """Nanoseconds since some fixed moment; nobody can set it, and it runs on while a Linux machine sleeps."""
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


class SystemClock:
    """Implements `ports.for_adapters.Clock` with the machine's time, without its jumps.

    Someone may change the machine's clock by an hour while requests run. Leases would look expired to one
    worker and last an hour too long for another, so a running process follows such a change slowly and never
    goes backwards; a new process starts at the new time.
    """

    def __init__(
        self, *, wall_ns: Callable[[], int] = time.time_ns, steady_ns: Callable[[], int] = _steady_ns
    ) -> None:
        self._wall_ns = wall_ns
        self._steady_ns = steady_ns
        self._seen = steady_ns()
        self._offset = wall_ns() - self._seen

    def now(self) -> int:
        """UTC microseconds."""
        steady = self._steady_ns()
        wrong = self._wall_ns() - steady - self._offset
        most = max(0, steady - self._seen) // SLEW
        self._offset += max(-most, min(most, wrong))
        self._seen = steady
        return (steady + self._offset) // 1000

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
