"""Work that is done again and again while the process runs, such as purging or claiming.

A loop survives every error: it logs a new one once, counts each, waits longer after each, and tells health
since when it has been failing. Only being cancelled ends it. A loop whose task has ended although nobody
stopped it is dead, and then `/healthz` says so, because only a restart brings it back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from bot.core.errors import BotError
from bot.core.ports.for_adapters import Clock
from bot.telemetry.logging import metrics

log = structlog.get_logger(__name__)

RETRY_S = 20.0
"""Seconds until the first retry of work that is done less often than that."""
LONGEST_S = 60.0
"""The longest wait after failures, in seconds, of work that is done more often than that."""

Work = Callable[[], Awaitable[float | None]]
"""One round. Returns the seconds until the next, or None for the usual time."""
Rest = Callable[[float], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class LoopHealth:
    """How a loop is: `failing_s` is the seconds since its first failure in a row, None when it succeeds.

    Without an `essential` loop, requests are accepted and nobody works on them.
    """

    name: str
    dead: bool
    failing_s: float | None
    essential: bool


@dataclass(frozen=True, kw_only=True)
class Pace:
    """When a loop runs, in seconds.

    After a failure the wait is `retry_s`, then twice that and so on, up to `longest_s`. None stands for
    `RETRY_S` or `every_s`, whichever is shorter, and for `LONGEST_S` or `every_s`, whichever is longer.
    """

    every_s: float
    retry_s: float | None = None
    longest_s: float | None = None
    wait_first: bool = False

    def after(self, failures: int) -> float:
        """The wait after so many failures in a row."""
        first = min(self.every_s, RETRY_S) if self.retry_s is None else self.retry_s
        longest = max(self.every_s, LONGEST_S) if self.longest_s is None else self.longest_s
        return min(longest, first * 2.0 ** min(failures - 1, 30))


class RegularLoop:
    """One loop. `rest` waits between two rounds; it may end early."""

    def __init__(
        self, name: str, work: Work, pace: Pace, *, clock: Clock, rest: Rest | None, essential: bool
    ) -> None:
        self.name = name
        self._work = work
        self._pace = pace
        self._clock = clock
        self._rest = rest or clock.sleep
        self._essential = essential
        self._ending = False
        self._failures = 0
        self._failing_since = 0
        self._said = ""
        metrics.loop_failures.labels(name)
        self.task = asyncio.create_task(self._run(), name=f"loop-{name}")

    def end(self) -> None:
        """Start no other round; the one under way goes on."""
        self._ending = True

    def health(self) -> LoopHealth:
        """How it is now."""
        failing = (self._clock.now() - self._failing_since) / 1_000_000 if self._failures else None
        return LoopHealth(
            name=self.name,
            dead=self.task.done() and not self._ending,
            failing_s=failing,
            essential=self._essential,
        )

    async def _run(self) -> None:
        if self._pace.wait_first:
            await self._rest(self._pace.every_s)
        while not self._ending:
            await self._rest(await self._round())

    async def _round(self) -> float:
        """Do the work once; returns the seconds until the next round."""
        try:
            pause = await self._work()
        except Exception as error:
            self._failed(error)
            return self._pace.after(self._failures)
        if self._failures:
            log.info("loop_recovered", loop=self.name, failures=self._failures)
        self._failures, self._said = 0, ""
        return self._pace.every_s if pause is None else pause

    def _failed(self, error: Exception) -> None:
        """Count it, and log it unless the last round failed alike."""
        if not self._failures:
            self._failing_since = self._clock.now()
        self._failures += 1
        metrics.loop_failures.labels(self.name).inc()
        expected = isinstance(error, BotError)
        said = error.code if isinstance(error, BotError) else type(error).__name__
        if said != self._said:
            self._said = said
            log.warning("loop_failed", loop=self.name, error=said, exc_info=None if expected else error)


class Loops:
    """The loops of one part of the process, stopped together."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._running: list[RegularLoop] = []

    def run(
        self, name: str, work: Work, pace: Pace, *, rest: Rest | None = None, essential: bool = False
    ) -> RegularLoop:
        """Start a loop. `name` is a stable word for the log, the metrics and `/readyz`."""
        loop = RegularLoop(name, work, pace, clock=self._clock, rest=rest, essential=essential)
        self._running.append(loop)
        return loop

    async def stop(self) -> None:
        """Cancel all and wait for them."""
        for loop in self._running:
            loop.end()
            loop.task.cancel()
        await asyncio.gather(*(loop.task for loop in self._running), return_exceptions=True)

    @property
    def alive(self) -> bool:
        """True while all that were started run; False before the first starts."""
        return bool(self._running) and not any(loop.task.done() for loop in self._running)

    def health(self) -> list[LoopHealth]:
        """How each is."""
        return [loop.health() for loop in self._running]
