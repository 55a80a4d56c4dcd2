"""What autocomplete is answered from: the catalogue, and people's recent requests kept for a few seconds.

Discord waits three seconds for suggestions and shows "Loading options failed" for any error; people wait
far less between two keys. So a database that is slow only makes suggestions a little older.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog
from cachetools import LRUCache

from adapters.discord.clock import Clock
from bot.core.request import Actor, Request

log = structlog.get_logger(__name__)

FRESH_US = 3_000_000
PATIENCE_S = 0.2
MOST_PEOPLE = 2000
Load = Callable[[Actor], Awaitable[Sequence[Request]]]


class Recents:
    """The last requests of the people who are typing now."""

    def __init__(self, load: Load, clock: Clock) -> None:
        self._load = load
        self._clock = clock
        # What is no longer fresh is kept all the same: it is the answer when the database is slow.
        self._known: LRUCache[tuple[str, str], tuple[int, Sequence[Request]]] = LRUCache(MOST_PEOPLE)

    async def of(self, actor: Actor) -> Sequence[Request]:
        """Newest first; what is remembered when the database does not answer at once. Never raises."""
        key = (actor.tenant, actor.person)
        known = self._known.get(key)
        if known is not None and self._clock.now() - known[0] < FRESH_US:
            return known[1]
        try:
            found = await asyncio.wait_for(self._load(actor), PATIENCE_S)
        except Exception as error:
            log.info("recents_not_loaded", error=type(error).__name__)
            return known[1] if known else ()
        self._known[key] = (self._clock.now(), found)
        return found

    def changed(self, actor: Actor) -> None:
        """Something new happened: look again next time."""
        self._known.pop((actor.tenant, actor.person), None)
