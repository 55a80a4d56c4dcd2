"""The small picture beside a refusal: what was understood of a mask that would change nothing.

An ephemeral message has no files of its own: the picture is uploaded without being shared, and the message
names it (Slack docs, image block, `slack_file`).
"""

from __future__ import annotations

import structlog

from adapters.common.shared_texts import mask_as_understood
from adapters.slack.addressing import Address
from adapters.slack.delivery.files import Files, OutgoingFile
from adapters.slack.delivery.routes import MessageRoutes
from adapters.slack.views.layout import Message
from bot.core.errors import BadImage, Refusal
from bot.core.errors.outside import DeliveryError
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

_WAITS_S = (0.0, 1.0, 3.0)
"""Slack takes a moment before a message may name a new file."""


class RefusalPreviews:
    """Tells a refusal to its asker, with its picture where it has one."""

    def __init__(self, files: Files, routes: MessageRoutes, clock: Clock) -> None:
        self._files = files
        self._routes = routes
        self._clock = clock

    async def tell(self, where: Address, refusal: Refusal, message: Message) -> None:
        """Privately. Trouble with the picture never keeps the words back. Raises DeliveryError."""
        if isinstance(refusal, BadImage) and refusal.picture and await self._shown(where, refusal, message):
            return
        await self._routes.private(where, message)

    async def _shown(self, where: Address, refusal: BadImage, message: Message) -> bool:
        alt, size = mask_as_understood(), len(refusal.picture)
        file = OutgoingFile(name="mask.png", title=alt, alt=alt, size=size, data=refusal.picture)
        try:
            file_id = await self._files.kept(where, file)
        except DeliveryError as error:
            log.info("preview_not_uploaded", error=error.code)
            return False
        block = {"type": "image", "alt_text": alt, "slack_file": {"id": file_id}}
        for wait in _WAITS_S:
            await self._clock.sleep(wait)
            try:
                await self._routes.private(where, Message(text=message.text, blocks=[*message.blocks, block]))
            except DeliveryError as error:
                log.info("preview_not_shown", error=error.code)
            else:
                return True
        return False
