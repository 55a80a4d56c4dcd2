"""Tells people in Slack what they have not asked for: notices and digests, once each.

A block of each message is named after it. What may have been posted before is looked for in the conversation
before anything is posted again.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

import structlog

from adapters.common.notices import digest_words
from adapters.common.notices.chart import chart_png
from adapters.slack.addressing import Address, address_of
from adapters.slack.client import Api
from adapters.slack.delivery.files import Files, OutgoingFile
from adapters.slack.delivery.routes import MessageRoutes
from adapters.slack.errors import TokenDead
from adapters.slack.identity import People, raw_id
from adapters.slack.views import notices as notice_view
from adapters.slack.views.layout import Message
from bot.core.errors.outside import DeliveryFinal
from bot.core.notices.digest import Digest
from bot.core.notices.thresholds import Audience, Notice
from bot.core.ports.for_adapters import Clock, NoticeAddress
from bot.settings import Settings

log = structlog.get_logger(__name__)

LOOK_BACK_S = 86_400
LOOKED_AT = 100
"""Messages of a conversation that are looked at."""


class SlackNotices:
    """Implements the core's `NoticeSender`."""

    def __init__(
        self,
        api: Api,
        message_routes: MessageRoutes,
        files: Files,
        people: People,
        settings: Settings,
        clock: Clock,
    ) -> None:
        self._api = api
        self._message_routes = message_routes
        self._files = files
        self._people = people
        self._clock = clock
        self._command = settings.slack_command

    async def notice(self, notice: Notice, to: NoticeAddress, *, again: bool) -> None:
        """To the channel where there is one, else in private. Raises DeliveryError."""
        private = notice.audience is Audience.PERSON  # then where they asked, whoever pays
        where = _plain(address_of(to.reply_to) if private and to.reply_to else _where(to))
        message = notice_view.notice(notice, self._command)
        if to.channel:
            there = replace(where, channel=raw_id(to.channel))
            if await self._tried(self._post(there, message, notice.id, again)):
                return
        person = raw_id(to.person)
        if notice.audience is Audience.ADMINS and not person:
            person = next(iter(await self._people.admins(where, limit=1)), "")
        if person and await self._tried(
            self._in_private(replace(where, user=person), message, notice.id, again)
        ):
            return
        if notice.audience is Audience.PERSON and await self._tried(self._where_asked(to, message)):
            return
        raise DeliveryFinal("nobody in Slack can be told")

    async def digest(self, digest: Digest, to: NoticeAddress, *, again: bool) -> None:
        """Into its channel, with its chart. Raises DeliveryError."""
        where, marker = replace(_where(to), channel=raw_id(to.channel)), digest.marker
        message = notice_view.digest(digest, marker=marker)
        if again and await self._has_posted(where, marker):
            return
        chart = await chart_png(digest)
        if chart:
            name = digest_words.title(digest)
            file = OutgoingFile(
                name="digest.png",
                title=name,
                alt=digest_words.chart_text(digest),
                size=len(chart),
                data=chart,
            )
            try:
                file_id = await self._files.upload(where, file)
                await self._files.share(where, [(file_id, name)], message.blocks)
                return
            except TokenDead:
                raise
            except DeliveryFinal as error:
                log.info("chart_left_out", error=error.code)
        await self._message_routes.post(where, message)

    async def _tried(self, way: Awaitable[bool]) -> bool:
        """Whether a way led somewhere. Raises DeliveryPassing where it may later."""
        try:
            return await way
        except TokenDead:
            raise
        except DeliveryFinal as error:
            log.info("notice_way_closed", error=error.code)
            return False

    async def _in_private(self, where: Address, message: Message, marker: str, again: bool) -> bool:
        return await self._post(await self._message_routes.direct(where), message, marker, again)

    async def _post(self, where: Address, message: Message, marker: str, again: bool) -> bool:
        if not (again and await self._has_posted(where, marker)):
            await self._message_routes.post(where, message)
        return True

    async def _where_asked(self, to: NoticeAddress, message: Message) -> bool:
        """For the eyes of the one who asked, in the conversation where they did."""
        where = address_of(to.reply_to)
        if not where.channel or where.is_direct:
            return False
        await self._message_routes.ephemeral(where, message)
        return True

    async def _has_posted(self, where: Address, marker: str) -> bool:
        oldest = self._clock.now() / 1e6 - LOOK_BACK_S
        answer = await self._api.call(
            where, "conversations.history", channel=where.channel, oldest=f"{oldest:.6f}", limit=LOOKED_AT
        )
        blocks = (block for message in answer.get("messages") or () for block in message.get("blocks") or ())
        return any(block.get("block_id") == marker for block in blocks)


def _where(to: NoticeAddress) -> Address:
    """Where somebody asked, if that is the workspace or organisation that pays; else the latter itself."""
    tenant, asked = raw_id(to.tenant), address_of(to.reply_to)
    if tenant in (asked.team, asked.enterprise):
        return asked
    return Address(enterprise=tenant) if tenant.startswith("E") else Address(team=tenant)


def _plain(where: Address) -> Address:
    """The same without the conversation."""
    return replace(where, channel="", thread_ts="", ts="", in_thread=False, response_url="", response_until=0)
