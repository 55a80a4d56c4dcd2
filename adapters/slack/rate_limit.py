"""As fast as Slack allows, and no faster: about one message a second per conversation, and 429 obeyed.

Slack limits chat.postMessage per channel and every method per workspace (Slack docs, Rate limits). A queue
keeps a conversation's messages in order and apart; a hold stops a method for a whole workspace for as long
as Slack said.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bot.core.ports.for_adapters import Clock

BURST = 4
"""Messages one conversation takes at once after a quiet time."""
PER_MESSAGE_US = 1_000_000
_IDLE_QUEUES = 2000


@dataclass(eq=False)
class _ConversationQueue:
    """`ahead_of` is the moment (UTC micros) up to which this conversation's messages are spoken for."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ahead_of: int = 0
    users: int = 0


class RateLimits:
    """Lanes per conversation and holds per method; one per process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._queues: dict[str, _ConversationQueue] = {}
        self._holds: dict[tuple[str, str], int] = {}

    @asynccontextmanager
    async def turn(self, queue: str) -> AsyncIterator[None]:
        """Wait for this conversation's turn; messages leave in the order in which they asked."""
        if not queue:
            yield
            return
        mine = self._queue_of(queue)
        mine.users += 1
        try:
            async with mine.lock:
                await self._until(mine.ahead_of - BURST * PER_MESSAGE_US)
                mine.ahead_of = max(mine.ahead_of, self._clock.now()) + PER_MESSAGE_US
                yield
        finally:
            mine.users -= 1

    def _queue_of(self, name: str) -> _ConversationQueue:
        if len(self._queues) > _IDLE_QUEUES:
            now = self._clock.now()
            self._queues = {
                key: queue for key, queue in self._queues.items() if queue.users or queue.ahead_of > now
            }
        return self._queues.setdefault(name, _ConversationQueue())

    def hold(self, team: str, method: str, seconds: float) -> None:
        """Slack said 429: nobody calls this method for this workspace before `seconds` have passed."""
        until = self._clock.now() + int(seconds * 1_000_000)
        self._holds[team, method] = max(self._holds.get((team, method), 0), until)

    def held(self, team: str, method: str) -> bool:
        """True while the method must not be called."""
        return self._holds.get((team, method), 0) > self._clock.now()

    async def clear(self, team: str, method: str) -> None:
        """Wait until the method is free again."""
        await self._until(self._holds.get((team, method), 0))

    async def _until(self, moment: int) -> None:
        while (wait := moment - self._clock.now()) > 0:
            await self._clock.sleep(wait / 1_000_000)
