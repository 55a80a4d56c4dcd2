"""Fixtures for tests against our own Slack: a server that ends without violations, and a way to run Bolt.

Import what a module needs: `from tests.fakes.slack_fixtures import bolt_running, slack`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp

from tests.fakes.slack_server.server import SlackServer

TRANSPORTS = ("socket", "http")


@pytest.fixture
async def slack() -> AsyncIterator[SlackServer]:
    """A fresh Slack. The test fails if anybody broke Slack's rules; `server.violations.clear()` forgives."""
    async with slack_with() as server:
        yield server


@asynccontextmanager
async def slack_with(**options: Any) -> AsyncIterator[SlackServer]:
    """A Slack with its own `timings` or `app`; ends as strictly as the fixture."""
    async with await SlackServer.start(**options) as server:
        yield server
    server.assert_no_violations()


@asynccontextmanager
async def bolt_running(server: SlackServer, app: AsyncApp, transport: str) -> AsyncIterator[str]:
    """Run one replica of a Bolt app on either transport; yields its base URL over HTTP, "" over sockets."""
    if transport == "http":
        async with serving(app.web_app(path="/slack/events")) as url:
            server.requests.targets.append(f"{url}/slack/events")
            try:
                yield url
            finally:
                server.requests.targets.remove(f"{url}/slack/events")
        return
    handler = AsyncSocketModeHandler(app, app_token=server.app.app_token, ping_interval=1)
    before = server.sockets.opened
    await handler.connect_async()
    await server.wait_for(lambda: server.sockets.opened > before)
    try:
        yield ""
    finally:
        await handler.close_async()


@asynccontextmanager
async def replicas(server: SlackServer, apps: list[AsyncApp], transport: str) -> AsyncIterator[None]:
    """Several replicas at once."""
    async with AsyncExitStack() as stack:
        for app in apps:
            await stack.enter_async_context(bolt_running(server, app, transport))
        yield


@asynccontextmanager
async def serving(application: web.Application) -> AsyncIterator[str]:
    """Serve an aiohttp application on a free port; yields its base URL."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
