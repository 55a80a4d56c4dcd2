"""Prices for people who speak: explicit ways where no model can be asked, and what a model wants compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from bot.conversation.pictures import by_number, reference
from bot.core.capability import Capability, Output, about
from bot.core.command_parser import parse
from bot.core.drafts import Draft
from bot.core.errors import NotAllowed, Refusal, TooLate
from bot.core.errors.outside import GatewayError
from bot.core.money import Micros
from bot.core.ports.store import Store
from bot.core.request import Actor, Order, Request, Upload, uploads_of
from bot.core.said import Said
from bot.core.spoken import ConversationPicture, Note, NoteKind, Reading
from bot.core.text.translation import gettext as _
from bot.use_cases.quotes import Quote
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

_EXPLICIT = tuple(item for item in Capability if about(item).output is not Output.TEXT)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One explicit way to do what a message may have meant, with its price; None where nobody names one."""

    order: Order
    price: Micros | None


class SpokenPrices:
    """Nothing here costs anything."""

    def __init__(self, *, service: Service, store: Store) -> None:
        self._service = service
        self._store = store

    async def choices(
        self, actor: Actor, said: Said[Upload], pictures: Mapping[str, bytes] | None = None
    ) -> list[Choice]:
        """What the words could be ordered as, each with its price, where no model can be asked.

        An adapter puts them on buttons; a press submits the order with `AskPrice.ABOVE`. Of a message that
        was accepted, the words and pictures are those of its order; their bytes are found then.
        """
        found: list[Choice] = []
        pictures = pictures or await self._kept(said.pictures)
        for capability in _EXPLICIT:
            try:
                draft = Draft(capability=capability, values=_values(capability, said))
                order = draft.order(said.pictures)
                quote = await self._service.quotes.estimate(actor, order, pictures)
            except (Refusal, GatewayError) as error:
                log.debug("no_choice", capability=capability, error=error.code)
                continue
            found.append(Choice(order=order, price=quote.price))
        return found

    async def priced(self, actor: Actor, message_id: str) -> tuple[Order, Note]:
        """The order whose prices a message asked for, on its picture, and the note that says so.

        Only the person who spoke may know. Raises NotFound, NotAllowed and TooLate.
        """
        message = await self._service.request(actor, message_id)
        if message.actor.person != actor.person:
            raise NotAllowed(_("Only the person who asked can do that."))
        notes = message.reading.notes if message.reading else ()
        note = next((one for one in notes if one.kind is NoteKind.COMPARE), None)
        if note is None or message.purged:
            raise TooLate(_("These prices are no longer known. Nothing was charged; please ask again."))
        shown = await self._shown(message, note.picture)
        return parse(note.line).order([reference(shown.result)] if shown else []), note

    async def _shown(self, message: Request, number: int) -> ConversationPicture | None:
        seen = (message.reading or Reading()).pictures
        known = await self._store.conversation(message.conversation)
        return by_number((*seen, *known.pictures), number) if number else None

    async def compared(self, actor: Actor, message_id: str) -> tuple[Order, list[Quote]]:
        """The order with its prices, cheapest first. Raises like `priced`, InvalidOrder and Refusal."""
        order, note = await self.priced(actor, message_id)
        pictures, quotes = await self._kept(uploads_of(order)), self._service.quotes
        if note.models:
            return order, await quotes.compare(actor, order, list(note.models), pictures)
        found = await quotes.estimate(actor, order, pictures)
        return order, [Quote(model=order.model or found.model, price=found.price)]

    async def _kept(self, uploads: Sequence[Upload]) -> dict[str, bytes]:
        found = {upload.digest: await self._service.pictures.of(upload) for upload in uploads}
        return {digest: data for digest, data in found.items() if data is not None}


def _values(capability: Capability, said: Said[Upload]) -> dict[str, str]:
    return {"prompt": said.words} if said.words and about(capability).takes_prompt else {}
