"""Who pays in direct messages and personal installations: a server that the person chose and is in.

Discord is asked for the member, so that roles are known and are at most five minutes old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog
from cachetools import TTLCache

from adapters.discord.errors import line_cut
from adapters.discord.identity import scoped, snowflake
from bot.core.identity import Home
from bot.core.ports.for_adapters import Clock
from bot.core.request import Actor, ReplyTo
from bot.use_cases.homes import Homes

log = structlog.get_logger(__name__)

KEPT_S = 300
"""How long a person's roles are remembered."""
PATIENCE_S = 1.5
"""How long Discord may take to name a member; a command has to be answered within three seconds."""
_MOST_KEPT = 20_000
_GUEST = discord.MemberFlags.guest.flag
_ABSENT = frozenset({10004, 10007, 10013, 50001})
"""Discord's codes for: no such server, member or user; the bot is not in that server."""
MOST_LOOKED_AT = 100
"""Servers in which a person is looked for; a person chooses others with the command in that server."""
AT_ONCE = 5


class MembershipUnknown(Exception):
    """Discord did not say whether the person is a member."""


@dataclass(frozen=True, kw_only=True)
class Membership:
    """A person's part in a server: role ids with their platform, and whether they are only a guest."""

    roles: tuple[str, ...] = ()
    guest: bool = False


@dataclass(frozen=True, kw_only=True)
class HomeOffer:
    """A server that can pay for a person."""

    guild: int
    name: str


@dataclass(frozen=True, kw_only=True)
class HomeOffers:
    """The servers that can pay; `more` is true when the bot is in too many servers to look at all."""

    offers: Sequence[HomeOffer]
    more: bool


class Memberships:
    """Looks members up with the bot's token, on any shard."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        kept_us = KEPT_S * 1_000_000
        self._known: TTLCache[tuple[int, int], Membership | None] = TTLCache(_MOST_KEPT, kept_us, clock.now)
        self._guilds: TTLCache[str, dict[int, str]] = TTLCache(1, kept_us, clock.now)

    async def of(self, guild: int, user: int, *, fresh: bool = False) -> Membership | None:
        """None for people who are no members. `fresh` asks Discord again. Raises MembershipUnknown."""
        key = (guild, user)
        if not fresh and key in self._known:
            return self._known[key]
        try:
            async with asyncio.timeout(PATIENCE_S):
                member: Any = await self._client.http.get_member(guild, user)
        except discord.HTTPException as error:
            if error.code not in _ABSENT:
                log.info("member_unknown", code=error.code, status=error.status)
                raise MembershipUnknown from error
            member = None
        except Exception as error:
            if not isinstance(error, discord.DiscordException) and not line_cut(error):
                raise
            log.info("member_unknown", error=type(error).__name__)
            raise MembershipUnknown from error
        self._known[key] = found = None if member is None else _membership(member)
        return found

    async def guilds(self) -> dict[int, str]:
        """The names of the servers that the bot is in, on all shards, by id; the first 200."""
        if "all" not in self._guilds:
            found = await self._client.http.get_guilds(200, with_counts=False)
            self._guilds["all"] = {int(guild["id"]): guild["name"] for guild in found}
        return self._guilds["all"]


class PresentMembers:
    """Says who a person is now in the server that pays; the core's Members."""

    def __init__(self, memberships: Memberships) -> None:
        self._memberships = memberships

    async def present(self, actor: Actor, reply_to: ReplyTo) -> Actor | None:
        """Asks Discord, or remembers what it said within the last five minutes."""
        try:
            member = await self._memberships.of(snowflake(actor.tenant), snowflake(actor.person))
        except MembershipUnknown:
            return replace(actor, roles=())
        return replace(actor, roles=member.roles, guest=member.guest) if member else None


def _membership(member: Any) -> Membership:
    return Membership(
        roles=tuple(scoped(role) for role in member.get("roles") or ()),
        guest=bool(int(member.get("flags") or 0) & _GUEST or member.get("pending")),
    )


class HomePayers:
    """Finds out who pays for a person outside of a server, and lets them choose."""

    def __init__(self, homes: Homes, memberships: Memberships) -> None:
        self._homes = homes
        self._memberships = memberships

    async def actor(self, alone: Actor) -> Actor:
        """`alone` with their home as payer and the roles they have there.

        Unchanged for people without a home or no longer in it. Without roles where Discord does not answer.
        """
        home = await self._homes.of(alone.person)
        if home is None:
            return alone
        try:
            member = await self._memberships.of(snowflake(home.tenant), snowflake(alone.person))
        except MembershipUnknown:
            member = Membership(guest=True)
        if member is None:
            return alone
        return replace(alone, tenant=home.tenant, place=alone.tenant, roles=member.roles, guest=member.guest)

    async def home(self, person: str) -> Home | None:
        """What the person has chosen."""
        return await self._homes.of(person)

    async def offers(self, person: str) -> HomeOffers:
        """The servers with the bot that the person is in now and that would pay. Raises HTTPException."""
        guilds = await self._memberships.guilds()
        looked_at = list(guilds)[:MOST_LOOKED_AT]
        turn = asyncio.Semaphore(AT_ONCE)

        async def inside(guild: int) -> bool:
            async with turn:
                try:
                    return await self._memberships.of(guild, snowflake(person)) is not None
                except MembershipUnknown:
                    return False

        found = await asyncio.gather(*(inside(guild) for guild in looked_at))
        mine = [scoped(guild) for guild, member in zip(looked_at, found, strict=True) if member]
        offered = [snowflake(tenant) for tenant in await self._homes.offered(person, mine)]
        return HomeOffers(
            offers=[HomeOffer(guild=guild, name=guilds[guild]) for guild in offered],
            more=len(guilds) > MOST_LOOKED_AT,
        )

    async def choose(self, person: str, guild: int) -> Home | None:
        """Make the server the person's home; None when they are not a member of it now.

        Raises Refusal, and MembershipUnknown.
        """
        if await self._memberships.of(guild, snowflake(person), fresh=True) is None:
            return None
        return await self._homes.choose(person, scoped(guild))

    async def name_of(self, guild: int) -> str:
        """What a server is called; empty when it is not known."""
        try:
            return (await self._memberships.guilds()).get(guild, "")
        except discord.HTTPException:
            return ""
