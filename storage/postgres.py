"""PostgreSQL, for several replicas.

Moves of requests wait for each other and go in groups: some eight round trips for all that wait, instead
of eight for each. Everything else has a connection of the pool and a transaction to itself.

A connection that breaks before the commit has written nothing, and the work is done again. One that
breaks during the commit has left a mark or it has not (migration 003): the driver looks, and does the
work again only when it is not there. So StoreUnavailable means here, too, that nothing was written.
"""

from __future__ import annotations

import asyncio
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
from storage.statements import load, migrate
from storage.steps import Ask, Params, Row, Script, Step, T, Tell, Transaction, Work

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
_STATEMENTS = load("postgres")


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
        self._writers: dict[int, str] = {}
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
        self._pool = await _pg.create_pool(
            url,
            min_size=0,
            max_size=max(2, size),
            max_inactive_connection_lifetime=0,
            statement_cache_size=200,
            max_cached_statement_lifetime=0,
            command_timeout=60,
            init=self._introduce,
            reset=_leave_as_it_is,
            server_settings={"application_name": "lumenfall-bot", "jit": "off"},
        )
        self._queue = Queue(self._commit, name="postgres-writer")

    async def transact(self, work: Work[T], *, key: str | None = None) -> T:
        """Run work that writes; it is committed when this returns.

        Work with a `key` runs in a group with other keys (see `storage.group`). Raises
        StoreUnavailable when nothing could be written, and whatever the work raises.
        """
        if key is not None and self._queue is not None:
            return await self._queue.run(work, key)
        return await self._in_turn(partial(self._written, work))

    async def read(self, work: Work[T]) -> T:
        """Run work that only reads, on one state of the database."""

        async def attempt(connection: Any) -> T:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await _drive(connection, work())

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
            connection = await _pg.connect(url, timeout=10)
        except _GONE as error:
            raise StoreUnavailable(f"The database cannot be reached: {error}") from error
        try:
            async with connection.transaction():
                ran = await _drive(connection, migrate("postgres"))
                await _execute(connection, "writer_purge", [{}])
                return ran
        finally:
            await connection.close()

    async def _introduce(self, connection: Any) -> None:
        """Give a new connection the row that its commits are marked in."""
        writer = secrets.token_hex(8)
        await _execute(connection, "writer_add", [{"id": writer}])
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
            return await self._persist(partial(self._written, lambda: together(works)))
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

    async def _written(self, work: Work[T], connection: Any) -> T:
        writer = self._writers[connection.get_server_pid()]
        transaction = connection.transaction()
        await transaction.start()
        try:
            result = await _drive(connection, work())
            [row] = await _ask(connection, "writer_mark", [{"id": writer}])
        except BaseException:
            try:
                await transaction.rollback()
            except _GONE:
                connection.terminate()
            raise
        try:
            await transaction.commit()
        except _GONE as error:
            raise _InDoubt(writer, row["mark"], result) from error
        return result

    async def _came_through(self, doubt: _InDoubt) -> bool:
        """Whether the commit is in the database; raises StoreUnavailable in lasting doubt."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + DOUBT_S
        while True:
            try:
                async with self._pool.acquire(timeout=PATIENCE_S) as connection, connection.transaction():
                    rows = await _ask(connection, "writer_read", [{"id": doubt.writer}])
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


async def _leave_as_it_is(connection: Any) -> None:
    """Nothing we do outlives its transaction, so there is nothing to reset."""


async def _drive(connection: Any, transaction: Transaction[T]) -> T:
    answer: Any = None
    while True:
        try:
            step = transaction.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result
        answer = await _perform(connection, step)


async def _perform(connection: Any, step: Step) -> list[Row] | None:
    if isinstance(step, Ask):
        return await _ask(connection, step.name, step.params)
    if isinstance(step, Tell):
        await _execute(connection, step.name, step.params)
    elif isinstance(step, Script):
        for part in step.parts:
            await connection.execute(part)
    else:
        raise TypeError("balances are locked in groups only")
    return None


async def _ask(connection: Any, name: str, params: Sequence[Params]) -> list[Row]:
    statement = _STATEMENTS[name]
    args = [[one[column] for column in statement.order] for one in params]
    if len(args) == 1:
        return list(map(dict, await connection.fetch(statement.sql, *args[0])))
    return list(map(dict, await connection.fetchmany(statement.sql, args))) if args else []


async def _execute(connection: Any, name: str, params: Sequence[Params]) -> None:
    statement = _STATEMENTS[name]
    if params:
        args = [[one[column] for column in statement.order] for one in params]
        await connection.executemany(statement.sql, args)
