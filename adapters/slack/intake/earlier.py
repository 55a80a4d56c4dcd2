"""One page of what was said in a thread before the bot was called into it.

Needs the history scopes that finding pictures in a thread needs; where they are missing, nothing is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from adapters.common.talking.earlier import newest
from adapters.slack.context import AdapterContext
from adapters.slack.intake.marks import plain_words
from adapters.slack.intake.payload import Inbound
from adapters.slack.intake.said import names_in
from adapters.slack.submission import conversation_of, spoken_in
from bot.core.errors.outside import DeliveryError
from bot.core.request import Actor
from bot.core.said import Quoted

log = structlog.get_logger(__name__)

PAGE = 15
"""Messages read at once; apps outside the Marketplace get no more (Slack docs, conversations.replies)."""


class EarlierWords:
    """Reads them, unless the admins have switched it off."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter

    async def before(self, inbound: Inbound, actor: Actor) -> Sequence[Quoted]:
        """What stands above a message, when it is the first in a thread that the bot is to answer."""
        where = spoken_in(inbound)
        if not inbound.thread_ts or where.is_direct:
            return ()
        if not (await self._adapter.service.tenant(actor.tenant)).reads_threads:
            return ()
        if (await self._adapter.talk.total(actor, conversation_of(where))).requests:
            return ()
        found = [one for one in await self._page(inbound) if one.get("user") and not one.get("bot_id")]
        return newest([await self._quote(inbound, one) for one in found])

    async def _page(self, inbound: Inbound) -> Sequence[Mapping[str, Any]]:
        try:
            answer = await self._adapter.api.call(
                inbound.address,
                "conversations.replies",
                patience=0,
                channel=inbound.channel,
                ts=inbound.thread_ts,
                latest=inbound.ts,
                inclusive=False,
                limit=PAGE,
            )
        except DeliveryError as error:
            log.info("thread_unread", error=error.code)
            return ()
        found = sorted(answer.get("messages") or (), key=lambda message: str(message.get("ts")))
        return [message for message in found if str(message.get("ts")) < inbound.ts]

    async def _quote(self, inbound: Inbound, message: Mapping[str, Any]) -> Quoted:
        names = await names_in(inbound, message, adapter=self._adapter)
        user = str(message["user"])
        return Quoted(
            author=names.users.get(user, ""),
            words=plain_words(str(message.get("text") or ""), names),
            own=user == inbound.user,
        )
