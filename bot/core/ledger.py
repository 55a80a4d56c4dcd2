"""Who may spend what: budgets, balances, holds. Pure rules over values; storage only remembers.

A budget limits one subject in one window. Each subject and window it meets has a running balance
(`spent`, `held`, `granted`), so a check costs the same after ten requests or ten million. Every
change of a balance is also an append-only `Entry`; summing the entries must give the balances back.

Every request also posts to its tenant's *account*, a budget without a limit over all time, so that
what a tenant has spent is one row even where nobody has set a budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.errors import BudgetExceeded, Refusal
from bot.core.money import ZERO, Micros
from bot.core.request import Actor, Request, State

INSTALLATION = "*"
"""Tenant of budgets that bind the whole installation."""
EVERYONE = "*"
"""Subject of the person budget for people who have none of their own."""


class Scope(StrEnum):
    """What a budget binds. A role budget is an allowance for each member who has the role."""

    INSTALLATION = "installation"
    TENANT = "tenant"
    CHANNEL = "channel"
    ROLE = "role"
    PERSON = "person"


class Window(StrEnum):
    """Calendar windows in the tenant's time zone; weeks start on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"


class Kind(StrEnum):
    """Kinds of ledger entries."""

    RESERVE = "reserve"
    SETTLE = "settle"
    RELEASE = "release"
    ADJUST = "adjust"
    GRANT = "grant"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A limit in micros per `window`; None only for accounts, which count and never refuse."""

    id: str
    tenant: str
    scope: Scope
    subject: str
    window: Window
    limit: Micros | None

    @property
    def shared(self) -> bool:
        """True where one balance counts what everybody spends, whoever is named."""
        match self.scope:
            case Scope.INSTALLATION | Scope.TENANT:
                return True
            case Scope.CHANNEL | Scope.ROLE | Scope.PERSON:
                return False

    @property
    def per_person(self) -> bool:
        """True where it is an allowance of many people, each with a balance of their own."""
        match self.scope:
            case Scope.ROLE:
                return True
            case Scope.PERSON:
                return self.subject == EVERYONE
            case Scope.INSTALLATION | Scope.TENANT | Scope.CHANNEL:
                return False


@dataclass(frozen=True, kw_only=True)
class BalanceKey:
    """One running balance: a budget, whom it is counted for, and when its window began (UTC micros)."""

    budget_id: str
    subject: str
    window_start: int


@dataclass(frozen=True, kw_only=True)
class Balance:
    """What has happened to one budget in one window."""

    key: BalanceKey
    spent: Micros = ZERO
    held: Micros = ZERO
    granted: Micros = ZERO


@dataclass(frozen=True, kw_only=True)
class Line:
    """A budget that applies to a person, with its balance in the window of now."""

    budget: Budget
    balance: Balance
    resets_at: int | None

    @property
    def limit(self) -> Micros | None:
        """The limit with what was granted on top in this window."""
        return None if self.budget.limit is None else Micros(self.budget.limit + self.balance.granted)

    @property
    def left(self) -> Micros | None:
        """What may still be reserved; negative after an overrun, None for an account."""
        return None if self.limit is None else Micros(self.limit - self.balance.spent - self.balance.held)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One immutable ledger line: at most one opening and one closing per request and balance.

    The three deltas are what the entry does to the balance. `overrun` is the part of a settlement
    above its hold. `by` is the person or admin behind it.
    """

    key: BalanceKey
    kind: Kind
    request_id: str = ""
    held: Micros = ZERO
    spent: Micros = ZERO
    granted: Micros = ZERO
    overrun: Micros = ZERO
    at: int = 0
    by: str = ""


def account_of(tenant: str) -> Budget:
    """The tenant's account: counts everything, refuses nothing."""
    return Budget(
        id=f"account:{tenant}",
        tenant=tenant,
        scope=Scope.TENANT,
        subject="",
        window=Window.TOTAL,
        limit=None,
    )


def window_bounds(window: Window, now: int, zone: str) -> tuple[int, int | None]:
    """Start and end of the window around `now`, UTC micros; a total starts at 0 and never ends.

    Midnight is the wall clock's, so a day with a change to or from summer time has 23 or 25 hours.
    """
    if window is Window.TOTAL:
        return 0, None
    local = datetime.fromtimestamp(now // 1_000_000, UTC).astimezone(ZoneInfo(zone))
    start = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match window:
        case Window.DAY:
            end = start + timedelta(days=1)
        case Window.WEEK:
            start -= timedelta(days=start.weekday())
            end = start + timedelta(days=7)
        case Window.MONTH:
            start = start.replace(day=1)
            end = (start + timedelta(days=32)).replace(day=1)
    return _micros(start), _micros(end)


def applicable(budgets: Iterable[Budget], actor: Actor, *, exempt: bool = False) -> list[tuple[Budget, str]]:
    """The budgets that bind the actor, each with the subject it is counted for; the account comes first.

    For every window: a person's own budget; of the actor's roles the one with the highest limit; the
    default for everyone only where the actor has neither. An exempt actor is bound only by the
    tenant's and the installation's budgets.
    """
    found: list[tuple[Budget, str]] = [(account_of(actor.tenant), "")]
    own: set[Window] = set()
    roles: dict[Window, Budget] = {}
    defaults: list[Budget] = []
    for budget in budgets:
        match budget.scope:
            case Scope.INSTALLATION | Scope.TENANT:
                found.append((budget, ""))
            case Scope.CHANNEL:
                if not exempt and budget.subject == actor.channel:
                    found.append((budget, actor.channel))
            case Scope.ROLE:
                best = roles.get(budget.window)
                wider = best is None or (budget.limit or 0) > (best.limit or 0)
                if not exempt and budget.subject in actor.roles and wider:
                    roles[budget.window] = budget
            case Scope.PERSON:
                if not exempt and budget.subject == actor.person:
                    own.add(budget.window)
                    found.append((budget, actor.person))
                elif not exempt and budget.subject == EVERYONE:
                    defaults.append(budget)
    found += [(budget, actor.person) for budget in roles.values()]
    covered = own | roles.keys()
    found += [(budget, actor.person) for budget in defaults if budget.window not in covered]
    return found


def tightest(lines: Iterable[Line]) -> Line | None:
    """The line with the least left; accounts do not count."""
    limited = [line for line in lines if line.left is not None]
    return min(limited, key=lambda line: line.left or ZERO, default=None)


def reserve(lines: Sequence[Line], hold: Micros, *, request_id: str, by: str) -> list[Entry]:
    """Entries that hold the amount against every line, all or nothing.

    Raises BudgetExceeded naming the tightest line when any has less than `hold` left, the installation's
    before all others, since nobody in the tenant can raise it; a hold is never cut to fit.
    """
    short = [line for line in lines if line.left is not None and line.left < hold]
    worst = tightest(line for line in short if line.budget.scope is Scope.INSTALLATION) or tightest(short)
    if worst is not None:
        raise BudgetExceeded(
            budget_id=worst.budget.id,
            budget=describe(worst.budget),
            price=hold,
            left=worst.left or ZERO,
            resets_at=worst.resets_at,
            scope=worst.budget.scope,
        )
    return [
        Entry(key=line.balance.key, kind=Kind.RESERVE, request_id=request_id, held=hold, by=by)
        for line in lines
    ]


def settle(opening: Iterable[Entry], cost: Micros) -> list[Entry]:
    """Entries that turn holds into spending, in the windows they were taken from.

    A cost above the hold is booked as it is, the excess marked as an overrun.
    """
    return [
        Entry(
            key=entry.key,
            kind=Kind.SETTLE,
            request_id=entry.request_id,
            held=Micros(-entry.held),
            spent=cost,
            overrun=Micros(max(0, cost - entry.held)),
            by=entry.by,
        )
        for entry in opening
    ]


def release(opening: Iterable[Entry]) -> list[Entry]:
    """Entries that give holds back untouched."""
    return [
        Entry(
            key=entry.key,
            kind=Kind.RELEASE,
            request_id=entry.request_id,
            held=Micros(-entry.held),
            by=entry.by,
        )
        for entry in opening
    ]


def adjust(opening: Iterable[Entry], difference: Micros, *, by: str) -> list[Entry]:
    """Entries that correct a closed request by `difference`, when the gateway's log knows better."""
    return [
        Entry(key=entry.key, kind=Kind.ADJUST, request_id=entry.request_id, spent=difference, by=by)
        for entry in opening
    ]


def grant(lines: Iterable[Line], amount: Micros, *, request_id: str, by: str) -> list[Entry]:
    """Entries that make room for `amount` wherever it is lacking, by exactly that amount.

    Raises BudgetExceeded where the installation's own budget lacks room: no tenant's admin may raise it.
    """
    short = [line for line in lines if line.left is not None and line.left < amount]
    own = [line for line in short if line.budget.scope is Scope.INSTALLATION]
    if own:
        reserve(own, amount, request_id=request_id, by=by)
    return [
        Entry(key=line.balance.key, kind=Kind.GRANT, request_id=request_id, granted=amount, by=by)
        for line in short
    ]


def post(balance: Balance, entry: Entry) -> Balance:
    """The balance after the entry."""
    return Balance(
        key=balance.key,
        spent=Micros(balance.spent + entry.spent),
        held=Micros(balance.held + entry.held),
        granted=Micros(balance.granted + entry.granted),
    )


def describe(budget: Budget) -> str:
    """A budget's name for people: “your budget for today”, “the server's budget for this month”."""
    return _whose(budget.scope) + _when(budget.window)


def _whose(scope: Scope) -> str:
    match scope:
        case Scope.PERSON:
            return "Your budget"
        case Scope.ROLE:
            return "Your role's allowance"
        case Scope.CHANNEL:
            return "This channel's budget"
        case Scope.TENANT:
            return "The budget of everyone here"
        case Scope.INSTALLATION:
            return "The bot's own budget"


def _when(window: Window) -> str:
    match window:
        case Window.DAY | Window.WEEK | Window.MONTH:
            return " for today" if window is Window.DAY else f" for this {window}"
        case Window.TOTAL:
            return ""


def refused_scope(request: Request) -> str:
    """What the budget binds that refused the request; empty where none did, or an old row does not say.

    Older rows keep the budget's name only; it tells at least the installation's.
    """
    failure = request.failure
    if failure is None or failure.code != BudgetExceeded.code:
        return ""
    named = request.refused_budget.startswith(_whose(Scope.INSTALLATION))
    return failure.scope or (Scope.INSTALLATION if named else "")


def grantable(refusal: Refusal) -> bool:
    """True where an admin could let the request run all the same; the installation's budget is the
    operator's.
    """
    return isinstance(refusal, BudgetExceeded) and refusal.scope != Scope.INSTALLATION


def can_be_granted(request: Request) -> bool:
    """True where a budget refused the request, an admin could grant it, and none has decided yet."""
    failure = request.failure
    if failure is None or failure.code != BudgetExceeded.code or request.approved_by:
        return False
    return request.state is State.REFUSED and refused_scope(request) != Scope.INSTALLATION


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
