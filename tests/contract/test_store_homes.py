"""Places and payers in every Store: a person's home, and whose list shows what was asked elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.audit.entries import OPERATOR
from bot.core.errors import BudgetExceeded, NoHome, TooLate
from bot.core.identity import DAY_US, Home, Via
from bot.core.ledger import EVERYONE, Scope
from bot.core.ports.store import Store
from bot.core.request import Actor, ChatOrder, State, Turn
from tests.contract.store_world import (
    NOON,
    World,
    a_budget,
    a_request,
    accepted,
    place,
    postgres_server,
    postgres_url,
    reserve,
    settle,
    store,
    world,
)

__all__ = ["place", "postgres_server", "postgres_url", "store", "world"]

HERE = Actor(tenant="test:1", person="test:mia", name="Mia", channel="test:c")
DIRECT = replace(HERE, place="test:dm:mia", channel="test:d", via=Via.DIRECT)
HOMELESS = replace(DIRECT, tenant="test:dm:mia", place="")


async def test_a_home_is_kept_and_changes_at_most_once_a_day(world: World) -> None:
    store = await world.open()
    assert await store.home("test:mia") is None
    first = await store.choose_home("test:mia", "test:1")
    assert first == Home(person="test:mia", tenant="test:1", chosen_at=NOON)
    world.clock.moment = NOON + DAY_US - 1
    with pytest.raises(TooLate):
        await store.choose_home("test:mia", "test:2")
    assert await (await world.open()).home("test:mia") == first
    assert await store.home("test:bo") is None
    world.clock.moment = first.stands_until
    moved = await store.choose_home("test:mia", "test:2")
    assert (moved.tenant, moved.chosen_at) == ("test:2", NOON + DAY_US)
    with pytest.raises(TooLate):
        await store.choose_home("test:mia", "test:1")


async def test_choosing_the_same_home_again_does_not_begin_another_day(world: World) -> None:
    store = await world.open()
    await store.choose_home("test:mia", "test:1")
    world.clock.moment = NOON + DAY_US - 1
    assert (await store.choose_home("test:mia", "test:1")).chosen_at == NOON
    world.clock.moment = NOON + DAY_US
    assert (await store.choose_home("test:mia", "test:2")).tenant == "test:2"


async def test_a_limit_is_one_in_the_place_and_elsewhere(store: Store) -> None:
    await store.set_budget(a_budget(20, Scope.PERSON, EVERYONE), by=OPERATOR)
    here = await reserve(store, await accepted(store, a_request(actor=HERE)), 150_000)
    await settle(store, here, 150_000)
    direct = await accepted(store, a_request(actor=DIRECT))
    with pytest.raises(BudgetExceeded) as refused:
        await reserve(store, direct, 60_000)
    assert refused.value.left == 50_000
    await reserve(store, direct, 50_000)
    assert [line.left for line in await store.lines(HERE)] == [0]
    assert await store.verify() == []


async def test_nothing_is_held_where_nobody_pays(store: Store) -> None:
    row = await accepted(store, a_request(actor=HOMELESS))
    with pytest.raises(NoHome):
        await reserve(store, row, 1)
    found = await store.get(row.id)
    assert found is not None
    assert (found.state, found.hold) == (State.PRICED, 0)
    assert await store.verify() == []


async def test_a_person_finds_what_they_asked_in_a_place_and_the_payer_finds_all(store: Store) -> None:
    here = await accepted(store, a_request(actor=HERE))
    direct = await accepted(store, a_request(actor=DIRECT))
    before = await accepted(store, a_request(actor=HOMELESS))
    other = await accepted(store, a_request("test:bo"))
    mine = {"person": "test:mia"}
    assert await store.history("test:1", **mine) == [here]
    assert await store.history("test:dm:mia", **mine) == [before, direct]
    assert await store.history("test:dm:mia", **mine, before=before.id) == [direct]
    assert await store.history("test:1") == [other, direct, here]
    assert await store.unfinished("test:dm:mia", **mine) == [direct, before]
    assert await store.unfinished("test:1", **mine) == [here]
    assert await store.unfinished("test:1") == [here, direct, other]
    assert (await store.of_person("test:mia"))[1].actor == DIRECT


async def test_spending_elsewhere_is_in_the_payers_report(store: Store) -> None:
    direct = await reserve(store, await accepted(store, a_request(actor=DIRECT)), 50)
    await settle(store, direct, 40)
    [row] = await store.spending("test:1", since=0)
    assert (row.person, row.charged) == ("test:mia", 40)
    assert await store.spending("test:dm:mia", since=0) == []


async def test_erasing_a_person_erases_their_home_and_what_others_threads_quote(store: Store) -> None:
    await store.choose_home("test:mia", "test:1")
    await store.choose_home("test:bo", "test:1")
    told = (Turn(role="user", content="my secret"),)
    order = ChatOrder(model="m", prompt="and?", conversation="t", history=told)
    row = await settle(
        store, await reserve(store, await accepted(store, a_request(actor=DIRECT, order=order)), 5), 4
    )
    await store.move(row.id, lambda old: replace(old, state=State.DELIVERED, due_at=None))
    same_name = await accepted(store, a_request("test:bo", order=order))
    await store.erase("test:mia")
    assert await store.home("test:mia") is None
    assert await store.home("test:bo") is not None
    kept = await store.get(same_name.id)
    assert kept is not None
    assert kept.order == order, "the thread of that name in the server is another one"
