"""When a budget says no: the person asks, admins get a card, one of them decides, everybody sees it.

The card goes to the channel the admins chose, else to a few of them directly. Of two who press at once, the
core lets one win; every copy of the card then says who.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import structlog

from adapters.common import shared_texts
from adapters.slack.addressing import Address, address_of
from adapters.slack.context import AdapterContext
from adapters.slack.delivery.routes import PostedMessage
from adapters.slack.identity import raw_id
from adapters.slack.intake.payload import Inbound
from adapters.slack.views import admin as admin_view
from adapters.slack.views import admin_texts
from adapters.slack.views import request as request_view
from adapters.slack.views.layout import Message, context, section
from bot.core.budget_rules.refusals import times_refused
from bot.core.errors import NotAllowed, NotFound, TooLate
from bot.core.errors.outside import DeliveryError
from bot.core.request import Request
from bot.use_cases.row_changes import approval_maximum, check_grantable

log = structlog.get_logger(__name__)

CLAIM = "slack_plea"
"""The inbox in which one of several replicas wins the right to ask."""


class Approvals:
    """Asking for more, and deciding."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter

    async def ask_admin(self, inbound: Inbound, carried: str) -> None:
        """Put the request before the admins. Raises Refusal."""
        actor = await self._adapter.people.actor(inbound)
        request = await self._adapter.service.request(actor, carried.partition(":")[2])
        if request.actor.person != actor.person:
            raise NotAllowed(shared_texts.not_yours())
        check_grantable(request, self._adapter.service.clock.now())
        async with self._adapter.notifier.posts.lock(request.id):
            await self._ask_once(inbound, request)
        note = Message(text=admin_texts.admins_asked(), blocks=[context(admin_texts.admins_asked_marked())])
        if not await self._adapter.message_routes.replace_private(inbound.address, note):
            await self._adapter.message_routes.private(inbound.address, note)

    async def _ask_once(self, inbound: Inbound, request: Request) -> None:
        """Post the cards, on one replica and once; again only where nobody was reached before."""
        questions, inbox = self._adapter.notifier.posts.questions, self._adapter.service.inbox
        kept = await questions.get(request.id) or {}
        tries = int(kept.get("tries") or 0)
        nth = times_refused(request)  # a request that was approved and refused again is asked about again
        claim = f"{request.id}:{nth}:{tries}" if nth > 1 else f"{request.id}:{tries}"
        # Replayed: this very press had the claim, in a process that died before it could ask.
        if kept.get("cards") or not (await inbox.inbox_put(CLAIM, claim, {}) or inbound.replayed):
            raise TooLate(admin_texts.admins_asked_already())
        cards = await self._post_cards(inbound.address, request)
        await questions.put(request.id, {"cards": cards} if cards else {"cards": [], "tries": tries + 1})
        await inbox.inbox_done(CLAIM, claim)
        if not cards:
            raise NotFound(admin_texts.no_admin_reached())

    async def _post_cards(self, where: Address, request: Request) -> list[dict[str, Any]]:
        most = approval_maximum(request, self._adapter.settings.headroom_percent)
        card = admin_view.approval(request, raw_id(request.actor.person), most)
        tenant = await self._adapter.service.tenant(request.actor.tenant)
        if tenant.admin_channel:
            there = replace(where, channel=raw_id(tenant.admin_channel), thread_ts="", response_url="")
            if posted := await self._try(there, card):
                return [posted]
        people = [raw_id(person) for person in tenant.admin_people]
        people += [one for one in await self._adapter.people.admins(where) if one not in people]
        found = [await self._try(_direct(where, person), card) for person in people[:5]]
        return [posted for posted in found if posted]

    async def _try(self, where: Address, card: Message) -> dict[str, Any] | None:
        try:
            posted: PostedMessage = await self._adapter.message_routes.public(where, card)
        except DeliveryError as error:
            log.info("admin_unreached", error=error.message)
            return None
        return {"channel": posted.channel, "ts": posted.ts}

    async def approve(self, inbound: Inbound, carried: str) -> None:
        """Grant what is needed and run it. Raises Refusal."""
        actor = await self._adapter.people.actor(inbound, fresh=True)
        request = await self._adapter.admin.approve(actor, carried.partition(":")[2])
        await self._show(inbound, request, admin_texts.approved_by(inbound.user))
        where = replace(address_of(request.reply_to), response_url="")
        try:
            await self._adapter.notifier.reopen(request)
        except DeliveryError as error:
            log.info("promise_lost", error=error.message, channel=where.channel)

    async def deny(self, inbound: Inbound, carried: str) -> None:
        """Close the question and tell the asker. Raises Refusal."""
        actor = await self._adapter.people.actor(inbound, fresh=True)
        request = await self._adapter.admin.deny(actor, carried.partition(":")[2])
        await self._show(inbound, request, admin_texts.denied_by(inbound.user))
        text = admin_texts.declined(request_view.thing(request))
        where = replace(address_of(request.reply_to), response_url="")
        await self._adapter.message_routes.private(where, Message(text=text, blocks=[section(text)]))

    async def _show(self, inbound: Inbound, request: Request, verdict: str) -> None:
        """Every copy of the card says how it ended."""
        questions = self._adapter.notifier.posts.questions
        kept = await questions.get(request.id) or {}
        pressed = {"channel": inbound.channel, "ts": inbound.ts}
        cards = [*kept.get("cards", ())]
        for card in cards if pressed in cards else [*cards, pressed]:
            try:
                await self._adapter.message_routes.update(
                    replace(inbound.address, channel=card["channel"]),
                    card["ts"],
                    admin_view.decided(request, verdict),
                )
            except DeliveryError as error:
                log.info("card_left", error=error.message)
        await questions.delete(request.id)


def _direct(where: Address, person: str) -> Address:
    return replace(where, user=person, channel="", thread_ts="", in_thread=False, response_url="")
