"""How words reach people when Slack will not have them where they were meant.

For everyone: the thread, else a direct message that says why. For one person: the response_url while it
lives (thirty minutes, five posts), else an ephemeral message, else a direct message. A result that was paid
for is never dropped because a token had expired.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import structlog

from adapters.slack.addressing import Address
from adapters.slack.client import Api
from adapters.slack.delivery.files import Files
from adapters.slack.delivery.once import Once, found
from adapters.slack.errors import ConversationClosed, Declined
from adapters.slack.views import texts
from adapters.slack.views.layout import Message, context
from bot.core.errors.outside import DeliveryError
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

_HOOK_TIMEOUT = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True, kw_only=True)
class PostedMessage:
    """Where something went; `ts` is empty where Slack does not say (response_url)."""

    channel: str
    ts: str = ""


class MessageRoutes:
    """Posts messages along the fallback chains."""

    def __init__(self, *, api: Api, files: Files, clock: Clock) -> None:
        self._api = api
        self._files = files
        self._clock = clock

    async def public(self, where: Address, message: Message, once: Once | None = None) -> PostedMessage:
        """Post in the thread, or directly to the person where the bot may not. Raises DeliveryError.

        What is found to stand there already, by its `once`, is changed instead.
        """
        if once is not None and where.channel and (ts := await found(self._api, where, once)):
            await self._renew(where, ts, message)
            return PostedMessage(channel=where.channel, ts=ts)
        if where.channel:
            try:
                return await self.post(where, message, once)
            except ConversationClosed as error:
                log.info("conversation_closed", channel=where.channel, error=error.message)
                await self.invite_hint(where)
        return await self._directly(where, _explained(message, where), once)

    async def _renew(self, where: Address, ts: str, message: Message) -> None:
        try:
            await self.update(where, ts, message)
        except Declined as error:  # a stream that is open still
            log.info("stream_ended", error=error.error)
            await self._api.call(where, "chat.stopStream", channel=where.channel, ts=ts)
            await self.update(where, ts, message)

    async def post(self, where: Address, message: Message, once: Once | None = None) -> PostedMessage:
        """Post exactly there. Raises DeliveryError."""
        answer = await self._api.call(
            where,
            "chat.postMessage",
            channel=where.channel,
            thread_ts=where.thread_ts or None,
            unfurl_links=False,
            unfurl_media=False,
            metadata=once.metadata if once else None,
            **message.payload(),
        )
        return PostedMessage(
            channel=str(answer.get("channel") or where.channel), ts=str(answer.get("ts") or "")
        )

    async def _directly(self, where: Address, message: Message, once: Once | None = None) -> PostedMessage:
        there = await self.direct(where)
        return await self.post(there, message, once)

    async def direct(self, where: Address) -> Address:
        """The address of the person's direct conversation. Raises DeliveryError."""
        return replace(where, channel=await self._files.direct(where), thread_ts="", in_thread=False)

    async def private(self, where: Address, message: Message) -> PostedMessage:
        """Say something to one person only. Raises DeliveryError when no way is left."""
        if await self._respond(where, message):
            return PostedMessage(channel=where.channel)
        if where.channel and not where.is_direct:
            try:
                await self.ephemeral(where, message)
            except (ConversationClosed, Declined) as error:
                log.info("ephemeral_closed", channel=where.channel, error=error.message)
            else:
                return PostedMessage(channel=where.channel)
        if where.is_direct:
            return await self.post(where, message)
        return await self._directly(where, message)

    async def ephemeral(self, where: Address, message: Message) -> None:
        """Show it to one person of the conversation. Raises DeliveryError."""
        await self._api.call(
            where,
            "chat.postEphemeral",
            channel=where.channel,
            user=where.user,
            thread_ts=where.unseen_thread or None,
            **message.payload(),
        )

    async def _respond(self, where: Address, message: Message, **more: Any) -> bool:
        """Post to the response_url; False when it has died, which is no error."""
        if not where.response_url or self._clock.now() >= where.response_until:
            return False
        body = {"response_type": "ephemeral", "replace_original": False, **message.payload(), **more}
        if where.unseen_thread:
            body["thread_ts"] = where.unseen_thread
        try:
            async with self._api.session.post(where.response_url, json=body, timeout=_HOOK_TIMEOUT) as answer:
                if answer.status == 200:
                    return True
                log.info("response_url_dead", status=answer.status)
        except (TimeoutError, aiohttp.ClientError) as exc:
            log.info("response_url_unreachable", error=type(exc).__name__)
        return False

    async def invite_hint(self, where: Address) -> None:
        """Tell the person how to let the bot in; best effort."""
        hint = texts.not_in_channel(where.channel)
        try:
            await self._respond(where, Message(text=hint, blocks=[context(hint)]))
        except DeliveryError as error:
            log.info("hint_lost", error=error.code)

    async def update(self, where: Address, ts: str, message: Message) -> None:
        """Change a message of ours. Raises DeliveryError."""
        await self._api.call(where, "chat.update", channel=where.channel, ts=ts, **message.payload())

    async def replace_private(self, where: Address, message: Message) -> bool:
        """Replace the ephemeral message whose button was pressed; False when its response_url has died."""
        return await self._respond(where, message, replace_original=True)

    async def remove(self, where: Address, ts: str) -> None:
        """Delete a message of ours; that it is gone already is no error."""
        try:
            await self._api.call(where, "chat.delete", channel=where.channel, ts=ts)
        except Declined as error:
            if error.error not in ("message_not_found", "cant_delete_message"):
                raise

    async def link(self, where: Address, channel: str, ts: str, thread_ts: str) -> str:
        """A link to a message, where we know the workspace's address."""
        installation = await self._api.installation(where)
        if not installation.url or not ts:
            return ""
        query = f"?thread_ts={thread_ts}&amp;cid={channel}" if thread_ts else ""
        return f"{installation.url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}{query}"


def _explained(message: Message, where: Address) -> Message:
    if not where.channel or where.is_direct:
        return message
    note = context(texts.could_not_post_in(where.channel))
    return Message(text=message.text, blocks=[note, *message.blocks])
