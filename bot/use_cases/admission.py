"""The bound on how much may wait."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.core.errors import QueueFull
from bot.core.ports import Store


class WaitingRoom:
    """Has places for `limit` unfinished requests, in the whole database."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._entering = 0

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """A place for a request that is written within. Raises QueueFull.

        Who is entering at the same moment is not in the database yet and counts as well, or a burst would
        find the room empty as one.
        """
        ahead = self._entering
        self._entering += 1
        try:
            waiting = await self._store.waiting() + ahead
            if waiting >= self._limit:
                raise QueueFull(waiting)
            yield
        finally:
            self._entering -= 1
