"""A person's home: the server that pays for them in direct messages and personal installations.

Only the person chooses it. Adapters say where the person is a member now; this module cannot know.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog

from bot.core.errors import NotAllowed
from bot.core.identity import Home
from bot.core.ports.store import Store
from bot.core.tenant import Access, Tenant
from bot.core.text.translation import gettext as _

log = structlog.get_logger(__name__)


class Homes:
    """Use cases around homes."""

    def __init__(self, store: Store, access: Access) -> None:
        self._store = store
        self._access = access

    async def of(self, person: str) -> Home | None:
        """The home that a person has chosen, or None. Whether they are still a member is not known here."""
        return await self._store.home(person)

    async def offered(self, person: str, tenants: Iterable[str]) -> list[str]:
        """Those of the tenants that would pay for a person elsewhere; they are a member of all of them."""
        settings = [await self._store.tenant(tenant) for tenant in tenants]
        return [tenant.id for tenant in settings if not self._obstacle(tenant, person)]

    async def choose(self, person: str, tenant_id: str) -> Home:
        """Make a tenant the home of one of its members.

        Raises NotAllowed where it does not pay for this person elsewhere, TooLate when another home was
        chosen within the last 24 hours.
        """
        if obstacle := self._obstacle(await self._store.tenant(tenant_id), person):
            raise NotAllowed(obstacle)
        home = await self._store.choose_home(person, tenant_id)
        log.info("home_chosen", tenant=tenant_id)
        return home

    def _obstacle(self, tenant: Tenant, person: str) -> str:
        if person in tenant.blocked_people:
            return _("You are blocked there, so it cannot pay for you here.")
        if not tenant.pays_elsewhere:
            return _("Its admins do not let it pay for anything outside of it.")
        if not self._access.allows(tenant.id):
            return _("The operator of this bot has not allowed it to be used there.")
        return ""
