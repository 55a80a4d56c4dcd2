"""Every route of the one port reads a body up to its limit and no further, with and without its length."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from adapters.server import webhooks
from adapters.web.app import Playground
from adapters.web.server import WebServer
from tests.fakes.playground import DEMO
from tests.fakes.slack_world import slack_world

SENT, PIECE = 40_000_000, 250_000
READ_MOST = 12_000_000
"""Bytes that may leave us before the answer comes: a limit of one megabyte, and what lies in between."""
FORMS = "application/x-www-form-urlencoded"
HOOK = "https://bot.example.org/webhooks/lumenfall"


@asynccontextmanager
async def one_port(tmp_path: Path, password: str) -> AsyncGenerator[WebServer]:
    """Webhooks, Slack over HTTP and the page, behind a password or as in the demo, on one server."""
    more = {"webhook_url": HOOK, "playground_password": password or None}
    async with slack_world(tmp_path, "http", **more) as world:
        core = world.stack.core
        page = Playground(
            service=core.service,
            talk=core.talk,
            admin=core.admin,
            settings=core.settings,
            clock=core.clock,
            demo_place=None if password else DEMO,
        )
        server = WebServer(host="127.0.0.1", port=0)
        server.mount(world.app.routes())
        server.mount(webhooks.routes(core))
        server.mount(page.routes(), closing=page.close_streams)
        await page.start()
        await server.start()
        try:
            yield server
        finally:
            await server.stop()
            await page.stop()


def writing(server: WebServer) -> list[tuple[str, str]]:
    """Method and a path of each route that takes a body."""
    found = {
        (route.method, route.resource.canonical.replace("{", "").replace("}", "").replace(":.*", ""))
        for route in server._app.router.routes()
        if route.resource is not None and route.method in ("POST", "PUT", "PATCH", "DELETE")
    }
    return sorted(found)


async def flooded(server: WebServer, method: str, path: str, kind: str, *, length: bool) -> tuple[int, int]:
    """The status of the answer, and how much was sent until it came."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    how = f"Content-Length: {SENT}" if length else "Transfer-Encoding: chunked"
    origin = f"http://127.0.0.1:{server.port}"
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nX-Demo-Person: ada\r\n"
    head += f"Origin: {origin}\r\n"
    writer.write(f"{head}Content-Type: {kind}\r\n{how}\r\n\r\n".encode())
    answer, sent = asyncio.create_task(reader.readline()), 0
    piece = b"a" * PIECE
    try:
        while not answer.done() and sent < SENT:
            writer.write(piece if length else b"%x\r\n%b\r\n" % (PIECE, piece))
            sent += PIECE
            async with asyncio.timeout(5):
                await writer.drain()
            await asyncio.sleep(0)
        async with asyncio.timeout(5):
            line = await answer
    except ConnectionError:
        line = answer.result() if answer.done() and not answer.exception() else b""
    finally:
        answer.cancel()
        writer.close()
    return int(line.split()[1]) if line else 0, sent


@pytest.mark.parametrize("password", ["", "long enough to be one"], ids=["demo", "password"])
@pytest.mark.parametrize("length", [True, False], ids=["with its length", "without its length"])
async def test_no_route_reads_a_body_that_is_too_large(
    tmp_path: Path, length: bool, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.web.server.CLOSING_S", 0.1)
    async with one_port(tmp_path, password) as server:
        routes = writing(server)
        assert {("POST", "/slack/events"), ("POST", "/webhooks/lumenfall"), ("POST", "/api/orders")} <= {
            *routes
        }
        before = psutil.Process().memory_info().rss
        for method, path in routes:
            kind = FORMS if path in ("/login", "/slack/events") else "application/json"
            status, sent = await flooded(server, method, path, kind, length=length)
            assert sent < READ_MOST, (method, path, status)
            assert status < 500, (method, path, status)
        assert psutil.Process().memory_info().rss - before < 60_000_000
