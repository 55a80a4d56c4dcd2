"""How many round trips to PostgreSQL a write takes: as many for twenty as for one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from pathlib import Path

import pytest

from bot.ledger import EVERYONE, Scope
from bot.money import Micros
from bot.ports import Settle, Store
from bot.request import Request, State
from storage import open_store
from tests.contract.store_proxy import Proxy, proxy
from tests.contract.store_world import (
    SteppedClock,
    a_budget,
    a_request,
    accepted,
    go,
    postgres_server,
    postgres_url,
    reserve,
    settle,
)

__all__ = ["postgres_server", "postgres_url"]

MANY = 20


async def trips(between: Proxy, work: Sequence[Awaitable[object]]) -> int:
    """Round trips that all of the work takes together; every statement in it has been prepared before."""
    before = between.answers.copy()
    await asyncio.gather(*work)
    since = between.answers - before
    assert since["1"] == 0, "a statement was parsed again"
    return since["Z"]


async def life(store: Store, between: Proxy, count: int) -> dict[str, int]:
    """What each step costs so many requests at once."""
    orders = [a_request(f"test:{number}") for number in range(count)]
    taken = {"accept": await trips(between, [store.accept(orders[0], {})])}
    for order in orders[1:]:
        await store.accept(order, {})
    rows: list[Request] = orders
    taken["price"] = await trips(between, [go(store, row, State.PRICED) for row in rows])
    taken["reserve"] = await trips(between, [reserve(store, row, 5) for row in rows])
    await asyncio.gather(*(go(store, row, State.SUBMITTED) for row in rows))
    cost = Settle(cost=Micros(4))
    taken["settle"] = await trips(between, [go(store, row, State.SETTLED, posting=cost) for row in rows])
    taken["read"] = await trips(between, [store.get(rows[0].id)])
    return taken


@pytest.mark.postgres
async def test_a_move_takes_five_round_trips_and_so_do_twenty_together(
    postgres_url: str, tmp_path: Path
) -> None:
    if "host=" not in postgres_url:
        pytest.skip("the proxy speaks to a socket file")
    async with (
        proxy(postgres_url) as (between, url),
        open_store(database_url=url, path=tmp_path, pool=4, clock=SteppedClock()) as store,
    ):
        await store.set_budget(a_budget(100), by="test:ada")
        await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE), by="test:ada")
        for number in range(MANY):  # every statement prepared, every balance opened
            row = await reserve(store, await accepted(store, a_request(f"test:{number}")), 5)
            await store.get((await settle(store, row, 4)).id)
        for count in (1, MANY):
            assert await life(store, between, count) == {
                "accept": 3,
                "price": 4,
                "reserve": 5,
                "settle": 5,
                "read": 1,
            }
        assert await store.verify() == []
