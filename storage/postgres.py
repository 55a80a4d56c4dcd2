"""PostgreSQL, for several replicas.

Moves of requests are committed in groups. A group takes five round trips, whatever its size: begin, requests
and rules, balances, all writes, commit. All other work has its own connection of the pool and its own
transaction; a read of one statement needs no transaction.

If a connection breaks before the commit, nothing was written, and the work is done again. If it breaks during
the commit, the driver looks for the mark of that commit (`storage.postgres_connections`), and does the work
again only if there is none. So StoreUnavailable means here, too, that nothing was written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from gettext import gettext as _
from typing import Any

import structlog

from bot.core.errors import StoreUnavailable
from storage.commit_queue import Queue, WaitingTransaction
from storage.group_commit import Outcome, Raised, in_turns, together
from storage.postgres_connections import (
    GONE,
    GROUP_PLANS,
    PASSING,
    ConnectionPool,
    InDoubt,
    came_through,
    connect,
    hang_up,
)
from storage.postgres_executor import drive, drive_one, execute
from storage.statements import migrate
from storage.transaction import T, Work
from storage.upgrades import AFTER

log = structlog.get_logger(__name__)

PATIENCE_S = 2.0
"""How long one call keeps trying while the server is unavailable."""
FIRST_PAUSE_S = 0.02
"""The pause between the first two tries; each later pause is twice as long, up to half a second."""
WAITING_S = 10.0
"""How long a call waits for a free connection."""
DOUBT_S = 60.0
"""How long to look for the mark of a broken commit before giving up."""


class PostgresDriver:
    """Runs transactions on a PostgreSQL server. Made by `open_postgres`."""

    def __init__(self, url: str, size: int) -> None:
        # One connection is for the groups; all other work shares the others.
        self._url = url
        self._shared = ConnectionPool(url, max(1, size - 1))
        self._groups = ConnectionPool(url, 1, settings=GROUP_PLANS)
        self._slots = asyncio.Semaphore(max(1, size - 1))
        self._queue: Queue | None = None
        self._closed = False

    async def open(self, now: int) -> None:
        """Connect, migrate the tables as of `now`, and start to accept work."""
        ran = await self._migrate(now)
        if ran:
            log.info("migrated", migrations=ran)
        await self._shared.open()
        await self._groups.open()
        self._queue = Queue(self._commit, name="postgres-writer")

    async def transact(self, work: Work[T], *, key: str | None = None) -> T:
        """Run work that writes; it is committed when this returns.

        Work with a `key` runs in a group with other keys (see `storage.group_commit`). Raises
        StoreUnavailable when nothing could be written, and whatever the work raises.
        """
        if key is not None and self._queue is not None:
            return await self._queue.run(work, key)
        return await self._in_turn(partial(self._written, self._shared, work))

    async def read(self, work: Work[T], *, steps: bool = False, report: bool = False) -> T:
        """Run work that only reads, on one state of the database; `report` makes no difference here."""

        async def attempt(connection: Any) -> T:
            if not steps and self._shared.prepares:
                return await drive_one(connection, work())
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await drive(connection, work())

        return await self._in_turn(attempt)

    async def close(self) -> None:
        """Commit what is queued and disconnect."""
        self._closed = True
        if self._queue is not None:
            await self._queue.close()
        for link in (self._shared, self._groups):
            with suppress(TimeoutError):
                await asyncio.wait_for(link.close(), 5)

    async def _migrate(self, now: int) -> list[str]:
        try:
            connection = await connect(self._url)
        except GONE as error:
            raise StoreUnavailable(
                _("The database cannot be reached: {error}").format(error=error)
            ) from error
        try:
            async with connection.transaction():
                ran = await drive(connection, migrate("postgres", AFTER, now))
                await execute(connection, "writer_purge", [{}])
                return ran
        finally:
            await connection.close()

    async def _commit(self, jobs: Sequence[WaitingTransaction]) -> list[Outcome]:
        outcomes: dict[WaitingTransaction, Outcome] = {}
        for turn in in_turns(jobs):
            outcomes.update(zip(turn, await self._group(turn), strict=True))
        return [outcomes[job] for job in jobs]

    async def _group(self, jobs: Sequence[WaitingTransaction]) -> list[Outcome]:
        """Run jobs as one; if the database refuses, run each alone, so that only the faulty one fails."""
        works = [job.work for job in jobs]
        try:
            return await self._persist(
                self._groups, partial(self._written, self._groups, lambda: together(works))
            )
        except Exception as error:
            if len(jobs) == 1 or isinstance(error, StoreUnavailable):
                return [Raised(error)] * len(jobs)
            return [found for job in jobs for found in await self._group([job])]

    async def _in_turn(self, attempt: Callable[[Any], Awaitable[T]]) -> T:
        """Wait for one of the shared connections; a crowd is no outage."""
        try:
            async with asyncio.timeout(WAITING_S):
                await self._slots.acquire()
        except TimeoutError as error:
            raise StoreUnavailable(_("The database is too busy right now.")) from error
        try:
            return await self._persist(self._shared, attempt)
        finally:
            self._slots.release()

    async def _persist(self, link: ConnectionPool, attempt: Callable[[Any], Awaitable[T]]) -> T:
        """Try on one connection after another, for at most `PATIENCE_S`."""
        if self._closed and self._queue is None:
            raise StoreUnavailable(_("The database is closed."))
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + PATIENCE_S, FIRST_PAUSE_S
        while True:
            try:
                async with link.connection(PATIENCE_S) as connection:
                    return await attempt(connection)
            except InDoubt as doubt:
                if await self._examined(link, doubt):
                    return doubt.result
            except PASSING as error:
                # asyncpg raises InterfaceError for a wrong argument too.
                if isinstance(error, ValueError):
                    raise
                if loop.time() + pause > deadline:
                    text = _("The database cannot be used right now: {error}")
                    raise StoreUnavailable(text.format(error=error)) from error
                if pause == FIRST_PAUSE_S:
                    log.info("database_retry", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(0.5, pause * 2)

    async def _written(self, link: ConnectionPool, work: Work[T], connection: Any) -> T:
        writer = link.writer(connection)
        try:
            if await connection.execute(writer.begin()) != "UPDATE 1":
                # The row was purged after a month without use, so a broken commit could not be checked.
                hang_up(connection)
                raise ConnectionError("the row of this connection is gone")
            result = await drive(connection, work())
        except BaseException:
            await _roll_back(connection)
            raise
        try:
            ended = await connection.execute("COMMIT;")
        except GONE as error:
            hang_up(connection)
            raise InDoubt(writer.id, writer.mark, result) from error
        if ended != "COMMIT":
            raise RuntimeError(f"the server ended the transaction with {ended}")
        return result

    async def _examined(self, link: ConnectionPool, doubt: InDoubt) -> bool:
        """Whether the commit is in the database. Raises StoreUnavailable if that cannot be found out."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DOUBT_S
        while True:
            try:
                async with link.connection(PATIENCE_S) as connection, connection.transaction():
                    committed = await came_through(connection, doubt)
                log.warning("commit_examined", committed=committed)
                return committed
            except GONE as error:
                if loop.time() > deadline:
                    log.exception("commit_unknown")
                    raise StoreUnavailable(
                        _("The database became unavailable during a write, so the result is not known yet.")
                    ) from error
            await asyncio.sleep(0.2)


async def open_postgres(url: str, size: int, now: int) -> PostgresDriver:
    """A driver with at most `size` connections. Raises StoreUnavailable when the server cannot be reached."""
    driver = PostgresDriver(url, size)
    try:
        await driver.open(now)
    except BaseException:
        await driver.close()
        raise
    return driver


async def _roll_back(connection: Any) -> None:
    try:
        await connection.execute("ROLLBACK;")
    except GONE:
        hang_up(connection)
