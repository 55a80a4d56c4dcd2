"""Results and pictures sent in, from our own copies; a film can be sought in (byte ranges)."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

from adapters.web import texts
from adapters.web.context import AdapterContext
from bot.core.errors import NotFound
from bot.core.request import Actor, Request, uploads_of
from bot.use_cases.result_copies import EDGES

_SHOWN = frozenset(
    ("image/png", "image/jpeg", "image/webp", "image/gif", "image/avif", "video/mp4", "video/webm")
)
_EDGES = frozenset(str(edge) for edge in EDGES)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=86400, immutable",
}


class MediaHandlers:
    """Handlers that answer with bytes."""

    def __init__(self, context: AdapterContext) -> None:
        self._context = context

    def routes(self) -> list[web.RouteDef]:
        """The table of these handlers."""
        inside = self._context.inside
        return [
            web.get(r"/media/{id}/input/{index:\d{1,2}}", inside(self.sent_in)),
            web.get(r"/media/{id}/{index:\d{1,2}}", inside(self.result)),
        ]

    async def result(self, request: web.Request, actor: Actor) -> web.StreamResponse:
        """One result; `?download=1` to save it, `?edge=480` for a copy of about that many pixels a side."""
        found, index = await self._found(request, actor)
        if copy := await self._copy(request, found, index):
            return web.FileResponse(copy, headers={**_HEADERS, "Content-Type": "image/webp"})
        path = await self._context.service.result_file(found, index)
        if path is None:
            raise NotFound(texts.result_gone())
        kind = found.assets[index].content_type
        headers = dict(_HEADERS)
        if "download" in request.query or kind not in _SHOWN:
            headers["Content-Disposition"] = f'attachment; filename="{found.id}-{index + 1}{path.suffix}"'
        response = web.FileResponse(path, headers=headers)
        response.content_type = kind if kind in _SHOWN else "application/octet-stream"
        return response

    async def _copy(self, request: web.Request, found: Request, index: int) -> Path | None:
        edge = request.query.get("edge", "")
        if edge not in _EDGES or "download" in request.query:
            return None
        return await self._context.service.copies.find(found, index, int(edge))

    async def sent_in(self, request: web.Request, actor: Actor) -> web.StreamResponse:
        """One picture of the order, as it was cleaned; `?edge=480` for a copy of so many pixels a side."""
        found, index = await self._found(request, actor)
        edge = request.query.get("edge", "")
        pictures = self._context.service.pictures
        if edge in _EDGES and (small := await pictures.small(found, index, int(edge))) is not None:
            return web.Response(body=small, content_type="image/webp", headers=_HEADERS)
        uploads = uploads_of(found.order)
        data = await pictures.sent_in(found, index)
        if data is None:
            raise NotFound(texts.picture_gone())
        return web.Response(body=data, content_type=uploads[index].content_type, headers=_HEADERS)

    async def _found(self, request: web.Request, actor: Actor) -> tuple[Request, int]:
        found = await self._context.service.request(actor, request.match_info["id"])
        return found, int(request.match_info["index"])
