"""The use cases of an admin: budgets, grants, approvals, policy, reports.

Every call checks again that the actor is an admin: others can change a platform's permissions on a command,
so these do not protect anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from gettext import gettext as _
from typing import Any

import structlog

from bot.core.capability import Capability
from bot.core.catalog import Catalog
from bot.core.errors import BudgetExceeded, InvalidOrder, NotAllowed, NotFound, TooLate
from bot.core.ledger import Budget, BudgetLine, Scope, check
from bot.core.limits import can_be_granted
from bot.core.money import MAX_MICROS, Micros, with_headroom
from bot.core.ports.for_adapters import Clock
from bot.core.ports.store import Store
from bot.core.request import Actor, Request, State
from bot.core.tenant import KEPT, Sensitive, Tenant, TenantChange, check_elsewhere, valid_zone
from bot.core.text.model_names import well_formed_pattern
from bot.core.windows import Window
from bot.settings import Settings
from bot.use_cases import unknown_calls
from bot.use_cases.reports import Spending, spending

log = structlog.get_logger(__name__)

LIST_MAX = 200
"""The most entries in one list of the settings: models, channels, roles, people."""
_LISTS = frozenset(
    (
        "allowed_models denied_models denied_capabilities allowed_channels exempt_roles blocked_people"
        " admin_people"
    ).split()
)
_SUBJECT = re.compile(r"[\w:.@*-]{1,100}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a tenant spent, and its budgets with their balances."""

    spending: Spending
    lines: Sequence[BudgetLine]


class Admin:
    """Use cases that change who may spend what. All raise NotAllowed for people who are not admins."""

    def __init__(
        self, *, store: Store, catalog: Catalog, clock: Clock, settings: Settings, wake: Any = lambda: None
    ) -> None:
        self._store = store
        self._catalog = catalog
        self._clock = clock
        self._settings = settings
        self._wake = wake

    async def _admin(self, actor: Actor) -> Tenant:
        tenant = await self._store.tenant(actor.tenant)
        if not tenant.administers(actor):
            raise NotAllowed(_("Only admins can do that here."))
        return tenant

    # budgets

    async def budgets(self, actor: Actor) -> list[BudgetLine]:
        """All budgets of the tenant with their balances."""
        await self._admin(actor)
        return [line for line in await self._store.budgets(actor.tenant) if line.limit is not None]

    async def set_budget(
        self, actor: Actor, scope: Scope, subject: str, window: Window, limit: Micros
    ) -> Budget:
        """Set or replace a budget; `subject` is a person, role or channel id, `*` for everyone's default.

        Raises InvalidOrder for a limit below zero or above 10^12 dollars.
        """
        await self._admin(actor)
        if scope is Scope.INSTALLATION:
            raise NotAllowed(_("Only the bot's operator can change its own budget, on the command line."))
        if not 0 <= limit <= MAX_MICROS:
            raise InvalidOrder(
                _("A budget must be $0 or more, and at most $1,000,000,000,000."), field="limit"
            )
        if scope is Scope.TENANT:
            subject = ""
        elif not subject:
            raise InvalidOrder(_("Say which {scope} the budget is for.").format(scope=scope), field="subject")
        elif not _SUBJECT.fullmatch(subject):
            text = _("“{subject}” is not the id of a {scope}.")
            raise InvalidOrder(text.format(subject=subject[:40], scope=scope), field="subject")
        budget = Budget(
            id=budget_id(actor.tenant, scope, subject, window),
            tenant=actor.tenant,
            scope=scope,
            subject=subject,
            window=window,
            limit=limit,
        )
        log.info("budget_set", tenant=actor.tenant, scope=scope, window=window, limit=limit, by=actor.person)
        return await self._store.set_budget(budget, by=actor.person)

    async def remove_budget(self, actor: Actor, budget_id: str) -> None:
        """Remove a budget of this tenant; what was spent under it stays in the ledger."""
        await self._admin(actor)
        budget = await self._budget(actor, budget_id)
        await self._store.remove_budget(budget.id)
        log.info("budget_removed", tenant=actor.tenant, budget=budget_id, by=actor.person)

    async def grant(self, actor: Actor, budget_id: str, subject: str, amount: Micros) -> None:
        """Let `subject` spend `amount` more under a budget until its window ends.

        `subject` matters for allowances counted per person (everyone's default, roles); a budget with one
        subject of its own ignores it.
        """
        await self._admin(actor)
        if not 0 < amount <= MAX_MICROS:
            raise InvalidOrder(_("The extra amount must be more than $0."), field="amount")
        budget = await self._budget(actor, budget_id)
        if budget.scope is Scope.INSTALLATION:
            raise NotAllowed(_("Only the bot's operator can raise its own budget."))
        if budget.per_person and not subject:
            raise InvalidOrder(_("Say who gets the extra amount."), field="subject")
        await self._store.grant(budget, subject, amount, by=actor.person)
        log.info("granted", tenant=actor.tenant, budget=budget_id, amount=amount, by=actor.person)

    async def _budget(self, actor: Actor, budget_id: str) -> Budget:
        for line in await self._store.budgets(actor.tenant):
            if line.budget.id == budget_id and line.limit is not None:
                return line.budget
        raise NotFound(_("There is no such budget here."))

    # approvals

    async def approve(self, actor: Actor, request_id: str) -> Request:
        """Run a request that a person's, a role's or a channel's budget refused, without counting it there.

        It counts for the tenant and the installation; raises BudgetExceeded when their budgets have no room.
        If several admins press at once, the first one decides and the others get TooLate.
        """
        await self._admin(actor)
        refused = await self._refused(actor, request_id)
        now = self._clock.now()
        hold = with_headroom(refused.estimate or Micros(0), self._settings.headroom_percent)
        check(await self._store.lines(refused.actor), hold, approved=True)

        def approved(row: Request) -> Request:
            if row.state is not State.REFUSED or row.approved_by:
                raise TooLate(_("Someone has already decided on this request."))
            return replace(
                row,
                state=State.PRICED,
                approved_by=actor.person,
                confirmed=True,
                failure=None,
                due_at=now,
                finished_at=None,
                notified="",
            )

        moved = await self._store.move(refused.id, approved)
        log.info("approved", request_id=moved.id, by=actor.person)
        self._wake()
        return moved

    async def deny(self, actor: Actor, request_id: str) -> Request:
        """Refuse the approval for good; a later approval gets TooLate."""
        await self._admin(actor)
        refused = await self._refused(actor, request_id)

        def denied(row: Request) -> Request:
            if row.state is not State.REFUSED or row.approved_by:
                raise TooLate(_("Someone has already decided on this request."))
            return replace(row, approved_by=f"denied:{actor.person}")

        return await self._store.move(refused.id, denied)

    async def _refused(self, actor: Actor, request_id: str) -> Request:
        found = await self._request(actor, request_id)
        check_grantable(found)
        return found

    async def _request(self, actor: Actor, request_id: str) -> Request:
        found = await self._store.get(request_id)
        if found is None or found.actor.tenant != actor.tenant:
            raise NotFound(_("There is no such request here."))
        return found

    async def settle_unknown(self, actor: Actor, request_id: str) -> Request:
        """End a call with an unknown outcome and charge its hold. Raises TooLate when it is known."""
        await self._admin(actor)
        found = await self._request(actor, request_id)
        now = self._clock.now()
        moved = await unknown_calls.settle_at_hold(self._store, found.id, by=actor.person, now=now)
        self._wake()
        return moved

    # policy

    async def tenant(self, actor: Actor) -> Tenant:
        """The settings of the actor's tenant."""
        return await self._admin(actor)

    async def change(self, actor: Actor, **changes: Any) -> Tenant:
        """Replace some of the tenant's settings (fields of `Tenant`). Raises InvalidOrder."""
        return await self.revise(actor, lambda _: changes)

    async def revise(self, actor: Actor, change: Callable[[Tenant], TenantChange]) -> Tenant:
        """Apply `change` to the current settings, so that two admins' changes do not overwrite each other.

        Raises InvalidOrder, and whatever `change` raises.
        """
        names: list[str] = []

        def changed(tenant: Tenant) -> Tenant:
            if not tenant.administers(actor):
                raise NotAllowed(_("Only admins can do that here."))
            changes = change(tenant)
            self._check(changes)
            names[:] = sorted(changes)
            return replace(tenant, **changes)

        tenant = await self._store.change_tenant(actor.tenant, changed)
        log.info("settings_changed", tenant=tenant.id, names=names, by=actor.person)
        return tenant

    def _check(self, changes: TenantChange) -> None:
        unknown = changes.keys() - ({field.name for field in fields(Tenant)} - KEPT)
        if unknown:
            names = ", ".join(sorted(unknown))
            raise InvalidOrder(_("There is no setting called {names}.").format(names=names))
        if "zone" in changes:
            valid_zone(changes["zone"])
        for name in ("threshold", "cap"):
            amount = changes.get(name)
            if amount is not None and not 0 <= amount <= MAX_MICROS:
                text = _("`{name}` must be $0 or more, and at most $1,000,000,000,000.")
                raise InvalidOrder(text.format(name=name), field=name)
        for name in _LISTS & changes.keys():
            _bounded(name, changes[name])
        for capability, model in changes.get("defaults", {}).items():
            if capability not in set(Capability):
                raise InvalidOrder(no_capability(capability), field="defaults")
            self._catalog.require(model)
        for capability in changes.get("denied_capabilities", ()):
            if capability not in set(Capability):
                raise InvalidOrder(no_capability(capability), field="denied_capabilities")
        check_elsewhere(changes)
        if "sensitive" in changes and changes["sensitive"] not in set(Sensitive):
            raise InvalidOrder(_("`sensitive` must be never, age_restricted or always."), field="sensitive")

    # reports

    async def report(self, actor: Actor, *, days: int) -> Report:
        """Spending in the last `days` calendar days, today included. Raises InvalidOrder."""
        await self._admin(actor)
        found = await spending(self._store, actor.tenant, days=days, now=self._clock.now())
        return Report(spending=found, lines=await self.budgets(actor))


def no_capability(name: str) -> str:
    """The sentence for a name that is not a capability's."""
    return _("There is no capability called {name}.").format(name=name)


def _bounded(name: str, items: Sequence[str]) -> None:
    """Raise InvalidOrder for a list with too many entries, or with an entry that is not a name."""
    if len(items) > LIST_MAX:
        text = _("`{name}` can have at most {most} entries.")
        raise InvalidOrder(text.format(name=name, most=LIST_MAX), field=name)
    is_name = well_formed_pattern if name in ("allowed_models", "denied_models") else _SUBJECT.fullmatch
    for item in items:
        if not is_name(item):
            text = _("“{entry}” cannot be an entry of `{name}`.")
            raise InvalidOrder(text.format(entry=item[:40], name=name), field=name)


def check_grantable(request: Request) -> None:
    """Raise TooLate when no admin can approve the request."""
    if can_be_granted(request):
        return
    if request.approved_by:
        raise TooLate(_("Someone has already decided on this request."))
    if request.failure is not None and request.failure.code == BudgetExceeded.code:
        raise TooLate(_("No admin here can raise the bot's own budget. Please ask its operator."))
    raise TooLate(_("This request is not waiting for an approval."))


def budget_id(tenant: str, scope: Scope, subject: str, window: Window) -> str:
    """The id of the budget for a subject and window; there can be only one."""
    return ":".join(("budget", tenant, scope, subject, window))
