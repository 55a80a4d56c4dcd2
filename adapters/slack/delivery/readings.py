"""What a message became that was no answer in words alone: orders tell of themselves, notes are told here."""

from __future__ import annotations

from adapters.slack.addressing import Address
from adapters.slack.delivery.routes import MessageRoutes
from adapters.slack.views import lists as list_view
from adapters.slack.views import request_texts
from adapters.slack.views import results as result_view
from adapters.slack.views import talk as talk_view
from adapters.slack.views.layout import Message
from bot.core.events import Delivered
from bot.core.request import Request
from bot.core.spoken import Note, NoteKind
from bot.use_cases.requests import Service


class ReadingDelivery:
    """What is said of a message besides its orders."""

    def __init__(self, *, service: Service, message_routes: MessageRoutes) -> None:
        self._service = service
        self._message_routes = message_routes

    async def message(self, where: Address, event: Delivered) -> Message | None:
        """What is left to say; None where the orders say it all. Raises DeliveryError."""
        request = event.request
        notes = request.reading.notes if request.reading else ()
        told = [note for note in notes if note.kind is not NoteKind.BALANCE]
        if any(note.kind is NoteKind.BALANCE for note in notes):
            told.append(await self._balance(where, request))
        if event.orders and not request.text and not told:
            return None
        shown = talk_view.answers(request, request.text, told)
        footer = [] if event.orders else result_view.answer_footer(event, answer=shown.text)
        return Message(text=shown.text, blocks=[*shown.blocks, *footer])

    async def _balance(self, where: Address, request: Request) -> Note:
        """What is left, for the asker alone, and what everybody may read of it."""
        rooms = await self._service.balance(request.actor)
        await self._message_routes.private(where, list_view.balance(rooms))
        return Note(kind=NoteKind.MISSING, text=request_texts.balance_in_private())


def is_reading(event: Delivered) -> bool:
    """Whether a message was answered with more than words."""
    notes = event.request.reading.notes if event.request.reading else ()
    return bool(event.orders or notes)


def at_top(where: Address, request: Request) -> bool:
    """Whether this belongs to a direct message that is a conversation itself, without threads."""
    return where.is_direct and not where.thread_ts and bool(request.conversation)
