"""Points the discord.py of this process at a fake server, and back.

discord.py keeps the addresses of Discord in class attributes, so one process talks to one server at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.fakes.discord_server.server import DiscordServer


@contextmanager
def pointed_at(server: DiscordServer) -> Iterator[None]:
    """Let discord.py in this process talk to `server` for the length of the block."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = server.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
