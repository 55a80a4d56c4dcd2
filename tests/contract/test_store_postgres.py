"""PostgreSQL under several writers: waiting for another's lock, giving up while waiting, a pooler between."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.core.audit.entries import OPERATOR, AuditFilter
from bot.core.errors import BudgetExceeded
from bot.core.ports.store import Store
from tests.contract.store_proxy import proxy
from tests.contract.store_world import (
    a_budget,
    a_request,
    accepted,
    cents,
    connected,
    postgres_server,
    postgres_url,
    replica,
    reserve,
    settle,
)
from tests.fakes.postgres import Server

__all__ = ["postgres_server", "postgres_url"]

pytestmark = pytest.mark.postgres


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Store]:
    """A Store on an empty database."""
    async with replica(postgres_url, pool=2) as found:
        yield found


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


async def test_of_two_who_set_a_new_limit_at_once_the_second_is_recorded_with_the_first(
    store: Store, postgres_url: str
) -> None:
    async with connected(postgres_url) as other:
        async with other.transaction():
            await other.execute(
                "INSERT INTO budgets (id, tenant, scope, subject, span, ceiling, note, given_by, removed,"
                " changed_by, changed_at)"
                " VALUES ($1, 'test:1', 'tenant', '', 'day', 70000, '', 'admins', FALSE, 'test:eve', 1)",
                a_budget(9).id,
            )
            setting = asyncio.create_task(store.set_budget(a_budget(9), by=OPERATOR))
            await waiting(other)
        await setting
    [line] = await store.audit("test:1", AuditFilter(), limit=5)
    assert (line.old, line.new) == ("70000", "90000")


async def test_a_hold_that_waited_for_a_balance_counts_what_the_other_writer_took(
    store: Store, postgres_url: str
) -> None:
    await store.set_budget(a_budget(10), by=OPERATOR)
    await reserve(store, await accepted(store), cents(1))
    row = await accepted(store)
    async with connected(postgres_url) as other:
        async with other.transaction():
            await other.execute(
                "UPDATE subject_balances SET held = held + $1 WHERE scope = 'tenant'", cents(8)
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
    before = await store.change_tenant(
        "test:1", lambda tenant: replace(tenant, zone="Asia/Tokyo"), by=OPERATOR
    )
    async with connected(postgres_url) as other:
        for _ in range(3):
            async with other.transaction():
                await other.execute("SELECT 1 FROM tenants FOR UPDATE")
                change = asyncio.create_task(
                    store.change_tenant("test:1", lambda tenant: replace(tenant, zone="UTC"), by=OPERATOR)
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


async def test_the_address_may_forbid_prepared_statements(postgres_url: str) -> None:
    async with (
        proxy(postgres_url) as (between, url),
        replica(f"{url}&statement_cache_size=0", pool=2) as store,
    ):
        row = await accepted(store)
        for _ in range(3):
            before = between.answers["1"]
            assert await store.get(row.id) == row
            assert between.answers["1"] > before, "the statement was kept"


@asynccontextmanager
async def pooler(server: Server, url: str) -> AsyncIterator[str]:
    """PgBouncer, which gives each transaction one of three sessions; skips where it is not installed."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None or server.handle is None:
        pytest.skip("pgbouncer is not installed, or the server is not ours")
    where = parse_qs(urlsplit(url).query)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)  # it drops root's rights and makes its socket here
        config = Path(folder) / "pooler.ini"
        config.write_text(
            f"[databases]\npostgres = host={where['host'][0]} user=postgres"
            f" connect_query='SET search_path TO {where['search_path'][0]}'\n[pgbouncer]\n"
            f"unix_socket_dir = {folder}\nlisten_addr =\nlisten_port = 5432\nauth_type = any\n"
            "pool_mode = transaction\ndefault_pool_size = 3\n"
        )
        user = ["-u", server.handle.system_user] if os.getuid() == 0 else []
        process = await asyncio.create_subprocess_exec(program, "-q", *user, str(config))
        try:
            while not (Path(folder) / ".s.PGSQL.5432").exists():
                assert process.returncode is None
                await asyncio.sleep(0.01)
            yield f"postgresql://postgres@/postgres?host={folder}&statement_cache_size=0"
        finally:
            process.terminate()
            await process.wait()


async def test_two_replicas_behind_a_pooler_of_transactions(
    postgres_server: Server, postgres_url: str
) -> None:
    async with (
        pooler(postgres_server, postgres_url) as url,
        replica(url) as one,
        replica(url) as two,
    ):
        await one.set_budget(a_budget(100), by=OPERATOR)

        async def life(store: Store) -> None:
            row = await settle(store, await reserve(store, await accepted(store), 5), 4)
            assert await store.get(row.id) == row

        await asyncio.gather(*(life(store) for store in [one, two] * 20))
        assert [line.spent for line in await two.lines(a_request().actor)] == [160]
        assert await one.verify() == []
