"""What has been posted for a request so far, on disk before anything else is done.

A process killed between two calls to Slack finds here which message it had promised, which files it had
brought and whether it had begun to share them, and goes on instead of posting twice.
"""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import asdict, dataclass, fields, replace

from adapters.common.expiring_documents import ExpiringDocuments
from adapters.slack.delivery.once import Once
from bot.core.ports.for_adapters import Clock
from bot.core.request import ReplyTo
from bot.use_cases.requests import Service

KIND = "slack_post"
APPROVAL = "slack_approval"
KEPT_BY_REQUEST = (KIND, APPROVAL)
"""Documents whose key is a request's id; they go when its words go."""
KEPT_S = 3 * 24 * 3600
"""Delivery is tried for a day; a post is remembered a little longer, and so is a question to admins."""


@dataclass(frozen=True, kw_only=True)
class Post:
    """`channel`, `thread_ts`, `ts`: the message that was promised. `to_…`: where the result's files go.

    `files` are (id, title) of what has been uploaded, `notes` what is said of them.
    `tried_at`: when the message was about to be posted (UTC micros), 0 once it stands in `ts`.
    `shared_at`: when Slack accepted to share them (UTC micros), 0 before.
    `stage`: `` nothing final yet, `sharing` the share has been asked for, `done` the story is told.
    `stream`: `` none, `open` a stream of Slack's, `dead` an ordinary message that stands for one.
    `parts` of a long answer that have been posted; `went` what `finish` answered.
    """

    channel: str = ""
    thread_ts: str = ""
    ts: str = ""
    tried_at: int = 0
    to_channel: str = ""
    to_thread: str = ""
    to_ts: str = ""
    shared_at: int = 0
    stage: str = ""
    stream: str = ""
    files: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    parts: int = 0
    went: ReplyTo | None = None


_NAMES = frozenset(field.name for field in fields(Post))


class Posts:
    """The posts of all requests, by request id."""

    def __init__(self, *, service: Service, clock: Clock) -> None:
        self._clock = clock
        self._kept = ExpiringDocuments(service.documents, clock, kind=KIND, kept_s=KEPT_S)
        self.questions = ExpiringDocuments(service.documents, clock, kind=APPROVAL, kept_s=KEPT_S)
        """What admins were asked, by request id."""
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    def lock(self, request_id: str) -> asyncio.Lock:
        """One at a time may post for a request."""
        lock = self._locks.get(request_id)
        if lock is None:
            lock = self._locks[request_id] = asyncio.Lock()
        return lock

    async def get(self, request_id: str) -> Post:
        body = await self._kept.get(request_id)
        if body is None:
            return Post()
        known = {name: value for name, value in body.items() if name in _NAMES}
        known["files"] = tuple((str(one[0]), str(one[1])) for one in known.get("files") or ())
        known["notes"] = tuple(str(note) for note in known.get("notes") or ())
        return Post(**known)

    async def save(self, request_id: str, post: Post) -> Post:
        """Keep it; a promise that another replica has posted meanwhile stays on record."""
        if not post.ts:
            known = await self.get(request_id)
            post = replace(post, channel=known.channel, thread_ts=known.thread_ts, ts=known.ts)
        await self._kept.put(request_id, asdict(post))
        return post

    async def begun(
        self, request_id: str, post: Post, *, part: str = "", answer: str = ""
    ) -> tuple[Post, Once]:
        """Write down that its message (or a `part` of it) is about to be posted, and by what it is known
        should this have been written before.
        """
        once = Once(key=request_id + part, since=post.tried_at, answer=answer)
        if not post.tried_at:
            post = await self.save(request_id, replace(post, tried_at=self._clock.now()))
        return post, once

    async def forget(self, request_id: str) -> None:
        await self._kept.delete(request_id)

    async def sweep(self) -> int:
        """Forget what ended long ago; answers how many documents."""
        return await self._kept.delete_expired() + await self.questions.delete_expired()
