"""A result that was paid for and that no platform took is posted where its person wants it, at no cost.

It is our own copy that is posted, so the gateway's addresses may have expired long ago. Nothing is kept
beyond its retention.
"""

from __future__ import annotations

from dataclasses import replace

from bot.core.errors import NotAllowed, NotFound, TooLate
from bot.core.events import Delivered
from bot.core.order_rules import check_reuse
from bot.core.ports.for_adapters import Clock
from bot.core.ports.media import MediaStore
from bot.core.ports.store import Store
from bot.core.request import Actor, Failure, ReplyTo, Request, State
from bot.core.text.translation import gettext as _
from bot.use_cases.reports import receipt_now

UNPOSTED = "undeliverable"
"""The code of a request whose result could not be posted."""
POSTED = Failure(
    code="posted_again", message=_("The result could not be posted at first, and was posted again later.")
)


def is_unposted(request: Request) -> bool:
    """True for a result that nobody was given. Whether something of it is kept is found out when it is
    asked for.
    """
    return request.state is State.FAILED and request.failure is not None and request.failure.code == UNPOSTED


class PostingAgain:
    """Gives adapters what to post, and records where it went."""

    def __init__(self, *, store: Store, media: MediaStore, clock: Clock) -> None:
        self._store = store
        self._media = media
        self._clock = clock

    async def result(self, actor: Actor, request_id: str) -> Delivered:
        """The result with its receipt, for whoever asked for it and for admins of the same place.

        Raises NotFound where nothing is left of it, NotAllowed (also outside of the kind of channel that it
        is for), and TooLate when it was posted meanwhile.
        """
        request = await self._found(actor, request_id)
        if not is_unposted(request):
            raise TooLate(_("This result has been posted already."))
        check_reuse(request, actor)
        if not request.text and not await self._keeps_any(request):
            raise NotFound(
                _(
                    "Nothing of this result is kept any more, so it cannot be posted again. Asking for it"
                    " again makes a new one, at its own price."
                )
            )
        return Delivered(request=request, receipt=await receipt_now(self._store, request))

    async def posted(self, request_id: str, went: ReplyTo) -> Request:
        """Record where it went. No charge changes."""

        def change(row: Request) -> Request:
            return replace(row, delivery=went, failure=POSTED) if is_unposted(row) else row

        return await self._store.move(request_id, change)

    async def _found(self, actor: Actor, request_id: str) -> Request:
        found = await self._store.get(request_id)
        if found is None or found.actor.place_id != actor.place_id:
            raise NotFound(_("There is no such request here."))
        if found.actor.person == actor.person:
            return found
        if (await self._store.tenant(actor.tenant)).administers(actor):
            return found
        raise NotAllowed(_("Only the person who asked, and admins, can post this result."))

    async def _keeps_any(self, request: Request) -> bool:
        for asset in request.assets:
            if asset.path and await self._media.find(asset.path) is not None:
                return True
        return False
