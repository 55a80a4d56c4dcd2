"""What a message became that was no answer in words alone: orders tell of themselves, notes are told here."""

from __future__ import annotations

from dataclasses import replace

import discord
import structlog

from adapters.discord.addressing import Reply
from adapters.discord.delivery.routes import DeliveryRoutes
from adapters.discord.delivery.transport import Message, MessageTransport
from adapters.discord.views import lists as list_view
from adapters.discord.views import talk as talk_view
from adapters.discord.views import texts
from adapters.discord.views.results import ResultDisplay
from bot.core.errors.outside import DeliveryError
from bot.core.events import Delivered
from bot.core.request import Request
from bot.core.spoken import Note, NoteKind
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)


class ReadingDelivery:
    """Tells the other answers to a message, once."""

    def __init__(self, *, service: Service, transport: MessageTransport, routes: DeliveryRoutes) -> None:
        self._service = service
        self._transport = transport
        self._routes = routes

    async def deliver(self, reply: Reply, event: Delivered, shown: ResultDisplay) -> Reply:
        """Beside the first order, which has the promised message; else into it. Raises DeliveryError."""
        request = event.request
        notes = request.reading.notes if request.reading else ()
        told = [note for note in notes if note.kind is not NoteKind.BALANCE]
        if any(note.kind is NoteKind.BALANCE for note in notes):
            told.append(await self._balance(reply, request))
        if event.orders:
            if not request.text and not told:
                return reply
            beside = replace(reply, message_id=0, token="", token_until=0, ephemeral=False)
            view = talk_view.answers(request, request.text, told)
            await self._routes.say(beside, view, nonce=f"{request.id[4:]}-n", public=True)
            return reply
        view = talk_view.answered_with(event, told, shown)
        return await self._routes.say(reply, view, nonce=request.id, public=True)

    async def _balance(self, reply: Reply, request: Request) -> Note:
        """What is left, for the asker alone, and what everybody may read of it."""
        view = list_view.balance(await self._service.balance(request.actor), [])
        try:
            await self._transport.write_to(reply.user_id, Message(view=view), nonce=f"{request.id[4:]}-b")
        except (discord.HTTPException, DeliveryError) as error:
            log.info("balance_not_told", request_id=request.id, error=str(error))
            return Note(kind=NoteKind.MISSING, text=texts.balance_by_command())
        return Note(kind=NoteKind.MISSING, text=texts.balance_in_private())


def is_reading(event: Delivered) -> bool:
    """Whether a message was answered with more than words."""
    notes = event.request.reading.notes if event.request.reading else ()
    return bool(event.orders or notes)
