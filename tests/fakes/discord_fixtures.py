"""pytest fixtures around the fake Discord; use with `pytest_plugins = ("tests.fakes.discord_fixtures",)`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fakes.discord_server.pointing import pointed_at
from tests.fakes.discord_server.server import DiscordServer


@pytest_asyncio.fixture
async def discord_server() -> AsyncIterator[DiscordServer]:
    """A running server that discord.py is pointed at; schema violations left in it fail the test."""
    server = await DiscordServer.start()
    try:
        with pointed_at(server):
            yield server
    finally:
        await server.stop()
    violations = server.violations
    assert not violations, "\n".join(violations)
