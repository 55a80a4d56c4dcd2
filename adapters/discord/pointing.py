"""DISCORD_API_URL and DISCORD_GATEWAY_URL: discord.py keeps both addresses in class attributes, so they are
set for the length of a connection and put back after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.settings import Settings


@contextmanager
def pointed(settings: Settings) -> Iterator[None]:
    """Let discord.py in this process talk to the addresses in the settings."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    if settings.discord_api_url:
        Route.BASE = settings.discord_api_url.rstrip("/")
    if settings.discord_gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
