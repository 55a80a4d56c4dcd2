"""Finds a placeholder whose process died before it had learned which message that was.

While the token lives Discord tells it. Afterwards the message is looked for in the channel: an answer to a
command names its interaction, and an answer to a mention is a reply to it or stands in the thread that
grew under it (Discord docs, Message Object).
"""

from __future__ import annotations

from dataclasses import replace

import discord
import structlog
from discord.http import Route

from adapters.discord.addressing import Reply
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

LOOK_AT = 100
"""Messages after the question; a placeholder stands close to it."""


class Placeholders:
    """Looks with one client."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def find(self, reply: Reply, key: str) -> Reply:
        """The answer with its message, or without one and its token where nothing was promised or is left.

        `key` ends in the id of the interaction or message that is answered. Never raises.
        """
        if reply.message_id:
            return reply
        if reply.token_alive(self._clock.now()):
            try:
                return await self._by_token(reply)
            except discord.HTTPException as error:
                log.info("no_placeholder", key=key, code=error.code)
        nameless = replace(reply, token="", token_until=0, ephemeral=False)
        try:
            return replace(nameless, message_id=await self._in_channel(reply, int(key.rpartition(":")[2])))
        except discord.HTTPException as error:
            log.info("channel_not_searched", key=key, code=error.code)
            return nameless

    async def _by_token(self, reply: Reply) -> Reply:
        # The library's own way to the original answer needs the interaction, which is gone.
        route = Route(
            "GET",
            "/webhooks/{application_id}/{token}/messages/@original",
            application_id=reply.application_id,
            token=reply.token,
        )
        found = await self._client.http.request(route)
        flags = discord.MessageFlags._from_value(found.get("flags", 0))  # noqa: SLF001 - its only door
        return replace(reply, message_id=int(found["id"]), ephemeral=flags.ephemeral)

    async def _in_channel(self, reply: Reply, subject: int) -> int:
        """The message's id, or 0."""
        channel = self._client.get_partial_messageable(reply.channel_id)
        mine = self._client.user.id if self._client.user else 0
        async for message in channel.history(limit=LOOK_AT, after=discord.Object(subject)):
            asked = message.interaction_metadata.id if message.interaction_metadata else 0
            answered = message.reference.message_id if message.reference else 0
            if message.author.id == mine and subject in (asked, answered, reply.channel_id):
                return message.id
        return 0
