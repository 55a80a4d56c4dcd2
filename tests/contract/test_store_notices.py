"""Notices in both databases: written with the posting that reached a threshold, once, and claimed once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.budget_rules.starter_limits import StarterLimits
from bot.core.identity import DAY_US
from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.notices.thresholds import Notice, NoticeOutcome
from bot.core.ports.store import Settle, Store
from bot.core.request import Actor, State
from bot.core.windows import Window
from tests.contract.store_world import (
    HOUR,
    NOON,
    World,
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

MIA = "test:mia"
ADA = Actor(tenant="test:1", person="test:ada", is_admin=True)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """Both databases, with their address."""
    return request.param, request.getfixturevalue("postgres_url") if request.param == "postgres" else None


@pytest.fixture
async def world(place, tmp_path):
    world = World(place[0], tmp_path, place[1])
    yield world
    await world.close()


@pytest.fixture
async def store(world: World) -> Store:
    return await world.open()


async def spend(store: Store, cents: int, person: str = MIA, **changes) -> None:
    request = await accepted(store, a_request(person, **changes))
    await reserve(store, request, cents * 10_000)
    await settle(store, request, cents * 10_000)


async def told(store: Store, person: str = MIA) -> list[tuple[int, int]]:
    """Threshold and limit in cents of what a person is told, in order."""
    found = await store.notices_of_person(person)
    return sorted((one.threshold, one.limit // 10_000) for one in found)


async def test_each_threshold_is_told_once_and_only_the_highest_of_several(store: Store) -> None:
    await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE), by=ADA)
    await spend(store, 49)
    assert await told(store) == []
    await spend(store, 1)
    await spend(store, 20)
    assert await told(store) == [(50, 100)]
    await spend(store, 30)
    assert await told(store) == [(50, 100), (100, 100)], "80 was passed together with 100"
    await store.set_budget(a_budget(100, Scope.PERSON, "test:bo"), by=ADA)
    await spend(store, 100, "test:bo")
    assert await told(store, "test:bo") == [(100, 100)]


async def test_a_raised_limit_is_told_again_and_nothing_is_repeated(store: Store) -> None:
    for limit, cents in ((100, 80), (200, 5), (100, 5)):
        await store.set_budget(a_budget(limit, Scope.PERSON, EVERYONE), by=ADA)
        await spend(store, cents)
        assert await told(store) == [(80, 100)], "85 are less than half of 200, and 90 of 100 is no news"
    await store.set_budget(a_budget(200, Scope.PERSON, EVERYONE), by=ADA)
    await spend(store, 10)
    assert await told(store) == [(50, 200), (80, 100)]


async def test_a_lowered_limit_is_told_with_the_next_spending(store: Store) -> None:
    await store.set_budget(a_budget(1000, Scope.PERSON, EVERYONE), by=ADA)
    await spend(store, 90)
    await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE), by=ADA)
    await spend(store, 1)
    assert await told(store) == [(80, 100)]


async def test_windows_roll(world: World) -> None:
    store = await world.open()
    await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE, window=Window.DAY), by=ADA)
    await spend(store, 60)
    world.clock.moment = NOON + DAY_US
    await spend(store, 40)
    assert await told(store) == [(50, 100)]
    await spend(store, 10)
    assert await told(store) == [(50, 100), (50, 100)]


async def test_shared_limits_belong_to_the_admins_and_the_installation_to_the_operator(world: World) -> None:
    store = await world.open(StarterLimits(installation=Micros(1_000_000)))
    await store.set_budget(a_budget(100, Scope.TENANT, ""), by=ADA)
    await store.set_budget(a_budget(60, Scope.CHANNEL, "test:c"), by=ADA)
    await spend(store, 60)
    assert await told(store) == []
    shared = await store.notices_of_tenant("test:1")
    assert {(one.budget.scope, one.threshold) for one in shared} == {
        (Scope.TENANT, 50), (Scope.CHANNEL, 100),
    }  # fmt: skip
    [own] = await store.notices_of_tenant("*")
    assert (own.budget.scope, own.threshold) == (Scope.INSTALLATION, 50), "no place sees what all spend"
    claimed = await store.claim_notices(["elsewhere"], now=NOON + 1, until=NOON + HOUR, most=10)
    assert [one.budget.scope for one in claimed] == [Scope.INSTALLATION], "the operator has no platform"


async def test_one_worker_claims_it_and_another_after_its_lease(store: Store) -> None:
    await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE), by=ADA)
    await spend(store, 60)

    async def claim(now: int) -> list[Notice]:
        return await store.claim_notices(["test"], now=now, until=now + 60_000_000, most=10)

    first = await asyncio.gather(*(claim(NOON + 1) for _ in range(4)))
    [notice] = [one for some in first for one in some]
    assert (notice.attempts, notice.set_by, notice.person) == (1, "test:ada", MIA)
    assert await claim(NOON + 2) == []
    [again] = await claim(NOON + 61_000_000)
    assert (again.id, again.attempts) == (notice.id, 2)
    await store.end_notice(again.id, NoticeOutcome.TOLD)
    assert await claim(NOON + DAY_US) == []
    assert (await store.notice(notice.id)).outcome is NoticeOutcome.TOLD


async def test_a_correction_may_reach_a_threshold_and_one_down_repeats_none(store: Store) -> None:
    await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE), by=ADA)
    request = await accepted(store, a_request(MIA))
    await reserve(store, request, 100_000)
    await settle(store, request, 100_000)
    for charged in (900_000, 100_000, 1_000_000):
        await store.adjust(request.id, Micros(charged), by="log")
    assert await told(store) == [(80, 100), (100, 100)]


async def test_free_calls_and_refusals_tell_nothing(store: Store) -> None:
    await store.set_budget(a_budget(0, Scope.PERSON, EVERYONE), by=ADA)
    request = await accepted(store, a_request(MIA))
    await reserve(store, request, 0)
    await settle(store, request, 0)
    assert await told(store) == []


async def test_retention_keeps_what_is_told_of_a_running_window_and_erasure_keeps_nothing(
    world: World,
) -> None:
    store = await world.open()
    await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE, window=Window.DAY), by=ADA)
    await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE, window=Window.TOTAL), by=ADA)
    await spend(store, 60)
    for notice in await store.notices_of_person(MIA):
        await store.end_notice(notice.id, NoticeOutcome.TOLD)
    await store.purge(before=NOON + 10 * DAY_US)
    kept = await store.notices_of_person(MIA)
    assert [one.budget.window for one in kept] == [Window.TOTAL], "or it would be told again"
    await store.put_document("notice_choice", MIA, {"off": True})
    await store.erase(MIA)
    assert await store.notices_of_person(MIA) == []
    assert await store.get_document("notice_choice", MIA) is None


async def test_a_notice_is_there_when_the_cost_is_and_never_without_it(store: Store) -> None:
    """One transaction: a settlement that fails leaves neither."""
    await store.set_budget(a_budget(100, Scope.PERSON, EVERYONE), by=ADA)
    request = await accepted(store, a_request(MIA))
    await reserve(store, request, 600_000)
    await go(store, request, State.SUBMITTED)
    with pytest.raises(AttributeError):  # after the posting, before the end of the transaction
        await store.move(
            request.id,
            lambda row: replace(row, state=State.SETTLED),
            posting=Settle(cost=Micros(600_000)),
            turns=("thread", [None]),
        )
    assert await told(store) == []
    await go(store, request, State.SETTLED, posting=Settle(cost=Micros(600_000)))
    assert await told(store) == [(50, 100)]
