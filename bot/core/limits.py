"""Which budgets bind a person now, and why the others do not.

A tenant's own chain has three levels: the person's budgets, else those of one of their roles, else
everyone's. Only the first level that has a budget counts; of several roles, only the most generous one. A
guest has the role `guests` besides. Channel budgets count in addition, and so do those of the project that an
order is for. A person with an exempt role is bound by neither the chain nor the channel's budgets, but by the
project's. The tenant's and the installation's budgets always bind everybody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.core.errors import BudgetExceeded, Refusal
from bot.core.ledger import (
    COMMON,
    EVERYONE,
    GUESTS,
    INSTALLATION,
    Balance,
    Budget,
    BudgetLine,
    Grant,
    Scope,
    Subject,
    whose,
)
from bot.core.money import ZERO, Micros
from bot.core.request import Actor, Request, State
from bot.core.tenant import Tenant
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


BINDING = {Reason.ALWAYS, Reason.THIS_CHANNEL, Reason.THIS_PROJECT, Reason.OWN, Reason.ROLE, Reason.EVERYONE}


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
    limits: Iterable[Budget], actor: Actor, tenant: Tenant, project: str = ""
) -> list[ConsideredBudget]:
    """Every budget of the tenant and the installation, and why it binds an order for the project or not."""
    known = list(limits)
    chain = _Chain.of(known, actor)
    exempt = tenant.exempts(actor)
    return [
        ConsideredBudget(budget=budget, reason=_reason(budget, actor, chain, project, exempt=exempt))
        for budget in known
    ]


def binding(limits: Iterable[Budget], actor: Actor, tenant: Tenant, project: str = "") -> list[Budget]:
    """The budgets that bind the actor now."""
    return [one.budget for one in explain(limits, actor, tenant, project) if one.binds]


@dataclass(frozen=True)
class _Chain:
    """Whether the actor has budgets of their own, and which of their roles counts (empty: none)."""

    own: bool
    role: str

    @staticmethod
    def of(limits: Sequence[Budget], actor: Actor) -> _Chain:
        own = any(one.scope is Scope.PERSON and one.subject == actor.person for one in limits)
        roles: dict[str, list[Budget]] = {}
        for one in limits:
            if one.scope is Scope.ROLE and one.subject in _held(actor):
                roles.setdefault(one.subject, []).append(one)
        best = max(sorted(roles), key=lambda role: min(map(monthly, roles[role])), default="")
        return _Chain(own, best)


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
    return Micros(
        sum(
            one.amount
            for one in grants
            if one.budget_id == budget.id
            and one.person in ("", person)
            and (one.until is None or one.until > now)
        )
    )


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

    def lines(
        self, actor: Actor, balances: Mapping[Subject, Balance], now: int, project: str = ""
    ) -> list[BudgetLine]:
        """The budgets that bind the actor's order for a project (or none) now, each with its balance."""
        bound = binding(self.budgets, actor, self.tenant, project)
        return [self._line(one, actor, balances, now) for one in bound]

    def explained(
        self, actor: Actor, balances: Mapping[Subject, Balance], now: int, project: str = ""
    ) -> list[ExplainedLine]:
        """Every budget, why it binds the actor or not, and the balance of its subject."""
        return [
            ExplainedLine(
                budget=one.budget, reason=one.reason, line=self._line(one.budget, actor, balances, now)
            )
            for one in explain(self.budgets, actor, self.tenant, project)
        ]

    def _line(
        self, budget: Budget, actor: Actor, balances: Mapping[Subject, Balance], now: int
    ) -> BudgetLine:
        balance = balances.get(subject_of(budget, actor.person))
        return line(budget, actor.person, balance, self.grants, now=now, zones=self.tenant.zones)


@dataclass(frozen=True, kw_only=True)
class ExplainedLine(ConsideredBudget):
    """One budget as it stands, and why it binds a person or does not."""

    line: BudgetLine


def refused_scope(request: Request) -> str:
    """The scope of the budget that refused the request; empty when none did, or when an old row does not say.

    Older rows have only the budget's name, which shows at least whether it was the installation's.
    """
    failure = request.failure
    if failure is None or failure.code != BudgetExceeded.code:
        return ""
    named = request.refused_budget.startswith(whose(Scope.INSTALLATION))
    return failure.scope or (Scope.INSTALLATION if named else "")


def refused_for_good(request: Request) -> bool:
    """True when a budget refused the request that no admin can raise, only the operator."""
    fixed = request.failure is not None and request.failure.fixed
    return fixed or refused_scope(request) == Scope.INSTALLATION


def grantable(refusal: Refusal) -> bool:
    """True when an admin could approve the request; not where only the operator can raise the budget."""
    budgets = isinstance(refusal, BudgetExceeded)
    return budgets and not refusal.fixed and refusal.scope != Scope.INSTALLATION


def times_refused(request: Request) -> int:
    """How often the request has been refused so far; an approval that ended may lead to another refusal."""
    return sum(1 for change in request.state_changes if change.state is State.REFUSED)


def can_be_granted(request: Request) -> bool:
    """True when a budget refused the request, an admin could approve it, and none has decided yet."""
    failure = request.failure
    if failure is None or failure.code != BudgetExceeded.code or request.approved_by:
        return False
    return request.state is State.REFUSED and not refused_for_good(request)
