"""Transactions that wait for a common commit, and the futures of their callers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from gettext import gettext as _
from typing import Any

from bot.core.errors import StoreUnavailable
from bot.telemetry.logging import metrics
from storage.group_commit import Outcome, Raised, Returned
from storage.transaction import T, Work

BATCH = 200
"""The most transactions that share one commit."""


@dataclass(eq=False)
class WaitingTransaction:
    """One waiting transaction. Two with the same `key` never share a group."""

    work: Work[Any]
    key: str | None
    future: asyncio.Future[Any] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def resolve(self, outcome: Outcome) -> None:
        """Give the caller its result, unless it was cancelled in the meantime."""
        if self.future.done():
            return
        if isinstance(outcome, Returned):
            self.future.set_result(outcome.value)
        else:
            self.future.set_exception(outcome.error)


Commit = Callable[[Sequence[WaitingTransaction]], Awaitable[list[Outcome]]]


class Queue:
    """Commits everything that waits, again and again."""

    def __init__(self, commit: Commit, name: str) -> None:
        """`commit` returns an outcome for each job, or raises the error for all of them."""
        self._commit = commit
        self._jobs: asyncio.Queue[WaitingTransaction | None] = asyncio.Queue()
        self._closed = False
        self._task = asyncio.create_task(self._run(), name=name)

    async def run(self, work: Work[T], key: str | None) -> T:
        """Wait until the work is committed. Cancelling the caller does not undo it."""
        if self._closed:
            raise StoreUnavailable(_("The database is closed."))
        job = WaitingTransaction(work, key)
        self._jobs.put_nowait(job)
        result: T = await job.future
        return result

    async def close(self) -> None:
        """Commit everything that waits, and accept nothing more."""
        if not self._closed:
            self._closed = True
            self._jobs.put_nowait(None)
        await self._task

    async def _run(self) -> None:
        while (first := await self._jobs.get()) is not None:
            jobs = [first, *self._more()]
            await self._settle([job for job in jobs if not job.future.cancelled()])
            # Let the callers run first: their next transactions join the next commit.
            await asyncio.sleep(0)

    def _more(self) -> list[WaitingTransaction]:
        jobs: list[WaitingTransaction] = []
        while len(jobs) < BATCH - 1 and not self._jobs.empty():
            job = self._jobs.get_nowait()
            if job is None:
                self._jobs.put_nowait(None)
                break
            jobs.append(job)
        return jobs

    async def _settle(self, jobs: Sequence[WaitingTransaction]) -> None:
        try:
            with metrics.commits.time():
                outcomes = list(zip(jobs, await self._commit(jobs), strict=True))
        except Exception as error:
            metrics.database_errors.inc()
            outcomes = [(job, Raised(error)) for job in jobs]
        for job, outcome in outcomes:
            job.resolve(outcome)
