"""Progress of requests, each shown by edits of its message: always the newest state, at a bounded pace.

An edit can hold its caller for seconds when the platform's rate limit is used up, and two edits of one
message may arrive in either order. So whoever has news leaves it here and goes on. A state that was replaced
before its turn is never sent, and a message has at most one edit under way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import structlog
from cachetools import LRUCache

from adapters.common.background import Background
from bot.core.errors import BotError
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

MOST = 5000
"""Messages of which it is remembered what they show, so that a state without news is not sent."""
Key = TypeVar("Key", bound=Hashable)
State = TypeVar("State")


@dataclass
class _Message(Generic[State]):
    newest: State | None = None
    task: asyncio.Task[None] | None = None
    sending: asyncio.Lock = field(default_factory=asyncio.Lock)


class Progress(Generic[Key, State]):
    """All messages of this process that show a running request.

    `send` edits a message. It is best effort: what it raises is logged, and the next state is sent as usual.
    `pause_s` is the least time in seconds between an edit to this state and the next one. `looks` gives what
    people see of a state; a state that looks like the last one that was sent is not sent.
    """

    def __init__(
        self,
        *,
        send: Callable[[State], Awaitable[None]],
        clock: Clock,
        pause_s: Callable[[State], float],
        looks: Callable[[State], Hashable] | None = None,
    ) -> None:
        self._send_state = send
        self._clock = clock
        self._pause_s = pause_s
        self._looks = looks
        self._open: dict[Key, _Message[State]] = {}
        self._shown: LRUCache[Key, Hashable] = LRUCache(MOST)
        self._background = Background()

    def __len__(self) -> int:
        """How many messages are being edited, or pausing after an edit."""
        return len(self._open)

    def show(self, key: Key, state: State) -> None:
        """Have the message show this soon, unless something newer comes first. Never waits, never raises."""
        message = self._open.setdefault(key, _Message())
        message.newest = state
        if message.task is None:
            message.task = self._background.spawn(self._edit(key, message), name=f"progress:{key}")

    async def settle(self, key: Key) -> None:
        """Drop what was not sent and wait for the edit under way, so that the caller sends the last one."""
        message = self._open.pop(key, None)
        if message is not None:
            message.newest = None
            await self._stop(message)
        self._shown.pop(key, None)

    async def drain(self, timeout_s: float) -> None:
        """Send the newest state of every message now, and stop. Raises TimeoutError after `timeout_s`."""
        messages, self._open = self._open, {}
        try:
            async with asyncio.timeout(timeout_s):
                await asyncio.gather(*(self._last_edit(key, message) for key, message in messages.items()))
        finally:
            await self._background.drain(0)

    async def close(self) -> None:
        """Stop and send nothing more."""
        self._open = {}
        await self._background.drain(0)

    async def _last_edit(self, key: Key, message: _Message[State]) -> None:
        await self._stop(message)
        await self._send(key, message)

    async def _stop(self, message: _Message[State]) -> None:
        async with message.sending:
            if message.task is not None:
                message.task.cancel()

    async def _edit(self, key: Key, message: _Message[State]) -> None:
        while (state := message.newest) is not None:
            await self._send(key, message)
            await self._clock.sleep(self._pause_s(state))
        message.task = None
        if self._open.get(key) is message:
            del self._open[key]

    async def _send(self, key: Key, message: _Message[State]) -> None:
        async with message.sending:
            state, message.newest = message.newest, None
            if state is None:
                return
            looks = self._looks(state) if self._looks else None
            if looks is not None and looks == self._shown.get(key):
                return
            try:
                await self._send_state(state)
            except BotError as error:
                log.info("progress_lost", key=str(key), error=error.code)
            except Exception:
                log.exception("progress_not_shown", key=str(key))
            else:
                self._shown[key] = looks
