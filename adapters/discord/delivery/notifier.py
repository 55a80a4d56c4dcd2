"""Tells people on Discord what became of their requests; called by the worker, from stored facts alone.

Nothing here needs the interaction that started a request: the worker may call after a restart, or in
another process. Every call may come twice.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog
from discord import ui

from adapters.common.progress import Progress
from adapters.common.talking.first_results import FirstResults
from adapters.common.talking.marks import with_marks
from adapters.common.text_split import pages
from adapters.discord.addressing import Reply
from adapters.discord.delivery.attachments import SPOILER, pack
from adapters.discord.delivery.further_orders import FurtherOrders
from adapters.discord.delivery.readings import ReadingDelivery, is_reading
from adapters.discord.delivery.routes import DeliveryRoutes, Destination, PrivateMessages
from adapters.discord.delivery.transport import Attachment, Message, MessageTransport
from adapters.discord.errors import DeliveryTrouble, trouble_of
from adapters.discord.views import request as request_view
from adapters.discord.views import results as result_view
from adapters.discord.views import talk as talk_view
from adapters.discord.views import texts
from adapters.discord.views.results import ResultDisplay
from bot.core.budget_rules.refusals import grantable
from bot.core.capability import Output, about
from bot.core.errors.outside import DeliveryPassing
from bot.core.events import (
    AwaitingConfirmation,
    Cancelled,
    Corrected,
    Delivered,
    Failed,
    Final,
    Progressed,
    Refused,
)
from bot.core.order_rules import restricted
from bot.core.ports.for_adapters import Clock
from bot.core.request import ReplyTo, Request
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

PAGE = 3400
"""Units of an answer in one message; Discord takes 4,000 in all, the receipt and the buttons included."""
MOST_PAGES = 4
"""Longer answers come as a file: nobody scrolls through more, and channels are for everybody."""
PAUSE_S = 1.2
"""Between two edits of one message; Discord takes about one a second before it makes clients wait."""


@dataclass(frozen=True, kw_only=True)
class RenderedMessage:
    """What a message is to show."""

    reply: Reply
    view: ui.LayoutView
    request: Request

    def looks(self) -> Hashable:
        """The same for views that look the same."""
        return hash(repr(self.view.to_components()))


class DiscordNotifier:
    """Implements the core's `Notifier`."""

    def __init__(
        self,
        *,
        transport: MessageTransport,
        routes: DeliveryRoutes,
        private_messages: PrivateMessages,
        service: Service,
        clock: Clock,
    ) -> None:
        self._transport = transport
        self._service = service
        self._clock = clock
        self._first_results = FirstResults(service.documents)
        self._routes = routes
        self._private_messages = private_messages
        self._readings = ReadingDelivery(service=service, transport=transport, routes=routes)
        self.further = FurtherOrders(documents=service.documents, transport=transport, clock=clock)
        self._progress: Progress[tuple[int, int | str], RenderedMessage] = Progress(
            send=self._edit, clock=clock, pause_s=lambda _: PAUSE_S, looks=RenderedMessage.looks
        )

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None:
        """Have the promised message show the newest state soon."""
        try:
            reply = Reply.from_json(reply_to)
            if not reply.message_id and event.request.submitted_at is None:
                return  # a further order of a message gets one of its own when it starts
            shown = RenderedMessage(reply=reply, view=request_view.progress(event), request=event.request)
            self._progress.show(_place(reply, event.request), shown)
        except Exception:
            log.exception("progress_not_drawn", request_id=event.request.id)

    async def _edit(self, drawn: RenderedMessage) -> None:
        try:
            await self.further.show(drawn.reply, drawn.request, Message(view=drawn.view))
        except Exception as error:
            if trouble_of(error) is DeliveryTrouble.WRONG:
                raise
            raise DeliveryPassing("Discord did not take an edit") from error

    async def drain(self, timeout_s: float) -> None:
        """Show every message's newest state now, and stop. Raises TimeoutError."""
        await self._progress.drain(timeout_s)

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        """Put the price on a button. Raises DeliveryError."""
        reply = await self._settled(Reply.from_json(reply_to), event.request)
        # A nonce of its own: with the result's, Discord would drop the result as a copy of the price.
        view = talk_view.plan(event) if event.plan else request_view.price(event)
        await self._routes.say(reply, view, nonce=f"{event.request.id[4:]}-p", public=False)

    async def say(self, reply: Reply, view: ui.LayoutView, *, nonce: str) -> None:
        """Words into a promised message, in place of a result. Raises DeliveryError."""
        await self._progress.settle(reply.key)
        await self._routes.say(reply, view, nonce=nonce, public=True)

    async def _settled(self, promised: Reply, request: Request) -> Reply:
        """Where a request stands, after the last edit of its progress."""
        await self._progress.settle(_place(promised, request))
        return await self.further.settled(promised, request)

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        """Say how it ended, wherever that is still possible. Raises DeliveryError."""
        promised = Reply.from_json(reply_to)
        return await self._finish(await self._settled(promised, event.request), event)

    async def _finish(self, reply: Reply, event: Final) -> ReplyTo:
        request = event.request
        match event:
            case Delivered() if is_reading(event):
                shown = ResultDisplay() if event.orders else await self._display(reply, request)
                went = await self._readings.deliver(reply, event, shown)
            case Delivered() if about(request.capability).output is Output.TEXT and request.text:
                return _stands(*await self._answer(reply, event, request.id))
            case Delivered():
                went = await self._result(reply, event, request.id)
            case Refused():
                went = await self._refuse(reply, event)
            case Failed():
                went = await self._routes.say(
                    reply, request_view.failed(event), nonce=request.id, public=True
                )
            case Cancelled():
                went = await self._routes.say(
                    reply, request_view.cancelled(event), nonce=request.id, public=False
                )
        return _stands(went)

    async def post_again(self, reply_to: ReplyTo, event: Delivered) -> ReplyTo:
        """Post a result that could not be posted before. Raises DeliveryError."""
        reply = Reply.from_json(reply_to)
        # Not the nonce of the message that told of the failure; the same for two presses at once.
        nonce = f"{event.request.id[4:]}-a"
        if about(event.request.capability).output is Output.TEXT and event.request.text:
            return _stands(*await self._answer(reply, event, nonce))
        return _stands(await self._result(reply, event, nonce))

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None:
        """One line where the end was told. Raises DeliveryError."""
        if event.small:
            return
        reply, went = Reply.from_json(reply_to), Reply.from_json({"channel_id": 0, **event.request.delivery})
        where = went.channel_id or reply.channel_id
        fresh = replace(reply, channel_id=where, message_id=0, token="", token_until=0, ephemeral=False)
        view = request_view.corrected(event, went.link)
        await self._routes.say(fresh, view, nonce=f"{event.request.id[4:]}-c", public=True)

    # results

    async def _display(self, reply: Reply, request: Request) -> ResultDisplay:
        hint = texts.how_to_go_on() if await self._first_results.is_first(request) else ""
        return ResultDisplay(hint=hint, reachable=reply.reachable)

    async def _result(self, reply: Reply, event: Delivered, nonce: str) -> Reply:
        display = await self._display(reply, event.request)

        async def build(limit: int, remark: str) -> Message:
            packed = await pack(event.request, self._service, limit)
            notes = (*packed.shown.notes, *(f"-# {line}" for line in remark.splitlines()))
            shown = replace(packed.shown, notes=notes, hint=display.hint, reachable=display.reachable)
            view = result_view.delivered(event, shown)
            return Message(view=view, files=packed.files)

        routes = self._routes.of(reply, nonce=nonce, public=True)
        routes = _kept_inside(routes, event.request)
        went = await self._routes.deliver(routes, build, **_weight(event.request))
        await self._point_there(reply, went)
        return went

    async def _point_there(self, reply: Reply, went: Reply) -> None:
        """An ephemeral placeholder whose result was posted for everybody says where."""
        if not reply.ephemeral or went.key == reply.key or not reply.token_alive(self._clock.now()):
            return
        try:
            await self._transport.edit(reply, Message(view=request_view.notice(texts.here_it_is(went.link))))
        except discord.HTTPException as error:
            log.info("placeholder_not_updated", code=error.code)

    async def _answer(self, reply: Reply, event: Delivered, nonce: str) -> list[Reply]:
        """The pages; the last one has the buttons."""
        texts = pages(with_marks(event.request.text, reply.marks), PAGE)
        display = await self._display(reply, event.request)
        if len(texts) > MOST_PAGES or (len(texts) > 1 and not reply.reachable):
            return [await self._answer_as_file(reply, event, texts[0], display, nonce)]
        went, posted = reply, list[Reply]()
        for number, text in enumerate(texts):
            view = result_view.answer(event, text, last=number == len(texts) - 1, shown=display)
            target = reply if number == 0 else Reply(**{**vars(went), "message_id": 0, "token": ""})
            own = f"{nonce.removeprefix('req_')}-{number}"
            went = await self._routes.say(target, view, nonce=own, public=True)
            posted.append(went)
        if event.request.assets:
            posted.append(await self._beside(went, event))
        return posted

    async def _beside(self, answer: Reply, event: Delivered) -> Reply:
        """The pictures of an answer, in a message under it."""

        async def build(limit: int, _remark: str) -> Message:
            packed = await pack(event.request, self._service, limit)
            return Message(view=result_view.pictures(packed.shown), files=packed.files)

        under = replace(answer, message_id=0, token="", token_until=0, ephemeral=False)
        routes = self._routes.of(under, nonce=f"{event.request.id[4:]}-f", public=True)
        routes = _kept_inside(routes, event.request)
        return await self._routes.deliver(routes, build, **_weight(event.request))

    async def _answer_as_file(
        self, reply: Reply, event: Delivered, first: str, display: ResultDisplay, nonce: str
    ) -> Reply:
        cover = SPOILER * event.request.hidden
        file = Attachment(name=f"{cover}answer.md", source=event.request.text.encode())
        text = first + texts.rest_in_file()

        async def build(_limit: int, _remark: str) -> Message:
            view = result_view.answer(event, text, last=True, file=file.name, shown=display)
            return Message(view=view, files=[file])

        routes = self._routes.of(reply, nonce=nonce, public=True)
        return await self._routes.deliver(routes, build)

    async def _refuse(self, reply: Reply, event: Refused) -> Reply:
        """A refusal is for its asker's eyes only: the public placeholder gives way to a private note."""
        request = event.request
        can_ask = grantable(event.refusal) and await self._has_admin_channel(request)
        view = request_view.refused(event.refusal, request=request, can_ask=can_ask)
        # Not the result's nonce: an approved request is refused first and delivered minutes later.
        return await self._private_messages.tell(
            reply, view, request_view.refused_in_public(request.actor.person), nonce=f"{request.id[4:]}-r"
        )

    async def _has_admin_channel(self, request: Request) -> bool:
        return bool((await self._service.tenant(request.actor.tenant)).admin_channel)


def _weight(request: Request) -> dict[str, int]:
    """How many files, and how often they were tried."""
    return {"files": len(request.assets), "tries": request.attempts}


def _kept_inside(routes: Sequence[Destination], request: Request) -> Sequence[Destination]:
    """Pictures from an age-restricted channel do not leave it: a direct message has only the link."""
    if not restricted(request):
        return routes
    said = texts.age_restricted_elsewhere()
    return [
        replace(one, limit=0, remark=f"{one.remark}\n{said}".strip()) if one.name == "direct" else one
        for one in routes
    ]


def _stands(*pages: Reply) -> ReplyTo:
    """Where the end of the story stands; `pages` are the messages before the last."""
    last = pages[-1]
    where: dict[str, Any] = {name: getattr(last, name) for name in ("channel_id", "message_id", "guild_id")}
    return where | ({"pages": [list(page.key) for page in pages[:-1]]} if len(pages) > 1 else {})


def _place(reply: Reply, request: Request) -> tuple[int, int | str]:
    """Which message this is; of one that is not posted yet, whose it will be."""
    return reply.key if reply.message_id else (reply.channel_id, request.id)
