"""What a process remembers of PostgreSQL's rows is believed only where it is still so."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from operator import itemgetter
from typing import Any

import pytest

from bot.core.errors import BudgetExceeded
from bot.core.ledger import INSTALLATION, Scope
from bot.core.ports import Store
from bot.core.request import Failure, State
from storage.postgres_connections import InDoubt, Link, came_through
from storage.postgres_executor import write_unless_changed
from storage.postgres_memory import Memory
from storage.transaction import Tell
from tests.contract.store_world import (
    ALL,
    HOUR,
    NOON,
    a_budget,
    a_request,
    accepted,
    cents,
    connected,
    go,
    postgres_server,
    postgres_url,
    release,
    replica,
    reserve,
    settle,
)

__all__ = ["postgres_server", "postgres_url"]

pytestmark = pytest.mark.postgres


@pytest.fixture
async def one(postgres_url: str) -> AsyncIterator[Store]:
    """A replica that remembers the balances of everybody."""
    async with replica(postgres_url, pool=3) as store:
        await store.set_budget(a_budget(10, id="all"), by="test:ada")
        await settle(store, await reserve(store, await accepted(store), 0), 0)
        yield store


@pytest.fixture
async def two(one: Store, postgres_url: str) -> AsyncIterator[Store]:
    """Another one."""
    async with replica(postgres_url, pool=3) as store:
        yield store


def memory_of(store: Any) -> Memory:
    return store._driver._memory


async def test_what_is_remembered_is_what_lies_there(one: Store, postgres_url: str) -> None:
    row = await accepted(one)
    await one.claim("w", now=NOON + HOUR, until=NOON + 2 * HOUR, limits=ALL)
    row = await reserve(one, row, 5)
    why = Failure(code="x", message="\u00e4 \ud800 \x00")
    row = await go(one, row, State.SUBMITTED, submitted_at=NOON, trace_id="t", failure=why, progress=7)
    row = await go(one, row, State.RUNNING, job_id="job \u2028", cancel_requested=True)
    async with connected(postgres_url) as other:
        [found] = await other.fetch("SELECT *, xmin AS version FROM requests WHERE id = $1", row.id)
        balances = await other.fetch("SELECT *, xmin AS version FROM balances")
    assert memory_of(one).requests[row.id] == dict(found)
    remembered, key = memory_of(one).balances.values(), itemgetter("budget_id")
    assert sorted(remembered, key=key) == sorted(map(dict, balances), key=key)


async def test_what_has_ended_is_forgotten(one: Store) -> None:
    row = await settle(one, await reserve(one, await accepted(one), 5), 4)
    assert row.id in memory_of(one).requests  # it is still to be delivered
    row = await go(one, row, State.DELIVERED, due_at=None)
    assert row.id not in memory_of(one).requests


async def test_a_request_that_another_replica_moved_is_read_again(one: Store, two: Store) -> None:
    row = await reserve(one, await accepted(one), 5)
    await go(two, row, State.SUBMITTED, attempts=3)
    moved = await go(one, row, State.RUNNING)
    assert (moved.attempts, moved.hold) == (3, 5)
    assert await two.get(row.id) == moved


async def test_room_that_another_replica_took_is_not_given_twice(one: Store, two: Store) -> None:
    await reserve(one, await accepted(one), cents(4))
    await reserve(two, await accepted(two), cents(5))
    row = await accepted(one)
    with pytest.raises(BudgetExceeded) as refusal:
        await reserve(one, row, cents(2))
    assert refusal.value.left == cents(1)
    assert (await reserve(one, row, cents(1))).hold == cents(1)


async def test_a_refusal_out_of_memory_is_not_believed(one: Store, two: Store) -> None:
    held = await reserve(one, await accepted(one), cents(10))
    rows = [await accepted(one) for _ in range(3)]
    await release(two, held)
    jobs = [go(one, rows[0], State.PRICED, attempts=1), *(reserve(one, row, cents(5)) for row in rows[1:])]
    assert [row.hold for row in await asyncio.gather(*jobs)] == [0, cents(5), cents(5)]


@pytest.mark.parametrize("tenant", ["test:1", INSTALLATION])
async def test_a_limit_that_another_replica_lowered_binds(one: Store, two: Store, tenant: str) -> None:
    scope = Scope.TENANT if tenant == "test:1" else Scope.INSTALLATION
    lower = await two.set_budget(a_budget(1, scope, tenant=tenant, id="lower"), by="test:ada")
    row = await accepted(one)
    with pytest.raises(BudgetExceeded):
        await reserve(one, row, cents(2))
    await two.remove_budget(lower.id)
    assert (await reserve(one, row, cents(2))).hold == cents(2)


async def test_an_exemption_that_another_replica_gave_counts(one: Store, two: Store) -> None:
    actor = replace(a_request().actor, roles=("test:r",))
    await two.set_budget(a_budget(1, Scope.PERSON, actor.person), by="test:ada")
    row = await accepted(one, a_request(actor=actor))
    with pytest.raises(BudgetExceeded):
        await reserve(one, row, cents(2))
    await two.change_tenant(actor.tenant, lambda tenant: replace(tenant, exempt_roles=("test:r",)))
    assert (await reserve(one, row, cents(2))).hold == cents(2)


async def test_two_replicas_on_the_same_balance_lose_nothing(one: Store, two: Store) -> None:
    held = 0

    async def life(store: Store) -> None:
        nonlocal held
        row = await accepted(store)
        try:
            row = await reserve(store, row, cents(1))
        except BudgetExceeded:
            return
        held += 1
        assert held <= 10
        row = await go(store, row, State.SUBMITTED)
        held -= 1
        await (release(store, row) if row.created_at % 2 else settle(store, row, 0))

    await asyncio.gather(*(life(store) for store in [one, two] * 100))
    assert await one.verify() == []
    assert all(line.balance.held == 0 for line in await two.lines(a_request().actor))


async def test_the_number_of_people_remembered_is_bounded(
    one: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = memory_of(one)
    monkeypatch.setattr(memory.requests, "_most", 5)
    rows = [await accepted(one) for _ in range(9)]
    assert list(memory.requests) == [row.id for row in rows[-5:]]
    assert (await reserve(one, rows[0], 5)).hold == 5


async def test_what_was_remembered_ends_with_the_connection(one: Any, postgres_url: str) -> None:
    """A server that takes over may give the numbers of transactions that were lost with the other again."""
    row = await accepted(one)
    async with connected(postgres_url) as other:
        for pid in one._driver._groups._writers:
            await other.execute("SELECT pg_terminate_backend($1)", pid)
    again = await accepted(one)
    assert list(memory_of(one).requests) == [again.id]
    assert (await reserve(one, row, 5)).hold == 5


async def test_a_statement_of_a_connection_that_was_given_up_writes_nothing(
    one: Store, postgres_url: str
) -> None:
    link = Link(postgres_url, 1)
    await link.open()
    try:
        async with link.connection(5) as connection:
            writer = link.writer(connection)
            told = Tell("timing_add", ({"model": "m", "capability": "chat", "elapsed_us": 4_000_000},))
            nothing: dict[str, Any] = {"requests": [], "balances": [], "rules": []}
            assert await write_unless_changed(connection, [told, writer.marking()], writer.id, nothing)
            assert await came_through(connection, InDoubt(writer.id, 1, None))
            assert not await came_through(connection, InDoubt(writer.id, 2, None))
            late = Tell("timing_add", ({"model": "m", "capability": "chat", "elapsed_us": 8_000_000},))
            assert not await write_unless_changed(connection, [late, writer.marking()], writer.id, nothing)
    finally:
        await link.close()
    assert await one.expected_s("m", "chat") == 4
