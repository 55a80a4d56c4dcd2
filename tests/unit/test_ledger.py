"""The rules of holds, costs and balances, without storage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import ledger
from bot.core.errors import BudgetExceeded
from bot.core.ledger import (
    COMMON,
    Balance,
    Budget,
    BudgetLine,
    Entry,
    Kind,
    RunningSpend,
    Scope,
    Subject,
    WindowStarts,
)
from bot.core.money import Micros
from bot.core.windows import Window

MIA = Subject(Scope.PERSON, "t", "mia")


def line(
    limit: int | None, *, spent: int = 0, held: int = 0, granted: int = 0, name: str = "b"
) -> BudgetLine:
    budget = Budget(
        id=name,
        tenant="t",
        scope=Scope.PERSON,
        subject="mia",
        window=Window.DAY,
        limit=None if limit is None else Micros(limit),
    )
    return BudgetLine(
        budget=budget, spent=Micros(spent), held=Micros(held), granted=Micros(granted), resets_at=7
    )


def opening(hold: int, *, moment: int = 100, approved: bool = False) -> Entry:
    return Entry(
        kind=Kind.RESERVE,
        request_id="q",
        moment=moment,
        tenant="t",
        channel="c",
        person="mia",
        held=Micros(hold),
        approved=approved,
        by="mia",
    )


def test_a_request_counts_for_five_subjects_and_an_approved_one_for_three() -> None:
    common = [COMMON, Subject(Scope.TENANT, "t"), Subject(Scope.EVERYWHERE, "*", "mia")]
    assert opening(1).subjects == [*common, Subject(Scope.CHANNEL, "t", "c"), MIA]
    assert replace(opening(1), channel="").subjects == [*common, MIA]
    assert opening(1, approved=True).subjects == common


def test_a_hold_fits_to_the_last_micro() -> None:
    lines = [line(None), line(100, spent=30, held=30), line(50, spent=90, granted=80, name="c")]
    assert ledger.reserve(lines, opening(40)) == opening(40)
    with pytest.raises(BudgetExceeded) as caught:
        ledger.reserve(lines, opening(41))
    assert (caught.value.left, caught.value.resets_at, caught.value.scope) == (40, 7, "person")


def test_the_tightest_budget_is_the_one_named() -> None:
    lines = [line(100, name="wide"), line(5, name="tight"), line(20, name="middle"), line(None, name="open")]
    assert ledger.tightest(lines) == lines[1]
    with pytest.raises(BudgetExceeded) as caught:
        ledger.check(lines, Micros(200))
    assert caught.value.budget_id == "tight"


def test_a_budget_that_nobody_here_can_raise_is_named_before_a_tighter_one() -> None:
    own = line(20, name="own")
    own = replace(own, budget=replace(own.budget, scope=Scope.INSTALLATION))
    with pytest.raises(BudgetExceeded) as caught:
        ledger.check([line(5, name="tight"), own], Micros(200))
    assert (caught.value.budget_id, caught.value.scope) == ("own", Scope.INSTALLATION)
    with pytest.raises(BudgetExceeded) as caught:
        ledger.check([line(5, name="tight"), own], Micros(10))
    assert (caught.value.budget_id, caught.value.scope) == ("tight", Scope.PERSON)


@pytest.mark.parametrize("scope", list(Scope))
def test_what_was_approved_needs_room_in_the_operators_budgets_only(scope: Scope) -> None:
    tight = replace(line(1), budget=replace(line(1).budget, scope=scope))
    if scope in (Scope.INSTALLATION, Scope.TENANT, Scope.EVERYWHERE):
        with pytest.raises(BudgetExceeded):
            ledger.reserve([tight], opening(2, approved=True))
    else:
        assert ledger.reserve([tight], opening(2, approved=True)).held == 2


HOLDS = st.integers(0, 10**12)


@given(HOLDS, HOLDS, st.integers(-(10**12), 10**12))
def test_every_ending_takes_the_hold_out_and_books_the_cost(hold: int, cost: int, difference: int) -> None:
    start = Balance(subject=MIA)
    first = opening(hold)
    settled, released = ledger.settle(first, Micros(cost)), ledger.release(first)
    adjusted = ledger.adjust(first, Micros(difference), by="op")
    now = WindowStarts(50, 40, 30)
    held = ledger.post(start, first, now)
    assert (held.held, held.total, held.day) == (hold, 0, RunningSpend(50))
    assert ledger.post(held, released) == replace(held, held=Micros(0))
    spent = ledger.post(held, settled)
    assert (spent.held, spent.total) == (0, cost)
    assert (spent.day, spent.week, spent.month) == (
        RunningSpend(50, Micros(cost)),
        RunningSpend(40, Micros(cost)),
        RunningSpend(30, Micros(cost)),
    )
    assert settled.overrun == max(0, cost - hold)
    assert (adjusted.held, adjusted.overrun, adjusted.by) == (0, 0, "op")
    assert ledger.post(spent, adjusted).month == RunningSpend(30, Micros(cost + difference))


def test_a_cost_counts_where_the_window_contains_its_moment() -> None:
    cost = ledger.settle(opening(0, moment=100), Micros(7))
    after = ledger.post(Balance(subject=MIA), cost, WindowStarts(101, 100, 30))
    assert (after.day, after.week, after.month, after.total) == (
        RunningSpend(101),
        RunningSpend(100, Micros(7)),
        RunningSpend(30, Micros(7)),
        7,
    )


def test_windows_roll_forward_only() -> None:
    later = Balance(subject=MIA, day=RunningSpend(200, Micros(5)), week=RunningSpend(90, Micros(6)))
    cost = ledger.settle(opening(0, moment=150), Micros(1))
    after = ledger.post(later, cost, WindowStarts(100, 110, 30))
    assert after.day == RunningSpend(200, Micros(5)), "the clock that wrote this lags behind"
    assert after.week == RunningSpend(110, Micros(1))
    assert ledger.post(later, cost).week == RunningSpend(90, Micros(7)), "a closing leaves the windows"


@pytest.mark.parametrize("window", list(Window))
def test_an_old_window_has_nothing_in_the_new_one(window: Window) -> None:
    filled = RunningSpend(100, Micros(3))
    balance = Balance(subject=MIA, total=Micros(3), day=filled, week=filled, month=filled)
    assert balance.spent(window, 100) == balance.spent(window, 99) == 3
    assert balance.spent(window, 101) == (3 if window is Window.TOTAL else 0)
