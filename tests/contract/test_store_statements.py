"""Closed months: every posting with a cost is in exactly one, whatever is written meanwhile."""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.core.audit.entries import OPERATOR
from bot.core.errors import InvalidOrder
from bot.core.identity import person_hash
from bot.core.money import Micros
from bot.core.place_lists.projects import Project
from bot.core.ports.statements import ClosedMonth
from bot.core.ports.store import Store
from bot.core.request import Actor, GenerateOrder, Request
from bot.core.tenant import Tenant
from bot.use_cases.place_lists import statements
from bot.use_cases.place_lists.statement_csv import COLUMNS, csv_chunks
from storage.closed_months import transactions
from tests.contract.store_world import (
    World,
    a_request,
    accepted,
    cents,
    connected,
    postgres_server,
    postgres_url,
    release,
    reserve,
    settle,
)

__all__ = ["postgres_server", "postgres_url"]

PLACE, ZONE = "test:1", "Europe/Berlin"


def at(*when: int) -> int:
    """UTC microseconds."""
    return int(datetime(*when, tzinfo=UTC).timestamp()) * 1_000_000  # type: ignore[arg-type, misc]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def kind(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    return request.param, request.getfixturevalue("postgres_url") if request.param == "postgres" else None


@pytest.fixture
async def world(kind: tuple[str, str | None], tmp_path: Path) -> AsyncIterator[World]:
    world = World(kind[0], tmp_path, kind[1])
    yield world
    await world.close()


@pytest.fixture
async def store(world: World) -> Store:
    found = await world.open()
    await found.change_tenant(PLACE, lambda tenant: replace(tenant, zone=ZONE), by=OPERATOR)
    return found


async def spent(store: Store, amount: float, name: str = "Mia", **facts: object) -> Request:
    """A request that has cost so many cents."""
    actor = Actor(tenant=PLACE, person=f"test:{name.lower()}", name=name, channel="test:c")
    order = GenerateOrder(model="flux.2-pro", prompt="a fox", **facts)  # type: ignore[arg-type]
    row = await reserve(store, await accepted(store, a_request(actor=actor, order=order)), cents(amount))
    return await settle(store, row, cents(amount))


async def close(store: Store, month: str, now: int) -> ClosedMonth:
    return await statements.close_month(store, PLACE, month, by="test:ada", now=now)


async def rows(store: Store, one: ClosedMonth, key: bytes = b"k") -> list[dict[str, str]]:
    tenant = await store.tenant(PLACE)
    data = b"".join([part async for part in csv_chunks(store, one, tenant, key)])
    assert data.count(b"\r\n") == data.count(b"\n"), "lines end as RFC 4180 says"
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


async def test_what_is_booked_later_is_in_the_next_month(world: World, store: Store) -> None:
    first = await spent(store, 4)
    await spent(store, 5)
    await release(store, await reserve(store, await accepted(store), 9))
    world.clock.moment = at(2026, 2, 28, 22, 59)
    await spent(store, 1)
    world.clock.moment = at(2026, 2, 28, 23, 1)  # March has begun in Berlin
    await spent(store, 7)
    february = await close(store, "2026-02", world.clock.now())
    assert (february.entries, february.spent) == (3, cents(10))
    await store.adjust(first.id, cents(3), by="reconcile")
    with pytest.raises(InvalidOrder, match="not over yet"):
        await close(store, "2026-03", world.clock.now())
    world.clock.moment = at(2026, 4, 2)
    march = await close(store, "2026-03", world.clock.now())
    assert (march.entries, march.spent, march.after_id) == (2, cents(6), february.last_id)
    charge, correction = await rows(store, march)
    assert (charge["kind"], charge["dollars"]) == ("charge", "0.070000")
    assert (correction["kind"], correction["dollars"]) == ("correction", "-0.010000")
    assert (correction["request"], correction["charged_on"][:7]) == (first.id, "2026-02")
    assert (await statements.check(store, march)).sound
    assert await store.statements(PLACE) == [march, february]


async def test_a_month_is_closed_once_however_many_try(world: World, store: Store) -> None:
    await spent(store, 4)
    world.clock.moment = at(2026, 3, 5)
    other = await world.open()
    made = await asyncio.gather(*(close(one, "2026-02", world.clock.now()) for one in (store, other) * 4))
    assert len(set(made)) == 1
    await spent(store, 9)
    assert await close(store, "2026-02", world.clock.now()) == made[0]


async def test_months_may_be_closed_in_any_order(world: World, store: Store) -> None:
    for month, amount in ((1, 2), (2, 3), (4, 5), (5, 7)):
        world.clock.moment = at(2026, month, 15)
        await spent(store, amount)
    world.clock.moment = at(2026, 6, 2)
    made = {month: await close(store, f"2026-0{month}", world.clock.now()) for month in (4, 2, 5, 3, 1)}
    assert {month: one.spent for month, one in made.items()} == {
        1: cents(2), 2: cents(3), 3: 0, 4: cents(5), 5: cents(7)
    }  # fmt: skip
    for month in (1, 2, 3, 4):
        assert made[month].last_id == made[month + 1].after_id
    assert all([(await statements.check(store, one)).sound for one in made.values()])


async def test_the_sum_is_that_of_an_independent_query(world: World, store: Store) -> None:
    for amount in (4, 5, 6):
        await spent(store, amount)
    world.clock.moment = at(2026, 3, 2)
    february = await close(store, "2026-02", world.clock.now())
    found = 0
    async for entry in store.entries():
        found += entry.spent if entry.tenant == PLACE and entry.at < at(2026, 2, 28, 23) else 0
    assert february.spent == found == cents(15)
    assert sum(float(row["dollars"]) for row in await rows(store, february)) == pytest.approx(0.15)


async def test_pages_follow_each_other(world: World, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "PAGE", 2)
    made = [await spent(store, amount) for amount in (1, 2, 3, 4, 5)]
    world.clock.moment = at(2026, 3, 2)
    february = await close(store, "2026-02", world.clock.now())
    assert [row["request"] for row in await rows(store, february)] == [row.id for row in made]
    found = [one.request_id async for one in store.statement_requests(february)]
    assert found == sorted(row.id for row in made)


async def test_columns_name_projects_and_disarm_formulas(world: World, store: Store) -> None:
    acme = Project(id="prj_0123456789", name="Acme")
    await store.change_tenant(PLACE, lambda tenant: replace(tenant, projects=(acme,)), by=OPERATOR)
    await spent(store, 4, name="=HYPERLINK(1)", project=acme.id, project_name="Old name")
    world.clock.moment = at(2026, 3, 2)
    [row] = await rows(store, await close(store, "2026-02", world.clock.now()))
    assert tuple(row) == COLUMNS
    assert (row["name"], row["project"], row["project_id"]) == ("'=HYPERLINK(1)", "Acme", acme.id)
    assert row["booked"] == "2026-02-25T13:00:00+01:00"


async def test_an_erased_person_is_a_hash_and_the_sum_stays(world: World, store: Store) -> None:
    await spent(store, 4)
    await store.note_erased(person_hash(b"k", "test:mia"))
    world.clock.moment += 1
    await spent(store, 5)
    await spent(store, 6, name="Bo")
    world.clock.moment = at(2026, 3, 2)
    february = await close(store, "2026-02", world.clock.now())
    erased, later, other = await rows(store, february)
    assert (erased["person"], erased["name"]) == (f"erased:{person_hash(b'k', 'test:mia')}", "")
    assert (later["person"], other["person"]) == ("test:mia", "test:bo")
    assert february.spent == cents(15)


async def test_an_empty_month_is_a_statement_too(world: World, store: Store) -> None:
    world.clock.moment = at(2026, 3, 2)
    february = await close(store, "2026-02", world.clock.now())
    assert (february.entries, february.spent) == (0, 0)
    assert await rows(store, february) == []


@pytest.mark.postgres
async def test_a_number_that_is_not_committed_yet_is_waited_for(world: World, store: Store) -> None:
    """Numbers are given out before they are committed: a cut that did not wait would lose the lower one."""
    if world.url is None:
        pytest.skip("SQLite has one writer")
    await spent(store, 4)
    async with connected(world.url) as slow:
        writing = slow.transaction()
        await writing.start()
        await slow.execute(
            "INSERT INTO postings (request_id, round, phase, kind, moment, tenant, channel, person, held,"
            " spent, overrun, approved, at, by) VALUES ('req_slow', 1, 'closed', 'settle', $1, $2, '',"
            " 'test:bo', 0, 50000, 0, FALSE, $1, 'test:bo')",
            world.clock.now(),
            PLACE,
        )
        closing = asyncio.create_task(close(store, "2026-02", at(2026, 3, 2)))
        async with connected(world.url) as watching:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'"
            while not await watching.fetchval(waiting):
                await asyncio.sleep(0.01)
        assert not closing.done()
        await writing.commit()
        made = await closing
    assert (made.entries, made.spent) == (2, Micros(90_000))


def test_months_are_those_of_the_zone() -> None:
    assert statements.month_bounds("2026-12", "Europe/Berlin") == (at(2026, 11, 30, 23), at(2026, 12, 31, 23))
    assert statements.last_month(at(2025, 12, 31, 23, 30), "Europe/Berlin") == "2025-12"
    for wrong in ("2026-13", "26-01", "2026-1", "month"):
        with pytest.raises(InvalidOrder):
            statements.month_bounds(wrong, "UTC")
    assert Tenant(id="t").zone == "UTC"
