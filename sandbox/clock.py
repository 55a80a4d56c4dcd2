"""The sandbox's own time: real by default, movable by hand.

Media expire after an hour and webhooks are retried after 45 seconds; nobody waits for that in a test
or a demo, so every age and delay in the sandbox is measured on this clock, which can be pushed forward.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class SandboxClock:
    """Unix seconds plus whatever `advance` has added. `frozen` clocks move only by `advance`."""

    def __init__(self, *, frozen: bool = False) -> None:
        self._frozen_at = time.time() if frozen else None
        self._offset = 0.0
        self._moved = asyncio.Event()

    def time(self) -> float:
        base = time.time() if self._frozen_at is None else self._frozen_at
        return base + self._offset

    def advance(self, seconds: float) -> None:
        """Push time forward and wake every sleeper so that it looks again. Raises ValueError below 0."""
        if seconds < 0:
            raise ValueError("time only moves forward")
        self._offset += seconds
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Return once the clock shows `seconds` later than now, by waiting or by `advance`."""
        deadline = self.time() + seconds
        while (left := deadline - self.time()) > 0:
            moved = self._moved
            try:
                await asyncio.wait_for(moved.wait(), None if self._frozen_at is not None else left)
            except TimeoutError:
                continue


def iso(at: float) -> str:
    """ISO 8601 in UTC with milliseconds, as the request log prints it."""
    text = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def parse_iso(text: str) -> float:
    """Unix seconds of an ISO 8601 date or time; without an offset it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
