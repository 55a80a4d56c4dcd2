"""Results handed over as files of Slack's, once, however often it is tried.

Upload, write down what was uploaded, share, wait until it is seen. A process killed anywhere between finds
the files it had brought and asks Slack whether they are shared before it shares again.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from adapters.common.talking.first_results import FirstResults
from adapters.slack.addressing import Address
from adapters.slack.delivery.files import Files
from adapters.slack.delivery.once import Once
from adapters.slack.delivery.packing import PackedFile, ResultFiles
from adapters.slack.delivery.record import Post, Posts
from adapters.slack.delivery.routes import MessageRoutes
from adapters.slack.errors import ConversationClosed, Declined, MissingScope, TokenDead, UploadRefused
from adapters.slack.views import request_texts, texts
from adapters.slack.views import results as result_view
from adapters.slack.views.layout import Message
from bot.core.errors.outside import DeliveryFinal, DeliveryPassing
from bot.core.events import Delivered
from bot.core.ports.for_adapters import Clock
from bot.core.request import Request
from bot.use_cases.requests import Service

log = structlog.get_logger(__name__)

PATIENT_TRIES = 6
"""Attempts that broke off, about a minute of them, before the result goes out by link."""
_ALREADY_S = 8.0
VIDEO_WAIT_S = 120.0
IMAGE_WAIT_S = 30.0
"""How long Slack may take to scan and show what was uploaded before the result goes out by link."""


class ResultUpload:
    """Brings a result's files into the conversation."""

    def __init__(
        self, *, service: Service, files: Files, message_routes: MessageRoutes, posts: Posts, clock: Clock
    ) -> None:
        self._packed = ResultFiles(service)
        self._clock = clock
        self._files = files
        self._message_routes = message_routes
        self._posts = posts
        self._first_results = FirstResults(service.documents)

    async def deliver(self, where: Address, event: Delivered, post: Post) -> Post:
        """Share the files; answers with where they went in `to_…`. Raises DeliveryError."""
        if post.stage == "sharing":
            where = replace(where, channel=post.to_channel, thread_ts=post.to_thread)
            if ts := await self._files.shared_ts(
                where, post.files[0][0], deadline_s=self._patience(event, post)
            ):
                return replace(post, to_ts=ts)
            if post.shared_at:
                return await self._by_link(where, event, post, texts.file_not_shown_yet())
        if not where.channel:
            where = await self._message_routes.direct(where)
        try:
            post = await self._uploaded(where, event, post)
        except TokenDead:
            raise
        except DeliveryFinal as error:
            return await self._by_link(where, event, post, error.message)
        except DeliveryPassing as error:
            if event.request.attempts < PATIENT_TRIES:
                raise
            return await self._by_link(where, event, post, error.message)
        except Exception:  # whatever is wrong with the files: the link can still be given
            log.exception("result_not_packed", request_id=event.request.id)
            return await self._by_link(where, event, post, texts.file_not_uploaded())
        return await self._shared(where, event, post)

    async def _shared(self, where: Address, event: Delivered, post: Post) -> Post:
        """Share what is uploaded, here or directly, and wait until it is seen."""
        try:
            await self._share(where, event, post)
        except ConversationClosed as error:
            if where.is_direct:
                return await self._by_link(where, event, post, error.message)
            log.info("result_goes_direct", request_id=event.request.id, error=error.message)
            await self._message_routes.invite_hint(where)
            return await self.deliver(
                await self._message_routes.direct(where), event, replace(post, stage="")
            )
        except Declined as error:
            # Shared before, perhaps: Slack says such things of files it has already posted.
            log.info("share_declined", request_id=event.request.id, error=error.error)
        except (UploadRefused, MissingScope) as error:
            return await self._by_link(where, event, post, error.message)
        post = await self._posts.save(event.request.id, replace(post, shared_at=self._clock.now()))
        wait = self._patience(event, post)
        ts = await self._files.shared_ts(where, post.files[0][0], deadline_s=wait)
        if not ts:
            return await self._by_link(where, event, post, texts.file_not_shown_yet())
        return replace(post, to_ts=ts)

    def _patience(self, event: Delivered, post: Post) -> float:
        """How long to wait until files are seen, in seconds, over restarts."""
        if not post.shared_at:  # killed in between: whether they are shared is not known
            return _ALREADY_S
        whole = VIDEO_WAIT_S if _is_video(event.request) else IMAGE_WAIT_S
        return max(0.0, whole - (self._clock.now() - post.shared_at) / 1_000_000)

    async def _uploaded(self, where: Address, event: Delivered, post: Post) -> Post:
        """The files at Slack and on record, not yet shared. Raises UploadRefused where Slack takes none."""
        if not post.files:
            post = await self._upload_all(where, event.request, post)
        post = replace(post, stage="sharing", to_channel=where.channel, to_thread=where.thread_ts)
        return await self._posts.save(event.request.id, post)

    async def _upload_all(self, where: Address, request: Request, post: Post) -> Post:
        files: list[tuple[str, str]] = []
        notes: list[str] = []
        reason = texts.file_not_uploaded()
        for index in range(len(request.assets)):
            made = await self._packed.one(request, index)
            try:
                file_id, note = await self._upload(where, request, made)
            except (UploadRefused, Declined) as error:
                reason = error.message
                note = self._packed.link(request, index)
            else:
                files += [(file_id, made.file.title)] if made.file else []
            notes += [note] if note and note not in notes else []
        if not files:
            raise UploadRefused(reason)
        return replace(post, files=tuple(files), notes=tuple(notes))

    async def _upload(self, where: Address, request: Request, made: PackedFile) -> tuple[str, str]:
        """The id and what to say; where Slack does not take the file, a smaller one. Raises as `upload`."""
        if made.file is None:
            return "", made.note
        try:
            return await self._files.upload(where, made.file), made.note
        except (UploadRefused, Declined) as error:
            log.info("upload_refused", request_id=request.id, error=error.message)
            smaller = await self._packed.smaller(request, made)
            if smaller is None or smaller.file is None:
                raise
            return await self._files.upload(where, smaller.file), smaller.note

    async def _share(self, where: Address, event: Delivered, post: Post) -> None:
        notes = post.notes
        if where.is_direct and event.request.reply_to.get("channel", "") != where.channel:
            notes = [*notes, texts.could_not_post_where_asked()]
        if await self._first_results.is_first(event.request):
            notes = [*notes, request_texts.how_to_go_on()]
        await self._files.share(where, post.files, result_view.delivered(event, notes=notes))

    async def _by_link(self, where: Address, event: Delivered, post: Post, reason: str) -> Post:
        """The result by its address at the gateway, while that lives."""
        log.warning("result_by_link", request_id=event.request.id, reason=reason)
        once = Once(key=f"{event.request.id}-l", since=event.request.created_at)
        posted = await self._message_routes.public(where, _linked(event, reason), once)
        return replace(post, to_channel=posted.channel, to_ts=posted.ts, files=())


def _is_video(request: Request) -> bool:
    return any(asset.content_type.startswith("video/") for asset in request.assets)


def _linked(event: Delivered, reason: str) -> Message:
    return result_view.link_instead(event, reason)
