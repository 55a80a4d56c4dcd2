"""Connections to PostgreSQL, each with a row in `writers` that its commits are marked in.

A connection that breaks while a commit is under way leaves its mark or does not. Whoever looks locks the
row first, and so waits until the server has ended that transaction one way or the other.
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

from storage.postgres_executor import ask, end_transaction, execute

_pg = cast(Any, asyncpg)
GONE: tuple[type[Exception], ...] = (
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
"""The server or the line to it went away."""
PASSING: tuple[type[Exception], ...] = (
    _pg.TransactionRollbackError,
    _pg.InvalidCachedStatementError,
    *GONE,
)
"""Worth another try."""
GROUP_PLANS = (
    "SET jit = off; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    " SET plan_cache_mode = force_generic_plan;"
)
"""For connections that write groups. A prepared statement keeps the plan that was best when the table was
small; groups only ever look rows up by their keys, so only the index is to be considered, and that once.
"""
_CACHE = re.compile(r"(?<=[?&])statement_cache_size=(\d+)(?:&|$)")


ABANDONED_S = 10
"""After this the server undoes a transaction of which it hears nothing more. A broken line may look whole to
the server, for hours; until the end of the transaction its locks keep everybody waiting."""


@dataclass
class Writer:
    """A connection's row in `writers`, and how often it was counted up."""

    id: str
    mark: int = 0

    def begin(self) -> str:
        """SQL that begins a transaction and marks it; the row stays locked until its end."""
        self.mark += 1
        mark = f"UPDATE writers SET mark = {self.mark}, since = now() WHERE id = '{self.id}';"  # noqa: S608
        give_up = f"SET LOCAL idle_in_transaction_session_timeout = '{ABANDONED_S}s';"
        return f"BEGIN; SET LOCAL jit = off; {give_up} {mark}"


@dataclass
class InDoubt(Exception):
    """The connection broke during the commit of `mark`."""

    writer: str
    mark: int
    result: Any


class ConnectionPool:
    """A pool of connections, and their writers."""

    def __init__(self, url: str, size: int, *, settings: str = "") -> None:
        """At most `size` connections, each begun with these settings. Nothing is opened yet."""
        self._address, self.prepares = _address(url)
        self._size, self._settings = size, settings
        self._writers: dict[int, Writer] = {}
        self._pool: Any = None

    async def open(self) -> None:
        """Make ready; connections come about when they are wanted."""
        self._pool = await _pg.create_pool(
            self._address,
            min_size=0,
            max_size=self._size,
            max_inactive_connection_lifetime=0,
            statement_cache_size=self.prepares,
            max_cached_statement_lifetime=0,
            command_timeout=60,
            init=self._introduce,
            reset=end_transaction,
            server_settings={"application_name": "lumenfall-bot"},
        )

    def connection(self, patience_s: float) -> Any:
        """One of the connections, as a context; raises one of PASSING when there is none in that time."""
        return self._pool.acquire(timeout=patience_s)

    def writer(self, connection: Any) -> Writer:
        """The row of a connection of this pool."""
        return self._writers[connection.get_server_pid()]

    async def close(self) -> None:
        """Wait for those at work and hang up."""
        if self._pool is not None:
            await self._pool.close()

    async def _introduce(self, connection: Any) -> None:
        writer = Writer(secrets.token_hex(8))
        await execute(connection, "writer_add", [{"id": writer.id}])
        if self._settings and self.prepares:
            await connection.execute(self._settings)
        self._writers[connection.get_server_pid()] = writer


async def came_through(connection: Any, doubt: InDoubt) -> bool:
    """Whether the commit is in the database; if not, it never will be."""
    rows = await ask(connection, "writer_read", [{"id": doubt.writer}])
    return bool(rows) and rows[0]["mark"] >= doubt.mark


def hang_up(connection: Any) -> None:
    """Close without a word; the pool may have noticed before that it is of no more use."""
    with suppress(_pg.InterfaceError):
        connection.terminate()


async def connect(url: str) -> Any:
    """One connection of asyncpg's. Raises whatever keeps it from coming about."""
    address, prepares = _address(url)
    return await _pg.connect(address, timeout=10, statement_cache_size=prepares)


def _address(url: str) -> tuple[str, int]:
    """The address as PostgreSQL knows it, and how many statements a connection keeps prepared.

    `statement_cache_size=0` in the address is for a pooler that gives each transaction another session.
    """
    found = _CACHE.search(url)
    return _CACHE.sub("", url).rstrip("?&"), int(found[1]) if found else 200
