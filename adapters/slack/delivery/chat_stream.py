"""A chat's answer while it is being written, and in the end.

Slack streams text into a message (Slack docs, chat.startStream) for about five minutes, unless the person
stops it or a restart loses it. From then on the same message is an ordinary one that is edited now and then.
Long answers go on in further messages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import structlog

from adapters.common.talking.first_results import FirstResults
from adapters.common.talking.marks import with_marks
from adapters.common.text_split import pages, split
from adapters.slack.addressing import Address
from adapters.slack.client import Api
from adapters.slack.delivery.once import Once, found
from adapters.slack.delivery.record import Post, Posts
from adapters.slack.delivery.routes import MessageRoutes
from adapters.slack.errors import Declined, MissingScope
from adapters.slack.views import request_texts
from adapters.slack.views import results as result_view
from adapters.slack.views.layout import Block, Message, clamp, escape, harmless, markdown
from bot.core.errors import Refusal
from bot.core.errors.outside import DeliveryFinal
from bot.core.events import Delivered, Progressed
from bot.core.request import Request
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

PART = 11_000
"""Units of an answer in one message; Slack takes 12,000 of markdown and some blocks beside them."""
_HELD_BACK = 14


class ChatStreams:
    """Shows an answer as it grows."""

    def __init__(self, *, service: Service, api: Api, message_routes: MessageRoutes, posts: Posts) -> None:
        self._service = service
        self._api = api
        self._message_routes = message_routes
        self._posts = posts
        self._first_results = FirstResults(service.documents)
        self._sent: dict[str, str] = {}

    async def grow(self, where: Address, event: Progressed) -> None:
        """Show all that has been said so far. Raises DeliveryError; the caller may let it be."""
        request, first = event.request, split(_safe(event.text), PART)[0]
        text = first.text
        post = await self._posts.get(request.id)
        if not text or post.stage:
            return
        if not post.ts:
            await self._start(where, request, post, text)
        elif post.stream == "open" and request.id in self._sent:
            await self._append(where, request, post, text)
        else:
            await self._message_routes.update(
                replace(where, channel=post.channel), post.ts, _answer(first.shown, where.marks)
            )

    async def _start(self, where: Address, request: Request, post: Post, text: str) -> None:
        post, once = await self._posts.begun(request.id, post, answer=text)
        post = replace(post, channel=where.channel, thread_ts=where.thread_ts)
        if not where.thread_ts:  # a stream is always a reply (Slack docs, chat.startStream)
            post = await self._as_message(where, post, once, text)
        elif ts := await found(self._api, where, once):  # whether it still streams shows in the end
            post = replace(post, ts=ts, stream="open")
        else:
            post = await self._as_stream(where, request, post, once, text)
        await self._posts.save(request.id, replace(post, tried_at=0))

    async def _as_message(self, where: Address, post: Post, once: Once, text: str) -> Post:
        posted = await self._message_routes.public(where, _answer(text, where.marks), once)
        return replace(post, channel=posted.channel, stream="dead", ts=posted.ts)

    async def _as_stream(self, where: Address, request: Request, post: Post, once: Once, text: str) -> Post:
        try:
            answer = await self._api.call(
                where,
                "chat.startStream",
                channel=where.channel,
                thread_ts=where.thread_ts,
                recipient_team_id=where.team,
                recipient_user_id=where.user,
                markdown_text=with_marks(text, where.marks),
            )
        except (Declined, MissingScope) as error:
            log.info("stream_declined", error=error.message)
            return await self._as_message(where, post, once, text)
        self._sent[request.id] = text
        return replace(post, ts=str(answer["ts"]), stream="open")

    async def _append(self, where: Address, request: Request, post: Post, text: str) -> None:
        rest = text[len(self._sent[request.id]) :]
        if not rest:
            return
        try:
            await self._api.call(
                where,
                "chat.appendStream",
                channel=post.channel,
                ts=post.ts,
                markdown_text=with_marks(rest, where.marks),
            )
        except Declined as error:
            await self._died(request, post, error)
        else:
            self._sent[request.id] = text

    async def _died(self, request: Request, post: Post, error: Declined) -> Post:
        log.info("stream_died", error=error.error, request_id=request.id)
        self._sent.pop(request.id, None)
        if error.error == "stopped_by_user":
            with contextlib.suppress(Refusal):
                await self._service.cancel(request.actor, request.id)
        return await self._posts.save(request.id, replace(post, stream="dead"))

    async def close(self, where: Address, request: Request, post: Post) -> None:
        """End a stream as it stands, so that its message can be edited; one that has ended is no error."""
        self._sent.pop(request.id, None)
        if post.stream != "open":
            return
        try:
            await self._api.call(where, "chat.stopStream", channel=post.channel, ts=post.ts)
        except DeliveryFinal as error:
            log.info("stream_died", error=error.message, request_id=request.id)

    async def finish(self, where: Address, event: Delivered, post: Post) -> Post:
        """Put the whole answer where it was promised, with its receipt under the last part."""
        request = event.request
        parts = pages(harmless(request.text), PART)
        hint = request_texts.how_to_go_on() if await self._first_results.is_first(request) else ""
        footer = result_view.answer_footer(event, hint)
        if post.ts and post.parts == 0:
            post = await self._first(replace(where, channel=post.channel), request, post, parts, footer)
        for number in range(post.parts, len(parts)):
            last = number == len(parts) - 1
            part = f"-{number}" if number else ""
            post, once = await self._posts.begun(request.id, post, part=part, answer=parts[number])
            message = _answer(parts[number], where.marks, footer if last else [])
            posted = await self._message_routes.public(where, message, once)
            ts, channel = post.ts or posted.ts, posted.channel
            post = await self._posts.save(
                request.id, replace(post, channel=channel, ts=ts, parts=number + 1, tried_at=0)
            )
        self._sent.pop(request.id, None)
        return post

    async def _first(
        self, where: Address, request: Request, post: Post, parts: list[str], footer: list[Block]
    ) -> Post:
        """The first part, into the message that is there: end the stream, or edit."""
        footer = footer if len(parts) == 1 else []
        if post.stream == "open" and not await self._stop(where, request, post, parts[0], footer):
            post = replace(post, stream="dead")
        if post.stream != "open":
            try:
                await self._message_routes.update(where, post.ts, _answer(parts[0], where.marks, footer))
            except Declined as error:
                log.info("answer_moved", error=error.error)
                return post
        return await self._posts.save(request.id, replace(post, parts=1))

    async def _stop(
        self, where: Address, request: Request, post: Post, text: str, footer: list[Block]
    ) -> bool:
        """End a stream with what is missing; False where the message must be edited instead."""
        sent = self._sent.get(request.id)
        whole = sent is not None and text.startswith(sent)
        rest = text[len(sent or "") :] or None if whole else None
        blocks = footer if footer and whole else None
        try:
            await self._api.call(
                where,
                "chat.stopStream",
                channel=post.channel,
                ts=post.ts,
                blocks=blocks,
                markdown_text=with_marks(rest, where.marks) if rest else rest,
                metadata=Once(key=request.id).metadata,
            )
        except DeliveryFinal as error:
            log.info("stream_died", error=error.message, request_id=request.id)
            return False
        return whole


def _safe(text: str) -> str:
    """Harmless text that stays a beginning of the harmless whole: a `<!chan…` at the end waits."""
    start = text.rfind("<", max(0, len(text) - _HELD_BACK))
    return harmless(text if start < 0 else text[:start])


def _answer(text: str, marks: Mapping[str, str], footer: Sequence[Block] = ()) -> Message:
    said = markdown(text)
    said["text"] = with_marks(said["text"], marks)
    return Message(text=clamp(escape(text), 2000), blocks=[said, *footer])
