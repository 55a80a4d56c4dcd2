"""The bare gateway on a socket: one port for the API and its media, one more host for media elsewhere."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from tests.fakes.bare_gateway.gateway import BareGateway
from tests.fakes.bare_gateway.wire import Call, Reply

LARGEST_REQUEST = 64 * 1024 * 1024
OTHER_HOST = "127.0.0.2"
"""Another loopback address, for results that another host serves."""


@asynccontextmanager
async def running_bare_gateway(gateway: BareGateway | None = None) -> AsyncGenerator[BareGateway, None]:
    """A gateway listening on free ports, closed at the end."""
    gateway = gateway or BareGateway()
    async with AsyncExitStack() as stack:
        gateway.media.origin = await stack.enter_async_context(_listening(gateway, "127.0.0.1"))
        gateway.media.other_origin = await stack.enter_async_context(_listening(gateway, OTHER_HOST))
        yield gateway


@asynccontextmanager
async def _listening(gateway: BareGateway, host: str) -> AsyncGenerator[str, None]:
    async def handle(request: web.Request) -> web.StreamResponse:
        content = await request.read()
        call = Call(
            method=request.method, target=str(request.rel_url), headers=dict(request.headers), content=content
        )
        return await _send(request, gateway.handle(call))

    app = web.Application(client_max_size=LARGEST_REQUEST)
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, host, 0)
    await site.start()
    try:
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def _send(request: web.Request, reply: Reply) -> web.StreamResponse:
    headers = {**reply.headers, "Content-Type": reply.content_type}
    if reply.pieces is None:
        return web.Response(status=reply.status, body=reply.body, headers=headers)
    response = web.StreamResponse(status=reply.status, headers=headers)
    await response.prepare(request)
    for piece in reply.pieces:
        await response.write(piece)
    await response.write_eof()
    return response
