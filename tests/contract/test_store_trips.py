"""How many round trips to PostgreSQL a write takes: as many for twenty as for one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager

import pytest

from bot.core.audit.entries import OPERATOR
from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.ports.store import Settle, Store
from bot.core.request import Request, State
from tests.contract.store_proxy import Proxy, proxy
from tests.contract.store_world import (
    ALL,
    HOUR,
    NOON,
    a_budget,
    a_request,
    go,
    postgres_server,
    postgres_url,
    replica,
    reserve,
)

__all__ = ["postgres_server", "postgres_url"]

MANY = 20


async def trips(between: Proxy, work: Sequence[Awaitable[object]]) -> int:
    """Round trips that all of the work takes together."""
    before = between.answers["Z"]
    await asyncio.gather(*work)
    return between.answers["Z"] - before


async def life(store: Store, between: Proxy, count: int) -> dict[str, int]:
    """What each step costs so many requests at once."""
    orders = [a_request(f"test:{number}") for number in range(count)]
    taken = {"accept": await trips(between, [store.accept(orders[0], {})])}
    for order in orders[1:]:
        await store.accept(order, {})
    await store.claim("w", now=NOON + HOUR, until=NOON + 2 * HOUR, limits=ALL)
    rows: list[Request] = orders
    taken["price"] = await trips(between, [go(store, row, State.PRICED) for row in rows])
    taken["reserve"] = await trips(between, [reserve(store, row, 5) for row in rows])
    await asyncio.gather(*(go(store, row, State.SUBMITTED) for row in rows))
    cost = Settle(cost=Micros(4))
    taken["settle"] = await trips(between, [go(store, row, State.SETTLED, posting=cost) for row in rows])
    taken["read"] = await trips(between, [store.get(rows[0].id)])
    return taken


@asynccontextmanager
async def counted(postgres_url: str) -> AsyncIterator[tuple[Proxy, Store]]:
    """A Store whose round trips are counted, with two budgets for everybody."""
    async with proxy(postgres_url) as (between, url), replica(url) as store:
        await store.set_budget(a_budget(100), by=OPERATOR)
        await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE), by=OPERATOR)
        yield between, store


@pytest.mark.postgres
async def test_a_move_takes_five_round_trips_and_so_do_twenty_together(postgres_url: str) -> None:
    async with counted(postgres_url) as (between, store):
        for count in (MANY, MANY, 1):  # every statement prepared, every balance opened
            await life(store, between, count)
        parsed = between.answers["1"]
        for count in (1, MANY):
            assert await life(store, between, count) == {
                "accept": 3,
                "price": 4,
                "reserve": 5,
                "settle": 5,
                "read": 1,
            }
        assert between.answers["1"] == parsed, "a statement was parsed again"
        assert await store.verify() == []
