"""A way to the sandbox on which answers are spoilt: replaced, cut short, or changed in one place."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
from aiohttp import web

from sandbox import Sandbox

Spoil = Callable[[str, bytes], bytes | None]
"""Of the point reached and the body: another body, or None to cut the connection."""


@dataclass
class Mangler:
    """Spoils what `spoil` chooses; a point is `dry`, `paid`, `job`, `log`, `media` or `other`."""

    spoil: Spoil = lambda _point, body: body


def point_of(request: web.Request) -> str:
    path = request.path
    if "dryRun" in request.query:
        return "dry"
    if path.startswith("/media/"):
        return "media"
    if path.endswith("/requests"):
        return "log"
    if "/videos/" in path:
        return "job"
    return "paid" if request.method == "POST" else "other"


@asynccontextmanager
async def mangled(sandbox: Sandbox) -> AsyncGenerator[tuple[Sandbox, Mangler], None]:
    """The sandbox as seen through the mangler, on a port of its own."""
    mangler = Mangler()
    async with aiohttp.ClientSession(auto_decompress=False) as session:

        async def forward(request: web.Request) -> web.StreamResponse:
            headers = {name: value for name, value in request.headers.items() if name != "Host"}
            async with session.request(
                request.method, sandbox.url + request.path_qs, headers=headers, data=await request.read()
            ) as answer:
                body = (await answer.read()).replace(sandbox.url.encode(), own)
                changed = mangler.spoil(point_of(request), body)
                if changed is None:
                    if request.transport is not None:
                        request.transport.abort()
                    return web.Response()
                kind = {"Content-Type": answer.headers.get("Content-Type", "")}
                return web.Response(status=answer.status, body=changed, headers=kind)

        app = web.Application(client_max_size=2**26)
        app.router.add_route("*", "/{path:.*}", forward)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        own = url.encode()
        try:
            yield replace(sandbox, url=url), mangler
        finally:
            await runner.cleanup()


def one_leaf_changed(body: bytes, index: int, value: Any) -> bytes:
    """The document with its `index`-th value (counted round and round) replaced; other bytes as they are."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, child in items:
            places.append((node, key))
            walk(child)

    walk(document)
    if not places:
        return json.dumps(value).encode()
    node, key = places[index % len(places)]
    node[key] = value
    return json.dumps(document).encode()
