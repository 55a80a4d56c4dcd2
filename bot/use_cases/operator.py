"""What the operator decides about limits, on the command line: totals of places, trust, the installation."""

from __future__ import annotations

from dataclasses import replace

from bot.core.audit.entries import OPERATOR
from bot.core.budget_rules.replaced_limits import BudgetChange, loosened
from bot.core.errors import InvalidOrder, NotFound
from bot.core.ledger import INSTALLATION, OPERATORS, TRUSTED, Budget, GivenBy, Scope, new_budget
from bot.core.money import Micros
from bot.core.place_lists.projects import name_of, project_named
from bot.core.ports.store import Store
from bot.core.text.translation import gettext as _
from bot.core.windows import Window


async def set_limit(
    store: Store, tenant: str, scope: Scope, subject: str, window: Window, limit: Micros
) -> BudgetChange:
    """Set or replace a budget. A total of a place, and the installation's, then belong to the operator; any
    other budget is the place's own, as if an admin there had set it. A project is given by its name; raises
    InvalidOrder for an unknown one.
    """
    projects = (await store.tenant(tenant)).projects
    if scope is Scope.PROJECT:
        subject = project_named(projects, subject).id
    given_by = GivenBy.OPERATOR if scope in OPERATORS else GivenBy.ADMINS
    budget = new_budget(tenant, scope, subject, window, limit, given_by=given_by)
    known = [line.budget for line in await store.budgets(tenant)]
    made = await store.set_budget(budget, by=OPERATOR)
    if budget.scope is Scope.TENANT:
        await _forget_missing(store, known, made)
    if scope is Scope.PROJECT:
        made = replace(made, name=name_of(projects, subject))
    return BudgetChange(budget=made, looser_than=loosened(known, budget))


async def set_everywhere(store: Store, person: str, window: Window, limit: Micros) -> BudgetChange:
    """Set or replace what one person (`*`: each person) may spend in all places, with linked accounts.

    Raises InvalidOrder for a total: it never ends, so nobody could ever leave those they are linked with.
    """
    if window is Window.TOTAL:
        text = _("A limit for a person everywhere is for a day, a week or a month, since a total never ends.")
        raise InvalidOrder(text, field="window")
    return await set_limit(store, INSTALLATION, Scope.EVERYWHERE, person, window, limit)


async def _forget_missing(store: Store, known: list[Budget], made: Budget) -> None:
    """A total that is given ends an earlier “no limit” of the place in another window."""
    for one in known:
        if one.scope is Scope.TENANT and one.limit is None and one.id != made.id:
            await store.remove_budget(one.id, by=OPERATOR)


async def trust(store: Store, place: str) -> list[Budget]:
    """Let a place spend without a total of the operator's; returns the limits that this lifts.

    What binds each person there, and the installation's limit, stay.
    """
    lifted = [line.budget for line in await store.budgets(place) if _total(line.budget)]
    trusted = new_budget(place, Scope.TENANT, "", Window.MONTH, None, given_by=GivenBy.OPERATOR, note=TRUSTED)
    for one in lifted:
        await store.remove_budget(one.id, by=OPERATOR)
    await store.set_budget(trusted, by=OPERATOR)
    return [one for one in lifted if one.limit is not None]


async def start_over(store: Store, place: str) -> list[Budget]:
    """Let the starter limits bind a place, or the installation (`*`), as if it were new: what the operator
    gave it, “trusted” and “kept from before” end. What its admins have set stays, and so do limits for people
    everywhere. Returns what ended.
    """
    given = [line.budget for line in await store.budgets(place) if line.budget.tenant == place]
    given = [one for one in given if one.scope is not Scope.EVERYWHERE]
    ended = [one for one in given if one.given_by is GivenBy.OPERATOR]
    for one in ended:
        await store.remove_budget(one.id, by=OPERATOR)
    return ended


async def remove(store: Store, name: str) -> None:
    """Remove a budget by its id. Raises NotFound for an id that no budget has."""
    if not await store.remove_budget(name, by=OPERATOR):
        raise NotFound(_("There is no budget called {name}.").format(name=name[:100]))


def _total(budget: Budget) -> bool:
    return budget.scope is Scope.TENANT and budget.given_by is not GivenBy.ADMINS
