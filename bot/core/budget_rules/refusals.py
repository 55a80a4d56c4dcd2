"""Which budget refused a request, and who can do something about it."""

from __future__ import annotations

from bot.core.budget_names import INSTALLATION
from bot.core.errors import BudgetExceeded, Refusal
from bot.core.ledger import Scope
from bot.core.request import Request, State
from bot.core.windows import Window


def refused_scope(request: Request) -> str:
    """The scope of the budget that refused the request; empty when none did, or when an old row does not say.

    Older rows have only the budget's name, which shows at least whether it was the installation's.
    """
    failure = request.failure
    if failure is None or failure.code != BudgetExceeded.code:
        return ""
    named = request.refused_budget.startswith(INSTALLATION[Window.TOTAL])
    return failure.scope or (Scope.INSTALLATION if named else "")


def refused_for_good(request: Request) -> bool:
    """True when a budget refused the request that no admin can raise, only the operator."""
    fixed = request.failure is not None and request.failure.fixed
    return fixed or refused_scope(request) == Scope.INSTALLATION


def grantable(refusal: Refusal) -> bool:
    """True when an admin could approve the request; not where only the operator can raise the budget."""
    if not isinstance(refusal, BudgetExceeded):
        return False
    return not refusal.fixed and refusal.scope != Scope.INSTALLATION


def times_refused(request: Request) -> int:
    """How often the request has been refused so far; an approval that ended may lead to another refusal."""
    return sum(1 for change in request.state_changes if change.state is State.REFUSED)


def can_be_granted(request: Request) -> bool:
    """True when a budget refused the request, an admin could approve it, and none has decided yet."""
    failure = request.failure
    if failure is None or failure.code != BudgetExceeded.code or request.approved_by:
        return False
    return request.state is State.REFUSED and not refused_for_good(request)
