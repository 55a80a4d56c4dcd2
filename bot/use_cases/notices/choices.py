"""Whether a person is told about their own limits, and what they were told.

What a place's admins are told of shared limits is among its settings (`Tenant.notices`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.core.errors import NotFound
from bot.core.notices.thresholds import NOTICE_CHOICE, Notice, NoticeOutcome
from bot.core.ports.for_adapters import Documents
from bot.core.request import Actor
from bot.core.text.translation import gettext as _


class ToldBefore(Documents, Protocol):
    """The part of the store that this needs."""

    async def notice(self, notice_id: str) -> Notice | None: ...

    async def notices_of_person(self, person: str, *, most: int = 20) -> list[Notice]: ...


class NoticeChoices:
    """A person's own choice; nobody makes it for them."""

    def __init__(self, store: ToldBefore) -> None:
        self._store = store

    async def wanted(self, actor: Actor) -> bool:
        """True unless the person has switched notices off."""
        choice = await self._store.get_document(NOTICE_CHOICE, actor.person)
        return not (choice or {}).get("off")

    async def choose(self, actor: Actor, *, wanted: bool) -> None:
        """Switch notices on or off, in every place."""
        if wanted:
            await self._store.delete_document(NOTICE_CHOICE, actor.person)
        else:
            await self._store.put_document(NOTICE_CHOICE, actor.person, {"off": True})

    async def is_own(self, actor: Actor, notice_id: str) -> bool:
        """Whether a notice was about a limit of the actor's own. Raises NotFound."""
        found = await self._store.notice(notice_id)
        if found is None or (found.person and found.person != actor.person):
            raise NotFound(_("There is no such notice any more."))
        return bool(found.person)

    async def told(self, actor: Actor) -> Sequence[Notice]:
        """What the person was told lately in this place, newest first."""
        found = await self._store.notices_of_person(actor.person)
        shown = (NoticeOutcome.TOLD, NoticeOutcome.WAITING)
        return [one for one in found if one.outcome in shown and one.tenant == actor.tenant]
