"""From words and pictures to a request: make the order, submit it, promise it, or say why not.

Every handler that can spend ends here, and every refusal goes to the asker's eyes only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import structlog

from adapters.slack.addressing import Address
from adapters.slack.context import ORIGIN, AdapterContext
from adapters.slack.delivery.files import File
from adapters.slack.intake.attachments import Pictures, PreparedPictures
from adapters.slack.intake.grammar import MADE, points_at_picture, priced
from adapters.slack.intake.payload import Inbound, Kind
from adapters.slack.views import lists as list_view
from adapters.slack.views import request as request_view
from adapters.slack.views import request_texts, texts
from adapters.slack.views.layout import Message, quote, section
from bot.core.capability import Capability, Output, about
from bot.core.command_parser import parse_options
from bot.core.drafts import Draft
from bot.core.errors import InvalidOrder, Refusal
from bot.core.errors.outside import DeliveryError
from bot.core.money import dollars
from bot.core.presses import ALREADY
from bot.core.prices.pricing import AskPrice
from bot.core.request import Actor, Order, Request, in_conversation
from bot.use_cases.quotes import COMPARE_MAX

log = structlog.get_logger(__name__)


class Submission:
    """The use cases of people who ask, in Slack's clothes."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter
        self.pictures = Pictures(service=adapter.service, api=adapter.api, files=adapter.files)

    async def made(
        self,
        inbound: Inbound,
        actor: Actor,
        verb: str,
        rest: str,
        files: Sequence[File] | None = None,
        *,
        press: str = "",
    ) -> None:
        """Run a verb that makes something; `press` for a button's. Raises Refusal."""
        draft = parse_options(MADE[verb], rest)
        row = about(draft.capability)
        moves = row.output is Output.VIDEO and (verb == row.on_picture or points_at_picture(rest))
        found = await self._found(inbound, files, search=moves or row.needs_picture)
        if row.needs_picture and not found:
            raise InvalidOrder(_no_picture(inbound, draft.capability), field="image")
        if row.needs_picture and not files:
            found = found[: row.pictures[1]]
        await self.submit(inbound, actor, draft, found, where=spoken_in(inbound), press=press)

    async def _found(self, inbound: Inbound, files: Sequence[File] | None, *, search: bool) -> Sequence[File]:
        if files is not None and (files or not search):
            return files
        if inbound.kind is Kind.SAID:
            return await self.pictures.named(inbound, search=search)
        return files or []

    async def _new_thread(self, where: Address, order: Order) -> Address:
        """An answer without a thread, as to a command, gets one of its own, and memory with it."""
        question = texts.asks(where.user, quote(order.prompt))
        root = await self._adapter.message_routes.public(
            where, Message(text="A question", blocks=[section(question)])
        )
        return replace(where, channel=root.channel, thread_ts=root.ts)

    async def submit(
        self,
        inbound: Inbound,
        actor: Actor,
        draft: Draft,
        files: Sequence[File],
        *,
        where: Address,
        press: str = "",
    ) -> Request:
        """Fetch the pictures, submit, promise. Raises Refusal."""
        if draft.missing(len(files)):
            draft.order(())  # raises, naming what is missing, before anything is fetched
        prepared = PreparedPictures(data={})
        if files:
            images, masked = self.pictures.counted(files)
            await self._adapter.service.admit(actor, draft.unseen(images, masked=masked))
            prepared = await self.pictures.prepare(inbound.address, files, draft.capability, draft.model_name)
        order = draft.order(prepared.images, prepared.mask)
        if order.hidden and not where.is_direct:
            where = await self._adapter.message_routes.direct(where)
        if not about(order.capability).converses:
            return await self.place(inbound, actor, order, prepared, where=where, press=press)
        alone = not where.thread_ts and not where.is_direct
        if alone:
            where = await self._new_thread(where, order)
        order = in_conversation(order, conversation_of(where))
        try:
            return await self.place(inbound, actor, order, prepared, where=where, press=press)
        except Refusal:
            if alone:
                await self._adapter.message_routes.remove(where, where.thread_ts)
            raise

    async def place(
        self,
        inbound: Inbound,
        actor: Actor,
        order: Order,
        prepared: PreparedPictures,
        *,
        where: Address,
        press: str = "",
    ) -> Request:
        """Hand an order to the core and say so where it was asked. Raises Refusal."""
        request = await self._adapter.service.submit(
            actor,
            order,
            origin=ORIGIN,
            reply_to=where.to_json(),
            dedupe_key=dedupe_key(inbound),
            pictures=prepared.data,
            press=press,
            ask_price=AskPrice.FIRST,
            conversation=conversation_of(where) if where.thread_ts or where.is_direct else "",
        )
        await self.taken(inbound, request)
        return request

    async def taken(self, inbound: Inbound, request: Request) -> None:
        """Promise a new request; a press that is the second of a moment is told so. Raises DeliveryError."""
        if request.dedupe_key == dedupe_key(inbound):
            self.promise(request)
            if request.hidden and not inbound.address.is_direct:
                await self._say_directly(inbound)
            return
        await self._adapter.message_routes.private(
            inbound.address, Message(text=ALREADY, blocks=[section(ALREADY)])
        )

    async def _say_directly(self, inbound: Inbound) -> None:
        said = request_texts.hidden_goes_direct()
        try:
            await self._adapter.message_routes.private(
                inbound.address, Message(text=said, blocks=[section(said)])
            )
        except DeliveryError as error:
            log.info("hint_lost", error=error.code)

    def promise(self, request: Request) -> None:
        """Say that it is taken, in this conversation's turn; nothing waits for it.

        That it fails stops nothing: the result finds its own way.
        """
        self._adapter.tasks.spawn(self._promise(request), name=f"promise:{request.id}")

    async def _promise(self, request: Request) -> None:
        try:
            await self._adapter.notifier.promise(request)
        except DeliveryError as error:
            log.warning("promise_lost", request_id=request.id, error=error.message)

    # prices

    async def estimate(self, inbound: Inbound, actor: Actor, rest: str, files: Sequence[File]) -> Message:
        """The price of an order, without running it. Raises Refusal or GatewayError."""
        capability, text, models = priced(rest)
        if models:
            return await self.compare(inbound, actor, rest, files)
        order, prepared = await self._priced_order(inbound, capability, text, files)
        found = await self._adapter.service.quotes.estimate(actor, order, prepared.data)
        rooms = await self._adapter.service.balance(actor)
        left = request_view.left(rooms[0]) if rooms else ""
        shown = replace(order, model=order.model or texts.default_model())
        return list_view.estimate(shown, dollars(found.price), left)

    async def compare(self, inbound: Inbound, actor: Actor, rest: str, files: Sequence[File]) -> Message:
        """The same order on several models. Raises Refusal."""
        capability, text, models = priced(rest)
        order, prepared = await self._priced_order(inbound, capability, text, files)
        if not models:
            offered = await self._adapter.service.models(actor, "", capability)
            models = [model.id for model in offered[: COMPARE_MAX - 1]]
        quotes = await self._adapter.service.quotes.compare(actor, order, models, prepared.data)
        return list_view.comparison(order, quotes)

    async def _priced_order(
        self, inbound: Inbound, capability: Capability, text: str, files: Sequence[File]
    ) -> tuple[Order, PreparedPictures]:
        draft = parse_options(capability, text)
        needed = about(capability).needs_picture
        found = await self._found(inbound, files, search=needed)
        if needed and not found:
            raise InvalidOrder(_no_picture(inbound, capability), field="image")
        prepared = PreparedPictures(data={})
        if found:
            prepared = await self.pictures.prepare(inbound.address, found, capability, draft.model_name)
        return draft.order(prepared.images, prepared.mask), prepared


def dedupe_key(inbound: Inbound) -> str:
    """What makes two deliveries the same request."""
    return f"slack:{inbound.key}"


def conversation_of(where: Address) -> str:
    """The memory of a thread."""
    return f"slack:{where.channel}:{where.thread_ts}"


def spoken_in(inbound: Inbound) -> Address:
    """Where a conversation goes on: in its thread; a direct message without one is a conversation itself."""
    where = inbound.address
    alone = where.is_direct and not inbound.thread_ts
    return replace(where, thread_ts="") if alone else where


def _no_picture(inbound: Inbound, capability: Capability) -> str:
    if inbound.kind is Kind.SLASH:
        return texts.no_pictures_in_commands(capability.capitalize())
    return texts.attach_picture(capability)
