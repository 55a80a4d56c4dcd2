"""What a new limit takes the place of, and whether it is looser: then the admin is told so.

Limits of different windows are compared by what they allow in a month (`limits.monthly`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.core.ledger import Budget, GivenBy, Scope
from bot.core.limits import monthly
from bot.core.windows import Window


@dataclass(frozen=True, kw_only=True)
class BudgetChange:
    """A budget that was set, and the tightest limit that it loosens; None when it loosens nothing."""

    budget: Budget
    looser_than: Budget | None = None


def loosened(known: Sequence[Budget], new: Budget) -> Budget | None:
    """The tightest of the limits whose place the new one takes, if that allows less; else None.

    `known` are the budgets of the tenant before the change. A person's own budget is compared with
    everyone's, since the roles of a person who is not here are not known.
    """
    found = [one for one in _replaced(known, new) if one.limit is not None]
    tightest = min(found, key=monthly, default=None)
    return tightest if tightest is not None and monthly(tightest) < monthly(new) else None


def _replaced(known: Sequence[Budget], new: Budget) -> list[Budget]:
    level = [one for one in known if _level(one) == _level(new)]
    same = [one for one in level if one.window is new.window]
    if same:
        return same
    stored = [one for one in level if one.given_by in (GivenBy.ADMINS, GivenBy.OPERATOR)]
    if any(one.limit is not None for one in stored):
        return []  # the others go on, so that one more can only be tighter
    return [one for one in level if one.given_by is GivenBy.STARTER] or _below(known, new)


def _level(budget: Budget) -> tuple[object, ...]:
    """Budgets of one level bind together; for a place's total the operator's and the admins' are two."""
    return (budget.tenant, budget.scope, budget.subject, budget.fixed)


def _below(known: Sequence[Budget], new: Budget) -> list[Budget]:
    """The next level of the chain that a first budget for a person or a role takes the place of."""
    match new.scope:
        case Scope.ROLE:
            return [one for one in known if one.scope is Scope.PERSON and one.everyones]
        case Scope.PERSON | Scope.EVERYWHERE:
            found = [one for one in known if one.scope is new.scope and one.everyones]
            return [] if new.everyones else found
        case Scope.INSTALLATION | Scope.TENANT | Scope.CHANNEL | Scope.PROJECT:
            return []


_LENGTH = tuple(Window)


def would_raise(known: Iterable[Budget], new: Budget) -> Budget | None:
    """The operator's limit that an admin's new total of the place cannot go beyond, if it would.

    A larger amount for a longer window is no raise: both bind.
    """
    if new.scope is not Scope.TENANT or new.limit is None:
        return None
    for one in known:
        given = one.scope is Scope.TENANT and one.fixed and one.limit is not None and new.limit > one.limit
        if given and _LENGTH.index(new.window) <= _LENGTH.index(one.window):
            return one
    return None
