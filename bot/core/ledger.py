"""Who spent what, and when: entries, balances, holds. Pure rules over values; the storage only stores them.

Spending belongs to a subject and a moment. The subjects are the installation, a tenant, a channel, a
project and a person in a tenant, and a person in all places; each has one running balance, so a check costs
the same after ten requests or ten million.
A budget (`bot.core.limits` says which bind) is compared with the balance of its subject: to set, raise or
remove a limit never changes what was spent.

Every change of balances is one append-only `Entry`; the sum of the entries must equal the balances. The
moment of a request is its first hold. Its cost counts in the windows that contain that moment, however late
it is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from bot.core import budget_names
from bot.core.errors import BudgetExceeded
from bot.core.money import ZERO, Micros
from bot.core.text.translation import gettext as _
from bot.core.windows import QUARTER_US, RUNNING, UTC_ALWAYS, Window, ZoneHistory, bounds

INSTALLATION = "*"
"""Tenant of budgets that bind the whole installation."""
EVERYONE = "*"
"""Subject of the budget for each person who has none of their own."""
GUESTS = "guests"
"""Subject of a role's budget that binds each guest, whatever roles they have."""


class Scope(StrEnum):
    """What a budget is set for. A role's budget and everyone's limit the spending of each person
    separately. `EVERYWHERE` is one person in all places, with the accounts they have linked.
    """

    INSTALLATION = "installation"
    TENANT = "tenant"
    CHANNEL = "channel"
    PROJECT = "project"
    ROLE = "role"
    PERSON = "person"
    EVERYWHERE = "everywhere"


OPERATORS = frozenset((Scope.INSTALLATION, Scope.TENANT, Scope.EVERYWHERE))
"""Scopes whose budgets bind approved requests too."""


class GivenBy(StrEnum):
    """Who has set a budget, and so who can change it: the place's admins or the operator of the bot.

    Starter limits come from the operator's settings; they bind where nobody has set anything else. A person
    can set a limit in all places for themselves; it binds besides all others, so it never raises one.
    """

    ADMINS = "admins"
    OPERATOR = "operator"
    STARTER = "starter"
    SELF = "self"


KEPT = "kept from before"
"""Note of a missing limit where there was none before starter limits existed."""
TRUSTED = "trusted by the operator"
"""Note of a missing limit of a place that the operator trusts."""


class Kind(StrEnum):
    """Kinds of ledger entries."""

    RESERVE = "reserve"
    SETTLE = "settle"
    RELEASE = "release"
    ADJUST = "adjust"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A limit in micros per `window`; None means that there is explicitly no limit, and `note` says why.

    `name` is that of a project, filled in where the budget is read; it is not stored with it.
    """

    id: str
    tenant: str
    scope: Scope
    subject: str
    window: Window
    limit: Micros | None
    note: str = ""
    given_by: GivenBy = GivenBy.ADMINS
    name: str = ""

    @property
    def fixed(self) -> bool:
        """True when no admin of a place can raise or remove it, only the operator of the bot."""
        match self.scope:
            case Scope.INSTALLATION | Scope.EVERYWHERE:
                return True
            case Scope.TENANT:
                return self.given_by is not GivenBy.ADMINS
            case Scope.CHANNEL | Scope.PROJECT | Scope.ROLE | Scope.PERSON:
                return False

    @property
    def everyones(self) -> bool:
        """True for the limit of each person who has none of their own."""
        return self.scope in (Scope.PERSON, Scope.EVERYWHERE) and self.subject == EVERYONE

    @property
    def per_person(self) -> bool:
        """True for a limit that each person has separately: a role's and everyone's."""
        match self.scope:
            case Scope.ROLE:
                return True
            case Scope.PERSON | Scope.EVERYWHERE:
                return self.everyones
            case Scope.INSTALLATION | Scope.TENANT | Scope.CHANNEL | Scope.PROJECT:
                return False


def budget_id(
    tenant: str, scope: Scope, subject: str, window: Window, given_by: GivenBy = GivenBy.ADMINS
) -> str:
    """The id of the budget for a subject and window; there is one, for a place's total one of the operator
    besides, and for a person everywhere one of their own.
    """
    name = ":".join(("budget", tenant, scope, subject, window))
    beside = given_by is GivenBy.SELF or (given_by is GivenBy.OPERATOR and tenant != INSTALLATION)
    return f"{name}:{given_by}" if beside else name


def new_budget(
    tenant: str,
    scope: Scope,
    subject: str,
    window: Window,
    limit: Micros | None,
    *,
    given_by: GivenBy = GivenBy.ADMINS,
    note: str = "",
) -> Budget:
    """A budget with the id that it always has; without a limit, `note` says why."""
    return Budget(
        id=budget_id(tenant, scope, subject, window, given_by),
        tenant=tenant,
        scope=scope,
        subject=subject,
        window=window,
        limit=limit,
        note=note,
        given_by=given_by,
    )


@dataclass(frozen=True, kw_only=True)
class Grant:
    """`amount` more under one budget until a moment (UTC micros; None: for good).

    `person` is empty when the budget is not a separate limit for each person.
    """

    budget_id: str
    person: str
    amount: Micros
    until: int | None


@dataclass(frozen=True, kw_only=True)
class BudgetLine:
    """A budget, what its subject holds and has spent in the current window, and what was granted
    in addition.
    """

    budget: Budget
    spent: Micros = ZERO
    held: Micros = ZERO
    granted: Micros = ZERO
    resets_at: int | None = None

    @property
    def limit(self) -> Micros | None:
        """The limit plus what was granted."""
        return None if self.budget.limit is None else Micros(self.budget.limit + self.granted)

    @property
    def left(self) -> Micros | None:
        """How much can still be reserved; negative after an overrun, None without a limit."""
        return None if self.limit is None else Micros(self.limit - self.spent - self.held)


class Subject(NamedTuple):
    """Whose spending is counted: installation ("*", ""), tenant (t, ""), channel (t, c), project (t, id),
    person (t, p), person everywhere ("*", p).
    """

    scope: Scope
    tenant: str
    key: str = ""


COMMON = Subject(Scope.INSTALLATION, INSTALLATION)
"""The whole installation."""


def everywhere(person: str) -> Subject:
    """One person in all places; what their linked accounts spend is in rows of its own."""
    return Subject(Scope.EVERYWHERE, INSTALLATION, person)


def subjects(
    tenant: str, channel: str, person: str, project: str = "", *, approved: bool = False
) -> list[Subject]:
    """The subjects that a request counts for; an approved one counts only where the operator's limits are:
    for the installation, the tenant and the person everywhere.
    """
    found = [COMMON, Subject(Scope.TENANT, tenant), everywhere(person)]
    if not approved:
        if channel:
            found.append(Subject(Scope.CHANNEL, tenant, channel))
        if project:
            found.append(Subject(Scope.PROJECT, tenant, project))
        found.append(Subject(Scope.PERSON, tenant, person))
    return found


class RunningSpend(NamedTuple):
    """What was spent since a window began (UTC micros)."""

    start: int = 0
    spent: Micros = ZERO


_NEVER = RunningSpend()


class WindowStarts(NamedTuple):
    """When the current windows began (UTC micros)."""

    day: int
    week: int
    month: int


def starts(subject: Subject, now: int, zones: ZoneHistory) -> WindowStarts:
    """When the windows around `now` began; `zones` are the tenant's. What is in no tenant uses UTC."""
    return _starts(now - now % QUARTER_US, UTC_ALWAYS if subject.tenant == INSTALLATION else zones)


@lru_cache(maxsize=1024)
def _starts(now: int, zones: ZoneHistory) -> WindowStarts:
    return WindowStarts(*(bounds(window, now, zones)[0] for window in RUNNING))


@dataclass(frozen=True, kw_only=True, slots=True)
class Balance:
    """What one subject holds, has spent in total, and has spent in the windows of its last posting."""

    subject: Subject
    held: Micros = ZERO
    total: Micros = ZERO
    day: RunningSpend = _NEVER
    week: RunningSpend = _NEVER
    month: RunningSpend = _NEVER

    def spent(self, window: Window, start: int) -> Micros:
        """What was spent in the window that began at `start`: nothing, if the last posting was
        before that.
        """
        match window:
            case Window.DAY:
                running = self.day
            case Window.WEEK:
                running = self.week
            case Window.MONTH:
                running = self.month
            case Window.TOTAL:
                return self.total
        return running.spent if running.start >= start else ZERO


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One immutable ledger line: at most one opening and one closing per request and `round`.

    `moment` is the moment of the charge, `at` when the line was written (both UTC micros). `held` and `spent`
    are the changes to the balances of its subjects; `overrun` is the part of a settlement above its hold. A
    request that released its hold may hold again, in its next round. `by` is the person or admin who caused
    it.
    """

    kind: Kind
    request_id: str
    moment: int
    tenant: str
    channel: str
    person: str
    round: int = 1
    held: Micros = ZERO
    spent: Micros = ZERO
    overrun: Micros = ZERO
    approved: bool = False
    at: int = 0
    by: str = ""
    project: str = ""

    @property
    def subjects(self) -> list[Subject]:
        """Whose balances it changes."""
        return subjects(self.tenant, self.channel, self.person, self.project, approved=self.approved)


def tightest(lines: Iterable[BudgetLine]) -> BudgetLine | None:
    """The line with the least left."""
    limited = [line for line in lines if line.left is not None]
    return min(limited, key=lambda line: line.left or ZERO, default=None)


def check(lines: Iterable[BudgetLine], hold: Micros, *, approved: bool = False) -> None:
    """Raise BudgetExceeded naming the tightest line when any has less than `hold` left.

    Those that only the operator can raise are named before all others. A request that an admin approved
    needs room in the operator's budgets only.
    """
    binding = [line for line in lines if not approved or line.budget.scope in OPERATORS]
    short = [line for line in binding if line.left is not None and line.left < hold]
    worst = tightest(line for line in short if line.budget.fixed) or tightest(short)
    if worst is not None:
        raise BudgetExceeded(
            budget_id=worst.budget.id,
            budget=describe(worst.budget),
            scope=worst.budget.scope,
            fixed=worst.budget.fixed,
            price=hold,
            left=worst.left or ZERO,
            resets_at=worst.resets_at,
        )


def check_any_left(lines: Iterable[BudgetLine]) -> None:
    """Raise BudgetExceeded when one of the lines has nothing left at all, whatever it is for."""
    try:
        check(lines, Micros(1))
    except BudgetExceeded as full:
        raise full.without_price() from None


def reserve(lines: Iterable[BudgetLine], opening: Entry) -> Entry:
    """The entry, if every line has room for its hold; a hold is never reduced to fit. Raises as
    `check` does.
    """
    check(lines, opening.held, approved=opening.approved)
    return opening


def settle(opening: Entry, cost: Micros) -> Entry:
    """Turn a hold into spending. A cost above the hold is recorded in full, and the excess marked as an
    overrun.
    """
    return replace(
        opening,
        kind=Kind.SETTLE,
        held=Micros(-opening.held),
        spent=cost,
        overrun=Micros(max(0, cost - opening.held)),
    )


def release(opening: Entry) -> Entry:
    """Release a hold without spending."""
    return replace(opening, kind=Kind.RELEASE, held=Micros(-opening.held))


def adjust(opening: Entry, difference: Micros, *, by: str) -> Entry:
    """Correct the cost of a closed request by `difference`, when the gateway's log has another figure."""
    return replace(opening, kind=Kind.ADJUST, held=ZERO, spent=difference, by=by)


def post(balance: Balance, entry: Entry, now: WindowStarts | None = None) -> Balance:
    """The balance after the entry.

    Its windows move forward to those of `now`, never back. None leaves them as they are, which is right after
    a hold, since the hold has moved them to its own moment. A cost counts in the windows that contain its
    moment.
    """
    day, week, month = now or (0, 0, 0)
    return Balance(
        subject=balance.subject,
        held=Micros(balance.held + entry.held),
        total=Micros(balance.total + entry.spent),
        day=_counted(balance.day, entry, day),
        week=_counted(balance.week, entry, week),
        month=_counted(balance.month, entry, month),
    )


def _counted(running: RunningSpend, entry: Entry, start: int) -> RunningSpend:
    if start > running.start:
        running = RunningSpend(start)
    if entry.spent and entry.moment >= running.start:
        return RunningSpend(running.start, Micros(running.spent + entry.spent))
    return running


def describe(budget: Budget) -> str:
    """A budget's name for the person it binds: “Your budget for today”, “Your role's budget for this
    month”.
    """
    return _(_names(budget)[budget.window]).format(project=budget.name)


def _names(budget: Budget) -> budget_names.Names:
    match budget.scope:
        case Scope.PERSON:
            return budget_names.PERSON
        case Scope.ROLE:
            return budget_names.ROLE
        case Scope.CHANNEL:
            return budget_names.CHANNEL
        case Scope.PROJECT:
            return budget_names.NAMED_PROJECT if budget.name else budget_names.PROJECT
        case Scope.TENANT:
            return budget_names.TENANT
        case Scope.INSTALLATION:
            return budget_names.INSTALLATION
        case Scope.EVERYWHERE if budget.given_by is GivenBy.SELF:
            return budget_names.SELF_SET
        case Scope.EVERYWHERE:
            return budget_names.EVERYWHERE


def named(budget: Budget, name: str, place: str) -> str:
    """Whom a budget binds, for admins. `name` is the subject's on the platform, `place` its word for a
    tenant (`server`, `workspace`).
    """
    match budget.scope:
        case Scope.PERSON:
            return name if not budget.everyones else _("each person without a limit of their own")
        case Scope.ROLE if budget.subject == GUESTS:
            return _("each guest")
        case Scope.ROLE:
            return _("each member of {name}").format(name=name)
        case Scope.CHANNEL:
            return name
        case Scope.PROJECT:
            return _("the project {name}").format(name=budget.name or name)
        case Scope.TENANT:
            return _("the whole {place} together").format(place=_(place))
        case Scope.INSTALLATION:
            return _("the whole bot, everywhere together")
        case Scope.EVERYWHERE:
            whom = _("each person") if budget.everyones else name
            return _("{name} everywhere, together with linked accounts").format(name=whom)
