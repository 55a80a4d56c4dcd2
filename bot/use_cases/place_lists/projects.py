"""The projects of a place: everybody may see them, its admins change them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from bot.core.errors import NotAllowed
from bot.core.place_lists import projects
from bot.core.place_lists.names import NONE, folded
from bot.core.place_lists.projects import Project, open_projects, project_for_order
from bot.core.ports.store import Store
from bot.core.request import Actor
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _

log = structlog.get_logger(__name__)


class ProjectList:
    """Projects by their names. What changes them raises NotAllowed for people who are not admins."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self, actor: Actor) -> list[Project]:
        """Every project of the actor's place: the open ones by name, then the closed ones."""
        known = (await self._store.tenant(actor.tenant)).projects
        shut = [one for one in known if one.closed]
        return open_projects(known) + sorted(shut, key=lambda one: folded(one.name))

    async def open(self, actor: Actor) -> list[Project]:
        """Those that take orders, by name."""
        return open_projects((await self._store.tenant(actor.tenant)).projects)

    async def find(self, actor: Actor, name: str) -> Project:
        """The project with this name or id, also a closed one. Raises InvalidOrder with the nearest names."""
        return projects.project_named((await self._store.tenant(actor.tenant)).projects, name)

    async def of_channel(self, actor: Actor) -> Project | None:
        """The project for which orders in the actor's channel are when nobody says one."""
        return (await self._store.tenant(actor.tenant)).project_in(actor)

    async def add(self, actor: Actor, name: str) -> list[Project]:
        """A new project. Raises InvalidOrder for a name that is taken or no name."""
        return await self._change(actor, lambda now: {"projects": projects.added(now.projects, name)})

    async def rename(self, actor: Actor, old: str, new: str) -> list[Project]:
        """Another name; what was ordered and spent stays with the project. Raises InvalidOrder."""
        return await self._change(actor, lambda now: {"projects": projects.renamed(now.projects, old, new)})

    async def close(self, actor: Actor, name: str, *, is_closed: bool = True) -> list[Project]:
        """Closed, it takes no orders; not `is_closed`, it does again. Raises InvalidOrder."""
        return await self._change(
            actor, lambda now: {"projects": projects.closed(now.projects, name, is_closed=is_closed)}
        )

    async def set_default(self, actor: Actor, channel: str, name: str) -> Project | None:
        """For which project a channel's orders are when nobody says one; `none` for none.

        Raises InvalidOrder.
        """

        def changed(now: Tenant) -> dict[str, object]:
            found = None if folded(name) == NONE else project_for_order(now.projects, name)
            others = {key: value for key, value in now.channel_projects.items() if key != channel}
            return {"channel_projects": others if found is None else {**others, channel: found.id}}

        await self._change(actor, changed)
        tenant = await self._store.tenant(actor.tenant)
        return tenant.project_in(replace(actor, channel=channel))

    async def _change(self, actor: Actor, change: Callable[[Tenant], dict[str, object]]) -> list[Project]:
        await changed_by_admin(self._store, actor, change)
        return await self.all(actor)


async def changed_by_admin(
    store: Store, actor: Actor, change: Callable[[Tenant], dict[str, object]]
) -> Tenant:
    """Apply a change to the lists of a place, in one transaction. Raises NotAllowed, and what it raises."""
    names: list[str] = []

    def changed(tenant: Tenant) -> Tenant:
        if not tenant.administers(actor):
            raise NotAllowed(_("Only admins can do that here."))
        facts = change(tenant)
        names[:] = sorted(facts)
        return replace(tenant, **facts)  # type: ignore[arg-type]

    found = await store.change_tenant(actor.tenant, changed, by=actor)
    log.info("list_changed", tenant=actor.tenant, names=names, by=actor.person)
    return found


async def project_id(store: Store, actor: Actor, name: str | None = None) -> str:
    """The id of a project by its name; without one that of the channel. Empty for none, or an empty name.

    Raises InvalidOrder for an unknown one.
    """
    tenant = await store.tenant(actor.tenant)
    if name is None:
        found = tenant.project_in(actor)
        return found.id if found else ""
    return projects.project_named(tenant.projects, name).id if name else ""
