"""Messages that show how the further orders of one message are coming along.

The first order has the promised message; each of the others gets one when it starts. Which message that is
stands in a document until the order has ended, so that another process ends it in the same place.
"""

from __future__ import annotations

from dataclasses import replace

from adapters.discord.addressing import Reply
from adapters.discord.delivery.transport import Message, MessageTransport
from bot.core.ports.for_adapters import Documents
from bot.core.request import Request

KIND = "discord_progress"


class FurtherOrders:
    """Posts and remembers them."""

    def __init__(self, *, documents: Documents, transport: MessageTransport) -> None:
        self._documents = documents
        self._transport = transport

    async def of(self, reply: Reply, request: Request) -> Reply:
        """Where this order stands: its message, or the place of one that is still to be posted."""
        if reply.message_id:
            return reply
        kept = await self._documents.get_document(KIND, request.id)
        return replace(reply, message_id=int(kept["message"])) if kept else reply

    async def show(self, reply: Reply, request: Request, message: Message) -> None:
        """Edit its message; the first call posts it. Raises discord.HTTPException."""
        stands = await self.of(reply, request)
        if stands.message_id:
            await self._transport.edit(stands, message)
            return
        posted = await self._transport.post(reply.channel_id, message, nonce=f"{request.id[4:]}-s")
        await self._documents.put_document(KIND, request.id, {"message": posted})

    async def ended(self, request: Request) -> None:
        """Forget it."""
        await self._documents.delete_document(KIND, request.id)
