"""The page's channel and people's own conversations: what stands there, what was taken out, who waits.

A chat platform keeps its own messages; here the requests are the messages, and two small facts are kept
beside them: `hidden` (someone deleted the message) and `asked` (someone asked an admin for room).
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from adapters.common import shared_texts
from adapters.web import texts
from adapters.web.conversations.names import id_of, only_for
from adapters.web.identity import DemoPlace
from adapters.web.speech.view import plan_view
from adapters.web.stream import MessageStream
from adapters.web.view import View, request_view
from bot.core.errors import NotAllowed, NotFound, TooLate
from bot.core.request import TERMINAL, Actor, Request, State
from bot.use_cases.requests import Service
from bot.use_cases.row_changes import check_grantable, is_grantable
from bot.use_cases.talk import Talk

PAGE = 30
SCAN = 100
SCANS = 5
"""Requests read at once, and how often for one page: what belongs to a conversation stands between them."""


class Channel:
    """Reads for everyone; writes with the actor's own rights."""

    def __init__(self, *, service: Service, talk: Talk, demo_place: DemoPlace, stream: MessageStream) -> None:
        self._service = service
        self._talk = talk
        self._demo_place = demo_place
        self._stream = stream
        self._hidden = f"web.hidden/{demo_place.tenant}"
        self._asked = f"web.asked/{demo_place.tenant}"

    async def messages(self, before: str = "", limit: int = PAGE) -> tuple[list[View], str]:
        """The newest messages of the channel, oldest first, and where to go on (`before`), empty at the end.

        There may be fewer than `limit`, even none, before the end.
        """
        gone, shown = await self.hidden(), list[Request]()
        for _scan in range(SCANS):
            rows = await self.made(before, SCAN)
            for row in rows:
                before = row.id
                if row.id not in gone and not id_of(row):
                    shown.append(row)
                if len(shown) == limit:
                    return await self._views(shown), "" if row is rows[-1] and len(rows) < SCAN else before
            if len(rows) < SCAN:
                return await self._views(shown), ""
        return await self._views(shown), before

    async def conversation(
        self, actor: Actor, name: str, before: str = "", limit: int = PAGE
    ) -> tuple[list[View], str]:
        """The same of one of the actor's own conversations."""
        gone = await self.hidden()
        rows = await self._talk.messages(actor, name, limit=limit, before=before)
        shown = [row for row in rows if row.id not in gone]
        return await self._views(shown), rows[-1].id if len(rows) == limit else ""

    async def _views(self, rows: list[Request]) -> list[View]:
        """Newest first, as the page shows them: oldest first."""
        asked = await self._service.documents.documents(self._asked)
        views = [self._with_progress(request_view(row, asked=row.id in asked)) for row in reversed(rows)]
        for row, view in zip(reversed(rows), views, strict=True):
            view["plan"] = plan_view(await self._planned(row))
        return views

    async def made(self, before: str, limit: int) -> list[Request]:
        """Everyone's requests, newest first, also those that were taken out of the channel."""
        reader = self._demo_place.reader()
        return await self._service.history(reader, everyone=True, limit=limit, before=before)

    async def hidden(self) -> Collection[str]:
        """Ids of what was taken out of the channel."""
        return await self._service.documents.documents(self._hidden)

    async def view(self, request: Request) -> View:
        """One request as it stands."""
        return (await self._drawn(request))()

    async def _drawn(self, request: Request) -> Callable[[], View]:
        """The same, to be said in each reader's language."""
        asked = await self._service.documents.get_document(self._asked, request.id)
        orders = await self._planned(request)

        def view() -> View:
            drawn = self._with_progress(request_view(request, asked=asked is not None))
            return {**drawn, "plan": plan_view(orders)}

        return view

    async def _planned(self, request: Request) -> list[Request]:
        """The orders that a message became, where those are several: they wait for one press."""
        if request.reading is None or request.reading.orders < 2:
            return []
        return await self._talk.orders(request.actor, request.id)

    def _with_progress(self, view: View) -> View:
        last = self._stream.last_progress(view["id"]) if view["state"] not in TERMINAL else None
        return {**view, "progress": last} if last is not None else view

    async def publish(self, request: Request) -> View:
        """Show everyone how a request stands now."""
        drawn = await self._drawn(request)
        self._stream.fact("request", drawn, only=only_for(request))
        return drawn()

    async def hide(self, actor: Actor, request_id: str) -> None:
        """Take a message out of the channel; the ledger keeps what it cost."""
        request = await self._service.request(actor, request_id)
        if request.actor.person != actor.person and not await self.administers(actor):
            raise NotAllowed(texts.not_yours_to_delete())
        if request.state not in TERMINAL and request.state is not State.SETTLED:
            raise TooLate(shared_texts.still_running())
        await self._service.documents.put_document(self._hidden, request.id, {"by": actor.person})
        self._stream.fact("hidden", {"id": request.id}, only=only_for(request))

    async def administers(self, actor: Actor) -> bool:
        """True for admins of the page."""
        return (await self._service.tenant(actor.tenant)).administers(actor)

    # approvals

    async def ask_admin(self, actor: Actor, request_id: str) -> Request:
        """Put a refused request before the admins. Only its asker can."""
        request = await self._service.request(actor, request_id)
        if request.actor.person != actor.person:
            raise NotAllowed(shared_texts.not_yours())
        check_grantable(request, self._service.clock.now())
        await self._service.documents.put_document(self._asked, request.id, {"by": actor.person})
        return request

    async def approvals(self, actor: Actor) -> list[View]:
        """What waits for an admin, oldest first."""
        if not await self.administers(actor):
            raise NotAllowed(texts.only_admins())
        waiting: list[View] = []
        for request_id in sorted(await self._service.documents.documents(self._asked)):
            try:
                request = await self._service.request(actor, request_id)
            except NotFound:
                request = None
            if request is not None and is_grantable(request, self._service.clock.now()):
                waiting.append(request_view(request, asked=True))
            else:
                await self._service.documents.delete_document(self._asked, request_id)
        return waiting
