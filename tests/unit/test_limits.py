"""Which budgets bind a person, and why the others do not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.ledger import (
    EVERYONE,
    GUESTS,
    INSTALLATION,
    Balance,
    Budget,
    GivenBy,
    Grant,
    RunningSpend,
    Scope,
    Subject,
    describe,
)
from bot.core.limits import Reason, Rules, binding, explain, grant, monthly, subject_of
from bot.core.money import Micros
from bot.core.request import Actor
from bot.core.tenant import Tenant
from bot.core.windows import Window, ZoneHistory

MIA = Actor(tenant="t", person="mia", channel="c", roles=("r1", "r2"))
PLACE = Tenant(id="t", exempt_roles=("staff",))
NOON = 1_772_020_800_000_000
HOUR = 3_600_000_000


def budget(
    name: str, scope: Scope, subject: str = "", *, limit: int | None = 10, window: Window = Window.DAY
) -> Budget:
    return Budget(
        id=name,
        tenant=INSTALLATION if scope is Scope.INSTALLATION else "t",
        scope=scope,
        subject=subject,
        window=window,
        limit=None if limit is None else Micros(limit),
    )


def reasons(*budgets: Budget, actor: Actor = MIA) -> dict[str, Reason]:
    return {one.budget.id: one.reason for one in explain(budgets, actor, PLACE)}


def bound(*budgets: Budget, actor: Actor = MIA) -> list[str]:
    return [one.id for one in binding(budgets, actor, PLACE)]


@pytest.mark.parametrize(
    ("scope", "subject", "reason", "counted"),
    [
        (Scope.TENANT, "", Reason.ALWAYS, Subject(Scope.TENANT, "t")),
        (Scope.INSTALLATION, "", Reason.ALWAYS, Subject(Scope.INSTALLATION, "*")),
        (Scope.CHANNEL, "c", Reason.THIS_CHANNEL, Subject(Scope.CHANNEL, "t", "c")),
        (Scope.CHANNEL, "other", Reason.OTHER_CHANNEL, Subject(Scope.CHANNEL, "t", "other")),
        (Scope.ROLE, "r1", Reason.ROLE, Subject(Scope.PERSON, "t", "mia")),
        (Scope.ROLE, "other", Reason.ROLE_NOT_HELD, Subject(Scope.PERSON, "t", "mia")),
        (Scope.PERSON, "mia", Reason.OWN, Subject(Scope.PERSON, "t", "mia")),
        (Scope.PERSON, "bo", Reason.OTHER_PERSON, Subject(Scope.PERSON, "t", "mia")),
        (Scope.PERSON, EVERYONE, Reason.EVERYONE, Subject(Scope.PERSON, "t", "mia")),
    ],
)
def test_one_budget_alone(scope: Scope, subject: str, reason: Reason, counted: Subject) -> None:
    one = budget("b", scope, subject)
    assert reasons(one) == {"b": reason}
    assert subject_of(one, "mia") == counted
    binds = reason in (Reason.ALWAYS, Reason.THIS_CHANNEL, Reason.OWN, Reason.ROLE, Reason.EVERYONE)
    assert bound(one) == (["b"] if binds else [])


def test_the_first_level_that_exists_is_the_only_one_in_every_window() -> None:
    own = budget("own", Scope.PERSON, "mia", window=Window.MONTH, limit=900)
    role = budget("role", Scope.ROLE, "r1", window=Window.WEEK)
    default = budget("default", Scope.PERSON, EVERYONE)
    total = budget("total", Scope.PERSON, EVERYONE, window=Window.TOTAL)
    assert reasons(default, total) == {"default": Reason.EVERYONE, "total": Reason.EVERYONE}
    assert reasons(role, default, total) == {
        "role": Reason.ROLE,
        "default": Reason.ROLE_COMES_FIRST,
        "total": Reason.ROLE_COMES_FIRST,
    }
    assert reasons(own, role, default, total) == {
        "own": Reason.OWN,
        "role": Reason.OWN_COMES_FIRST,
        "default": Reason.OWN_COMES_FIRST,
        "total": Reason.OWN_COMES_FIRST,
    }


def test_an_open_limit_of_ones_own_comes_first_and_refuses_nothing() -> None:
    own = budget("own", Scope.PERSON, "mia", limit=None)
    default = budget("default", Scope.PERSON, EVERYONE)
    assert reasons(own, default) == {"own": Reason.OWN, "default": Reason.OWN_COMES_FIRST}
    assert bound(own, default) == []


@pytest.mark.parametrize(
    ("window", "limit", "month"),
    [(Window.DAY, 2, 60), (Window.WEEK, 10, 40), (Window.MONTH, 50, 50), (Window.TOTAL, 70, 70)],
)
def test_roles_are_compared_by_the_month(window: Window, limit: int, month: int) -> None:
    assert monthly(budget("b", Scope.ROLE, "r1", limit=limit, window=window)) == month


def test_the_most_generous_role_counts_by_its_tightest_limit_and_binds_with_all_of_them() -> None:
    loose_day = budget("r1-day", Scope.ROLE, "r1", limit=100)
    tight_month = budget("r1-month", Scope.ROLE, "r1", limit=50, window=Window.MONTH)
    other = budget("r2-week", Scope.ROLE, "r2", limit=13, window=Window.WEEK)
    assert reasons(loose_day, tight_month, other) == {
        "r1-day": Reason.MORE_GENEROUS_ROLE,
        "r1-month": Reason.MORE_GENEROUS_ROLE,
        "r2-week": Reason.ROLE,
    }
    smaller = replace(other, limit=Micros(12))
    assert bound(loose_day, tight_month, smaller) == ["r1-day", "r1-month"]
    open_role = replace(other, limit=None)
    assert bound(loose_day, tight_month, open_role) == []


def test_equal_roles_always_give_the_same_answer() -> None:
    one, two = budget("b1", Scope.ROLE, "r1"), budget("b2", Scope.ROLE, "r2")
    for actor in (MIA, replace(MIA, roles=("r2", "r1"))):
        assert bound(one, two, actor=actor) == bound(two, one, actor=actor) == ["b1"]


def test_an_exempt_role_lifts_out_of_the_chain_and_the_channel_only() -> None:
    budgets = [
        budget("own", Scope.PERSON, "mia"),
        budget("role", Scope.ROLE, "r1"),
        budget("default", Scope.PERSON, EVERYONE),
        budget("channel", Scope.CHANNEL, "c"),
        budget("tenant", Scope.TENANT),
        budget("installation", Scope.INSTALLATION),
    ]
    staff = replace(MIA, roles=("staff", "r1"))
    found = reasons(*budgets, actor=staff)
    assert {name for name, reason in found.items() if reason is Reason.EXEMPT} == {
        "own",
        "role",
        "default",
        "channel",
    }
    assert bound(*budgets, actor=staff) == ["tenant", "installation"]


# lines


def test_every_limit_of_a_person_looks_at_the_same_balance() -> None:
    day = NOON - 12 * HOUR
    balance = Balance(
        subject=Subject(Scope.PERSON, "t", "mia"),
        held=Micros(1),
        total=Micros(9),
        day=RunningSpend(day, Micros(2)),
        week=RunningSpend(day - 48 * HOUR, Micros(3)),
        month=RunningSpend(day - 24 * 24 * HOUR, Micros(4)),
    )
    for one in (
        budget("own", Scope.PERSON, "mia"),
        budget("role", Scope.ROLE, "r2"),
        budget("all", Scope.PERSON, "*"),
    ):
        for window, spent in zip(Window, (2, 3, 4, 9), strict=True):
            rules = Rules(tenant=PLACE, budgets=[replace(one, window=window)], grants=[])
            [line] = rules.lines(MIA, {balance.subject: balance}, NOON)
            assert (line.spent, line.held, line.left) == (spent, 1, 10 - spent - 1)
            [tomorrow] = rules.lines(MIA, {balance.subject: balance}, NOON + 40 * 24 * HOUR)
            assert tomorrow.spent == (9 if window is Window.TOTAL else 0)


def test_a_grant_counts_until_its_windows_end_for_whom_it_was_given() -> None:
    default = budget("all", Scope.PERSON, EVERYONE)
    given = grant(default, "mia", Micros(5), now=NOON, zones=ZoneHistory())
    assert given == Grant(budget_id="all", person="mia", amount=Micros(5), until=NOON + 12 * HOUR)
    rules = Rules(tenant=PLACE, budgets=[default], grants=[given])
    for person, now, granted in (
        ("mia", NOON, 5),
        ("bo", NOON, 0),
        ("mia", NOON + 12 * HOUR - 1, 5),
        ("mia", NOON + 12 * HOUR, 0),
    ):
        [line] = rules.lines(replace(MIA, person=person), {}, now)
        assert (line.granted, line.limit) == (granted, 10 + granted)
    shared = budget("c", Scope.CHANNEL, "c", window=Window.TOTAL)
    assert grant(shared, "mia", Micros(5), now=NOON, zones=ZoneHistory()) == Grant(
        budget_id="c", person="", amount=Micros(5), until=None
    )


@pytest.mark.parametrize(
    ("scope", "window", "words"),
    [
        (Scope.PERSON, Window.DAY, "Your budget for today"),
        (Scope.ROLE, Window.MONTH, "Your role's budget for this month"),
        (Scope.CHANNEL, Window.WEEK, "This channel's budget for this week"),
        (Scope.TENANT, Window.TOTAL, "The budget of everyone here"),
        (Scope.INSTALLATION, Window.MONTH, "The bot's own budget for this month"),
    ],
)
def test_budgets_have_plain_names(scope: Scope, window: Window, words: str) -> None:
    assert describe(budget("b", scope, window=window)) == words


def test_guests_have_a_limit_of_their_own_and_members_do_not_feel_it():
    guest = replace(MIA, roles=(), guest=True)
    limits = (
        budget("everyone", Scope.PERSON, EVERYONE, limit=10),
        budget("guests", Scope.ROLE, GUESTS, limit=3),
    )
    assert bound(*limits, actor=guest) == ["guests"]
    assert bound(*limits, actor=replace(guest, guest=False)) == ["everyone"]
    own = budget("own", Scope.PERSON, "mia", limit=7)
    assert bound(*limits, own, actor=guest) == ["own"]
    assert reasons(*limits, actor=guest)["everyone"] is Reason.ROLE_COMES_FIRST
    assert reasons(*limits, actor=MIA)["guests"] is Reason.ROLE_NOT_HELD
    both = (*limits, budget("role", Scope.ROLE, "r1", limit=5))
    assert bound(*both, actor=replace(MIA, guest=True)) == ["role"], "of several the most generous"


def test_a_limit_that_a_person_set_for_themselves_binds_besides_and_replaces_none():
    each = budget("each", Scope.EVERYWHERE, EVERYONE, limit=10)
    own = replace(budget("own", Scope.EVERYWHERE, "mia", limit=50), given_by=GivenBy.SELF)
    operators = budget("operators", Scope.EVERYWHERE, "mia", limit=20)
    assert bound(each, own) == ["each", "own"]
    assert bound(each, own, operators) == ["own", "operators"]
    assert reasons(each, own)["own"] is Reason.SELF_SET
    linked = explain((each, own), replace(MIA, person="bo"), PLACE, "", ("mia",))
    assert [one.budget.id for one in linked if one.binds] == ["each", "own"], "from a linked account, too"
    stranger = explain((each, own), replace(MIA, person="bo"), PLACE)
    assert [one.budget.id for one in stranger if one.binds] == ["each"]
