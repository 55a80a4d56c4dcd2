"""Connections to PostgreSQL, each with a row in `writers` in which its commits are marked.

If a connection breaks during a commit, the mark shows whether the commit succeeded. A reader locks the row
first, and so waits until the server has committed or rolled back that transaction.
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
"""Errors that mean that the server or the connection to it is gone."""
PASSING: tuple[type[Exception], ...] = (
    _pg.TransactionRollbackError,
    _pg.InvalidCachedStatementError,
    *GONE,
)
"""Errors after which another try may succeed."""
GROUP_PLANS = (
    "SET jit = off; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;"
    " SET plan_cache_mode = force_generic_plan;"
)
"""Settings for connections that write groups. A prepared statement keeps the plan that was best when the
table was small; groups only look up rows by their keys, so the plan should always use the index.
"""
_CACHE = re.compile(r"(?<=[?&])statement_cache_size=(\d+)(?:&|$)")


ABANDONED_S = 10
"""Seconds after which the server rolls back a silent transaction. A broken connection may look intact to the
server for hours, and until the transaction ends everybody else waits for its locks."""


@dataclass
class Writer:
    """A connection's row in `writers`, and the number of its newest transaction."""

    id: str
    mark: int = 0

    def begin(self) -> str:
        """SQL that begins a transaction and writes its mark; the row stays locked until the end."""
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
        """At most `size` connections with these settings. None is opened yet."""
        self._address, self.prepares = _address(url)
        self._size, self._settings = size, settings
        self._writers: dict[int, Writer] = {}
        self._pool: Any = None

    async def open(self) -> None:
        """Create the pool; connections are opened when they are needed."""
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
        """A connection as a context manager; raises one of PASSING when none is free in that time."""
        return self._pool.acquire(timeout=patience_s)

    def writer(self, connection: Any) -> Writer:
        """The row of a connection of this pool."""
        return self._writers[connection.get_server_pid()]

    async def close(self) -> None:
        """Wait for connections in use, then disconnect."""
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
    """Close the connection without waiting; the pool may have closed it before."""
    with suppress(_pg.InterfaceError):
        connection.terminate()


async def connect(url: str) -> Any:
    """Open one asyncpg connection. Raises any error of asyncpg."""
    address, prepares = _address(url)
    return await _pg.connect(address, timeout=10, statement_cache_size=prepares)


def _address(url: str) -> tuple[str, int]:
    """The URL for PostgreSQL, and how many prepared statements a connection keeps.

    `statement_cache_size=0` in the URL is for a pooler that uses another session for each transaction.
    """
    found = _CACHE.search(url)
    return _CACHE.sub("", url).rstrip("?&"), int(found[1]) if found else 200
