"""PostgreSQL, for several replicas.

Moves of requests wait for each other and go in groups: five round trips for all that wait, however many
(begin, requests and rules, balances, all writes, commit). Everything else has a connection of the pool and
a transaction to itself; a read of one statement needs none.

A connection that breaks before the commit has written nothing, and the work is done again. One that
breaks during the commit has left a mark or it has not (migration 003): the driver looks, and does the
work again only when it is not there. The mark is set when the transaction begins, so whoever looks waits at
its lock until the server has made up its mind. So StoreUnavailable means here, too, that nothing was written.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
import structlog

from bot.errors import StoreUnavailable
from storage.group import Outcome, Raised, in_turns, together
from storage.jobs import Job, Queue
from storage.postgres_steps import ask, drive, drive_one, end_transaction, execute
from storage.statements import migrate
from storage.steps import T, Work

log = structlog.get_logger(__name__)

PATIENCE_S = 2.0
"""How long one call goes on trying while the server is away."""
FIRST_PAUSE_S = 0.02
"""Between the first two tries; each later pause is twice as long, up to half a second."""
CROWD_S = 10.0
"""How long a call waits for its turn at a connection."""
DOUBT_S = 60.0
"""How long to look for the mark of a broken commit before giving up."""

_pg = cast(Any, asyncpg)
_GONE: tuple[type[Exception], ...] = (
    _pg.PostgresConnectionError,
    _pg.OperatorInterventionError,
    _pg.InsufficientResourcesError,
    _pg.PostgresSystemError,
    _pg.ReadOnlySQLTransactionError,
    _pg.InterfaceError,
    _pg.InternalClientError,
    OSError,
    TimeoutError,
)
_AGAIN: tuple[type[Exception], ...] = (
    _pg.TransactionRollbackError,
    _pg.InvalidCachedStatementError,
)
_PASSING: tuple[type[Exception], ...] = (*_AGAIN, *_GONE)

_BEGIN = "BEGIN; SET LOCAL jit = off;"
# A prepared statement keeps the plan that was best when the table was small. Groups only ever look rows up by
# their keys, so nothing but the index is to be considered.
BEGIN_GROUP = (
    f"{_BEGIN} SET LOCAL enable_seqscan = off;"
    " SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off;"
)
_CACHE = re.compile(r"(?<=[?&])statement_cache_size=(\d+)(?:&|$)")


@dataclass
class _Writer:
    """A connection's row in `writers`, and how often it was counted up."""

    id: str
    mark: int = 0

    def marked(self, begin: str) -> str:
        """SQL that begins a transaction and marks it; the row stays locked until its end."""
        self.mark += 1
        update = f"UPDATE writers SET mark = {self.mark}, since = now() WHERE id = '{self.id}';"  # noqa: S608
        return f"{begin} {update}"


@dataclass
class _InDoubt(Exception):
    """The connection broke during the commit of `mark`."""

    writer: str
    mark: int
    result: Any


class PostgresDriver:
    """Runs transactions on a PostgreSQL server. Made by `open_postgres`."""

    def __init__(self) -> None:
        self._pool: Any = None
        self._writers: dict[int, _Writer] = {}
        self._queue: Queue | None = None
        self._slots = asyncio.Semaphore()
        self._closed = False

    async def open(self, url: str, size: int) -> None:
        """Connect, bring the tables up to date, and begin to take work."""
        ran = await self._migrate(url)
        if ran:
            log.info("migrated", migrations=ran)
        # One connection is for the group; the others are shared by whoever comes, in turn.
        self._slots = asyncio.Semaphore(max(1, size - 1))
        url, prepared = _address(url)
        self._pool = await _pg.create_pool(
            url,
            min_size=0,
            max_size=max(2, size),
            max_inactive_connection_lifetime=0,
            statement_cache_size=prepared,
            max_cached_statement_lifetime=0,
            command_timeout=60,
            init=self._introduce,
            reset=end_transaction,
            server_settings={"application_name": "lumenfall-bot"},
        )
        self._queue = Queue(self._commit, name="postgres-writer")

    async def transact(self, work: Work[T], *, key: str | None = None) -> T:
        """Run work that writes; it is committed when this returns.

        Work with a `key` runs in a group with other keys (see `storage.group`). Raises
        StoreUnavailable when nothing could be written, and whatever the work raises.
        """
        if key is not None and self._queue is not None:
            return await self._queue.run(work, key)
        return await self._in_turn(partial(self._written, work, _BEGIN))

    async def read(self, work: Work[T], *, steps: bool = False, report: bool = False) -> T:
        """Run work that only reads, on one state of the database; a `report` takes its turn like all."""

        async def attempt(connection: Any) -> T:
            if not steps:
                return await drive_one(connection, work())
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await drive(connection, work())

        return await self._in_turn(attempt)

    async def close(self) -> None:
        """Write what is queued and hang up."""
        self._closed = True
        if self._queue is not None:
            await self._queue.close()
        if self._pool is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._pool.close(), 5)

    async def _migrate(self, url: str) -> list[str]:
        try:
            connection = await connect(url)
        except _GONE as error:
            raise StoreUnavailable(f"The database cannot be reached: {error}") from error
        try:
            async with connection.transaction():
                ran = await drive(connection, migrate("postgres"))
                await execute(connection, "writer_purge", [{}])
                return ran
        finally:
            await connection.close()

    async def _introduce(self, connection: Any) -> None:
        """Give a new connection the row that its commits are marked in."""
        writer = _Writer(secrets.token_hex(8))
        await execute(connection, "writer_add", [{"id": writer.id}])
        self._writers[connection.get_server_pid()] = writer

    async def _commit(self, jobs: Sequence[Job]) -> list[Outcome]:
        outcomes: dict[Job, Outcome] = {}
        for turn in in_turns(jobs):
            outcomes.update(zip(turn, await self._group(turn), strict=True))
        return [outcomes[job] for job in jobs]

    async def _group(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Run jobs as one; should the database refuse that, each alone, so that only the culprit fails."""
        works = [job.work for job in jobs]
        try:
            return await self._persist(partial(self._written, lambda: together(works), BEGIN_GROUP))
        except Exception as error:
            if len(jobs) == 1 or isinstance(error, StoreUnavailable):
                return [Raised(error)] * len(jobs)
            return [found for job in jobs for found in await self._group([job])]

    async def _in_turn(self, attempt: Callable[[Any], Awaitable[T]]) -> T:
        """Wait for one of the shared connections; a crowd is no outage."""
        try:
            async with asyncio.timeout(CROWD_S):
                await self._slots.acquire()
        except TimeoutError as error:
            raise StoreUnavailable("The database is too busy now.") from error
        try:
            return await self._persist(attempt)
        finally:
            self._slots.release()

    async def _persist(self, attempt: Callable[[Any], Awaitable[T]]) -> T:
        """Try on one connection after another until it works or patience ends."""
        if self._closed and self._queue is None:
            raise StoreUnavailable("The database is closed.")
        loop = asyncio.get_running_loop()
        deadline, pause = loop.time() + PATIENCE_S, FIRST_PAUSE_S
        while True:
            try:
                async with self._pool.acquire(timeout=PATIENCE_S) as connection:
                    return await attempt(connection)
            except _InDoubt as doubt:
                if await self._came_through(doubt):
                    return doubt.result
            except _PASSING as error:
                # What asyncpg makes of a wrong argument is an InterfaceError too.
                if isinstance(error, ValueError):
                    raise
                if loop.time() + pause > deadline:
                    raise StoreUnavailable(f"The database cannot be used now: {error}") from error
                if pause == FIRST_PAUSE_S:
                    log.info("database_retry", error=type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(0.5, pause * 2)

    async def _written(self, work: Work[T], begin: str, connection: Any) -> T:
        writer = self._writers[connection.get_server_pid()]
        try:
            if await connection.execute(writer.marked(begin)) != "UPDATE 1":
                # Purged after a month of silence. Without the mark a broken commit could not be examined.
                connection.terminate()
                raise _pg.InterfaceError("the row of this connection is gone")
            result = await drive(connection, work())
        except BaseException:
            await _roll_back(connection)
            raise
        try:
            ended = await connection.execute("COMMIT;")
        except _GONE as error:
            raise _InDoubt(writer.id, writer.mark, result) from error
        if ended != "COMMIT":
            raise RuntimeError(f"the server ended the transaction with {ended}")
        return result

    async def _came_through(self, doubt: _InDoubt) -> bool:
        """Whether the commit is in the database; raises StoreUnavailable in lasting doubt."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DOUBT_S
        while True:
            try:
                async with self._pool.acquire(timeout=PATIENCE_S) as connection, connection.transaction():
                    rows = await ask(connection, "writer_read", [{"id": doubt.writer}])
                    committed = bool(rows) and rows[0]["mark"] >= doubt.mark
                    log.warning("commit_examined", committed=committed)
                    return committed
            except _GONE as error:
                if loop.time() > deadline:
                    log.exception("commit_unknown")
                    raise StoreUnavailable(
                        "The database went away during a write; whether it was written will show later."
                    ) from error
            await asyncio.sleep(0.2)


async def open_postgres(url: str, size: int) -> PostgresDriver:
    """A driver with at most `size` connections. Raises StoreUnavailable when the server cannot be reached."""
    driver = PostgresDriver()
    try:
        await driver.open(url, size)
    except BaseException:
        await driver.close()
        raise
    return driver


async def connect(url: str) -> Any:
    """One connection of asyncpg's. Raises whatever keeps it from coming about."""
    url, prepared = _address(url)
    return await _pg.connect(url, timeout=10, statement_cache_size=prepared)


def _address(url: str) -> tuple[str, int]:
    """The address as PostgreSQL knows it, and how many statements a connection keeps prepared.

    `statement_cache_size=0` in the address is for a pooler that gives each transaction another session.
    """
    found = _CACHE.search(url)
    return _CACHE.sub("", url).rstrip("?&"), int(found[1]) if found else 200


async def _roll_back(connection: Any) -> None:
    try:
        await connection.execute("ROLLBACK;")
    except _GONE:
        connection.terminate()
