"""Budgets in rows, those of every place among them, and the same for programs."""

from __future__ import annotations

from typing import Any

from adapters.common import wording
from adapters.common.budget_words import giver
from bot.core.ledger import INSTALLATION, Budget, BudgetLine, GivenBy
from bot.core.money import Micros, dollars
from bot.core.ports.store import Store

COLUMNS = ("id", "scope", "subject", "window", "limit", "spent", "held", "left", "given by")


async def every_budget(store: Store) -> list[BudgetLine]:
    """What binds in the installation and in each place, each line once."""
    found: dict[tuple[str, str], BudgetLine] = {}
    for place in (INSTALLATION, *await store.tenants()):
        for line in await store.budgets(place):
            found.setdefault((line.budget.tenant, line.budget.id), line)
    return list(found.values())


def budget_row(line: BudgetLine) -> tuple[str, ...]:
    """One row of the table."""
    budget = line.budget
    return (
        budget.id,
        budget.scope,
        budget.name or budget.subject or "–",
        budget.window,
        "–" if line.limit is None else dollars(line.limit),
        dollars(line.spent),
        dollars(line.held),
        "–" if line.left is None else _left(line.left),
        _giver(budget),
    )


def _giver(budget: Budget) -> str:
    if budget.limit is None or budget.note:
        return giver(budget).strip(" ()")
    match budget.given_by:
        case GivenBy.ADMINS:
            return "admins"
        case GivenBy.OPERATOR:
            return "operator"
        case GivenBy.STARTER:
            return "starting limit"
        case GivenBy.SELF:
            return "the person"


def _left(amount: Micros) -> str:
    return dollars(amount) if amount >= 0 else wording.left(amount)


def budget_facts(budget: Budget) -> dict[str, Any]:
    """A budget for programs; `limit` in micro-dollars, None for no limit."""
    return {
        "id": budget.id,
        "tenant": budget.tenant,
        "scope": budget.scope,
        "subject": budget.subject,
        "window": budget.window,
        "limit": budget.limit,
        "given_by": budget.given_by,
    }


def line_facts(line: BudgetLine) -> dict[str, Any]:
    """The same as it stands: `limit` with what was granted, and amounts in micro-dollars."""
    standing = {"limit": line.limit, "spent": line.spent, "held": line.held, "left": line.left}
    return {**budget_facts(line.budget), **standing}
