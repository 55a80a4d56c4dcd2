"""One budget of pixels for everything that decodes: pictures sent in, copies for platforms, thumbnails.

The pixels that all running work holds in memory never exceed `MOST_HELD`; who comes when it is full waits in
turn, first come first served. Work runs in threads, so that the event loop stays free.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar
from weakref import WeakKeyDictionary

P = ParamSpec("P")
T = TypeVar("T")

BYTES_EACH = 4
"""What a held pixel counts as: red, green, blue and alpha of eight bits."""
MOST_HELD = 68_000_000
"""Pixels held at once, 272 MB. The process itself, the files that wait and this stay below 512 MB."""

_POOL = ThreadPoolExecutor(max_workers=2, thread_name_prefix="images")


class Budget:
    """Room for `most` pixels, given out in the order in which it was asked for. For one event loop."""

    def __init__(self, most: int = MOST_HELD) -> None:
        self._most = most
        self._held = 0
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def room(self, pixels: int) -> AsyncGenerator[None]:
        """Wait for room for `pixels`. What is larger than the whole budget waits until it is alone."""
        share = min(max(1, pixels), self._most)
        await self._take(share)
        try:
            yield
        finally:
            self._held -= share
            self._admit()

    async def _take(self, share: int) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((share, turn))
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._held -= share
            else:
                self._waiting.remove((share, turn))
            self._admit()
            raise

    def _admit(self) -> None:
        while self._waiting and self._held + self._waiting[0][0] <= self._most:
            share, turn = self._waiting.popleft()
            if not turn.cancelled():
                self._held += share
                turn.set_result(None)


_BUDGETS: WeakKeyDictionary[asyncio.AbstractEventLoop, Budget] = WeakKeyDictionary()


def budget() -> Budget:
    """The budget of this process (of the running event loop)."""
    loop = asyncio.get_running_loop()
    return _BUDGETS.setdefault(loop, Budget())


async def in_thread(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run what reads no more than a header, or a few pixels, in a thread of the pictures."""
    return await asyncio.get_running_loop().run_in_executor(_POOL, lambda: work(*args, **kwargs))


async def in_turn(pixels: int, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run `work`, which holds that many pixels, in a thread, when there is room.

    A thread cannot be cancelled: when the caller is, the room stays taken until the thread is done.
    """

    async def held() -> T:
        async with budget().room(pixels):
            return await in_thread(work, *args, **kwargs)

    return await asyncio.shield(asyncio.ensure_future(held()))
