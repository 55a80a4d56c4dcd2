"""Progress, as often as Slack can bear it: the newest word of each request, at most one every few seconds.

The worker reports whenever something moves and never waits for us. What was overtaken is never sent, and
nothing is sent once the end has been told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from adapters.slack.tasks import Tasks
from bot.core.errors import BotError
from bot.core.events import Progressed
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

EVERY_S = 3.0
"""chat.update may be called about fifty times a minute for a whole workspace (Slack docs, Rate limits)."""
STREAM_EVERY_S = 1.0


class Board:
    """Coalesces what `show` is called with."""

    def __init__(self, *, show: Callable[[Progressed], Awaitable[None]], clock: Clock, tasks: Tasks) -> None:
        self._show = show
        self._clock = clock
        self._tasks = tasks
        self._newest: dict[tuple[str, bool], Progressed] = {}
        self._running: set[tuple[str, bool]] = set()

    def put(self, event: Progressed) -> None:
        """Take the newest word of a request; returns at once. An answer's text has a pace of its own."""
        key = (event.request.id, bool(event.text))
        self._newest[key] = event
        if key not in self._running:
            self._running.add(key)
            self._tasks.spawn(self._run(key), name=f"progress:{event.request.id}")

    def drop(self, request_id: str) -> None:
        """The end is being told: what is still waiting is old news."""
        for has_text in (True, False):
            self._newest.pop((request_id, has_text), None)

    async def _run(self, key: tuple[str, bool]) -> None:
        try:
            while (event := self._newest.pop(key, None)) is not None:
                try:
                    await self._show(event)
                except BotError as error:
                    log.info("progress_lost", error=error.code, request_id=event.request.id)
                await self._clock.sleep(STREAM_EVERY_S if event.text else EVERY_S)
        finally:
            self._running.discard(key)
