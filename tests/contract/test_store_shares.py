"""A claim leaves out what has used up its share, and never what has not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bot.core.ports.store import Limits, Store
from bot.core.request import GenerateOrder, Request, State
from tests.contract.store_world import (
    ALL,
    NOON,
    World,
    a_request,
    accepted,
    go,
    place,
    postgres_server,
    postgres_url,
    reserve,
    settle,
    world,
)

__all__ = ["place", "postgres_server", "postgres_url", "world"]

LATER = 3 * NOON
FEW = replace(ALL, per_model=2, per_provider=3, per_platform=2)


def on(model: str, person: str = "test:mia", **facts: Any) -> Request:
    return a_request(person, order=GenerateOrder(model=model, prompt="a capybara"), **facts)


async def claimed(store: Store, limits: Limits, owner: str = "w") -> list[Request]:
    """Everything that the worker can take, claim after claim."""
    found: list[Request] = []
    while rows := await store.claim(owner, now=2 * NOON, until=LATER, limits=limits):
        found += rows
    return found


async def test_a_model_takes_its_share_and_the_others_go_on(world: World) -> None:
    store = await world.open()
    for number in range(9):
        await store.accept(on("hangs", f"test:{number}", tenant=f"test:{number % 2}"), {})
    other, _ = await store.accept(on("works", "test:mia", tenant="test:9"), {})
    first = await store.claim("w", now=2 * NOON, until=LATER, limits=FEW)
    assert [row.order.model for row in first].count("hangs") == 2
    assert other.id in {row.id for row in first}
    assert await store.claim("w", now=2 * NOON, until=LATER, limits=FEW) == []
    # Each replica has its own slots, and so its own shares.
    assert len(await claimed(store, FEW, "w2")) == 2


async def test_a_share_that_is_free_again_is_used(world: World) -> None:
    store = await world.open()
    for number in range(4):
        await store.accept(on("hangs", f"test:{number}"), {})
    one, _ = await claimed(store, FEW)
    await go(store, one, State.FAILED, due_at=None, lease_until=0, lease_owner="")
    assert len(await claimed(store, FEW)) == 1


async def test_what_waits_for_its_share_takes_nobodys_turn(world: World) -> None:
    """Of a person and a tenant with room for two, whose other orders wait for a model."""
    store = await world.open()
    limits = replace(FEW, per_person=2, per_tenant=3)
    for number in range(2):
        await store.accept(on("hangs", f"test:{number}", tenant="test:8"), {})
    await claimed(store, limits)
    for _ in range(5):
        await store.accept(on("hangs"), {})
    mine = [(await store.accept(on("works"), {}))[0].id for _ in range(3)]
    assert [row.id for row in await claimed(store, limits)] == mine[:2]


async def test_the_provider_that_the_price_named_has_its_share_too(world: World) -> None:
    store = await world.open()
    for number in range(8):
        row = await accepted(store, on(f"model-{number}", f"test:{number}"))
        await go(store, row, State.PRICED, estimate_provider="slow" if number < 6 else "")
    rows = await claimed(store, FEW)
    assert sum(row.estimate_provider == "slow" for row in rows) == 3
    assert sum(row.estimate_provider == "" for row in rows) == 2


async def test_a_platform_takes_its_share_and_paid_work_of_others_goes_on(world: World) -> None:
    store = await world.open()
    for number in range(5):
        row = await reserve(store, await accepted(store, on("m", f"test:{number}", origin="hangs")), 1)
        await settle(store, row, 1)
    refused = await go(store, await accepted(store, on("m", origin="hangs")), State.REFUSED)
    told = await go(store, await accepted(store, on("m", origin="hangs")), State.REFUSED, notified="refused")
    works = await settle(store, await reserve(store, await accepted(store, on("m", origin="works")), 1), 1)
    rows = await claimed(store, FEW)
    assert {works.id, told.id} <= {row.id for row in rows}
    assert sum(row.origin == "hangs" and row.id != told.id for row in rows) == 2
    # It counts what is being told now, not what was claimed for it.
    for row in rows:
        if row.origin == "hangs" and row.id not in (told.id, refused.id):
            await go(store, row, State.DELIVERED, notified="delivered")
    assert any(row.origin == "hangs" for row in await claimed(store, FEW))
