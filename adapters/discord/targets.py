"""The pictures of messages for which a form is open, remembered until it is sent in.

They cannot be looked up again: without the message-content intent Discord hides the attachments of other
people's messages from every request but the menu's own (Discord docs, Message Content Intent). So they are
written down before the form opens, and a form sent in after a restart still finds them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol

import discord

from adapters.discord.clock import Clock
from adapters.discord.pictures import Source, pictures_in
from bot.errors import InvalidOrder, NotFound

KIND = "discord_target"
KEPT_US = 24 * 3600 * 1_000_000
"""Discord's signed addresses live about a day."""


class Documents(Protocol):
    """Durable facts (`bot.service.Service.documents`)."""

    async def put_document(self, kind: str, key: str, body: Mapping[str, Any]) -> None: ...

    async def get_document(self, kind: str, key: str) -> Mapping[str, Any] | None: ...

    async def documents(self, kind: str) -> dict[str, Mapping[str, Any]]: ...

    async def delete_document(self, kind: str, key: str) -> None: ...


class Targets:
    """Messages by `channel.message`."""

    def __init__(self, documents: Documents, clock: Clock) -> None:
        self._documents = documents
        self._clock = clock

    async def remember(self, message: discord.Message) -> tuple[str, Sequence[Source]]:
        """A name for the message, and its pictures. Raises InvalidOrder when it has none."""
        found = shown_in(message)
        subject = f"{message.channel.id}.{message.id}"
        body = {"at": self._clock.now(), "pictures": [asdict(source) for source in found]}
        await self._documents.put_document(KIND, subject, body)
        return subject, found

    async def recall(self, subject: str) -> Sequence[Source]:
        """The pictures again. Raises NotFound."""
        body = await self._documents.get_document(KIND, subject)
        if body is None:
            raise NotFound("I no longer know that message. Nothing was charged; choose it again, please.")
        return [Source(**source) for source in body["pictures"]]

    async def tidy(self) -> None:
        """Forget messages whose addresses are dead by now."""
        for subject, body in (await self._documents.documents(KIND)).items():
            if body["at"] < self._clock.now() - KEPT_US:
                await self._documents.delete_document(KIND, subject)


def shown_in(message: discord.Message) -> Sequence[Source]:
    """The pictures of a message. Raises InvalidOrder when it has none."""
    found = pictures_in(message)
    if not found:
        raise InvalidOrder("There is no picture in that message. Nothing was charged.", field="image")
    return found
