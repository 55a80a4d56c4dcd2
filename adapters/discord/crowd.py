"""First answers come before everything else: Discord gives each three seconds, and nothing else is so urgent.

In a burst those who have their answer would otherwise have their orders written and priced while others
still wait for theirs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

FEW = 8
"""So many may be waiting without holding anybody up."""
PATIENCE_S = 2.0
"""Those who come later have three seconds of their own, so a crowd that never thins holds nobody for long."""


class Crowd:
    """Counts those without a first answer."""

    def __init__(self) -> None:
        self._waiting = 0
        self._thin = asyncio.Event()
        self._thin.set()

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """One more, until its answer is out."""
        self._count(1)
        try:
            yield
        finally:
            self._count(-1)

    async def thinned(self) -> None:
        """Wait until few are left, or for PATIENCE_S seconds."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._thin.wait(), PATIENCE_S)

    def _count(self, more: int) -> None:
        self._waiting += more
        if self._waiting > FEW:
            self._thin.clear()
        else:
            self._thin.set()
