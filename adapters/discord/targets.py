"""The pictures of messages for which a form is open, so that a form need not fetch them again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import discord

from adapters.discord.answers import Interaction
from adapters.discord.pictures import Source, pictures_in
from bot.errors import InvalidOrder, NotFound

MOST_REMEMBERED = 1000


class Targets:
    """The pictures of messages for which a form is open."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Sequence[Source]] = OrderedDict()

    def remember(self, message: discord.Message) -> tuple[str, Sequence[Source]]:
        """A name for the message and its pictures. Raises InvalidOrder when it has none."""
        found = pictures_in(message)
        if not found:
            raise InvalidOrder("There is no picture in that message. Nothing was charged.", field="image")
        subject = f"{message.channel.id}.{message.id}"
        self._known[subject] = found
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)
        return subject, found

    async def recall(self, interaction: Interaction, subject: str) -> Sequence[Source]:
        """The pictures again, fetched when this process does not know them. Raises NotFound."""
        if subject in self._known:
            return self._known[subject]
        channel_id, _, message_id = subject.partition(".")
        try:
            channel = interaction.client.get_partial_messageable(int(channel_id))
            return pictures_in(await channel.fetch_message(int(message_id)))
        except discord.HTTPException as error:
            raise NotFound(
                "I can no longer see that message. Nothing was charged; choose it again, please."
            ) from error
