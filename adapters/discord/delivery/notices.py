"""Tells people on Discord what they have not asked for: notices and digests, once each.

A message carries a nonce, by which Discord drops a second copy within minutes, and a button whose id names
it: after a longer time the channel's last messages are looked at before anything is posted again.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from adapters.common.notices import digest_words
from adapters.common.notices.chart import chart_png
from adapters.discord.addressing import Reply
from adapters.discord.delivery.routes import go_on_from
from adapters.discord.delivery.transport import Attachment, Message, MessageTransport
from adapters.discord.identity import snowflake
from adapters.discord.views import notices as notice_view
from bot.core.errors.outside import DeliveryFinal
from bot.core.notices.digest import Digest
from bot.core.notices.thresholds import Audience, Notice
from bot.core.ports.for_adapters import Clock, NoticeAddress

log = structlog.get_logger(__name__)

LOOK_BACK_S = 86_400
Build = Callable[[], Message]


class DiscordNotices:
    """Implements the core's `NoticeSender`."""

    def __init__(self, transport: MessageTransport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock

    async def notice(self, notice: Notice, to: NoticeAddress, *, again: bool) -> None:
        """To the channel where there is one, else in private. Raises DeliveryError."""

        def build() -> Message:
            return Message(view=notice_view.notice(notice))

        if to.channel and await self._tried(self._in_channel(snowflake(to.channel), build, notice.id, again)):
            return
        person = snowflake(to.person)
        if notice.audience is Audience.ADMINS and not person:
            person = await self._transport.owner_of(snowflake(to.tenant))
        if person and await self._tried(self._in_private(person, build, notice.id, again)):
            return
        if notice.audience is Audience.PERSON and await self._tried(self._where_asked(to, build)):
            return
        raise DeliveryFinal("nobody on Discord can be told")

    async def digest(self, digest: Digest, to: NoticeAddress, *, again: bool) -> None:
        """Into its channel. Raises DeliveryError."""
        chart = await chart_png(digest)
        marker = digest.marker
        picture = Attachment(
            name=notice_view.CHART, source=chart, description=digest_words.chart_text(digest)
        )

        def build() -> Message:
            view = notice_view.digest(digest, marker=marker, chart=bool(chart))
            return Message(view=view, files=[picture] if chart else [])

        if not await self._tried(self._in_channel(snowflake(to.channel), build, marker, again)):
            raise DeliveryFinal("the digest's channel is closed to the bot")

    async def _tried(self, way: Awaitable[bool]) -> bool:
        """Whether a way led somewhere. Raises DeliveryPassing where it may later."""
        try:
            return await way
        except Exception as error:
            go_on_from(error)
            log.info("notice_way_closed", error=type(error).__name__)
            return False

    async def _in_channel(self, channel: int, build: Build, marker: str, again: bool) -> bool:
        since = self._clock.now() - LOOK_BACK_S * 1_000_000
        if again and await self._transport.has_posted(channel, marker, since=since):
            return True
        await self._transport.post(channel, build(), nonce=marker)
        return True

    async def _in_private(self, person: int, build: Build, marker: str, again: bool) -> bool:
        return await self._in_channel(await self._transport.direct(person), build, marker, again)

    async def _where_asked(self, to: NoticeAddress, build: Build) -> bool:
        """For the eyes of the one who asked, while Discord still takes it there."""
        reply = Reply.from_json(to.reply_to) if to.reply_to else None
        if reply is None or not reply.token_alive(self._clock.now()):
            return False
        await self._transport.follow_up(reply, build(), ephemeral=True)
        return True
