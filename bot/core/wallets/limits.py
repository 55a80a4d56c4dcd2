"""Limits for a person in all places: which of the person's accounts count for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.core.ledger import Balance, Budget, BudgetLine, Scope, Subject, everywhere
from bot.core.money import Micros
from bot.core.wallets.members import LinkedAccount
from bot.core.windows import UTC_ALWAYS, bounds


def is_private(budget: Budget) -> bool:
    """True for one person's limit in all places; only the operator sees these in a list."""
    return budget.scope is Scope.EVERYWHERE and not budget.everyones


def line_everywhere(
    budget: Budget,
    person: str,
    linked: Iterable[LinkedAccount],
    balances: Mapping[Subject, Balance],
    *,
    granted: Micros,
    now: int,
) -> BudgetLine:
    """A limit in all places with what the person's accounts have spent of it together.

    An account that was linked at some time in the running window counts until that window ends, so that
    nobody gets a limit back by leaving.
    """
    start, end = bounds(budget.window, now, UTC_ALWAYS)
    accounts = [person, *(one.person for one in linked if one.counts_since(start))]
    found = [balances[one] for one in map(everywhere, accounts) if one in balances]
    return BudgetLine(
        budget=budget,
        spent=Micros(sum(one.spent(budget.window, start) for one in found)),
        held=Micros(sum(one.held for one in found)),
        granted=granted,
        resets_at=end,
    )
