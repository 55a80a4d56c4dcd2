"""What was made on the page: by words, person, model and capability, and each result by its address.

Everyone of the page sees what stands in its channel, so everyone may search in it, and in their own
conversations; what was taken out is in neither. A page of the library reads at most `BATCHES` times `BATCH`
requests from where the last one ended, by the index of the history, however long that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from adapters.web.context import AdapterContext, number
from adapters.web.conversations.names import only_for
from adapters.web.request_parsing import capability_of
from adapters.web.texts.orders import not_in_channel
from adapters.web.view import request_view
from bot.core.capability import Capability
from bot.core.errors import NotFound
from bot.core.request import MADE, Actor, Request

BATCH = 100
BATCHES = 5


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a result must be to be found; what is empty does not count. `words` are all in the prompt."""

    words: tuple[str, ...] = ()
    person: str = ""
    model: str = ""
    capability: Capability | None = None

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        """From `q`, `person`, `model` and `capability`. Raises InvalidOrder for an unknown capability."""
        name = query.get("capability", "")
        return cls(
            words=tuple(query.get("q", "")[:200].casefold().split()),
            person=query.get("person", "")[:100],
            model=query.get("model", "")[:100],
            capability=capability_of(name) if name else None,
        )

    def fits(self, row: Request) -> bool:
        """True for a result that is wanted."""
        if row.state not in MADE or not (row.assets or row.text):
            return False
        prompt = row.order.prompt.casefold()
        return (
            all(word in prompt for word in self.words)
            and self.person in ("", row.actor.person)
            and self.model in ("", row.order.model)
            and self.capability in (None, row.capability)
        )


class Library:
    """Handlers that read only."""

    def __init__(self, context: AdapterContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._context.inside
        return [web.get("/api/library", inside(self.search)), web.get("/api/library/{id}", inside(self.one))]

    async def search(self, request: web.Request, actor: Actor) -> web.Response:
        """`GET /api/library`: newest first; `before` of the answer goes on, null at the end."""
        wanted, limit = Wanted.of(request.query), number(request, "limit", 24, 1, 60)
        gone = await self._context.channel.hidden()
        found: list[Request] = []
        before: str = request.query.get("before", "")[:60]
        for _batch in range(BATCHES):
            rows = await self._context.channel.made(before, BATCH)
            for row in rows:
                before = row.id
                if row.id not in gone and _seen_by(actor, row) and wanted.fits(row):
                    found.append(row)
                if len(found) == limit:
                    return _page(found, before)
            if len(rows) < BATCH:
                return _page(found, "")
        return _page(found, before)

    async def one(self, request: web.Request, actor: Actor) -> web.Response:
        """`GET /api/library/{id}`: one result of the channel. Raises NotFound for what is not in it."""
        row = await self._context.service.request(actor, request.match_info["id"])
        if row.id in await self._context.channel.hidden() or not _seen_by(actor, row):
            raise NotFound(not_in_channel())
        return web.json_response(await self._context.channel.view(row))


def _seen_by(actor: Actor, row: Request) -> bool:
    return only_for(row) in ("", actor.person)


def _page(rows: list[Request], before: str) -> web.Response:
    body: dict[str, Any] = {"results": [request_view(row) for row in rows], "before": before or None}
    return web.json_response(body)
