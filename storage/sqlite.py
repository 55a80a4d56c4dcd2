"""The embedded database: one file with three connections, for writes, for short reads and for reports.

A commit with `synchronous=FULL` waits for the disk, so transactions that wait at the same time share one: the
writer takes everything that is queued, runs it in one call of aiosqlite's thread and commits once. Work that
raises is rolled back alone; when the commit fails, all of it fails and nothing was written. Short reads that
wait share a call too, since a call of a thread costs more than most of them.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from gettext import gettext as _
from pathlib import Path
from typing import Any, cast

import aiosqlite
import structlog

from bot.core.errors import StoreUnavailable
from storage.commit_queue import Queue, WaitingTransaction
from storage.group_commit import Outcome, Raised, Returned, in_turns, together
from storage.statements import Statement, load, migrate
from storage.transaction import Ask, Batch, Execute, Params, Row, Script, Step, T, Transaction, Work
from storage.upgrades import AFTER

log = structlog.get_logger(__name__)

BUSY_MS = 10_000
"""Milliseconds to wait for another process that writes to the same file."""

_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)

_STATEMENTS = load("sqlite")


class _Connection(aiosqlite.Connection):
    """A connection that can run a function with the sqlite3 connection in its thread."""

    async def ended(self) -> None:
        """Wait for the thread of a failed connection; it calls back to this loop, which may end soon."""
        await asyncio.to_thread(self._thread.join)

    async def run(self, function: Callable[[sqlite3.Connection], T]) -> T:
        execute = cast(Callable[..., Awaitable[T]], self._execute)  # pyright: ignore[reportUnknownMemberType]
        return await execute(function, self._conn)


async def _connect(path: Path) -> _Connection:
    def connector() -> sqlite3.Connection:
        plain = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
        plain.execute("PRAGMA journal_mode = WAL")
        plain.execute("PRAGMA synchronous = FULL")
        plain.execute("PRAGMA foreign_keys = ON")
        return plain

    connection = _Connection(connector, iter_chunk_size=64)
    try:
        await connection
    except BaseException:
        await connection.ended()
        raise
    return connection


class SqliteDriver:
    """Runs transactions on a SQLite file. Made by `open_sqlite`."""

    def __init__(self, writer: _Connection, reader: _Connection, reporter: _Connection) -> None:
        self._writer = writer
        self._reader = reader
        self._reporter = reporter
        self._closed = False
        self._queue = Queue(self._commit, name="sqlite-writer")
        self._reads = Queue(self._read, name="sqlite-reader")

    async def transact(self, work: Work[T], *, key: str | None = None) -> T:
        """Run work that writes; it is on disk when this returns.

        Work with a `key` runs in a group with other keys (see `storage.group_commit`). Raises
        StoreUnavailable when nothing could be written, and whatever the work raises.
        """
        return await self._queue.run(work, key)

    async def read(self, work: Work[T], *, steps: bool = False, report: bool = False) -> T:
        """Run work that only reads, on one state of the database; a `report` delays only other reports."""
        if not report:
            return await self._reads.run(work, None)
        if self._closed:
            raise StoreUnavailable(_("The database is closed."))
        try:
            return await self._reporter.run(partial(_read, work))
        except sqlite3.Error as error:
            raise _translated(error) from error

    async def close(self) -> None:
        """Commit what is queued and close the file."""
        if self._closed:
            return
        self._closed = True
        await self._queue.close()
        await self._reads.close()
        for connection in (self._reporter, self._reader, self._writer):
            await connection.close()

    async def _commit(self, jobs: Sequence[WaitingTransaction]) -> list[Outcome]:
        try:
            return await self._writer.run(partial(_commit, jobs))
        except Exception as error:
            log.warning("commit_failed", error=str(error), works=len(jobs))
            raise _translated(error) from error

    async def _read(self, jobs: Sequence[WaitingTransaction]) -> list[Outcome]:
        try:
            return await self._reader.run(partial(_read_all, jobs))
        except Exception as error:
            raise _translated(error) from error


def _translated(error: Exception) -> Exception:
    """StoreUnavailable for errors that pass or that the operator can fix; other errors unchanged."""
    if isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _PASSING:
        return StoreUnavailable(_("The database cannot be used right now: {error}").format(error=error))
    return error


async def open_sqlite(path: Path, now: int) -> SqliteDriver:
    """Open or create the file, readable by its owner alone, and migrate its tables as of `now`."""
    await asyncio.to_thread(_make, path)
    connections: list[_Connection] = []
    try:
        while len(connections) < 3:
            connections.append(await _connect(path))
        ran = await connections[0].run(partial(_alone, lambda: migrate("sqlite", AFTER, now)))
    except BaseException as error:
        for connection in connections:
            await connection.close()
        if isinstance(error, sqlite3.Error):
            raise _translated(error) from error
        raise
    if ran:
        log.info("migrated", migrations=ran)
    return SqliteDriver(*connections)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


# What follows runs in the connection's thread.


def _read(work: Work[T], plain: sqlite3.Connection) -> T:
    plain.execute("BEGIN")
    try:
        return _drive(plain, work())
    finally:
        plain.execute("COMMIT")


def _read_all(jobs: Sequence[WaitingTransaction], plain: sqlite3.Connection) -> list[Outcome]:
    """Run work that only reads, all on one state; returns an outcome for each, in order."""
    outcomes: list[Outcome] = []
    plain.execute("BEGIN")
    try:
        for job in jobs:
            try:
                outcomes.append(Returned(_drive(plain, job.work())))
            except Exception as error:
                outcomes.append(Raised(_translated(error)))
    finally:
        plain.execute("COMMIT")
    return outcomes


def _alone(work: Work[T], plain: sqlite3.Connection) -> T:
    plain.execute("BEGIN IMMEDIATE")
    try:
        result = _drive(plain, work())
        plain.execute("COMMIT")
    except BaseException:
        _roll_back(plain)
        raise
    return result


def _commit(jobs: Sequence[WaitingTransaction], plain: sqlite3.Connection) -> list[Outcome]:
    """Run all jobs and commit once; returns an outcome for each, in order."""
    outcomes: dict[WaitingTransaction, Outcome] = {}
    plain.execute("BEGIN IMMEDIATE")
    try:
        for turn in in_turns(job for job in jobs if job.key is not None):
            outcomes.update(zip(turn, _group(plain, turn), strict=True))
        for job in jobs:
            if job.key is None:
                outcomes[job] = _guarded(plain, job.work)
        plain.execute("COMMIT")
    except BaseException:
        _roll_back(plain)
        raise
    return [outcomes[job] for job in jobs]


def _group(plain: sqlite3.Connection, jobs: Sequence[WaitingTransaction]) -> list[Outcome]:
    """Run jobs as one; if the database refuses, run each alone, so that only the faulty one fails."""
    outcome = _guarded(plain, lambda: together([job.work for job in jobs]))
    if isinstance(outcome, Returned):
        return outcome.value
    if len(jobs) == 1:
        return [outcome]
    return [found for job in jobs for found in _group(plain, [job])]


def _guarded(plain: sqlite3.Connection, work: Work[Any]) -> Outcome:
    """Run work under a savepoint; raises only when the whole transaction is lost."""
    plain.execute("SAVEPOINT work")
    try:
        outcome: Outcome = Returned(_drive(plain, work()))
    except Exception as error:
        if not plain.in_transaction:
            raise
        plain.execute("ROLLBACK TO work")
        outcome = Raised(_translated(error))
    plain.execute("RELEASE work")
    return outcome


def _roll_back(plain: sqlite3.Connection) -> None:
    if plain.in_transaction:
        with suppress(sqlite3.Error):
            plain.execute("ROLLBACK")


def _drive(plain: sqlite3.Connection, transaction: Transaction[T]) -> T:
    answer: Any = None
    while True:
        try:
            step = transaction.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result
        answer = _perform(plain, step)


def _perform(plain: sqlite3.Connection, step: Step) -> list[Row] | None:
    if isinstance(step, Ask):
        return _asked(plain, _STATEMENTS[step.name], step.params)
    if isinstance(step, Execute):
        plain.executemany(_STATEMENTS[step.name].sql, step.params)
    elif isinstance(step, Batch):
        for tell in step.tells:
            plain.executemany(_STATEMENTS[tell.name].sql, tell.params)
    elif isinstance(step, Script):
        for part in step.parts:
            plain.execute(part)
    else:
        raise TypeError("balances are locked in groups only")
    return None


def _asked(plain: sqlite3.Connection, statement: Statement, params: Sequence[Params]) -> list[Row]:
    """The rows of a statement, run once for each of `params` or for all of them together."""
    if statement.takes_all:
        return _rows(plain, statement.sql, {"rows": statement.rows(params)})
    return [row for one in params for row in _rows(plain, statement.sql, one)]


def _rows(plain: sqlite3.Connection, sql: str, params: Params) -> list[Row]:
    cursor = plain.execute(sql, params)
    rows = cursor.fetchall()
    if not rows:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in rows]
