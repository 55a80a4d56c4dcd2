"""The CDN host: files at signed URLs that expire, as Discord's do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from tests.fakes.discord_server.world import World


def serve_attachment(world: World) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def serve(request: web.Request) -> web.Response:
        attachment = world.attachments.get(int(request.match_info["attachment"]))
        ex, since = request.query.get("ex", ""), request.query.get("is", "")
        signed = request.query.get("hm") == world.sign(request.path, ex, since)
        fresh = signed and int(ex, 16) > world.clock.now()
        if attachment is None or attachment.removed or not fresh:
            return web.Response(status=404, text="This content is no longer available.")
        kind = attachment.content_type or "application/octet-stream"
        return web.Response(body=attachment.data, content_type=kind)

    return serve
