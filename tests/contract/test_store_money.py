"""What every Store promises about money: holds, settlements, windows, and a ledger that explains itself."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.errors import BudgetExceeded, NotFound
from bot.core.ledger import EVERYONE, INSTALLATION, Kind, Scope, Window
from bot.core.money import ZERO, Micros
from bot.core.ports.for_adapters import SpendRow
from bot.core.ports.store import Grant, Release, Reserve, Settle, Store
from bot.core.request import Actor, State
from tests.contract.store_world import (
    HOUR,
    NOON,
    World,
    a_budget,
    a_request,
    accepted,
    cents,
    go,
    place,
    postgres_server,
    postgres_url,
    release,
    reserve,
    settle,
    store,
    world,
)

__all__ = ["place", "postgres_server", "postgres_url", "store", "world"]

MIA = Actor(tenant="test:1", person="test:mia", channel="test:c")
DAY = 24 * HOUR


async def figures(store: Store, actor: Actor = MIA) -> list[tuple[str, int, int, int]]:
    """Every line's budget, spent, held and granted."""
    lines = await store.lines(actor)
    return [(x.budget.id, x.balance.spent, x.balance.held, x.balance.granted) for x in lines]


@pytest.mark.parametrize("replicas", [1, 2])
async def test_twenty_of_two_hundred_fit_a_dollar_at_five_cents(world: World, replicas: int) -> None:
    stores = [await world.open() for _ in range(replicas)]
    budget = await stores[0].set_budget(a_budget(100), by="test:ada")
    rows = await asyncio.gather(*(accepted(stores[0], a_request(f"test:{i % 7}")) for i in range(200)))
    answers = await asyncio.gather(
        *(reserve(stores[i % replicas], row, cents(5)) for i, row in enumerate(rows)), return_exceptions=True
    )
    held = [row for row in answers if not isinstance(row, BaseException)]
    refused = [error for error in answers if isinstance(error, BudgetExceeded)]
    assert (len(held), len(refused)) == (20, 180)
    assert {error.budget_id for error in refused} == {budget.id}
    assert all(error.resets_at == NOON + 12 * HOUR for error in refused)
    await asyncio.gather(*(settle(stores[i % replicas], row, cents(5)) for i, row in enumerate(held)))
    assert await figures(stores[0]) == [("account:test:1", 100 * 10_000, 0, 0), (budget.id, 1_000_000, 0, 0)]
    assert await stores[-1].verify() == []


async def test_a_refused_reservation_leaves_no_trace_in_any_budget(store: Store) -> None:
    wide = await store.set_budget(a_budget(100), by="a")
    tight = await store.set_budget(a_budget(3, Scope.PERSON, "test:mia", window=Window.MONTH), by="a")
    request = await accepted(store)
    with pytest.raises(BudgetExceeded) as caught:
        await reserve(store, request, cents(4))
    march = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000
    assert (caught.value.budget_id, caught.value.left, caught.value.resets_at) == (tight.id, cents(3), march)
    assert await store.get(request.id) == request
    assert await figures(store) == [("account:test:1", 0, 0, 0), (wide.id, 0, 0, 0), (tight.id, 0, 0, 0)]
    assert [entry async for entry in store.entries()] == []


async def test_a_hold_becomes_spending_and_the_row_says_so(store: Store) -> None:
    budget = await store.set_budget(a_budget(10), by="a")
    held = await reserve(store, await accepted(store), cents(5))
    assert (held.hold, held.charged) == (cents(5), None)
    assert (await figures(store))[1] == (budget.id, 0, cents(5), 0)
    settled = await settle(store, held, cents(4))
    assert (settled.hold, settled.charged, settled.overrun) == (ZERO, cents(4), ZERO)
    assert await store.get(held.id) == settled
    assert (await figures(store))[1] == (budget.id, cents(4), 0, 0)
    kinds = [(entry.kind, entry.held, entry.spent, entry.request_id) async for entry in store.entries()]
    assert kinds == [
        (Kind.RESERVE, cents(5), 0, held.id),
        (Kind.RESERVE, cents(5), 0, held.id),
        (Kind.SETTLE, -cents(5), cents(4), held.id),
        (Kind.SETTLE, -cents(5), cents(4), held.id),
    ]


async def test_an_overrun_is_booked_as_it_is_and_seen_by_the_next(store: Store) -> None:
    await store.set_budget(a_budget(10), by="a")
    settled = await settle(store, await reserve(store, await accepted(store), cents(5)), cents(12))
    assert (settled.charged, settled.overrun) == (cents(12), cents(7))
    assert [entry.overrun async for entry in store.entries()][-2:] == [cents(7)] * 2
    assert [line.left for line in await store.lines(MIA)] == [None, -cents(2)]
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store), 1)
    assert await store.verify() == []


async def test_a_release_gives_the_hold_back_once(store: Store) -> None:
    await store.set_budget(a_budget(10), by="a")
    gone = await release(store, await reserve(store, await accepted(store), cents(10)))
    assert (gone.hold, gone.charged) == (ZERO, None)
    again = await go(store, gone, State.CANCELLED, posting=Release())
    assert again.hold == ZERO
    assert [line.balance.held for line in await store.lines(MIA)] == [0, 0]
    never = await go(store, await accepted(store), State.CANCELLED, posting=Release())
    assert never.hold == ZERO
    assert [entry.kind async for entry in store.entries()].count(Kind.RELEASE) == 2


async def test_a_cancellation_that_must_wait_keeps_the_hold(store: Store) -> None:
    sent = await go(store, await reserve(store, await accepted(store), 5), State.SUBMITTED)
    asked = await go(store, sent, State.SUBMITTED, posting=Release(), cancel_requested=True)
    assert (asked.hold, asked.cancel_requested) == (5, True)
    assert (await go(store, asked, State.CANCELLED, posting=Release())).hold == ZERO
    assert await store.verify() == []


@pytest.mark.parametrize("second", [Reserve(hold=Micros(1)), Settle(cost=Micros(1))])
async def test_what_is_closed_stays_closed(store: Store, second: Reserve | Settle) -> None:
    row = await settle(store, await reserve(store, await accepted(store), 5), 4)
    with pytest.raises(ValueError):
        await go(store, row, State.SETTLED, posting=second)
    assert await store.get(row.id) == row
    assert await store.verify() == []


async def test_a_second_hold_is_refused(store: Store) -> None:
    row = await reserve(store, await accepted(store), 5)
    with pytest.raises(ValueError):
        await go(store, row, State.RESERVED, posting=Reserve(hold=Micros(5)))
    assert (await figures(store))[0] == ("account:test:1", 0, 5, 0)


async def test_amounts_are_exact_beyond_what_a_float_holds(store: Store) -> None:
    hold, cost = 2**53 + 1, 2**61 + 1
    row = await settle(store, await reserve(store, await accepted(store), hold), cost)
    assert (row.charged, row.overrun) == (cost, cost - hold)
    assert await store.get(row.id) == row
    assert [(entry.held, entry.spent) async for entry in store.entries()] == [(hold, 0), (-hold, cost)]
    [account] = await store.lines(row.actor)
    assert (account.balance.spent, account.balance.held) == (cost, 0)
    assert await store.verify() == []


@pytest.mark.parametrize("posting", [Reserve(hold=Micros(-1)), Settle(cost=Micros(-1))])
async def test_amounts_are_not_negative(store: Store, posting: Reserve | Settle) -> None:
    row = await accepted(store)
    with pytest.raises(ValueError):
        await go(store, row, State.PRICED, posting=posting)


async def test_what_costs_nothing_is_held_and_settled_too(store: Store) -> None:
    await store.set_budget(a_budget(0), by="a")
    free = await settle(store, await reserve(store, await accepted(store), 0), 0)
    assert (free.charged, free.hold, free.overrun) == (0, 0, 0)
    assert await store.verify() == []


async def test_a_cost_without_a_hold_is_booked_everywhere_all_the_same(store: Store) -> None:
    budget = await store.set_budget(a_budget(10), by="a")
    row = await go(store, await accepted(store), State.CANCELLED, posting=Settle(cost=cents(3)))
    assert (row.charged, row.overrun) == (cents(3), cents(3))
    assert await figures(store) == [("account:test:1", cents(3), 0, 0), (budget.id, cents(3), 0, 0)]
    assert await store.verify() == []


# windows


async def test_a_hold_settles_into_the_window_it_came_from(world: World) -> None:
    store = await world.open()
    await store.set_budget(a_budget(10), by="a")
    await store.set_budget(a_budget(50, window=Window.MONTH), by="a")
    held = await reserve(store, await accepted(store), cents(8))
    world.clock.moment += DAY
    assert [x.balance.held for x in await store.lines(MIA)] == [cents(8), 0, cents(8)]
    await reserve(store, await accepted(store), cents(9))
    await settle(store, held, cents(6))
    lines = await store.lines(MIA)
    assert [(x.balance.spent, x.balance.held) for x in lines] == [
        (cents(6), cents(9)),
        (0, cents(9)),
        (cents(6), cents(9)),
    ]
    world.clock.moment -= DAY
    assert [x.balance.spent for x in await store.lines(MIA)] == [cents(6)] * 3
    assert await store.verify() == []


async def test_windows_follow_the_tenants_clock_but_the_installations_is_utc(world: World) -> None:
    store = await world.open()
    await store.change_tenant("test:1", lambda now: replace(now, zone="Pacific/Auckland"))
    own = await store.set_budget(a_budget(10, window=Window.WEEK), by="a")
    common = await store.set_budget(a_budget(10, Scope.INSTALLATION, tenant=INSTALLATION), by="a")
    lines = {line.budget.id: line for line in await store.lines(MIA)}
    monday = int(datetime(2026, 3, 1, 11, tzinfo=UTC).timestamp()) * 1_000_000
    assert lines[own.id].resets_at == monday
    assert lines[common.id].resets_at == NOON + 12 * HOUR


# budgets


async def test_the_installations_budget_binds_all_tenants_together(store: Store) -> None:
    common = await store.set_budget(a_budget(10, Scope.INSTALLATION, tenant=INSTALLATION), by="op")
    await reserve(store, await accepted(store, a_request(tenant="test:1")), cents(6))
    with pytest.raises(BudgetExceeded) as caught:
        await reserve(store, await accepted(store, a_request(tenant="test:2")), cents(6))
    assert caught.value.budget_id == common.id
    assert [line.budget.id for line in await store.budgets("test:2")] == [common.id]
    assert [line.budget.id for line in await store.budgets(INSTALLATION)] == [common.id]


async def test_a_default_counts_for_each_person_and_an_exempt_role_is_free_of_it(store: Store) -> None:
    default = await store.set_budget(a_budget(10, Scope.PERSON, EVERYONE), by="a")
    await store.change_tenant("test:1", lambda now: replace(now, exempt_roles=("staff",)))
    await reserve(store, await accepted(store, a_request("test:mia")), cents(10))
    await reserve(store, await accepted(store, a_request("test:bo")), cents(10))
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store, a_request("test:bo")), 1)
    staff = replace(MIA, roles=("staff",))
    await reserve(store, await accepted(store, a_request(actor=staff)), cents(99))
    [line] = await store.budgets("test:1")
    assert (line.budget, line.balance.key.subject, line.balance.held) == (default, EVERYONE, 0)


async def test_setting_a_budget_again_replaces_its_limit_and_keeps_its_balance(store: Store) -> None:
    first = await store.set_budget(a_budget(10), by="a")
    await reserve(store, await accepted(store), cents(6))
    second = await store.set_budget(a_budget(4), by="b")
    assert second == replace(first, limit=cents(4))
    [line] = await store.budgets("test:1")
    assert (line.budget, line.left) == (second, -cents(2))
    other = await store.set_budget(a_budget(4, window=Window.WEEK), by="b")
    assert {one.budget.id for one in await store.budgets("test:1")} == {first.id, other.id}


async def test_a_budget_without_limit_is_refused(store: Store) -> None:
    with pytest.raises(ValueError):
        await store.set_budget(replace(a_budget(1), limit=None), by="a")


async def test_holds_on_a_removed_budget_still_close_and_its_balance_comes_back_with_it(store: Store) -> None:
    budget = await store.set_budget(a_budget(10), by="a")
    held = await reserve(store, await accepted(store), cents(6))
    await store.remove_budget(budget.id)
    await store.remove_budget("none")
    assert len(await store.lines(MIA)) == 1
    await settle(store, held, cents(5))
    assert await store.verify() == []
    back = await store.set_budget(a_budget(20), by="a")
    [line] = await store.budgets("test:1")
    assert (back.id, line.left) == (budget.id, cents(15))


# grants and corrections


async def test_a_grant_raises_one_subjects_room_in_this_window_only(world: World) -> None:
    store = await world.open()
    default = await store.set_budget(a_budget(1, Scope.PERSON, EVERYONE), by="a")
    await store.grant(default, "test:mia", cents(5), by="test:ada")
    await reserve(store, await accepted(store), cents(6))
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store, a_request("test:bo")), cents(2))
    [entry] = [entry async for entry in store.entries() if entry.kind is Kind.GRANT]
    assert (entry.granted, entry.by, entry.key.subject, entry.at) == (cents(5), "test:ada", "test:mia", NOON)
    world.clock.moment += DAY
    assert (await figures(store))[1] == (default.id, 0, 0, 0)
    assert await store.verify() == []


async def test_a_grant_to_a_shared_budget_is_everybodys(store: Store) -> None:
    shared = await store.set_budget(a_budget(1, Scope.CHANNEL, "test:c"), by="a")
    whole = await store.set_budget(a_budget(1), by="a")
    await asyncio.gather(*(store.grant(whole, "anybody", cents(1), by="a") for _ in range(20)))
    await store.grant(shared, "test:c", cents(2), by="a")
    assert {(name, granted) for name, _, _, granted in await figures(store)} == {
        ("account:test:1", 0),
        (whole.id, cents(20)),
        (shared.id, cents(2)),
    }
    assert await store.verify() == []


async def test_an_approval_grants_exactly_what_lacks_room(store: Store) -> None:
    tight = await store.set_budget(a_budget(3, Scope.PERSON, "test:mia"), by="a")
    wide = await store.set_budget(a_budget(10), by="a")
    refused = await go(store, await accepted(store), State.REFUSED)
    priced = await go(store, refused, State.PRICED, posting=Grant(amount=cents(5), by="test:ada"))
    assert {(name, granted) for name, _, _, granted in await figures(store)} == {
        ("account:test:1", 0),
        (wide.id, 0),
        (tight.id, cents(5)),
    }
    await settle(store, await reserve(store, priced, cents(5)), cents(4))
    assert await store.verify() == []


async def test_the_installations_budget_is_not_granted(store: Store) -> None:
    await store.set_budget(a_budget(1, Scope.INSTALLATION, tenant=INSTALLATION), by="op")
    refused = await go(store, await accepted(store), State.REFUSED)
    with pytest.raises(BudgetExceeded):
        await go(store, refused, State.PRICED, posting=Grant(amount=cents(5), by="test:ada"))
    assert await store.get(refused.id) == refused


async def test_a_closed_request_is_corrected_to_what_the_log_says(world: World) -> None:
    store = await world.open()
    await store.set_budget(a_budget(10), by="a")
    settled = await settle(store, await reserve(store, await accepted(store), cents(5)), cents(4))
    failed = await release(store, await reserve(store, await accepted(store), cents(5)))
    never = await go(store, await accepted(store), State.CANCELLED)
    world.clock.moment += DAY
    for row, truth in ((settled, 7), (failed, 1), (never, 1), (settled, 3), (settled, 3)):
        await store.adjust(row.id, cents(truth), by="test:op")
    rows = [await store.get(row.id) for row in (settled, failed, never)]
    assert [(row.charged, row.charged_from, row.overrun) for row in rows if row] == [
        (cents(3), "log", 0),
        (cents(1), "log", 0),
        (cents(1), "log", cents(1)),
    ]
    assert [line.balance.spent for line in await store.lines(MIA)] == [cents(5), cents(1)]
    world.clock.moment -= DAY
    assert [line.balance.spent for line in await store.lines(MIA)] == [cents(5), cents(4)]
    assert await store.verify() == []


async def test_what_still_holds_money_is_not_adjusted(store: Store) -> None:
    held = await reserve(store, await accepted(store), 5)
    with pytest.raises(ValueError):
        await store.adjust(held.id, cents(1), by="op")
    with pytest.raises(NotFound):
        await store.adjust("req_none", cents(1), by="op")
    assert await store.verify() == []


# reading the ledger


async def test_spending_is_by_the_tenants_day_person_and_capability(world: World) -> None:
    store = await world.open()
    await store.change_tenant("test:1", lambda now: replace(now, zone="Asia/Kathmandu"))
    midnight = NOON + 6 * HOUR + HOUR // 4
    for person, created in (("b", midnight - 1), ("b", midnight), ("b", midnight + HOUR), ("a", midnight)):
        row = await accepted(store, a_request(person, created_at=created))
        await settle(store, await reserve(store, row, 5), 4)
    await accepted(store)
    rows = await store.spending("test:1", since=0)
    assert rows == [
        SpendRow(
            day=day, person=who, name=who.title(), capability="generate", charged=Micros(sum_), requests=n
        )
        for day, who, sum_, n in (
            ("2026-02-25", "b", 4, 1),
            ("2026-02-26", "a", 4, 1),
            ("2026-02-26", "b", 8, 2),
        )
    ]
    assert len(await store.spending("test:1", since=midnight)) == 2
    assert await store.spending("test:2", since=0) == []


async def test_spending_calls_a_person_by_the_newest_name_of_the_day(world: World) -> None:
    store = await world.open()
    for name, created in (("Zed", NOON), ("Ada", NOON + 1), ("Mid", NOON - HOUR)):
        actor = replace(MIA, name=name)
        row = await accepted(store, a_request(actor=actor, created_at=created))
        await settle(store, await reserve(store, row, 5), 4)
    [found] = await store.spending("test:1", since=0)
    assert (found.name, found.named_at, found.charged, found.requests) == ("Ada", NOON + 1, 12, 3)


async def test_entries_come_oldest_first_from_a_time_on(world: World) -> None:
    store = await world.open()
    for _ in range(3):
        await reserve(store, await accepted(store), 1)
        world.clock.moment += HOUR
    assert [entry.at async for entry in store.entries()] == [NOON, NOON + HOUR, NOON + 2 * HOUR]
    assert [entry.at async for entry in store.entries(since=NOON + 1)] == [NOON + HOUR, NOON + 2 * HOUR]


async def test_the_ledger_survives_a_restart(world: World) -> None:
    store = await world.open()
    budget = await store.set_budget(a_budget(10), by="a")
    held = await reserve(store, await accepted(store), cents(6))
    before = [entry async for entry in store.entries()]
    await store.close()
    again = await world.open()
    assert [entry async for entry in again.entries()] == before
    assert await figures(again) == [("account:test:1", 0, cents(6), 0), (budget.id, 0, cents(6), 0)]
    await settle(again, held, cents(6))
    assert await again.verify() == []


class Database:
    """Plain SQL on the world's database."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def run(self, sql: str) -> None:
        """Run one statement, as an operator with a client would."""
        if self._world.kind == "postgres":
            import asyncpg

            connection = await asyncpg.connect(self._world.url)
            try:
                await connection.execute(sql)
            finally:
                await connection.close()
        else:
            with sqlite3.connect(self._world.file) as plain:
                plain.execute(sql)
            plain.close()


@pytest.fixture
def database(world: World) -> Database:
    """Skips for the model, which has no SQL."""
    if world.kind == "memory":
        pytest.skip("the model has no SQL")
    return Database(world)


@pytest.mark.parametrize("sql", ["UPDATE entries SET held = 0", "DELETE FROM entries"])
async def test_the_database_itself_refuses_to_change_the_ledger(
    world: World, database: Database, sql: str
) -> None:
    store = await world.open()
    await reserve(store, await accepted(store), 5)
    with pytest.raises(Exception, match="append-only"):
        await database.run(sql)
    assert await store.verify() == []


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("UPDATE balances SET spent = spent + 1", "balance account:test:1/0"),
        ("UPDATE balances SET held = 0", "balance account:test:1/0"),
        ("UPDATE balances SET granted = 1", "balance account:test:1/0"),
        ("DELETE FROM balances", "balance account:test:1/0"),
        ("UPDATE requests SET hold = 4", "request {id} on balance account:test:1/0"),
        ("UPDATE requests SET charged = 1", "request {id} on balance account:test:1/0"),
        ("UPDATE requests SET id = 'x'", "request x"),
    ],
)
async def test_verify_names_what_does_not_add_up(
    world: World, database: Database, sql: str, where: str
) -> None:
    store = await world.open()
    row = await reserve(store, await accepted(store), 5)
    assert await store.verify() == []
    await database.run(sql)
    assert where.format(id=row.id) in [difference.where for difference in await store.verify()]
