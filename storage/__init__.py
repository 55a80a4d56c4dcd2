"""The database with requests, money and tenants, and the folder with results.

Reading order: `transaction` (transactions as generators), `moves` and `ledger` (what a transaction does),
`requests`, `privacy` and `documents` (everything else), `rows` (rows to values), `group_commit` (many
transactions as one), `commit_queue` (those that wait for a commit), `statements` with `queries/` and
`migrations/` (the SQL), `sqlite` and `postgres` (the drivers), the latter with `postgres_executor` (a
transaction on a connection) and `postgres_connections` (connections that break), `store` (the port).
`media_folder` stores the results.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.core.budget_rules.starter_limits import NO_STARTERS, StarterLimits
from bot.core.ports.for_adapters import Clock
from storage.sqlite import open_sqlite
from storage.statements import SchemaMismatch
from storage.store import SqlStore
from storage.transaction import Driver

__all__ = ["SchemaMismatch", "SqlStore", "open_store"]


@asynccontextmanager
async def open_store(
    *,
    database_url: str | None,
    path: Path,
    pool: int = 10,
    clock: Clock,
    starters: StarterLimits = NO_STARTERS,
) -> AsyncGenerator[SqlStore]:
    """Open the database, migrate its tables, close it at the end.

    `database_url` is `postgresql://…`, or None for the SQLite file at `path`, which is created when missing;
    `pool` limits the connections to PostgreSQL; `starters` bind where nobody has set a limit.

    Raises StoreUnavailable when it cannot be reached, SchemaMismatch when another version created it,
    ValueError for another kind of URL.
    """
    store = SqlStore(await _open_driver(database_url, path, pool, clock.now()), clock, starters)
    try:
        yield store
    finally:
        await store.close()


async def _open_driver(database_url: str | None, path: Path, pool: int, now: int) -> Driver:
    if not database_url:
        return await open_sqlite(path, now)
    if not database_url.startswith(("postgresql://", "postgres://")):
        raise ValueError("DATABASE_URL must begin with postgresql://")
    try:
        from storage.postgres import open_postgres
    except ImportError as error:
        raise ValueError("For PostgreSQL install the extra: pip install 'lumenfall-bot[postgres]'") from error
    return await open_postgres(database_url, pool, now)
