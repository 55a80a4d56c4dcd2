"""One page of what was said in a thread before the bot was called into it.

Discord shows the words of messages that do not mention the bot only with the Message Content intent; without
it, what is empty is left out (Discord docs, Message Content Intent).
"""

from __future__ import annotations

from collections.abc import Sequence

import discord
import structlog

from adapters.common.talking.earlier import newest
from adapters.discord.intake.marks import plain_words
from adapters.discord.intake.said import names_in
from bot.core.request import Actor
from bot.core.said import Quoted
from bot.use_cases.requests import Service
from bot.use_cases.talk import Talk

log = structlog.get_logger(__name__)

PAGE = 50
"""Messages of one request (Discord docs, Get Channel Messages)."""


class EarlierWords:
    """Reads them, unless the admins have switched it off."""

    def __init__(self, *, service: Service, talk: Talk, client: discord.Client) -> None:
        self._service = service
        self._talk = talk
        self._client = client

    async def before(self, message: discord.Message, actor: Actor, conversation: str) -> Sequence[Quoted]:
        """What stands above a message, when it is the first in a thread that the bot is to answer."""
        if not isinstance(message.channel, discord.Thread):
            return ()
        if not (await self._service.tenant(actor.tenant)).reads_threads:
            return ()
        if (await self._talk.total(actor, conversation)).requests:
            return ()
        try:
            page = [one async for one in message.channel.history(limit=PAGE, before=message)]
        except discord.HTTPException as error:
            log.info("thread_unread", code=error.code)
            return ()
        return newest([self._quote(_shown(one), message) for one in reversed(page) if self._people(one)])

    def _people(self, message: discord.Message) -> bool:
        """Whether people wrote it: what the bot says is in its own record."""
        return self._client.user is None or message.author.id != self._client.user.id

    def _quote(self, said: discord.Message, asked: discord.Message) -> Quoted:
        words = plain_words(said.content, names_in(said, self._client))
        return Quoted(author=said.author.display_name, words=words, own=said.author.id == asked.author.id)


def _shown(message: discord.Message) -> discord.Message:
    """The message itself; of a thread's first entry, the message under which it grew."""
    start = message.reference.resolved if message.reference else None
    begins = message.type is discord.MessageType.thread_starter_message
    return start if begins and isinstance(start, discord.Message) else message
