"""A result once it is there: what is known about it, and clearing it away."""

from __future__ import annotations

from dataclasses import replace

import structlog

from adapters.slack.context import AdapterContext
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import lists as list_view
from adapters.slack.views import request as request_view
from adapters.slack.views import request_texts, texts
from adapters.slack.views.layout import Message, context
from bot.core.errors import NotAllowed, TooLate
from bot.core.errors.outside import DeliveryError
from bot.core.request import Actor, Request
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)


class Results:
    """What presses on a result do that cost nothing."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter

    async def details(self, inbound: Inbound, carried: str) -> None:
        """All that is known about a request. Raises Refusal or DeliveryError."""
        actor = await self._adapter.people.actor(inbound)
        request, _ = await request_of(self._adapter.service, actor, carried)
        left = await self._adapter.service.balance(actor)
        room = request_view.left(left[0]) if left else ""
        await self._adapter.message_routes.private(inbound.address, list_view.details(request, room))

    async def delete(self, inbound: Inbound, carried: str) -> None:
        """Its files and its message go: its owner's right, and the admins'. Raises as `details`."""
        actor = await self._adapter.people.actor(inbound)
        request, _ = await request_of(self._adapter.service, actor, carried)
        tenant = await self._adapter.service.tenant(actor.tenant)
        if request.actor.person != actor.person and not tenant.administers(actor):
            raise NotAllowed(texts.not_yours_to_delete())
        for file_id in request.delivery.get("files") or ():
            try:
                await self._adapter.api.call(inbound.address, "files.delete", file=file_id)
            except DeliveryError as error:
                log.info("file_left", error=error.message)
        await self._take_away(inbound, request)

    async def _take_away(self, inbound: Inbound, request: Request) -> None:
        """The result's message; the private one whose button was pressed says so."""
        stands = str(request.delivery.get("ts") or inbound.ts)
        channel = str(request.delivery.get("channel") or inbound.channel)
        await self._adapter.message_routes.remove(replace(inbound.address, channel=channel), stands)
        if stands != inbound.ts:
            said = request_texts.deleted()
            await self._adapter.message_routes.replace_private(
                inbound.address, Message(text=said, blocks=[context(said)])
            )


async def request_of(service: Service, actor: Actor, carried: str) -> tuple[Request, int]:
    """The request that a button carries, and its number. Raises TooLate or NotFound."""
    request_id, number = which(carried)
    return await service.request(actor, request_id), number


def which(carried: str) -> tuple[str, int]:
    """A request and a number (of a picture from 0, or a price), from `verb:request_id:number`. Raises TooLate
    for anything else.
    """
    _, request_id, number, *_ = [*carried.split(":"), "", ""]
    if not request_id:
        raise TooLate(texts.outdated())
    return request_id, int(number) if number.isdecimal() and len(number) < 20 else 0
