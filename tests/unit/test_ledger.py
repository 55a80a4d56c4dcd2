"""The rules of budgets, without storage."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import ledger
from bot.core.errors import BudgetExceeded
from bot.core.ledger import (
    EVERYONE,
    INSTALLATION,
    Balance,
    BalanceKey,
    Budget,
    Entry,
    Kind,
    Line,
    Scope,
    Window,
    account_of,
    applicable,
    window_bounds,
)
from bot.core.money import ZERO, Micros
from bot.core.request import Actor

MIA = Actor(tenant="t", person="mia", channel="c", roles=("r1", "r2"))


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


def budget(
    name: str, scope: Scope, subject: str = "", *, limit: int = 10, window: Window = Window.DAY
) -> Budget:
    return Budget(id=name, tenant="t", scope=scope, subject=subject, window=window, limit=Micros(limit))


def line(limit: int | None, *, spent: int = 0, held: int = 0, granted: int = 0, name: str = "b") -> Line:
    key = BalanceKey(budget_id=name, subject="", window_start=0)
    balance = Balance(key=key, spent=Micros(spent), held=Micros(held), granted=Micros(granted))
    of = replace(budget(name, Scope.TENANT), limit=None if limit is None else Micros(limit))
    return Line(budget=of, balance=balance, resets_at=7)


# windows


@pytest.mark.parametrize(
    ("window", "moment", "zone", "start", "end"),
    [
        (Window.DAY, "2026-02-25T00:00", "UTC", "2026-02-25T00:00", "2026-02-26T00:00"),
        (Window.DAY, "2026-03-29T12:00", "Europe/Berlin", "2026-03-29T00:00", "2026-03-30T00:00"),
        (Window.DAY, "2026-10-25T23:59", "Europe/Berlin", "2026-10-25T00:00", "2026-10-26T00:00"),
        (Window.DAY, "2026-02-25T23:59", "Asia/Kathmandu", "2026-02-25T00:00", "2026-02-26T00:00"),
        (Window.WEEK, "2026-03-01T23:00", "UTC", "2026-02-23T00:00", "2026-03-02T00:00"),
        (Window.WEEK, "2026-03-02T00:00", "UTC", "2026-03-02T00:00", "2026-03-09T00:00"),
        (Window.WEEK, "2026-04-01T00:00", "Europe/Berlin", "2026-03-30T00:00", "2026-04-06T00:00"),
        (Window.MONTH, "2026-02-28T12:00", "UTC", "2026-02-01T00:00", "2026-03-01T00:00"),
        (Window.MONTH, "2026-12-31T23:59", "Pacific/Auckland", "2026-12-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_windows_are_the_wall_clocks(window: Window, moment: str, zone: str, start: str, end: str) -> None:
    assert window_bounds(window, at(moment, zone), zone) == (at(start, zone), at(end, zone))


def test_a_day_that_loses_an_hour_is_short() -> None:
    start, end = window_bounds(Window.DAY, at("2026-03-29T12:00", "Europe/Berlin"), "Europe/Berlin")
    assert end is not None
    assert (end - start) // 3_600_000_000 == 23


def test_a_total_never_ends() -> None:
    assert window_bounds(Window.TOTAL, 123, "UTC") == (0, None)


ZONES = st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"])
MOMENTS = st.integers(at("2020-01-01T00:00", "UTC"), at("2037-01-01T00:00", "UTC"))


@given(st.sampled_from([Window.DAY, Window.WEEK, Window.MONTH]), MOMENTS, ZONES)
def test_every_moment_lies_in_its_window_and_windows_touch(window: Window, now: int, zone: str) -> None:
    start, end = window_bounds(window, now, zone)
    assert end is not None
    assert start <= now < end
    assert window_bounds(window, start, zone) == (start, end)
    assert window_bounds(window, end, zone)[0] == end
    assert window_bounds(window, start - 1, zone)[1] == start


# who is bound


def test_the_account_comes_first_and_bars_nothing() -> None:
    assert applicable([], MIA) == [(account_of("t"), "")]
    assert line(None, spent=10**12).left is None


@pytest.mark.parametrize(
    ("scope", "subject", "counted"),
    [
        (Scope.TENANT, "", ""),
        (Scope.INSTALLATION, "", ""),
        (Scope.CHANNEL, "c", "c"),
        (Scope.CHANNEL, "other", None),
        (Scope.ROLE, "r1", "mia"),
        (Scope.ROLE, "other", None),
        (Scope.PERSON, "mia", "mia"),
        (Scope.PERSON, "bo", None),
        (Scope.PERSON, EVERYONE, "mia"),
    ],
)
def test_a_budget_binds_its_scope(scope: Scope, subject: str, counted: str | None) -> None:
    one = budget("b", scope, subject)
    found = applicable([one], MIA)[1:]
    assert found == ([] if counted is None else [(one, counted)])


def test_the_best_role_counts_and_a_default_only_where_there_is_nothing_nearer() -> None:
    poor, rich = budget("r1", Scope.ROLE, "r1", limit=5), budget("r2", Scope.ROLE, "r2", limit=9)
    default = budget("d", Scope.PERSON, EVERYONE)
    monthly = budget("m", Scope.PERSON, EVERYONE, window=Window.MONTH)
    own = budget("o", Scope.PERSON, "mia")
    assert [one.id for one, _ in applicable([poor, rich, default, monthly], MIA)[1:]] == ["r2", "m"]
    assert [one.id for one, _ in applicable([own, default, monthly], MIA)[1:]] == ["o", "m"]


def test_an_exempt_actor_is_bound_by_what_binds_all() -> None:
    budgets = [
        budget("p", Scope.PERSON, "mia"),
        budget("c", Scope.CHANNEL, "c"),
        budget("t", Scope.TENANT),
        replace(budget("i", Scope.INSTALLATION), tenant=INSTALLATION),
    ]
    assert [one.id for one, _ in applicable(budgets, MIA, exempt=True)[1:]] == ["t", "i"]


# postings


def test_a_hold_fits_to_the_last_micro() -> None:
    lines = [line(None), line(100, spent=30, held=30), line(50, spent=90, granted=80, name="c")]
    assert [one.held for one in ledger.reserve(lines, Micros(40), request_id="q", by="mia")] == [40, 40, 40]
    with pytest.raises(BudgetExceeded) as caught:
        ledger.reserve(lines, Micros(41), request_id="q", by="mia")
    assert (caught.value.left, caught.value.resets_at) == (40, 7)


def test_the_tightest_budget_is_the_one_named() -> None:
    lines = [line(100, name="wide"), line(5, name="tight"), line(20, name="middle")]
    with pytest.raises(BudgetExceeded) as caught:
        ledger.reserve(lines, Micros(200), request_id="q", by="mia")
    assert caught.value.budget_id == "tight"


def test_a_budget_that_nobody_here_can_raise_is_named_before_a_tighter_one() -> None:
    own = line(20, name="own")
    own = replace(own, budget=replace(own.budget, scope=Scope.INSTALLATION))
    with pytest.raises(BudgetExceeded) as caught:
        ledger.reserve([line(5, name="tight"), own], Micros(200), request_id="q", by="mia")
    assert (caught.value.budget_id, caught.value.scope) == ("own", Scope.INSTALLATION)
    with pytest.raises(BudgetExceeded) as caught:
        ledger.reserve([line(5, name="tight"), own], Micros(10), request_id="q", by="mia")
    assert (caught.value.budget_id, caught.value.scope) == ("tight", Scope.TENANT)


HOLDS = st.integers(0, 10**12)


@given(HOLDS, HOLDS, st.integers(-(10**12), 10**12))
def test_every_ending_takes_the_hold_out_and_books_the_cost(hold: int, cost: int, difference: int) -> None:
    start = Balance(key=BalanceKey(budget_id="b", subject="", window_start=0))
    [opened] = ledger.reserve([line(None)], Micros(hold), request_id="q", by="mia")
    held = ledger.post(start, opened)
    [settled] = ledger.settle([opened], Micros(cost))
    [released] = ledger.release([opened])
    [adjusted] = ledger.adjust([opened], Micros(difference), by="op")
    assert held == replace(start, held=Micros(hold))
    assert ledger.post(held, released) == start
    assert ledger.post(held, settled) == replace(start, spent=Micros(cost))
    assert settled.overrun == max(0, cost - hold)
    assert ledger.post(ledger.post(held, settled), adjusted).spent == cost + difference


def test_a_grant_goes_where_room_is_lacking_and_never_to_the_operators_budget() -> None:
    lines = [line(None), line(3, name="tight"), line(5, name="enough")]
    [entry] = ledger.grant(lines, Micros(5), request_id="q", by="ada")
    assert (entry.key.budget_id, entry.kind, entry.granted) == ("tight", Kind.GRANT, 5)
    own = line(3, name="own")
    own = replace(own, budget=replace(own.budget, scope=Scope.INSTALLATION))
    with pytest.raises(BudgetExceeded):
        ledger.grant([own], Micros(5), request_id="q", by="ada")


def test_an_entry_posts_all_three_figures() -> None:
    key = BalanceKey(budget_id="b", subject="", window_start=0)
    entry = Entry(key=key, kind=Kind.ADJUST, held=Micros(1), spent=Micros(2), granted=Micros(3))
    balance = ledger.post(Balance(key=key, held=ZERO), entry)
    assert (balance.held, balance.spent, balance.granted) == (1, 2, 3)
