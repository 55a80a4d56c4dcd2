"""Tells people in Slack what becomes of their requests; implements the core's notifier.

Every call may come again: what was posted, or about to be, is on disk (`posts`), so the second time edits.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

import structlog

from adapters.common.progress import Progress
from adapters.slack.addressing import Address, address_of
from adapters.slack.client import Api
from adapters.slack.delivery.attachments import ResultUpload
from adapters.slack.delivery.chat_stream import ChatStreams
from adapters.slack.delivery.files import Files
from adapters.slack.delivery.once import Once, found
from adapters.slack.delivery.readings import ReadingDelivery, at_top, is_reading
from adapters.slack.delivery.record import Post, Posts
from adapters.slack.delivery.routes import MessageRoutes, PostedMessage
from adapters.slack.delivery.status import Statuses
from adapters.slack.errors import ConversationClosed, Declined
from adapters.slack.views import request as request_view
from adapters.slack.views import results as result_view
from adapters.slack.views import talk as talk_view
from adapters.slack.views.layout import Message
from bot.core.capability import Output, about
from bot.core.errors.outside import DeliveryError
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
from bot.core.ports.for_adapters import Clock
from bot.core.request import TERMINAL, ReplyTo, Request, State
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

EVERY_S = 3.0
"""chat.update may be called about fifty times a minute for a whole workspace (Slack docs, Rate limits)."""
STREAM_EVERY_S = 1.0
"""A stream's text, which Slack limits apart from edits."""


class SlackNotifier:
    """Progress, the price, the end: each into the message that was promised."""

    def __init__(
        self, *, service: Service, api: Api, message_routes: MessageRoutes, files: Files, clock: Clock
    ) -> None:
        self._api = api
        self._message_routes = message_routes
        self._posts = Posts(service=service, clock=clock)
        self._progress: Progress[tuple[str, bool], Progressed] = Progress(
            send=self._show, clock=clock, pause_s=lambda event: STREAM_EVERY_S if event.text else EVERY_S
        )
        self._streams = ChatStreams(
            service=service, api=api, message_routes=message_routes, posts=self._posts
        )
        self._uploads = ResultUpload(
            service=service, files=files, message_routes=message_routes, posts=self._posts, clock=clock
        )
        self._readings = ReadingDelivery(service=service, message_routes=message_routes)
        self._statuses = Statuses(api, clock)

    @property
    def posts(self) -> Posts:
        """What has been posted, for those who clean up."""
        return self._posts

    async def promise(self, request: Request) -> None:
        """Say at once that the request is taken. A second call, or one that comes too late, says nothing.

        Raises DeliveryError.
        """
        where = await self._where(request.reply_to, request)
        if about(request.capability).output is Output.TEXT:
            await self._statuses.show(where, request.id)
            return
        async with self._posts.lock(request.id):
            post = await self._posts.get(request.id)
            if post.ts or post.stage or request.state in TERMINAL:
                return
            post, once = await self._posts.begun(request.id, post)
            message = request_view.progress(request)
            await self._stand(where, request, await self._message_routes.public(where, message, once))

    async def _where(self, reply_to: ReplyTo, request: Request) -> Address:
        """Where it is told: what is hidden, in private, since Slack has no cover for pictures."""
        where = address_of(reply_to)
        if not request.hidden or where.is_direct:
            return where
        return await self._message_routes.direct(where)

    async def _stand(self, where: Address, request: Request, promised: PostedMessage) -> None:
        """Keep a promise, or take it back where another replica has gone further while it was posted."""
        post = await self._posts.get(request.id)
        if post.ts or post.stage:
            await self._withdraw(where, replace(post, channel=promised.channel, ts=promised.ts))
        else:
            await self._keep(where, request, post, promised)

    async def reopen(self, request: Request) -> None:
        """A refused request was approved: post a new message that it runs. Raises DeliveryError."""
        async with self._posts.lock(request.id):
            await self._posts.forget(request.id)
        await self.promise(request)

    async def _post(self, where: Address, request: Request, post: Post, message: Message) -> Post:
        post, once = await self._posts.begun(request.id, post)
        return await self._keep(where, request, post, await self._message_routes.public(where, message, once))

    async def _keep(self, where: Address, request: Request, post: Post, posted: PostedMessage) -> Post:
        thread = where.thread_ts if posted.channel == where.channel else ""
        return await self._posts.save(
            request.id, replace(post, channel=posted.channel, thread_ts=thread, ts=posted.ts, tried_at=0)
        )

    # while it runs

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None:
        """Have the newest state shown soon; an answer's text has a pace of its own."""
        self._progress.show((event.request.id, bool(event.text)), event)

    async def close(self) -> None:
        """Show no more progress: it is not worth waiting for."""
        await self._progress.close()

    async def _settle(self, request: Request) -> None:
        """No progress of this request from now on; what is under way has been shown."""
        for has_text in (True, False):
            await self._progress.settle((request.id, has_text))

    async def _show(self, event: Progressed) -> None:
        request = event.request
        where = await self._where(request.reply_to, request)
        async with self._posts.lock(request.id):
            post = await self._posts.get(request.id)
            if post.stage:
                return
            if event.text:
                await self._streams.grow(where, event)
            elif post.ts and not post.stream:
                await self._edit(where, post, request_view.progress(request, event))
            elif request.part and request.part.planned and request.submitted_at is None:
                return  # one of several gets its message when it starts: their price is asked for together
            elif request.state is State.AMBIGUOUS or (request.part and not post.ts):  # was not promised
                await self._post(where, request, post, request_view.progress(request, event))
            elif about(request.capability).output is Output.TEXT:
                await self._statuses.show(where, request.id)

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        """Put the price on a button. Raises DeliveryError."""
        request = event.request
        where = await self._where(reply_to, request)
        await self._settle(request)
        async with self._posts.lock(request.id):
            message = talk_view.plan(event) if event.plan else request_view.price(event)
            await self._tell(where, request, await self._posts.get(request.id), message)

    async def _tell(self, where: Address, request: Request, post: Post, message: Message) -> Post:
        """Into the promised message where there is one, else as a message of its own."""
        if post.ts:
            await self._streams.close(where, request, post)
            try:
                await self._edit(where, post, message)
            except (Declined, ConversationClosed) as error:
                log.info("promise_gone", request_id=request.id, error=error.message)
            else:
                return post
        return await self._post(where, request, post, message)

    async def _edit(self, where: Address, post: Post, message: Message) -> None:
        await self._message_routes.update(replace(where, channel=post.channel), post.ts, message)

    # the end

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        """Tell the end once. Raises DeliveryError; called again, it goes on where it stopped."""
        request = event.request
        where = await self._where(reply_to, request)
        await self._settle(request)
        async with self._posts.lock(request.id):
            post = await self._posts.get(request.id)
            if post.stage == "done":
                return post.went or {}
            went = await self._end(where, event, post)
            # What was said is not kept here any longer than it is needed.
            done = await self._posts.save(
                request.id, replace(post, stage="done", went=went, files=(), notes=())
            )
            if done.ts not in (post.ts, went.get("ts")):
                await self._withdraw(where, done)  # another replica's promise, overtaken by the end
            return went

    async def post_again(self, reply_to: ReplyTo, event: Delivered) -> ReplyTo:
        """Post a result that could not be posted before. Raises DeliveryError."""
        await self._posts.forget(event.request.id)  # what was tried then
        return await self.finish(reply_to, event)

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None:
        """One line under what it is about. Raises DeliveryError."""
        if event.small:
            return
        where, went = address_of(reply_to), event.request.delivery
        where = replace(
            where,
            channel=str(went.get("channel") or where.channel),
            thread_ts=str(went.get("thread_ts") or where.thread_ts or went.get("ts") or ""),
        )
        once = Once(key=f"{event.request.id}-c{event.receipt.charged}", since=event.request.created_at)
        await self._message_routes.public(where, request_view.corrected(event), once)

    async def _end(self, where: Address, event: Final, post: Post) -> ReplyTo:
        match event:
            case Delivered() if is_reading(event):
                return await self._became(where, event, post)
            case Delivered() if about(event.request.capability).output is Output.TEXT:
                return await self._answered(where, event, post)
            case Delivered():
                return await self._hand_over(where, event, post)
            case Refused():
                await self._message_routes.private(where, request_view.refused(event.refusal, event.request))
                await self._withdraw(where, await self._promised(where, event.request, post))
                return {"channel": where.channel}
            case Failed() | Cancelled():
                return _went(await self._tell(where, event.request, post, request_view.ended(event)))
            case _:
                assert_never(event)

    async def _became(self, where: Address, event: Delivered, post: Post) -> ReplyTo:
        """What a message became besides an answer in words."""
        message = await self._readings.message(where, event)
        if message and event.orders:
            post, once = await self._posts.begun(event.request.id, post, part="-n")
            await self._message_routes.public(where, message, once)
        elif message:
            post = await self._tell(where, event.request, post, message)
        return _went(post)

    async def _answered(self, where: Address, event: Delivered, post: Post) -> ReplyTo:
        """An answer in words, and the pictures that came with it."""
        if event.request.text or not event.request.assets:
            post = await self._streams.finish(where, event, post)
            if not event.request.assets:
                return _went(post)
            post = await self._uploads.deliver(where, event, post)
            return _went(post) | {"files": [file_id for file_id, _ in post.files]}
        await self._streams.close(where, event.request, post)
        return await self._hand_over(where, event, post)

    async def _hand_over(self, where: Address, event: Delivered, post: Post) -> ReplyTo:
        post = await self._promised(where, event.request, post)
        if post.ts and not post.stage and not at_top(where, event.request):
            # A command has no thread of its own: its result goes under the message that promised it.
            where = replace(where, channel=post.channel, thread_ts=post.thread_ts or post.ts)
        post = await self._uploads.deliver(where, event, post)
        await self._settle_promise(where, event.request, post)
        files = [file_id for file_id, _ in post.files]
        return {"channel": post.to_channel, "ts": post.to_ts, "thread_ts": post.to_thread, "files": files}

    async def _promised(self, where: Address, request: Request, post: Post) -> Post:
        """With the promise of a process that posted it and died before it was written down."""
        if post.ts or post.stage or not post.tried_at:
            return post
        ts = await found(self._api, where, Once(key=request.id, since=post.tried_at))
        posted = PostedMessage(channel=where.channel, ts=ts)
        return await self._keep(where, request, post, posted) if ts else post

    async def _settle_promise(self, where: Address, request: Request, post: Post) -> None:
        """The promise goes, unless the result hangs on it."""
        if post.ts and (post.thread_ts or at_top(where, request)):
            await self._withdraw(where, post)
        elif post.ts:
            link = await self._message_routes.link(where, post.to_channel, post.to_ts, post.to_thread)
            try:
                await self._edit(where, post, result_view.done_elsewhere(request, link))
            except DeliveryError as error:
                log.info("promise_left", error=error.code)

    async def _withdraw(self, where: Address, post: Post) -> None:
        if not post.ts:
            return
        try:
            await self._message_routes.remove(replace(where, channel=post.channel), post.ts)
        except DeliveryError as error:
            log.info("promise_left", error=error.message)


def _went(post: Post) -> dict[str, object]:
    return {"channel": post.channel, "ts": post.ts}
