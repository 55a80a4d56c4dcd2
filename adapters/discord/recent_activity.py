"""What is remembered of people for a short time: their last requests, and what they are called.

Autocomplete is answered from the last requests, kept for a few seconds. Discord waits three seconds for
suggestions and shows "Loading options failed" for any error; people wait far less between two keys. So a
database that is slow only makes suggestions a little older.

Names are for lists in which Discord shows plain text and no mentions. The bot asks for no member list: names
are noted when people use the bot or are chosen in an option or a form. Right after a start, those who have
asked for something are known from their requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import discord
import structlog
from cachetools import FIFOCache, LRUCache

from adapters.discord.identity import language_of, snowflake
from bot.core.ports.for_adapters import Clock
from bot.core.request import Actor, Request

log = structlog.get_logger(__name__)

FRESH_US = 3_000_000
PATIENCE_S = 0.2
MOST_PEOPLE = 2000
Load = Callable[[Actor], Awaitable[Sequence[Request]]]


class RecentRequests:
    """The last requests of the people who are typing now."""

    def __init__(self, load: Load, clock: Clock) -> None:
        self._load = load
        self._clock = clock
        # What is no longer fresh is kept all the same: it is the answer when the database is slow.
        self._known: LRUCache[tuple[str, str, bool], tuple[int, Sequence[Request]]] = LRUCache(MOST_PEOPLE)

    async def of(self, actor: Actor) -> Sequence[Request]:
        """Newest first; what is remembered when the database does not answer at once. Never raises."""
        key = (actor.place_id, actor.person, actor.sensitive_ok)  # less is shown outside of such channels
        known = self._known.get(key)
        if known is not None and self._clock.now() - known[0] < FRESH_US:
            return known[1]
        try:
            found = await asyncio.wait_for(self._load(actor), PATIENCE_S)
        except Exception as error:
            log.info("recents_not_loaded", error=type(error).__name__)
            return known[1] if known else ()
        self._known[key] = (self._clock.now(), found)
        return found

    def changed(self, actor: Actor) -> None:
        """Something new happened: look again next time."""
        for sensitive_ok in (False, True):
            self._known.pop((actor.place_id, actor.person, sensitive_ok), None)


MOST = 20_000
"""About two megabytes."""


class DisplayNames:
    """Display names by server and person. Nothing here raises."""

    def __init__(self, recent_requests: RecentRequests) -> None:
        self._recent_requests = recent_requests
        self._known: FIFOCache[tuple[int, int], str] = FIFOCache(MOST)
        self._languages: FIFOCache[int, str] = FIFOCache(MOST)

    def note(self, interaction: discord.Interaction[Any]) -> None:
        """Remember who presses, in which language, and whom they have chosen."""
        self._languages[interaction.user.id] = language_of(interaction)
        guild = interaction.guild_id or 0
        self._known[guild, interaction.user.id] = interaction.user.display_name
        data: Any = interaction.data or {}
        resolved: Mapping[str, Any] = data.get("resolved") or {}
        members = resolved.get("members") or {}
        for number, user in (resolved.get("users") or {}).items():
            nick = (members.get(number) or {}).get("nick")
            self._known[guild, int(number)] = nick or user.get("global_name") or user.get("username") or ""

    def language(self, person: int) -> str:
        """The language of somebody's client: messages do not tell, interactions do. Empty where unknown."""
        return self._languages.get(person, "")

    async def here(self, guild: int, admin: Actor) -> Mapping[int, str]:
        """Everybody known in a server, by id."""
        asked = {snowflake(row.actor.person): row.actor.name for row in await self._recent_requests.of(admin)}
        met = {person: name for (place, person), name in self._known.items() if place == guild}
        return {person: name for person, name in {**asked, **met}.items() if name}
