"""One thing after another: messages of one conversation are taken in the order in which they arrived."""

from __future__ import annotations

import asyncio
import weakref


class InOrder:
    """A lock for each name, fair to those who wait; names that nobody uses are forgotten."""

    def __init__(self) -> None:
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    def of(self, name: str) -> asyncio.Lock:
        """The lock of one conversation; keep it while it is used."""
        return self._locks.setdefault(name, asyncio.Lock())
