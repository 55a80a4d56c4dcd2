"""What every Store promises about money: holds, settlements, windows, and a ledger that explains itself."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.core.audit.entries import OPERATOR
from bot.core.errors import BudgetExceeded, NotFound
from bot.core.ledger import EVERYONE, INSTALLATION, Budget, Kind, Scope
from bot.core.money import ZERO, Micros
from bot.core.ports.for_adapters import SpendRow
from bot.core.ports.store import Release, Reserve, Settle, Store
from bot.core.request import Actor, State
from bot.core.windows import Window
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
    """Every binding budget, with spent, held and granted."""
    lines = await store.lines(actor)
    return [(x.budget.id, x.spent, x.held, x.granted) for x in lines]


async def books(store: Store, tenant: str = "test:1") -> Budget:
    """A limit beyond everybody's reach, so that a tenant's balance can be read."""
    return await store.set_budget(
        replace(a_budget(0, tenant=tenant, window=Window.TOTAL), limit=Micros(2**62)), by=OPERATOR
    )


@pytest.mark.parametrize("replicas", [1, 2])
async def test_twenty_of_two_hundred_fit_a_dollar_at_five_cents(world: World, replicas: int) -> None:
    stores = [await world.open() for _ in range(replicas)]
    budget = await stores[0].set_budget(a_budget(100), by=OPERATOR)
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
    assert await figures(stores[0]) == [(budget.id, 1_000_000, 0, 0)]
    assert await stores[-1].verify() == []


async def test_a_refused_reservation_leaves_no_trace_in_any_budget(store: Store) -> None:
    wide = await store.set_budget(a_budget(100), by=OPERATOR)
    tight = await store.set_budget(a_budget(3, Scope.PERSON, "test:mia", window=Window.MONTH), by=OPERATOR)
    request = await accepted(store)
    with pytest.raises(BudgetExceeded) as caught:
        await reserve(store, request, cents(4))
    march = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) * 1_000_000
    assert (caught.value.budget_id, caught.value.left, caught.value.resets_at) == (tight.id, cents(3), march)
    assert caught.value.scope == Scope.PERSON
    assert await store.get(request.id) == request
    assert await figures(store) == [(wide.id, 0, 0, 0), (tight.id, 0, 0, 0)]
    assert [entry async for entry in store.entries()] == []


async def test_a_hold_becomes_spending_and_the_row_says_so(store: Store) -> None:
    budget = await store.set_budget(a_budget(10), by=OPERATOR)
    held = await reserve(store, await accepted(store), cents(5))
    assert (held.hold, held.charged) == (cents(5), None)
    assert await figures(store) == [(budget.id, 0, cents(5), 0)]
    settled = await settle(store, held, cents(4))
    assert (settled.hold, settled.charged, settled.overrun) == (ZERO, cents(4), ZERO)
    assert await store.get(held.id) == settled
    assert await figures(store) == [(budget.id, cents(4), 0, 0)]
    kinds = [(entry.kind, entry.held, entry.spent, entry.request_id) async for entry in store.entries()]
    assert kinds == [
        (Kind.RESERVE, cents(5), 0, held.id),
        (Kind.SETTLE, -cents(5), cents(4), held.id),
    ]


async def test_an_overrun_is_booked_as_it_is_and_seen_by_the_next(store: Store) -> None:
    await store.set_budget(a_budget(10), by=OPERATOR)
    settled = await settle(store, await reserve(store, await accepted(store), cents(5)), cents(12))
    assert (settled.charged, settled.overrun) == (cents(12), cents(7))
    assert [entry.overrun async for entry in store.entries()] == [0, cents(7)]
    assert [line.left for line in await store.lines(MIA)] == [-cents(2)]
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store), 1)
    assert await store.verify() == []


async def test_a_release_gives_the_hold_back_once(store: Store) -> None:
    await store.set_budget(a_budget(10), by=OPERATOR)
    gone = await release(store, await reserve(store, await accepted(store), cents(10)))
    assert (gone.hold, gone.charged) == (ZERO, None)
    again = await go(store, gone, State.CANCELLED, posting=Release())
    assert again.hold == ZERO
    assert [line.held for line in await store.lines(MIA)] == [0]
    never = await go(store, await accepted(store), State.CANCELLED, posting=Release())
    assert never.hold == ZERO
    assert [entry.kind async for entry in store.entries()].count(Kind.RELEASE) == 1


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
    all_of_it = await books(store)
    row = await reserve(store, await accepted(store), 5)
    with pytest.raises(ValueError):
        await go(store, row, State.RESERVED, posting=Reserve(hold=Micros(5)))
    assert await figures(store) == [(all_of_it.id, 0, 5, 0)]
    await settle(store, row, 5)
    with pytest.raises(ValueError):
        await go(store, row, State.SETTLED, posting=Reserve(hold=Micros(5)))


async def test_a_hold_that_was_given_back_may_be_taken_again_at_the_first_ones_moment(world: World) -> None:
    store = await world.open()
    day = await store.set_budget(a_budget(10), by=OPERATOR)
    month = await store.set_budget(a_budget(10, window=Window.MONTH), by=OPERATOR)
    row = await reserve(store, await accepted(store), cents(4))
    for hours, hold in ((1, 5), (20, 6)):
        world.clock.moment += hours * HOUR
        row = await go(store, row, State.PRICED, posting=Release())
        assert row.hold == 0
        row = await reserve(store, row, cents(hold))
    assert await figures(store) == [(day.id, 0, cents(6), 0), (month.id, 0, cents(6), 0)]
    await settle(store, row, cents(6))
    entries = [(entry.kind, entry.round, entry.held, entry.moment) async for entry in store.entries()]
    assert entries == [
        (Kind.RESERVE, 1, cents(4), NOON),
        (Kind.RELEASE, 1, -cents(4), NOON),
        (Kind.RESERVE, 2, cents(5), NOON),
        (Kind.RELEASE, 2, -cents(5), NOON),
        (Kind.RESERVE, 3, cents(6), NOON),
        (Kind.SETTLE, 3, -cents(6), NOON),
    ]
    assert await figures(store) == [(day.id, 0, 0, 0), (month.id, cents(6), 0, 0)]
    assert await store.verify() == []


async def test_amounts_are_exact_beyond_what_a_float_holds(store: Store) -> None:
    await books(store)
    hold, cost = 2**53 + 1, 2**61 + 1
    row = await settle(store, await reserve(store, await accepted(store), hold), cost)
    assert (row.charged, row.overrun) == (cost, cost - hold)
    assert await store.get(row.id) == row
    assert [(entry.held, entry.spent) async for entry in store.entries()] == [(hold, 0), (-hold, cost)]
    [line] = await store.lines(row.actor)
    assert (line.spent, line.held) == (cost, 0)
    assert await store.verify() == []


@pytest.mark.parametrize("posting", [Reserve(hold=Micros(-1)), Settle(cost=Micros(-1))])
async def test_amounts_are_not_negative(store: Store, posting: Reserve | Settle) -> None:
    row = await accepted(store)
    with pytest.raises(ValueError):
        await go(store, row, State.PRICED, posting=posting)


async def test_what_costs_nothing_is_held_and_settled_too(store: Store) -> None:
    await store.set_budget(a_budget(0), by=OPERATOR)
    free = await settle(store, await reserve(store, await accepted(store), 0), 0)
    assert (free.charged, free.hold, free.overrun) == (0, 0, 0)
    assert await store.verify() == []


async def test_a_cost_without_a_hold_is_booked_everywhere_all_the_same(store: Store) -> None:
    budget = await store.set_budget(a_budget(10), by=OPERATOR)
    row = await go(store, await accepted(store), State.CANCELLED, posting=Settle(cost=cents(3)))
    assert (row.charged, row.overrun) == (cents(3), cents(3))
    assert await figures(store) == [(budget.id, cents(3), 0, 0)]
    assert await store.verify() == []


# windows


async def test_a_cost_counts_in_the_windows_of_its_hold_and_an_open_hold_in_all(world: World) -> None:
    store = await world.open()
    await store.set_budget(a_budget(20), by=OPERATOR)
    await store.set_budget(a_budget(50, window=Window.MONTH), by=OPERATOR)
    held = await reserve(store, await accepted(store), cents(8))
    world.clock.moment += DAY
    assert [x.held for x in await store.lines(MIA)] == [cents(8), cents(8)]
    await reserve(store, await accepted(store), cents(9))
    await settle(store, held, cents(6))
    assert [(x.spent, x.held) for x in await store.lines(MIA)] == [(0, cents(9)), (cents(6), cents(9))]
    assert await store.verify() == []


async def test_a_clock_that_lags_never_turns_a_window_back(world: World) -> None:
    store = await world.open()
    await store.set_budget(a_budget(10), by=OPERATOR)
    world.clock.moment = NOON + 12 * HOUR + 1
    await settle(store, await reserve(store, await accepted(store), cents(7)), cents(7))
    world.clock.moment = NOON + 12 * HOUR - 1
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store), cents(4))
    await settle(store, await reserve(store, await accepted(store), cents(3)), cents(3))
    world.clock.moment = NOON + 12 * HOUR + 2
    assert [x.spent for x in await store.lines(MIA)] == [cents(7)]
    assert await store.verify() == []


async def test_windows_follow_the_tenants_clock_but_the_installations_is_utc(world: World) -> None:
    store = await world.open()
    await store.change_tenant("test:1", lambda now: replace(now, zone="Pacific/Auckland"), by=OPERATOR)
    world.clock.moment += 21 * DAY
    own = await store.set_budget(a_budget(10, window=Window.WEEK), by=OPERATOR)
    common = await store.set_budget(a_budget(10, Scope.INSTALLATION, tenant=INSTALLATION), by=OPERATOR)
    lines = {line.budget.id: line for line in await store.lines(MIA)}
    monday = int(datetime(2026, 3, 22, 11, tzinfo=UTC).timestamp()) * 1_000_000
    assert lines[own.id].resets_at == monday
    assert lines[common.id].resets_at == NOON + 21 * DAY + 12 * HOUR


@pytest.mark.parametrize("window", [Window.DAY, Window.WEEK, Window.MONTH])
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Asia/Kathmandu", "Pacific/Pago_Pago"])
async def test_another_time_zone_resets_nothing(world: World, window: Window, zone: str) -> None:
    store = await world.open()
    await store.set_budget(a_budget(10, window=window), by=OPERATOR)
    await settle(store, await reserve(store, await accepted(store), cents(10)), cents(10))
    [before] = await store.lines(MIA)
    await store.change_tenant("test:1", lambda now: replace(now, zone=zone), by=OPERATOR)
    assert await store.lines(MIA) == [before]
    assert before.resets_at is not None
    world.clock.moment = before.resets_at - 1
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store), 1)
    world.clock.moment = before.resets_at
    [after] = await store.lines(MIA)
    assert (after.spent, after.left) == (0, cents(10))
    assert after.resets_at is not None
    nominal = {Window.DAY: 1, Window.WEEK: 7, Window.MONTH: 30}[window] * DAY
    assert nominal // 2 <= after.resets_at - before.resets_at <= nominal * 3 // 2 + DAY
    assert await store.verify() == []


# budgets


async def test_the_installations_budget_binds_all_tenants_together(store: Store) -> None:
    common = await store.set_budget(a_budget(10, Scope.INSTALLATION, tenant=INSTALLATION), by=OPERATOR)
    await reserve(store, await accepted(store, a_request(tenant="test:1")), cents(6))
    with pytest.raises(BudgetExceeded) as caught:
        await reserve(store, await accepted(store, a_request(tenant="test:2")), cents(6))
    assert caught.value.budget_id == common.id
    assert [line.budget.id for line in await store.budgets("test:2")] == [common.id]
    assert [line.budget.id for line in await store.budgets(INSTALLATION)] == [common.id]


async def test_a_default_counts_for_each_person_and_an_exempt_role_is_free_of_it(store: Store) -> None:
    default = await store.set_budget(a_budget(10, Scope.PERSON, EVERYONE), by=OPERATOR)
    await store.change_tenant("test:1", lambda now: replace(now, exempt_roles=("staff",)), by=OPERATOR)
    await reserve(store, await accepted(store, a_request("test:mia")), cents(10))
    await reserve(store, await accepted(store, a_request("test:bo")), cents(10))
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store, a_request("test:bo")), 1)
    staff = replace(MIA, roles=("staff",))
    await reserve(store, await accepted(store, a_request(actor=staff)), cents(99))
    [line] = await store.budgets("test:1")
    assert (line.budget, line.spent, line.held) == (default, 0, 0)


async def test_three_roles_are_not_three_allowances_of_one_person(store: Store) -> None:
    for role in ("a", "b", "c"):
        await store.set_budget(a_budget(20, Scope.ROLE, role), by=OPERATOR)
    for _ in range(2):
        row = await accepted(store, a_request(actor=replace(MIA, roles=("a",))))
        await settle(store, await reserve(store, row, cents(6.7)), cents(6.7))
    for role in ("a", "b", "c"):
        row = await accepted(store, a_request(actor=replace(MIA, roles=(role,))))
        with pytest.raises(BudgetExceeded) as caught:
            await reserve(store, row, cents(6.7))
        assert (caught.value.scope, caught.value.left) == (Scope.ROLE, cents(20) - 2 * cents(6.7))
    assert await store.verify() == []


async def test_a_roles_month_takes_the_place_of_everyones_day(store: Store) -> None:
    await store.set_budget(a_budget(5, Scope.PERSON, EVERYONE), by=OPERATOR)
    month = await store.set_budget(a_budget(60, Scope.ROLE, "artist", window=Window.MONTH), by=OPERATOR)
    await settle(store, await reserve(store, await accepted(store), cents(4)), cents(4))
    artist = replace(MIA, roles=("artist",))
    await reserve(store, await accepted(store, a_request(actor=artist)), cents(50))
    assert await figures(store, artist) == [(month.id, cents(4), cents(50), 0)]
    with pytest.raises(BudgetExceeded) as caught:
        await reserve(store, await accepted(store, a_request(actor=artist)), cents(7))
    assert caught.value.budget_id == month.id


@pytest.mark.parametrize(
    ("scope", "subject"),
    [
        (Scope.INSTALLATION, ""),
        (Scope.TENANT, ""),
        (Scope.CHANNEL, "test:c"),
        (Scope.ROLE, "artist"),
        (Scope.PERSON, "test:mia"),
        (Scope.PERSON, EVERYONE),
    ],
)
@pytest.mark.parametrize("window", list(Window))
async def test_a_limit_set_late_knows_what_was_spent_before(
    store: Store, scope: Scope, subject: str, window: Window
) -> None:
    artist = replace(MIA, roles=("artist",))
    await settle(store, await reserve(store, await accepted(store, a_request(actor=artist)), 9), cents(6))
    held = await reserve(store, await accepted(store, a_request(actor=artist)), cents(3))
    tenant = INSTALLATION if scope is Scope.INSTALLATION else "test:1"
    late = await store.set_budget(a_budget(10, scope, subject, tenant=tenant, window=window), by=OPERATOR)
    assert await figures(store, artist) == [(late.id, cents(6), held.hold, 0)]
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store, a_request(actor=artist)), cents(2))


async def test_a_months_budget_in_place_of_a_used_up_day_does_not_begin_at_zero(store: Store) -> None:
    day = await store.set_budget(a_budget(10), by=OPERATOR)
    await settle(store, await reserve(store, await accepted(store), cents(10)), cents(10))
    await store.remove_budget(day.id, by=OPERATOR)
    month = await store.set_budget(a_budget(10, window=Window.MONTH), by=OPERATOR)
    assert await figures(store) == [(month.id, cents(10), 0, 0)]
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store), 1)


async def test_setting_a_budget_again_replaces_its_limit_and_keeps_its_balance(store: Store) -> None:
    first = await store.set_budget(a_budget(10), by=OPERATOR)
    await reserve(store, await accepted(store), cents(6))
    second = await store.set_budget(a_budget(4), by=OPERATOR)
    assert second == replace(first, limit=cents(4))
    [line] = await store.budgets("test:1")
    assert (line.budget, line.left) == (second, -cents(2))
    other = await store.set_budget(a_budget(4, window=Window.WEEK), by=OPERATOR)
    assert {one.budget.id for one in await store.budgets("test:1")} == {first.id, other.id}


async def test_no_limit_is_said_openly_and_with_a_reason(store: Store) -> None:
    with pytest.raises(ValueError):
        await store.set_budget(replace(a_budget(1), limit=None), by=OPERATOR)
    with pytest.raises(ValueError):
        await store.set_budget(replace(a_budget(1), limit=Micros(-1)), by=OPERATOR)
    await store.set_budget(a_budget(1, Scope.PERSON, EVERYONE), by=OPERATOR)
    open_one = replace(a_budget(1, Scope.PERSON, "test:mia"), limit=None, note="no limit, kept from before")
    assert await store.set_budget(open_one, by=OPERATOR) == open_one
    await reserve(store, await accepted(store), cents(99))
    assert await store.lines(MIA) == []
    assert open_one in [line.budget for line in await store.budgets("test:1")]


async def test_a_budget_that_was_removed_comes_back_and_knows_what_was_spent(store: Store) -> None:
    budget = await store.set_budget(a_budget(10), by=OPERATOR)
    held = await reserve(store, await accepted(store), cents(6))
    await store.remove_budget(budget.id, by=OPERATOR)
    await store.remove_budget("none", by=OPERATOR)
    assert await store.lines(MIA) == []
    await settle(store, held, cents(5))
    await settle(store, await reserve(store, await accepted(store), cents(2)), cents(2))
    assert await store.verify() == []
    back = await store.set_budget(a_budget(20), by=OPERATOR)
    [line] = await store.budgets("test:1")
    assert (back.id, line.left) == (budget.id, cents(13))


# grants and corrections


async def test_a_grant_raises_one_subjects_room_in_this_window_only(world: World) -> None:
    store = await world.open()
    default = await store.set_budget(a_budget(1, Scope.PERSON, EVERYONE), by=OPERATOR)
    await store.grant(default, "test:mia", cents(5), by=OPERATOR)
    await reserve(store, await accepted(store), cents(6))
    with pytest.raises(BudgetExceeded):
        await reserve(store, await accepted(store, a_request("test:bo")), cents(2))
    assert await figures(store) == [(default.id, 0, cents(6), cents(5))]
    world.clock.moment += DAY
    assert await figures(store) == [(default.id, 0, cents(6), 0)]
    assert await store.verify() == []


async def test_a_grant_to_a_shared_budget_is_everybodys(store: Store) -> None:
    shared = await store.set_budget(a_budget(1, Scope.CHANNEL, "test:c"), by=OPERATOR)
    whole = await store.set_budget(a_budget(1), by=OPERATOR)
    await asyncio.gather(*(store.grant(whole, "anybody", cents(1), by=OPERATOR) for _ in range(20)))
    await store.grant(shared, "test:c", cents(2), by=OPERATOR)
    assert {(name, granted) for name, _, _, granted in await figures(store)} == {
        (whole.id, cents(20)),
        (shared.id, cents(2)),
    }
    assert {(line.budget.id, line.granted) for line in await store.budgets("test:1")} == {
        (whole.id, cents(20)),
        (shared.id, cents(2)),
    }


async def test_what_was_granted_goes_with_its_budget(store: Store) -> None:
    day = await store.set_budget(a_budget(1), by=OPERATOR)
    await store.grant(day, "", cents(5), by=OPERATOR)
    raised = await store.set_budget(a_budget(2), by=OPERATOR)
    assert await figures(store) == [(raised.id, 0, 0, cents(5))]
    await store.remove_budget(day.id, by=OPERATOR)
    week = await store.set_budget(a_budget(2, window=Window.WEEK), by=OPERATOR)
    assert await figures(store) == [(week.id, 0, 0, 0)]
    back = await store.set_budget(a_budget(1), by=OPERATOR)
    assert {(name, granted) for name, _, _, granted in await figures(store)} == {(back.id, 0), (week.id, 0)}


async def test_a_budget_that_was_removed_takes_no_grant(store: Store) -> None:
    day = await store.set_budget(a_budget(1), by=OPERATOR)
    await store.remove_budget(day.id, by=OPERATOR)
    with pytest.raises(NotFound):
        await store.grant(day, "", cents(5), by=OPERATOR)
    back = await store.set_budget(a_budget(1), by=OPERATOR)
    assert await figures(store) == [(back.id, 0, 0, 0)]


async def test_a_grant_of_a_total_stays(world: World) -> None:
    store = await world.open()
    total = await store.set_budget(a_budget(1, window=Window.TOTAL), by=OPERATOR)
    await store.grant(total, "", cents(5), by=OPERATOR)
    world.clock.moment += 400 * DAY
    assert await figures(store) == [(total.id, 0, 0, cents(5))]


async def test_an_approved_request_counts_for_the_tenant_alone_and_leaves_no_room_behind(
    store: Store,
) -> None:
    tight = await store.set_budget(a_budget(3, Scope.PERSON, "test:mia"), by=OPERATOR)
    place = await store.set_budget(a_budget(3, Scope.CHANNEL, "test:c"), by=OPERATOR)
    wide = await store.set_budget(a_budget(10), by=OPERATOR)
    row = await accepted(store)
    held = await go(store, row, State.RESERVED, posting=Reserve(hold=cents(5), approved=True))
    assert {(name, held_) for name, _, held_, _ in await figures(store)} == {
        (wide.id, cents(5)),
        (tight.id, 0),
        (place.id, 0),
    }
    await settle(store, held, cents(4))
    await store.adjust(held.id, cents(6), by="op")
    assert {(name, spent) for name, spent, _, _ in await figures(store)} == {
        (wide.id, cents(6)),
        (tight.id, 0),
        (place.id, 0),
    }
    with pytest.raises(BudgetExceeded) as caught:
        await reserve(store, await accepted(store), cents(4))
    assert (caught.value.left, {caught.value.budget_id} <= {tight.id, place.id}) == (cents(3), True)
    assert await store.verify() == []


@pytest.mark.parametrize("scope", [Scope.INSTALLATION, Scope.TENANT])
async def test_an_approved_request_needs_room_where_the_operator_limits(store: Store, scope: Scope) -> None:
    tenant = INSTALLATION if scope is Scope.INSTALLATION else "test:1"
    await store.set_budget(a_budget(1, scope, tenant=tenant), by=OPERATOR)
    row = await accepted(store)
    with pytest.raises(BudgetExceeded) as caught:
        await go(store, row, State.RESERVED, posting=Reserve(hold=cents(5), approved=True))
    assert caught.value.scope == scope
    assert await store.get(row.id) == row


async def test_a_closed_request_is_corrected_to_what_the_log_says(world: World) -> None:
    store = await world.open()
    day = await store.set_budget(a_budget(10), by=OPERATOR)
    week = await store.set_budget(a_budget(20, window=Window.WEEK), by=OPERATOR)
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
    assert {name: spent for name, spent, _, _ in await figures(store)} == {
        day.id: cents(1),
        week.id: cents(5),
    }
    assert [entry.moment async for entry in store.entries() if entry.kind is Kind.ADJUST] == [
        NOON,
        NOON,
        NOON + DAY,
        NOON,
    ]
    assert await store.verify() == []


async def test_a_correction_makes_the_row_due_once_in_the_same_write(store: Store) -> None:
    row = await settle(store, await reserve(store, await accepted(store), cents(5)), cents(4))
    row = await go(store, row, State.DELIVERED, due_at=None)
    for truth, due in ((4, False), (7, True)):
        await store.adjust(row.id, cents(truth), by="reconcile", tell=True)
        now = await store.get(row.id)
        assert now is not None
        assert (now.charged, now.charged_from, now.due_at is not None) == (cents(truth), "log", due)
    await store.adjust(row.id, cents(7), by="reconcile", tell=True)
    adjusted = [entry.spent async for entry in store.entries() if entry.kind is Kind.ADJUST]
    assert adjusted == [cents(3)]
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
    await store.change_tenant("test:1", lambda now: replace(now, zone="Asia/Kathmandu"), by=OPERATOR)
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
    budget = await store.set_budget(a_budget(10), by=OPERATOR)
    held = await reserve(store, await accepted(store), cents(6))
    before = [entry async for entry in store.entries()]
    await store.close()
    again = await world.open()
    assert [entry async for entry in again.entries()] == before
    assert await figures(again) == [(budget.id, 0, cents(6), 0)]
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


@pytest.mark.parametrize("sql", ["UPDATE postings SET held = 0", "DELETE FROM postings"])
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
        ("UPDATE subject_balances SET total = total + 1", "balance person/test:1/test:mia"),
        ("UPDATE subject_balances SET day_spent = 1", "balance channel/test:1/test:c"),
        ("UPDATE subject_balances SET week_spent = 1", "balance installation/*"),
        ("UPDATE subject_balances SET month_spent = 1", "balance tenant/test:1"),
        ("UPDATE subject_balances SET held = 0", "balance tenant/test:1"),
        ("DELETE FROM subject_balances WHERE scope = 'person'", "balance person/test:1/test:mia"),
        ("UPDATE requests SET hold = 4", "request {id}"),
        ("UPDATE requests SET charged = 1", "request {id}"),
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


async def test_verify_names_a_conversation_whose_total_is_wrong(world: World, database: Database) -> None:
    store = await world.open()
    await spoken_cost(store, "test:1/thread", cents(3))
    assert await store.verify() == []
    await database.run("UPDATE conversations SET charged = charged + 1")
    assert [one.where for one in await store.verify()] == ["conversation test:1/thread"]


async def test_totals_of_conversations_from_before_are_added_up_once(
    world: World, database: Database
) -> None:
    store = await world.open()
    for thread in ("test:1/a", "test:1/a", "test:1/b"):
        await spoken_cost(store, thread, cents(3))
    await store.close()
    for sql in (
        "DROP INDEX requests_open_in_conversation",
        "DROP INDEX requests_of_message",
        "ALTER TABLE conversations DROP COLUMN charged",
        "DELETE FROM conversations WHERE id = 'test:1/b'",
        "DELETE FROM migrations WHERE number >= 19",
    ):
        await database.run(sql)
    again = await world.open()
    assert await again.verify() == []
    assert await again.conversation_charged("test:1/a") == cents(6)
    assert await again.conversation_charged("test:1/b") == cents(3)


async def spoken_cost(store: Store, conversation: str, cost: Micros) -> None:
    """Something of a conversation that cost this."""
    row = await accepted(store, replace(a_request(), conversation=conversation))
    await settle(store, await reserve(store, row, cost), cost)
