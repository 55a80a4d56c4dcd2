"""The use cases of an admin: budgets, grants, approvals, policy, reports.

Every call checks again that the actor is an admin: others can change a platform's permissions on a command,
so these do not protect anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import structlog

from bot.core.audit.entries import Act, AuditFilter, entry_by
from bot.core.capability import Capability
from bot.core.catalog import Catalog
from bot.core.errors import InvalidOrder, NotAllowed, TooLate
from bot.core.ledger import BudgetLine, check
from bot.core.money import MAX_MICROS
from bot.core.notices.digest import Digest
from bot.core.notices.thresholds import Notice
from bot.core.ports.for_adapters import Clock
from bot.core.ports.store import Store
from bot.core.request import Actor, Request, State
from bot.core.setting_rules import (
    TenantChange,
    check_capabilities,
    check_digest,
    check_elsewhere,
    check_prompts,
    no_capability,
)
from bot.core.tenant import KEPT, Sensitive, Tenant, valid_zone
from bot.core.text.blocked_words import BlockedUse, well_formed_rule
from bot.core.text.model_names import well_formed_pattern
from bot.core.text.translation import Language
from bot.core.text.translation import gettext as _
from bot.core.windows import Window
from bot.settings import Settings
from bot.use_cases import unknown_calls
from bot.use_cases.budgets import SUBJECT, BudgetAdmin, paid_here
from bot.use_cases.house_rules import BlockedUses
from bot.use_cases.notices.digests import digest_preview
from bot.use_cases.place_lists.projects import ProjectList
from bot.use_cases.place_lists.statements import StatementList
from bot.use_cases.place_lists.styles import StyleList
from bot.use_cases.reports import AUDIT_MAX, AuditPage, Spending, audit_page, spending
from bot.use_cases.row_changes import approval_maximum, approved, check_grantable

log = structlog.get_logger(__name__)

LIST_MAX = 200
"""The most entries in one list of the settings: models, channels, roles, people."""
_LISTS = frozenset(
    (
        "allowed_models denied_models denied_capabilities allowed_channels exempt_roles blocked_people"
        " admin_people blocked_words guest_capabilities guest_models"
    ).split()
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a tenant spent, its budgets with their balances, and what its rules have refused."""

    spending: Spending
    lines: Sequence[BudgetLine]
    blocked: Sequence[BlockedUse] = ()


class Admin(BudgetAdmin):
    """Use cases that change who may spend what. All raise NotAllowed for people who are not admins."""

    def __init__(
        self,
        *,
        store: Store,
        catalog: Catalog,
        clock: Clock,
        settings: Settings,
        wake: Any = lambda: None,
        identity_key: bytes = b"",
    ) -> None:
        super().__init__(store)
        self._catalog = catalog
        self._clock = clock
        self._settings = settings
        self._wake = wake
        self.projects = ProjectList(store)
        self.statements = StatementList(store, clock, identity_key)
        self.styles = StyleList(store, catalog)
        self._blocked_uses = BlockedUses(store, clock, settings.retention_days)

    # approvals

    async def approve(self, actor: Actor, request_id: str) -> Request:
        """Run a request that a person's, a role's or a channel's budget refused, without counting it there.

        It may cost up to the refused price with its headroom, and counts for the tenant and the installation;
        raises BudgetExceeded when their budgets have no room, and ApprovalEnded a day after the refusal. If
        several admins press at once, the first one decides and the others get TooLate.
        """
        await self._admin(actor)
        refused = await self._refused(actor, request_id)
        now = self._clock.now()
        most = approval_maximum(refused, self._settings.headroom_percent)
        check(await self._store.lines(refused.actor, refused.order.project or ""), most, approved=True)
        moved = await self._store.move(
            refused.id,
            lambda row: approved(row, by=actor.person, most=most, now=now),
            audit=entry_by(actor, Act.APPROVED, subject=refused.id, new=str(most)),
        )
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

        audit = entry_by(actor, Act.DENIED, subject=refused.id)
        return await self._store.move(refused.id, denied, audit=audit)

    async def _refused(self, actor: Actor, request_id: str) -> Request:
        found = await paid_here(self._store, actor, request_id)
        check_grantable(found, self._clock.now())
        return found

    async def settle_unknown(self, actor: Actor, request_id: str) -> Request:
        """End a call with an unknown outcome and charge its hold. Raises TooLate when it is known."""
        await self._admin(actor)
        found = await paid_here(self._store, actor, request_id)
        now = self._clock.now()
        moved = await unknown_calls.settle_at_hold(self._store, found.id, by=actor, now=now)
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

        tenant = await self._store.change_tenant(actor.tenant, changed, by=actor)
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
        check_capabilities(changes)
        check_digest(changes)
        if "language" in changes and changes["language"] not in set(Language):
            raise InvalidOrder(_("`language` must be one of {codes}.").format(codes=", ".join(Language)))
        check_elsewhere(changes)
        check_prompts(changes)
        if "sensitive" in changes and changes["sensitive"] not in set(Sensitive):
            raise InvalidOrder(_("`sensitive` must be never, age_restricted or always."), field="sensitive")

    # reports

    async def report(self, actor: Actor, *, days: int) -> Report:
        """Spending in the last `days` calendar days, today included. Raises InvalidOrder."""
        await self._admin(actor)
        found = await spending(self._store, actor.tenant, days=days, now=self._clock.now())
        blocked = await self._blocked_uses.of(actor.tenant)
        return Report(spending=found, lines=await self.budgets(actor), blocked=blocked)

    async def audit(self, actor: Actor, wanted: AuditFilter, *, limit: int = 15) -> AuditPage:
        """Who changed what here: a page of the lines, at most `AUDIT_MAX`, newest first."""
        await self._admin(actor)
        return await audit_page(self._store, actor.tenant, wanted, limit=min(limit, AUDIT_MAX))

    async def notices(self, actor: Actor) -> list[Notice]:
        """What was told of the tenant's shared limits, newest first."""
        await self._admin(actor)
        return await self._store.notices_of_tenant(actor.tenant)

    async def digest(self, actor: Actor, *, window: Window | None = None, last: bool = False) -> Digest:
        """The digest of the running week or month so far, or of the `last` one that is over."""
        tenant = await self._admin(actor)
        return await digest_preview(self._store, tenant, self._clock.now(), window=window, last=last)


def _bounded(name: str, items: Sequence[str]) -> None:
    """Raise InvalidOrder for a list with too many entries, or with an entry that is not a name."""
    if len(items) > LIST_MAX:
        text = _("`{name}` can have at most {most} entries.")
        raise InvalidOrder(text.format(name=name, most=LIST_MAX), field=name)
    kinds = dict.fromkeys(("allowed_models", "denied_models", "guest_models"), well_formed_pattern)
    is_name = {**kinds, "blocked_words": well_formed_rule}.get(name, SUBJECT.fullmatch)
    for item in items:
        if not is_name(item):
            text = _("“{entry}” cannot be an entry of `{name}`.")
            raise InvalidOrder(text.format(entry=item[:40], name=name), field=name)
