"""`budget list`: the rows, those of every place, and the same for programs."""

from __future__ import annotations

from typing import Any

from adapters.common import wording
from adapters.common.budget_words import giver
from bot.core.ledger import INSTALLATION, BudgetLine
from bot.core.money import dollars
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
        "–" if line.left is None else wording.left(line.left),
        giver(budget).strip(" ()") or "admins",
    )


def budget_facts(line: BudgetLine) -> dict[str, Any]:
    """One line for programs; amounts in micro-dollars, None for no limit."""
    budget = line.budget
    return {
        "id": budget.id,
        "tenant": budget.tenant,
        "scope": budget.scope,
        "subject": budget.subject,
        "window": budget.window,
        "limit": line.limit,
        "spent": line.spent,
        "held": line.held,
        "left": line.left,
        "given_by": budget.given_by,
    }
