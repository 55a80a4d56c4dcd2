"""A person's own conversations: which there are, what stands in one, what it has cost.

Nothing is kept about them but their requests: a list reads the first request of each, so a title goes
with its prompt when that is deleted.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from adapters.web.context import AdapterContext, number
from adapters.web.conversations.names import all_own, id_of, name_of, new_id
from adapters.web.json_values import moment
from adapters.web.request_parsing import read_json
from bot.core.command_parser import words
from bot.core.request import Actor, Request
from bot.core.spoken import ConversationPicture
from bot.use_cases.talk import Talk

PAGE = 30
TITLE = 60
"""Characters of a title at most."""


class Conversations:
    """Handlers of one's own conversations."""

    def __init__(self, context: AdapterContext, talk: Talk) -> None:
        self._context = context
        self._talk = talk

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._context.inside
        return [
            web.get("/api/conversations", inside(self.all)),
            web.post("/api/conversations", inside(self.begin)),
            web.get("/api/channel", inside(self.messages)),
            web.get("/api/conversation", inside(self.one)),
            web.post("/api/forget", inside(self.forget)),
        ]

    async def all(self, request: web.Request, actor: Actor) -> web.Response:
        """`GET /api/conversations`: the newest first; `before` of the answer goes on, null at the end."""
        limit, before = number(request, "limit", PAGE, 1, 100), request.query.get("before", "")
        last = name_of(actor, before) if before else ""
        firsts = await self._talk.begun(actor, all_own(actor), limit=limit + 1, before=last)
        found = [
            {"id": id_of(first), "title": title_of(first), "began_at": moment(first.created_at)}
            for first in firsts[:limit]
        ]
        more = id_of(firsts[limit - 1]) if len(firsts) > limit else None
        return web.json_response({"conversations": found, "before": more})

    async def begin(self, request: web.Request, _: Actor) -> web.Response:
        """`POST /api/conversations`: the id of a new one, which is listed once something was said in it."""
        await read_json(request)
        return web.json_response({"id": new_id()})

    async def messages(self, request: web.Request, actor: Actor) -> web.Response:
        """The messages of the channel, or of one `conversation`, oldest first; `before` goes back in time."""
        before, limit = request.query.get("before", "")[:60], number(request, "limit", 30, 1, 50)
        channel, known = self._context.channel, request.query.get("conversation", "")
        name = name_of(actor, known)
        found, more = await (
            channel.conversation(actor, name, before, limit) if known else channel.messages(before, limit)
        )
        return web.json_response({"messages": found, "before": more or None})

    async def one(self, request: web.Request, actor: Actor) -> web.Response:
        """`GET /api/conversation`: its pictures by their names, and what it has cost."""
        name = name_of(actor, request.query.get("conversation", ""))
        first = await self._first(actor, name)
        total = await self._talk.total(actor, name)
        pictures = await self._talk.pictures(actor, name)
        found: list[dict[str, Any]] = [
            {
                "name": one.handle,
                "request": one.request_id,
                "index": one.index,
                "sent": one.sent,
                "url": None if one.awaited or one.lost else _address(one),
            }
            for one in pictures
        ]
        return web.json_response(
            {
                "title": title_of(first) if first else "",
                "began_at": moment(first.created_at) if first else None,
                "pictures": found,
                "charged": total.charged,
                "held": total.held,
                "requests": total.requests,
            }
        )

    async def _first(self, actor: Actor, name: str) -> Request | None:
        """The first request of a conversation of the actor's own; None where nothing was said in it."""
        rows = await self._talk.begun(actor, all_own(actor), limit=1, before=f"{name}0")
        return rows[0] if rows and name_of(actor, id_of(rows[0])) == name else None

    async def forget(self, request: web.Request, actor: Actor) -> web.Response:
        """Erase what the chat remembers of the actor's part in the channel, or of one `conversation`."""
        name = name_of(actor, (await read_json(request)).get("conversation"))
        return web.json_response({"forgotten_turns": await self._context.service.forget(actor, name)})


def _address(one: ConversationPicture) -> str:
    return f"/media/{one.request_id}/{'input/' if one.sent else ''}{one.index}"


def title_of(first: Request) -> str:
    """A conversation's title: the first words that were said in it; empty once they are deleted."""
    if first.purged:
        return ""
    said = " ".join((first.order.prompt or words(first.order)).split())
    if len(said) <= TITLE:
        return said
    cut = said[:TITLE]
    return f"{cut.rpartition(' ')[0] or cut}…"
