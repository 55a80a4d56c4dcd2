"""One replica in a process of its own: core, worker and a chat platform's adapter, which has only to post.

What is to be done comes from the database. Its clock is shared with all others.
"""

from __future__ import annotations

import asyncio
from typing import Any

from adapters.composition import open_core
from adapters.lifecycle import serving, until_signalled
from bot.settings import Settings
from bot.telemetry import logging
from tests.fakes.platform_apps import APPS
from tests.fakes.replica import SharedClock


def main(*, settings: dict[str, Any], platform: str, start: float, speed: float) -> None:
    """Serve until SIGTERM."""
    logging.configure(level="error")
    asyncio.run(_live(Settings(**settings), platform, SharedClock(start, speed)))


async def _live(settings: Settings, platform: str, clock: SharedClock) -> None:
    async with open_core(settings, clock=clock) as core, serving(core, [APPS[platform](core)]):
        await until_signalled()
