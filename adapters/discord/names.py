"""What people are called, for lists in which Discord shows plain text and no mentions.

The bot asks for no member list: names are noted as people come by, or are chosen in an option or a form,
and where a process has just started those who have asked for something are known from their requests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import discord
from cachetools import FIFOCache

from adapters.discord.identity import snowflake
from adapters.discord.recent_activity import Recents
from bot.core.request import Actor

MOST = 20_000
"""About two megabytes."""


class Names:
    """Display names by server and person. Nothing here raises."""

    def __init__(self, recents: Recents) -> None:
        self._recents = recents
        self._known: FIFOCache[tuple[int, int], str] = FIFOCache(MOST)

    def note(self, interaction: discord.Interaction[Any]) -> None:
        """Remember who presses, and whom they have chosen."""
        guild = interaction.guild_id or 0
        self._known[guild, interaction.user.id] = interaction.user.display_name
        data: Any = interaction.data or {}
        resolved: Mapping[str, Any] = data.get("resolved") or {}
        members = resolved.get("members") or {}
        for number, user in (resolved.get("users") or {}).items():
            nick = (members.get(number) or {}).get("nick")
            self._known[guild, int(number)] = nick or user.get("global_name") or user.get("username") or ""

    async def here(self, guild: int, admin: Actor) -> Mapping[int, str]:
        """Everybody known in a server, by id."""
        asked = {snowflake(row.actor.person): row.actor.name for row in await self._recents.of(admin)}
        met = {person: name for (place, person), name in self._known.items() if place == guild}
        return {person: name for person, name in {**asked, **met}.items() if name}
