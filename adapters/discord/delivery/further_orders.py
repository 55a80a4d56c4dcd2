"""Messages that show how the further orders of one message are coming along.

The first order has the promised message; each of the others gets one when it starts. That it is about to be
posted, and then which message that is, stands in a document, so that another process ends it in the same
place. The document outlives the end: the row that says that it was told is written after it.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from adapters.common.expiring_documents import ExpiringDocuments
from adapters.discord.addressing import Reply
from adapters.discord.delivery.routes import go_on_from
from adapters.discord.delivery.transport import Message, MessageTransport
from adapters.discord.views import request as request_view
from bot.core.events import Progressed
from bot.core.ports.for_adapters import Clock, Documents
from bot.core.request import Request

log = structlog.get_logger(__name__)

KIND = "discord_progress"
KEPT_S = 3 * 24 * 3600
"""Delivery is tried for a day."""


class FurtherOrders:
    """Posts and remembers them."""

    def __init__(self, *, documents: Documents, transport: MessageTransport, clock: Clock) -> None:
        self._kept = ExpiringDocuments(documents, clock, kind=KIND, kept_s=KEPT_S)
        self._transport = transport

    async def settled(self, reply: Reply, request: Request) -> Reply:
        """Where this order stands: its message, or the place of one that is still to be posted.

        Raises DeliveryPassing.
        """
        try:
            view = request_view.progress(Progressed(request=request))
            return await self._of(reply, request, Message(view=view))
        except Exception as error:
            go_on_from(error)
            log.info("progress_not_found", request_id=request.id, error=type(error).__name__)
            return reply

    async def _of(self, reply: Reply, request: Request, shown: Message) -> Reply:
        """Whether one that was about to be posted stands there is found by posting `shown` again: Discord
        drops the copy.
        """
        if reply.message_id:
            return reply
        kept = await self._kept.get(request.id)
        if kept is None:
            return reply
        message = int(kept["message"]) or await self._post(reply, request, shown)
        return replace(reply, message_id=message)

    async def show(self, reply: Reply, request: Request, message: Message) -> None:
        """Edit its message; the first call posts it. Raises discord.HTTPException."""
        stands = await self._of(reply, request, message)
        if stands.message_id:
            await self._transport.edit(stands, message)
            return
        await self._kept.put(request.id, {"message": 0})
        await self._post(reply, request, message)

    async def _post(self, reply: Reply, request: Request, message: Message) -> int:
        posted = await self._transport.post(reply.channel_id, message, nonce=f"{request.id[4:]}-s")
        await self._kept.put(request.id, {"message": posted})
        return posted

    async def delete_expired(self) -> int:
        """Forget what ended long ago; answers how many."""
        return await self._kept.delete_expired()
