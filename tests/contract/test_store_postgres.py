"""PostgreSQL under several writers: waiting for another's lock, giving up while waiting, a pooler between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.errors import BudgetExceeded
from bot.ports import Store
from storage import open_store
from tests.contract.store_world import (
    SteppedClock,
    a_budget,
    accepted,
    cents,
    postgres_server,
    postgres_url,
    reserve,
)

__all__ = ["postgres_server", "postgres_url"]

pytestmark = pytest.mark.postgres


@pytest.fixture
async def store(postgres_url: str, tmp_path: Path) -> AsyncIterator[Store]:
    """A Store with one connection for groups and one for everything else."""
    async with open_store(database_url=postgres_url, path=tmp_path, pool=2, clock=SteppedClock()) as found:
        yield found


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """Another client of the same database."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def waiting(connection: Any) -> None:
    """Until somebody waits for a lock that `connection` holds."""
    mine = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    while await connection.fetchval(mine) is None:
        await asyncio.sleep(0.005)


async def test_a_move_that_waited_decides_on_what_the_other_writer_left(
    store: Store, postgres_url: str
) -> None:
    row = await accepted(store)
    async with connected(postgres_url) as other:
        async with other.transaction():
            await other.execute("UPDATE requests SET attempts = 7, estimate = 9 WHERE id = $1", row.id)
            move = asyncio.create_task(reserve(store, row, 5))
            await waiting(other)
        held = await move
    assert (held.attempts, held.estimate, held.hold) == (7, 9, 5)
    assert await store.get(row.id) == held


async def test_a_hold_that_waited_for_a_balance_counts_what_the_other_writer_took(
    store: Store, postgres_url: str
) -> None:
    budget = await store.set_budget(a_budget(10), by="test:ada")
    await reserve(store, await accepted(store), cents(1))
    row = await accepted(store)
    async with connected(postgres_url) as other:
        async with other.transaction():
            await other.execute(
                "UPDATE balances SET held = held + $1 WHERE budget_id = $2", cents(8), budget.id
            )
            move = asyncio.create_task(reserve(store, row, cents(2)))
            await waiting(other)
        with pytest.raises(BudgetExceeded):
            await move
    assert (await reserve(store, row, cents(1))).hold == cents(1)


@pytest.mark.parametrize("times", [1, 2], ids=["once", "again while it is undone"])
async def test_a_caller_who_gives_up_leaves_no_transaction_behind(
    store: Store, postgres_url: str, times: int
) -> None:
    before = await store.change_tenant("test:1", lambda tenant: replace(tenant, zone="Asia/Tokyo"))
    async with connected(postgres_url) as other:
        for _ in range(3):
            async with other.transaction():
                await other.execute("SELECT 1 FROM tenants FOR UPDATE")
                change = asyncio.create_task(
                    store.change_tenant("test:1", lambda tenant: replace(tenant, zone="UTC"))
                )
                await waiting(other)
                for _ in range(times):
                    change.cancel()
                    await asyncio.sleep(0)
                with pytest.raises(asyncio.CancelledError):
                    await change
            await store.put_document("kind", "key", {})  # the same connection, of which there is only one
            async with other.transaction():
                await other.execute("SELECT 1 FROM writers FOR UPDATE NOWAIT")
                await other.execute("SELECT 1 FROM tenants FOR UPDATE NOWAIT")
    assert await store.tenant("test:1") == before


async def test_the_address_may_forbid_prepared_statements(postgres_url: str, tmp_path: Path) -> None:
    url = postgres_url.replace("?", "?statement_cache_size=0&")
    async with open_store(database_url=url, path=tmp_path, pool=2, clock=SteppedClock()) as store:
        row = await reserve(store, await accepted(store), 5)
        assert await store.get(row.id) == row
    async with connected(postgres_url) as other:
        assert await other.fetchval("SELECT COUNT(*) FROM requests") == 1
