"""What the admins of a place decide about budgets, within what the operator has given the place.

Every call checks again that the actor is an admin.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog

from bot.core.budget_names import per
from bot.core.budget_rules.replaced_limits import BudgetChange, loosened, would_raise
from bot.core.errors import InvalidOrder, NotAllowed, NotFound
from bot.core.ledger import EVERYONE, Budget, BudgetLine, GivenBy, Scope, new_budget
from bot.core.limits import ExplainedLine, Reason
from bot.core.money import MAX_MICROS, Micros, dollars
from bot.core.place_lists.projects import name_of, project_named
from bot.core.ports.store import Store
from bot.core.request import Actor, Request
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _
from bot.core.windows import Window

log = structlog.get_logger(__name__)

SUBJECT = re.compile(r"[\w:.@*-]{1,100}", re.ASCII)
"""Ids of people, roles, groups and channels."""


@dataclass(frozen=True, kw_only=True)
class Explained:
    """Which limits bind a person now, and why, and why the others do not.

    `known` is false when nothing was asked by the person here before, so that their roles are not known.
    `guest` tells whether they are one; `guests_can` is then all that they can ask for, empty for everything.
    With `elsewhere_hidden` the reader is somebody else, who must not see what the person has spent elsewhere.
    """

    person: str
    lines: Sequence[ExplainedLine]
    blocked: bool = False
    paused: bool = False
    known: bool = True
    elsewhere_hidden: bool = False
    guest: bool = False
    guests_can: Sequence[str] = ()


class BudgetAdmin:
    """Budgets and extra amounts. All raise NotAllowed for people who are not admins."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def _admin(self, actor: Actor) -> Tenant:
        tenant = await self._store.tenant(actor.tenant)
        if not tenant.administers(actor):
            raise NotAllowed(_("Only admins can do that here."))
        return tenant

    async def budgets(self, actor: Actor) -> list[BudgetLine]:
        """Everything that binds here, with balances: budgets, starter limits, and what the operator gave.

        A line without a limit says in its budget's note why there is none.
        """
        await self._admin(actor)
        return await self._store.budgets(actor.tenant)

    async def set_budget(
        self, actor: Actor, scope: Scope, subject: str, window: Window, limit: Micros
    ) -> BudgetChange:
        """Set or replace a budget; `subject` is a person, role or channel id, a project's
        name, `*` for everyone's default.

        Raises InvalidOrder for a limit below zero or above 10^12 dollars, NotAllowed for a total of the place
        above the operator's.
        """
        tenant = await self._admin(actor)
        if scope is Scope.PROJECT and subject:
            subject = project_named(tenant.projects, subject).id
        budget = _checked(actor.tenant, scope, subject, window, limit)
        known = [line.budget for line in await self._store.budgets(actor.tenant)]
        if (given := would_raise(known, budget)) is not None:
            raise NotAllowed(_operators(given))
        log.info("budget_set", tenant=actor.tenant, scope=scope, window=window, limit=limit, by=actor.person)
        made = await self._store.set_budget(budget, by=actor)
        if scope is Scope.PROJECT:
            made = replace(made, name=name_of(tenant.projects, subject))
        return BudgetChange(budget=made, looser_than=loosened(known, budget))

    async def remove_budget(self, actor: Actor, budget_id: str) -> None:
        """Remove a budget of this tenant; what was spent under it stays in the ledger.

        Raises NotAllowed for a limit that the operator gave, and for everyone's starter limit.
        """
        await self._admin(actor)
        budget = await self._budget(actor, budget_id)
        if budget.fixed:
            raise NotAllowed(_operators(budget))
        if budget.given_by is GivenBy.STARTER:
            text = _("Each person starts with {limit} here. To change that, set another budget for everyone.")
            raise NotAllowed(text.format(limit=_amount(budget)))
        await self._store.remove_budget(budget.id, by=actor)
        log.info("budget_removed", tenant=actor.tenant, budget=budget_id, by=actor.person)

    async def grant(self, actor: Actor, budget_id: str, subject: str, amount: Micros) -> None:
        """Let `subject` spend `amount` more under a budget until its window ends.

        `subject` matters for allowances counted per person (everyone's default, roles); a budget with one
        subject of its own ignores it. Everyone's starter limit becomes the admins' own.
        """
        await self._admin(actor)
        if not 0 < amount <= MAX_MICROS:
            raise InvalidOrder(_("The extra amount must be more than $0."), field="amount")
        budget = await self._budget(actor, budget_id)
        if budget.fixed:
            raise NotAllowed(_operators(budget))
        if budget.per_person and not subject:
            raise InvalidOrder(_("Say who gets the extra amount."), field="subject")
        if budget.given_by is GivenBy.STARTER:
            budget = await self._store.set_budget(_adopted(budget), by=actor)
        await self._store.grant(budget, subject, amount, by=actor)
        log.info("granted", tenant=actor.tenant, budget=budget_id, amount=amount, by=actor.person)

    async def _budget(self, actor: Actor, budget_id: str) -> Budget:
        for line in await self._store.budgets(actor.tenant):
            if line.budget.id == budget_id and line.limit is not None:
                return line.budget
        raise NotFound(_("There is no such budget here."))

    async def why(self, actor: Actor, about: Actor, project: str = "") -> Explained:
        """Which limits bind somebody now and why; `about` has their roles as the platform names them.

        `project` is the name of the one that they would order for, else it is that of the channel.
        """
        if about.tenant != actor.tenant:
            raise NotFound(_("That person is not here."))
        tenant = await self._admin(actor)
        wanted = project_named(tenant.projects, project).id if project else ""
        found = await explained(self._store, about, project=wanted)
        return found if about.person == actor.person else _for_others(found)

    async def as_last_seen(self, actor: Actor, person: str, channel: str = "") -> Actor:
        """Somebody with the roles of their last request here, where the platform cannot tell them now."""
        await self._admin(actor)
        return await last_seen(self._store, actor.tenant, person, channel)


def _for_others(found: Explained) -> Explained:
    """Without what a person has spent elsewhere, what they have set for themselves, and with whom they are
    linked: that is theirs to see.
    """
    lines = [one for one in found.lines if one.reason not in (Reason.LINKED, Reason.SELF_SET)]
    return replace(found, lines=lines, elsewhere_hidden=True)


async def paid_here(store: Store, actor: Actor, request_id: str) -> Request:
    """A request for which the actor's tenant pays, wherever it was asked. Raises NotFound."""
    found = await store.get(request_id)
    if found is None or found.actor.tenant != actor.tenant:
        raise NotFound(_("There is no such request here."))
    return found


async def explained(store: Store, about: Actor, *, known: bool = True, project: str = "") -> Explained:
    """Which limits bind a person now, and why; for a project (its id), else for that of the channel."""
    tenant = await store.tenant(about.tenant)
    channels = tenant.project_in(about)
    return Explained(
        person=about.person,
        lines=await store.explained(about, project or (channels.id if channels else "")),
        blocked=about.person in tenant.blocked_people,
        paused=tenant.paused,
        known=known,
        guest=about.guest,
        guests_can=tenant.guest_capabilities if about.guest else (),
    )


async def last_seen(store: Store, tenant: str, person: str, channel: str = "") -> Actor:
    """A person as their last request here described them; without one, without roles."""
    recent = await store.history(tenant, person=person, limit=1)
    found = recent[0].actor if recent else Actor(tenant=tenant, person=person)
    return replace(found, channel=channel) if channel else found


def _checked(tenant: str, scope: Scope, subject: str, window: Window, limit: Micros) -> Budget:
    """The budget, if an admin may set it. Raises NotAllowed, InvalidOrder."""
    if scope in (Scope.INSTALLATION, Scope.EVERYWHERE):
        raise NotAllowed(_operators_own() if scope is Scope.INSTALLATION else _operators_people())
    if not 0 <= limit <= MAX_MICROS:
        raise InvalidOrder(_("A budget must be $0 or more, and at most $1,000,000,000,000."), field="limit")
    if scope is Scope.TENANT:
        subject = ""
    elif not subject:
        raise InvalidOrder(_("Say which {scope} the budget is for.").format(scope=scope), field="subject")
    elif not SUBJECT.fullmatch(subject):
        text = _("“{subject}” is not the id of a {scope}.")
        raise InvalidOrder(text.format(subject=subject[:40], scope=scope), field="subject")
    return new_budget(tenant, scope, subject, window, limit)


def _adopted(starter: Budget) -> Budget:
    """Everyone's starter limit as a budget of the admins."""
    return new_budget(starter.tenant, Scope.PERSON, EVERYONE, starter.window, starter.limit)


def _operators(budget: Budget) -> str:
    """Why an admin cannot raise or remove a limit, and whom to ask."""
    if budget.scope is Scope.INSTALLATION:
        return _operators_own()
    if budget.scope is Scope.EVERYWHERE:
        return _operators_people()
    return _(
        "The operator of this bot has given everyone here together {limit}. You can set less, or divide it"
        " between people, roles and channels. For more, please ask the operator."
    ).format(limit=_amount(budget))


def _operators_own() -> str:
    return _("Only the bot's operator can change its own budget, on the command line.")


def _operators_people() -> str:
    return _("Only the bot's operator can change what a person may spend everywhere, on the command line.")


def _amount(budget: Budget) -> str:
    return f"{dollars(budget.limit or Micros(0))} {per(budget.window)}"
