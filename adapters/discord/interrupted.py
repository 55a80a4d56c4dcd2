"""What a process had promised that died before the order was written: it is said what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from adapters.discord.addressing import ORIGIN, Reply
from adapters.discord.delivery.placeholders import Placeholders
from adapters.discord.submission import Submission
from adapters.discord.views import request as request_view
from adapters.discord.views import talk as talk_view
from bot.core.errors import Refusal
from bot.core.errors.outside import DeliveryError, DeliveryPassing
from bot.core.request import Actor, Request
from bot.use_cases.requests import Service
from bot.use_cases.spoken.answers import Answered

log = structlog.get_logger(__name__)


class InterruptedSubmissions:
    """Looks for them; `answered` tells what a message without an order was taken to mean."""

    def __init__(
        self,
        *,
        service: Service,
        submission: Submission,
        placeholders: Placeholders,
        answered: Callable[[str], Awaitable[Answered | None]],
    ) -> None:
        self._service = service
        self._submission = submission
        self._placeholders = placeholders
        self._answered = answered

    async def clear(self, *, older_than: int) -> int:
        """Take back what a process had promised that died before the order was written; says how many."""
        pending = await self._service.inbox.inbox_pending(ORIGIN, older_than=older_than)
        for item in pending:
            if await self._known(item.key, item.payload):
                await self._service.inbox.inbox_done(ORIGIN, item.key)
                continue
            reply = await self._placeholders.find(Reply.from_json(item.payload), item.key)
            await self._end(reply, item.key)
        return len(pending)

    async def _end(self, reply: Reply, key: str) -> None:
        """What was no order may have been a yes or a stop; else nothing has come of it."""
        try:
            answered = await self._answered(key)
        except Refusal as refusal:
            await self._submission.take_back(reply, key, request_view.refused(refusal))
            return
        if answered is None:
            await self._submission.take_back(reply, key, request_view.interrupted())
            return
        try:
            await self._submission.show(reply, key, talk_view.answered(answered))
        except DeliveryPassing as error:
            log.info("answer_postponed", key=key, error=error.message)
        except DeliveryError as error:
            log.warning("answer_not_told", key=key, error=error.message)
            await self._service.inbox.inbox_done(ORIGIN, key)

    async def _known(self, key: str, payload: Any) -> bool:
        """Whether the order was written down before the process died."""
        reply = Reply.from_json(payload)
        for tenant in {f"{ORIGIN}:{reply.guild_id}", f"{ORIGIN}:dm:{reply.user_id}"}:
            asker = Actor(tenant=tenant, person=f"{ORIGIN}:{reply.user_id}")
            recent = await self._service.history(asker, limit=100)
            if any(request.dedupe_key == key or _answers(request, reply) for request in recent):
                return True
        return False


def _answers(request: Request, reply: Reply) -> bool:
    """Whether a request answers the same interaction, under a key of its own."""
    return bool(reply.token) and request.reply_to.get("token") == reply.token
