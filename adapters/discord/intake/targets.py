"""The pictures of messages for which a form is open, remembered until it is sent in.

They cannot be looked up again: without the message-content intent Discord hides the attachments of other
people's messages from every request but the menu's own (Discord docs, Message Content Intent). So they are
written down before the form opens, and a form sent in after a restart still finds them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import discord

from adapters.discord.clock import Clock
from adapters.discord.intake.attachments import Source, pictures_in
from adapters.discord.shelf import Documents, Shelf
from bot.core.errors import InvalidOrder, NotFound

KEPT_S = 24 * 3600
"""Discord's signed addresses live about a day."""


class Targets:
    """Messages by `channel.message`."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._shelf = Shelf(documents, clock, kind="discord_target", kept_s=KEPT_S)

    async def remember(self, message: discord.Message) -> tuple[str, Sequence[Source]]:
        """A name for the message, and its pictures. Raises InvalidOrder when it has none."""
        found = shown_in(message)
        subject = f"{message.channel.id}.{message.id}"
        await self._shelf.put(subject, {"pictures": [asdict(source) for source in found]})
        return subject, found

    async def recall(self, subject: str) -> Sequence[Source]:
        """The pictures again. Raises NotFound."""
        body = await self._shelf.get(subject)
        if body is None:
            raise NotFound("I no longer know that message. Nothing was charged; choose it again, please.")
        return [Source(**source) for source in body["pictures"]]

    async def tidy(self) -> None:
        """Forget messages whose addresses are dead by now."""
        await self._shelf.tidy()


def shown_in(message: discord.Message) -> Sequence[Source]:
    """The pictures of a message. Raises InvalidOrder when it has none."""
    found = pictures_in(message)
    if not found:
        raise InvalidOrder("There is no picture in that message. Nothing was charged.", field="image")
    return found
