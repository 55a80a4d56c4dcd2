"""How an order leaves Discord's hands and reaches the core's, without spending twice or telling too much.

Discord fixes with the first answer whether it is private. An interaction may be stale, or in the hands of
another process as well, which only the attempt to answer reveals. An accepted order is run at once. So:

1. Everything that can be judged without bytes or network is judged first: policy, options, what Discord
   says about the attachments, the place, and whether any budget has room at all. A no here is ephemeral.
2. The interaction is claimed by its id in the database, with its token. Of several processes, or of two
   deliveries, one goes on. If it dies from here on, `interrupted` finds what it had promised.
3. The public placeholder is promised (deferred). When that fails nothing has been spent.
4. Pictures are fetched and cleaned, and the order is submitted under the interaction's id as dedupe key.
5. A no from now on (an unreadable picture; later the price, by the worker) takes the placeholder away and
   tells the asker alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypedDict

import discord
import structlog
from discord import ui

from adapters.common.first_answers import FirstAnswers
from adapters.discord.addressing import ORIGIN, TOKEN_LIFE_S, Reply
from adapters.discord.delivery.notifier import DiscordNotifier
from adapters.discord.delivery.previews import Previews, preview_of
from adapters.discord.delivery.routes import PrivateMessages
from adapters.discord.errors import line_cut
from adapters.discord.identity import actor_of, reachable
from adapters.discord.intake import order_refusals
from adapters.discord.intake.attachments import Pictures, checkable
from adapters.discord.intake.options import DraftOrder, joined
from adapters.discord.responses import acknowledged
from adapters.discord.views import request as request_view
from bot.core.errors import Refusal
from bot.core.errors.outside import DeliveryError, DeliveryPassing
from bot.core.events import Progressed
from bot.core.money import ZERO
from bot.core.ports.for_adapters import Clock
from bot.core.presses import ALREADY
from bot.core.prices.pricing import AskPrice
from bot.core.request import Actor, OrderOf, P, Picture, ReplyTo, Request
from bot.telemetry.logging import metrics
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

STALE, ANSWERED = 10062, 40060


class AnswerTarget(TypedDict):
    """What all orders give a use case: who hears the answer, that a first price is asked about, and the
    conversation that they belong to, empty outside of one.
    """

    origin: str
    reply_to: ReplyTo
    dedupe_key: str
    ask_price: AskPrice
    conversation: str


Accept = Callable[[AnswerTarget], Awaitable[Request | ui.LayoutView]]
"""Hands an order in; or a view, where what was said is no order."""


class Submission:
    """From a press to an accepted request."""

    def __init__(
        self,
        *,
        service: Service,
        pictures: Pictures,
        notifier: DiscordNotifier,
        private_messages: PrivateMessages,
        clock: Clock,
    ) -> None:
        self._service = service
        self._pictures = pictures
        self._notifier = notifier
        self._private_messages = private_messages
        self._clock = clock
        self._first_answers = FirstAnswers()

    async def order(self, interaction: discord.Interaction[Any], order: DraftOrder) -> None:
        """Check, promise, fetch, submit. Raises a Refusal while it can still be told privately."""
        actor = await actor_of(interaction)

        async def accept(where: AnswerTarget) -> Request:
            return await self.submit(actor, order, where)

        await self.derived(interaction, order, accept)

    async def submit(
        self, actor: Actor, order: DraftOrder, where: AnswerTarget, *, press: str = ""
    ) -> Request:
        """Fetch the order's pictures and hand it in; `press` for a button whose second press is the same."""
        filled, pictures = await self._pictures.fill(order)
        return await self._service.submit(actor, filled, pictures=pictures, press=press, **where)

    async def derived(
        self, interaction: discord.Interaction[Any], order: OrderOf[Picture], accept: Accept
    ) -> None:
        """The same for an order that another use case completes; `order` is what can be checked of it."""
        key = f"{ORIGIN}:{interaction.id}"
        with self._first_answers.pending():
            reply = await self._promised(interaction, order, key)
        if reply is not None:
            await self._first_answers.few()
            await self.carry(reply, key, accept, conversation=joined(interaction))

    async def _promised(
        self, interaction: discord.Interaction[Any], order: OrderOf[Picture], key: str
    ) -> Reply | None:
        actor = await actor_of(interaction)
        checked = await self._service.admit(actor, await self.check(actor, order))
        order_refusals.check_place(interaction, order.capability)
        private = await self.cannot_afford(actor, checked)
        if not await self.claim(awaited(interaction, ephemeral=private), key):
            return None
        reply: Reply | None = None
        try:
            reply = await self.promise(interaction, ephemeral=private)
        finally:
            if reply is None:
                await self._service.inbox.inbox_done(ORIGIN, key)
        return reply

    async def claim(self, reply: Reply, key: str) -> bool:
        """Whether this is ours: the first to write it down goes on, and whoever comes later leaves it."""
        claimed = await self._service.inbox.inbox_put(ORIGIN, key, reply.to_json())
        if not claimed:
            log.info("already_claimed", key=key)
        return claimed

    async def check(self, actor: Actor, order: OrderOf[P]) -> OrderOf[P]:
        """The order with its defaults, as far as it can be judged now. Raises a Refusal."""
        tenant = await self._service.tenant(actor.tenant)
        return await self._service.house_rules.check(actor, tenant, checkable(order))

    async def cannot_afford(self, actor: Actor, order: OrderOf[Picture]) -> bool:
        """Whether a budget has too little left for the cheapest thing the model does."""
        rooms = await self._service.balance(actor)
        model = self._service.catalog.get(order.model)
        least = (model.starting_price if model else None) or ZERO
        return bool(rooms) and (rooms[0].left <= 0 or rooms[0].left < least)

    async def promise(
        self, interaction: discord.Interaction[Any], *, ephemeral: bool = False
    ) -> Reply | None:
        """Answer with "thinking …" and say where that stands; None when it is too late for an answer."""
        stands = await self._defer(interaction, ephemeral)
        if stands is None:
            return None
        waited_s = (self._clock.now() - _born(interaction)) / 1_000_000
        metrics.latency.labels("ack").observe(max(0.0, waited_s))
        return replace(awaited(interaction, ephemeral=stands[1]), message_id=stands[0])

    async def _defer(self, interaction: discord.Interaction[Any], ephemeral: bool) -> tuple[int, bool] | None:
        """Message id and whether it is ephemeral, which Discord may decide against our wish."""
        for attempt in range(3):
            try:
                answer = await interaction.response.defer(thinking=True, ephemeral=ephemeral)
                acknowledged(interaction)
            except discord.HTTPException as error:
                if error.code == ANSWERED:
                    return await self._stands_already(interaction)
                if error.code != STALE:
                    raise
                log.info("interaction_stale", interaction_id=interaction.id)
                return None
            except Exception as error:
                if not line_cut(error) or attempt == 2:
                    raise
                await self._clock.sleep(0.1)
            else:
                if answer is None or answer.message_id is None:
                    return None
                return answer.message_id, answer.is_ephemeral()
        return None

    async def _stands_already(self, interaction: discord.Interaction[Any]) -> tuple[int, bool] | None:
        """We have answered before, on a line that broke: nobody else has claimed it."""
        try:
            found = await interaction.original_response()
            return found.id, found.flags.ephemeral
        except discord.HTTPException as error:
            log.info("interaction_taken", interaction_id=interaction.id, code=error.code)
            return None

    async def carry(
        self, reply: Reply, key: str, accept: Accept, *, conversation: str = ""
    ) -> Request | None:
        """Accept what was claimed, show the first state; a no is told to the asker alone, and gives None."""
        inbox = self._service.inbox
        where = AnswerTarget(
            origin=ORIGIN,
            reply_to=reply.to_json(),
            dedupe_key=key,
            ask_price=AskPrice.FIRST,
            conversation=conversation,
        )
        try:
            request = await accept(where)
        except Refusal as refusal:
            order_refusals.note_of(self._service, reply, refusal)
            return await self.take_back(reply, key, request_view.refused(refusal), preview_of(refusal))
        except Exception:
            log.exception("order_failed", key=key)
            return await self.take_back(reply, key, request_view.trouble(key))
        if isinstance(request, ui.LayoutView):
            await self.show(reply, key, request)
            return None
        if request.reply_to != where["reply_to"]:  # pressed before: that press has its own message
            await self.take_back(reply, key, request_view.notice(ALREADY))
            return request
        await self._notifier.progress(request.reply_to, Progressed(request=request))
        await inbox.inbox_done(ORIGIN, key)
        return request

    async def show(self, reply: Reply, key: str, view: ui.LayoutView) -> None:
        """An answer that is no order's. Raises DeliveryError."""
        await self._notifier.say(reply, view, nonce=key.rpartition(":")[2])
        await self._service.inbox.inbox_done(ORIGIN, key)

    async def take_back(self, reply: Reply, key: str, view: ui.LayoutView, files: Previews = ()) -> None:
        """Tell the asker alone; while Discord is ill the claim stays open, for `clear` to try again."""
        in_public, nonce = request_view.refused_in_public(f"{reply.user_id}"), key.rpartition(":")[2]
        try:
            await self._private_messages.tell(reply, view, in_public, nonce=nonce, files=files)
        except DeliveryPassing as error:
            log.info("refusal_postponed", key=key, error=str(error))
            return
        except (DeliveryError, discord.HTTPException) as error:
            log.warning("refusal_not_told", key=key, error=str(error))
        await self._service.inbox.inbox_done(ORIGIN, key)


def awaited(interaction: discord.Interaction[Any], *, ephemeral: bool) -> Reply:
    """The answer to an interaction before Discord has given it a message."""
    return Reply(
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id or 0,
        user_id=interaction.user.id,
        application_id=interaction.application_id,
        token=interaction.token,
        token_until=_born(interaction) + TOKEN_LIFE_S * 1_000_000,
        ephemeral=ephemeral,
        private=interaction.context.dm_channel is True,
        reachable=reachable(interaction),
        file_limit=interaction.filesize_limit,
    )


def _born(interaction: discord.Interaction[Any]) -> int:
    return int(interaction.created_at.timestamp() * 1_000_000)
