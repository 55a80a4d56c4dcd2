"""Which budgets bind a person now, and why the others do not.

A tenant's own chain has three levels: the person's budgets, else those of one of their roles, else
everyone's. Only the first level that has a budget counts; of several roles, only the most generous one. A
guest has the role `guests` besides. Channel budgets count in addition, and so do those of the project that an
order is for. A person with an exempt role is bound by neither the chain nor the channel's budgets, but by the
project's. The tenant's and the installation's budgets always bind everybody.

The operator's limits for a person everywhere, and what people set for themselves, bind besides. They look at
what the accounts of one person spend together (`bot.core.wallets`): each linked one's, else everybody's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.ledger import (
    COMMON,
    EVERYONE,
    GUESTS,
    INSTALLATION,
    Balance,
    Budget,
    BudgetLine,
    GivenBy,
    Grant,
    Scope,
    Subject,
    everywhere,
)
from bot.core.money import ZERO, Micros
from bot.core.request import Actor
from bot.core.tenant import Tenant
from bot.core.wallets.limits import line_everywhere
from bot.core.wallets.members import LinkedAccount
from bot.core.windows import Window, ZoneHistory, bounds


class Reason(StrEnum):
    """Why a budget binds a person, or does not."""

    ALWAYS = "always"
    THIS_CHANNEL = "this_channel"
    THIS_PROJECT = "this_project"
    OWN = "own"
    ROLE = "role"
    EVERYONE = "everyone"
    OTHER_CHANNEL = "other_channel"
    OTHER_PROJECT = "other_project"
    OTHER_PERSON = "other_person"
    ROLE_NOT_HELD = "role_not_held"
    OWN_COMES_FIRST = "own_comes_first"
    ROLE_COMES_FIRST = "role_comes_first"
    MORE_GENEROUS_ROLE = "more_generous_role"
    EXEMPT = "exempt"
    IN_ALL_PLACES = "in_all_places"
    LINKED = "linked"
    SELF_SET = "self_set"


_HERE = (Reason.ALWAYS, Reason.THIS_CHANNEL, Reason.THIS_PROJECT, Reason.OWN, Reason.ROLE, Reason.EVERYONE)
BINDING = frozenset((*_HERE, Reason.IN_ALL_PLACES, Reason.LINKED, Reason.SELF_SET))


@dataclass(frozen=True, kw_only=True)
class ConsideredBudget:
    """One budget, and why it binds a person or does not."""

    budget: Budget
    reason: Reason

    @property
    def binds(self) -> bool:
        """Whether it may refuse the person's next request."""
        return self.reason in BINDING and self.budget.limit is not None


def explain(
    limits: Iterable[Budget], actor: Actor, tenant: Tenant, project: str = "", linked: Collection[str] = ()
) -> list[ConsideredBudget]:
    """Every budget of the tenant and the installation, in order, with the reason why it binds or not.

    `project` is the id of the one that is ordered for; `linked` are the accounts linked with the actor's now.
    """
    known = list(limits)
    chain = _Chain.of(known, actor, linked)
    exempt = tenant.exempts(actor)
    return [
        ConsideredBudget(budget=budget, reason=_reason(budget, actor, chain, project, exempt=exempt))
        for budget in known
    ]


def binding(
    limits: Iterable[Budget], actor: Actor, tenant: Tenant, project: str = "", linked: Collection[str] = ()
) -> list[Budget]:
    """The budgets that bind the actor now."""
    return [one.budget for one in explain(limits, actor, tenant, project, linked) if one.binds]


@dataclass(frozen=True)
class _Chain:
    """Whether the actor has budgets of their own, which of their roles counts (empty: none), and which
    accounts are linked; `everywhere` tells whether any of these has a limit in all places.
    """

    own: bool
    role: str
    linked: frozenset[str]
    everywhere: bool

    @staticmethod
    def of(limits: Sequence[Budget], actor: Actor, linked: Collection[str]) -> _Chain:
        own = any(one.scope is Scope.PERSON and one.subject == actor.person for one in limits)
        roles: dict[str, list[Budget]] = {}
        for one in limits:
            if one.scope is Scope.ROLE and one.subject in _held(actor):
                roles.setdefault(one.subject, []).append(one)
        best = max(sorted(roles), key=lambda role: min(map(monthly, roles[role])), default="")
        theirs = [one for one in limits if one.scope is Scope.EVERYWHERE and one.given_by is not GivenBy.SELF]
        everywhere = any(one.subject in (actor.person, *linked) for one in theirs)
        return _Chain(own, best, frozenset(linked), everywhere)


def _reason(budget: Budget, actor: Actor, chain: _Chain, project: str, *, exempt: bool) -> Reason:
    match budget.scope:
        case Scope.INSTALLATION | Scope.TENANT:
            return Reason.ALWAYS
        case Scope.CHANNEL:
            if budget.subject != actor.channel:
                return Reason.OTHER_CHANNEL
            return Reason.EXEMPT if exempt else Reason.THIS_CHANNEL
        case Scope.PROJECT:
            return Reason.THIS_PROJECT if budget.subject == project else Reason.OTHER_PROJECT
        case Scope.ROLE:
            return _of_role(budget, actor, chain, exempt=exempt)
        case Scope.PERSON:
            return _of_person(budget, actor, chain, exempt=exempt)
        case Scope.EVERYWHERE:
            return _of_everywhere(budget, actor, chain)


def _of_role(budget: Budget, actor: Actor, chain: _Chain, *, exempt: bool) -> Reason:
    if budget.subject not in _held(actor):
        return Reason.ROLE_NOT_HELD
    if exempt:
        return Reason.EXEMPT
    if chain.own:
        return Reason.OWN_COMES_FIRST
    return Reason.ROLE if budget.subject == chain.role else Reason.MORE_GENEROUS_ROLE


def _held(actor: Actor) -> tuple[str, ...]:
    """Roles as far as budgets go: the platform's, and the one that every guest has."""
    return (*actor.roles, GUESTS) if actor.guest else actor.roles


def _of_person(budget: Budget, actor: Actor, chain: _Chain, *, exempt: bool) -> Reason:
    if budget.subject not in (actor.person, EVERYONE):
        return Reason.OTHER_PERSON
    if exempt:
        return Reason.EXEMPT
    if budget.subject == actor.person:
        return Reason.OWN
    if chain.own:
        return Reason.OWN_COMES_FIRST
    return Reason.ROLE_COMES_FIRST if chain.role else Reason.EVERYONE


def _of_everywhere(budget: Budget, actor: Actor, chain: _Chain) -> Reason:
    if budget.everyones:
        return Reason.OWN_COMES_FIRST if chain.everywhere else Reason.IN_ALL_PLACES
    if budget.subject not in (actor.person, *chain.linked):
        return Reason.OTHER_PERSON
    if budget.given_by is GivenBy.SELF:
        return Reason.SELF_SET
    return Reason.IN_ALL_PLACES if budget.subject == actor.person else Reason.LINKED


def monthly(budget: Budget) -> float:
    """What a budget allows in a month, to compare roles: day × 30, week × 4, month and total as they are."""
    if budget.limit is None:
        return float("inf")
    match budget.window:
        case Window.DAY:
            return budget.limit * 30
        case Window.WEEK:
            return budget.limit * 4
        case Window.MONTH | Window.TOTAL:
            return budget.limit


def subject_of(budget: Budget, person: str) -> Subject:
    """Whose balance a budget is compared with; for a role's and everyone's budget it is the person's."""
    match budget.scope:
        case Scope.INSTALLATION:
            return COMMON
        case Scope.TENANT:
            return Subject(Scope.TENANT, budget.tenant)
        case Scope.CHANNEL:
            return Subject(Scope.CHANNEL, budget.tenant, budget.subject)
        case Scope.PROJECT:
            return Subject(Scope.PROJECT, budget.tenant, budget.subject)
        case Scope.ROLE | Scope.PERSON:
            return Subject(Scope.PERSON, budget.tenant, person)
        case Scope.EVERYWHERE:
            return everywhere(person)


def running_window(budget: Budget, now: int, zones: ZoneHistory) -> tuple[int, int | None]:
    """Start and end of the budget's window around `now`; `zones` are the tenant's."""
    return bounds(budget.window, now, ZoneHistory() if budget.tenant == INSTALLATION else zones)


def grant(budget: Budget, person: str, amount: Micros, *, now: int, zones: ZoneHistory) -> Grant:
    """`amount` more until the budget's running window ends; for `person` when each has their own limit."""
    return Grant(
        budget_id=budget.id,
        person=person if budget.per_person else "",
        amount=amount,
        until=running_window(budget, now, zones)[1],
    )


def granted(grants: Iterable[Grant], budget: Budget, person: str, now: int) -> Micros:
    """The sum of the grants on this budget to the person or to all that have not ended."""
    these = (one for one in grants if one.budget_id == budget.id and one.person in ("", person))
    return Micros(sum(one.amount for one in these if one.until is None or one.until > now))


def line(
    budget: Budget,
    person: str,
    balance: Balance | None,
    grants: Iterable[Grant],
    *,
    now: int,
    zones: ZoneHistory,
) -> BudgetLine:
    """The budget with what the person has spent of it; without a balance, nothing has been spent."""
    start, end = running_window(budget, now, zones)
    return BudgetLine(
        budget=budget,
        spent=balance.spent(budget.window, start) if balance else ZERO,
        held=balance.held if balance else ZERO,
        granted=granted(grants, budget, person, now),
        resets_at=end,
    )


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What decides about a person's limits in one tenant: its settings, budgets and grants."""

    tenant: Tenant
    budgets: Sequence[Budget]
    grants: Sequence[Grant]
    linked: Sequence[LinkedAccount] = ()

    @property
    def linked_subjects(self) -> list[Subject]:
        """The subjects of linked accounts, where a limit looks at them."""
        looked_at = any(one.scope is Scope.EVERYWHERE for one in self.budgets)
        return [everywhere(one.person) for one in self.linked] if looked_at else []

    def lines(
        self, actor: Actor, balances: Mapping[Subject, Balance], now: int, project: str = ""
    ) -> list[BudgetLine]:
        """The budgets that bind the actor's order for a project (or none) now, each with its balance."""
        found = binding(self.budgets, actor, self.tenant, project, self._linked(now))
        return [self._line(one, actor, balances, now) for one in found]

    def explained(
        self, actor: Actor, balances: Mapping[Subject, Balance], now: int, project: str = ""
    ) -> list[ExplainedLine]:
        """Every budget, why it binds the actor or not, and the balance of its subject."""
        found = explain(self.budgets, actor, self.tenant, project, self._linked(now))
        stands = ((one, self._line(one.budget, actor, balances, now)) for one in found)
        return [ExplainedLine(budget=one.budget, reason=one.reason, line=line) for one, line in stands]

    def _linked(self, now: int) -> list[str]:
        return [one.person for one in self.linked if one.counts_since(now)]

    def _line(
        self, budget: Budget, actor: Actor, balances: Mapping[Subject, Balance], now: int
    ) -> BudgetLine:
        if budget.scope is Scope.EVERYWHERE:
            more = granted(self.grants, budget, actor.person, now)
            return line_everywhere(budget, actor.person, self.linked, balances, granted=more, now=now)
        balance = balances.get(subject_of(budget, actor.person))
        return line(budget, actor.person, balance, self.grants, now=now, zones=self.tenant.zones)


@dataclass(frozen=True, kw_only=True)
class ExplainedLine(ConsideredBudget):
    """One budget as it stands, and why it binds a person or does not."""

    line: BudgetLine
