"""One replica in a process of its own: core, worker and an adapter that posts to a board.

Its clock is shared with all others: the wall's time, `speed` times as fast since `start`. At SIGUSR1 it
throws away what nobody needs and posts how many tasks it has.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from typing import Any

from adapters.composition import open_core
from adapters.lifecycle import serving, until_signalled
from bot.settings import Settings
from bot.telemetry import logging
from tests.fakes.board import BoardAdapter
from tests.fakes.clocks import WarpClock


class SharedClock(WarpClock):
    """A quick clock on which several processes agree."""

    def __init__(self, start: float, speed: float) -> None:
        super().__init__(speed=speed)
        self._start = start


def main(*, settings: dict[str, Any], board: str, start: float, speed: float) -> None:
    """Serve until SIGTERM."""
    logging.configure(level="error")
    asyncio.run(_live(Settings(**settings), board, SharedClock(start, speed)))


async def _live(settings: Settings, board: str, clock: SharedClock) -> None:
    adapter = BoardAdapter(board, os.getpid())
    async with open_core(settings, clock=clock) as core, serving(core, [adapter]):
        await adapter.say("ready", {"pid": os.getpid()})
        counts: set[asyncio.Task[None]] = set()

        def count() -> None:
            gc.collect()
            said = {"pid": os.getpid(), "tasks": len(asyncio.all_tasks())}
            counts.add(asyncio.create_task(adapter.say("tasks", said)))

        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, count)
        await until_signalled()
