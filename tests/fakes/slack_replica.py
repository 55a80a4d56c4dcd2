"""One replica in a process of its own: core, worker and the Slack adapter, which only posts.

What is to be done comes from the database, so it opens no socket. Its clock is shared with all others.
"""

from __future__ import annotations

import asyncio
from typing import Any

from adapters.composition import open_core
from adapters.lifecycle import serving, until_signalled
from adapters.slack.app import SlackApp
from bot.settings import Settings
from bot.telemetry import logging
from tests.fakes.replica import SharedClock


def main(*, settings: dict[str, Any], start: float, speed: float) -> None:
    """Serve until SIGTERM."""
    logging.configure(level="error")
    asyncio.run(_live(Settings(**settings), SharedClock(start, speed)))


async def _live(settings: Settings, clock: SharedClock) -> None:
    async with open_core(settings, clock=clock) as core:
        app = SlackApp(service=core.service, talk=core.talk, admin=core.admin, settings=settings, clock=clock)
        async with serving(core, [app]):
            await until_signalled()
