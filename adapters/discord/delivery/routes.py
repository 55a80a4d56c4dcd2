"""Every way to reach the asker with a message, best first.

    the promised message → a new one in the channel → a follow-up by the token → a direct message

A way that is gone hands over to the next. When Discord itself does not answer, nothing further is tried, so
that trying again later cannot leave the same message in two places.

Words for the asker alone have a way of their own: Discord fixes with the first answer whether a message is
ephemeral (Discord docs, Receiving and Responding). So a placeholder that everybody sees is deleted and an
ephemeral follow-up takes its place; without a live token it becomes a direct message; and where that is
closed too, the placeholder says publicly that nothing came of it, and nothing about money.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import discord
import structlog
from discord import ui

from adapters.discord.addressing import Reply
from adapters.discord.delivery.attachments import next_limit
from adapters.discord.delivery.transport import Attachment, Message, MessageTransport
from adapters.discord.errors import DeliveryTrouble, trouble_of
from adapters.discord.views import texts
from bot.core.errors.outside import DeliveryFinal, DeliveryPassing
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

PATIENT_TRIES = 6
"""About a minute of attempts, since each waits twice as long as the one before."""
Build = Callable[[int, str], Awaitable[Message]]
"""A message for files of at most so many bytes, with a remark when it is not where it was promised."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """One place to send to. `remark` is said there in addition; `limit` in bytes of one file."""

    name: str
    send: Callable[[Message], Awaitable[Reply]]
    limit: int
    remark: str = ""


class DeliveryRoutes:
    """Knows the ways and walks them."""

    def __init__(self, transport: MessageTransport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock

    def of(self, reply: Reply, *, nonce: str, public: bool) -> list[Destination]:
        """The ways for this answer. A `public` one leaves an ephemeral placeholder for the channel."""
        now = self._clock.now()
        alive, limit = reply.token_alive(now), reply.limit_at(now)
        later = min(limit, reply.limit_at(reply.token_until))
        promised = Destination(name="edit", send=lambda m: self._edit(reply, m), limit=limit)
        channel = Destination(name="post", send=lambda m: self._post(reply, m, nonce), limit=later)
        followed = Destination(name="follow_up", send=lambda m: self._follow_up(reply, m), limit=limit)
        where = texts.cannot_post_where_asked(reply.channel_id)
        direct = Destination(
            name="direct", send=lambda m: self._direct(reply, m, nonce), limit=later, remark=where
        )
        found: list[Destination] = []
        if reply.ephemeral:
            found += [channel] * (public and reply.reachable) + [promised] * alive
        else:
            found += [promised] * bool(reply.message_id) + [channel] * reply.reachable + [followed] * alive
        return found + [direct] * bool(reply.user_id)

    async def deliver(
        self, routes: Sequence[Destination], build: Build, *, files: int = 0, tries: int = 0
    ) -> Reply:
        """Send along the addresses until one takes it; answers where it went.

        After some `tries` that broke off, a link is sent where the files do not get through.

        Raises DeliveryPassing to try everything again later, DeliveryFinal when no address is left.
        """
        for address in routes:
            try:
                return await _send_fitting(address, build, files, patient=tries < PATIENT_TRIES)
            except Exception as error:
                trouble = trouble_of(error)
                if isinstance(error, DeliveryPassing):
                    raise
                if trouble is DeliveryTrouble.LATER:
                    raise DeliveryPassing("Discord did not answer", retry_after=_wait(error)) from error
                if trouble is DeliveryTrouble.WRONG:
                    log.exception("discord_refused_message", address=address.name)
                else:
                    log.info("address_failed", address=address.name, trouble=trouble.value)
        raise DeliveryFinal("no address on Discord is left")

    async def say(
        self,
        reply: Reply,
        view: ui.LayoutView,
        *,
        nonce: str,
        public: bool,
        files: Sequence[Attachment] = (),
    ) -> Reply:
        """Words, and small files that they show, wherever they can still be said. Raises as `deliver`."""

        async def build(_limit: int, _remark: str) -> Message:
            return Message(view=view, files=files)

        return await self.deliver(self.of(reply, nonce=nonce, public=public), build)

    async def _edit(self, reply: Reply, message: Message) -> Reply:
        await self._transport.edit(reply, message)
        return reply

    async def _post(self, reply: Reply, message: Message, nonce: str) -> Reply:
        message_id = await self._transport.post(reply.channel_id, message, nonce=nonce)
        return _moved(reply, message_id=message_id)

    async def _follow_up(self, reply: Reply, message: Message) -> Reply:
        message_id = await self._transport.follow_up(reply, message, ephemeral=False)
        return _moved(reply, message_id=message_id)

    async def _direct(self, reply: Reply, message: Message, nonce: str) -> Reply:
        channel_id, message_id = await self._transport.write_to(reply.user_id, message, nonce=nonce)
        return _moved(reply, message_id=message_id, channel_id=channel_id, guild_id=0, private=True)


def _moved(reply: Reply, **changes: Any) -> Reply:
    plain: dict[str, Any] = {"token": "", "token_until": 0, "ephemeral": False, "reachable": True}
    return Reply(**{**vars(reply), **plain, **changes})


async def _send_fitting(address: Destination, build: Build, files: int, *, patient: bool) -> Reply:
    """Send with files of one limit after another, in the end without any."""
    limit = address.limit if files else 0
    while True:
        sizes: list[int] = []
        try:
            message = await build(limit, address.remark)
            sizes = [item.size for item in message.files]
            return await address.send(message)
        except Exception as error:
            # Whatever is wrong with a file, words with a link can still be said.
            trouble = trouble_of(error)
            if limit == 0 or not _cured_without_files(error, patient=patient):
                raise
            limit = next_limit(limit, sizes) if trouble is DeliveryTrouble.LARGE else 0
            log.info("file_refused", address=address.name, trouble=trouble.value, next_limit=limit)


def _cured_without_files(error: Exception, *, patient: bool) -> bool:
    if isinstance(error, DeliveryPassing):
        return not patient
    match trouble_of(error):
        case DeliveryTrouble.LARGE | DeliveryTrouble.WRONG:
            return True
        case DeliveryTrouble.LATER:
            return not patient
        case DeliveryTrouble.EXPIRED | DeliveryTrouble.GONE | DeliveryTrouble.OLD:
            return False


def _wait(error: Exception) -> float | None:
    return error.retry_after if isinstance(error, discord.RateLimited) else None


class PrivateMessages:
    """Tells one person."""

    def __init__(self, transport: MessageTransport, routes: DeliveryRoutes, clock: Clock) -> None:
        self._transport = transport
        self._routes = routes
        self._clock = clock

    async def tell(
        self,
        reply: Reply,
        view: ui.LayoutView,
        in_public: ui.LayoutView,
        *,
        nonce: str,
        files: Sequence[Attachment] = (),
    ) -> Reply:
        """Replace the promised message by `view`, for the asker only; `in_public` if that cannot be.

        Answers where something is left to look at; without a message id where nothing is.

        Raises DeliveryPassing, DeliveryFinal.
        """
        if reply.ephemeral or reply.private:
            return await self._routes.say(reply, view, nonce=nonce, public=False, files=files)
        if reply.token_alive(self._clock.now()):
            try:
                await self._transport.delete(reply)
                await self._transport.follow_up(reply, Message(view=view, files=files), ephemeral=True)
                return replace(reply, message_id=0)
            except Exception as error:
                go_on_from(error)
        try:
            await self._transport.write_to(reply.user_id, Message(view=view, files=files), nonce=nonce)
            await self._transport.delete(reply)
            return replace(reply, message_id=0)
        except Exception as error:
            go_on_from(error)
        return await self._routes.say(reply, in_public, nonce=nonce, public=False)


def go_on_from(error: Exception) -> None:
    """Return only after a trouble that another address may cure; raise otherwise."""
    if isinstance(error, DeliveryPassing | DeliveryFinal):
        raise error
    trouble = trouble_of(error)
    if trouble is DeliveryTrouble.LATER:
        raise DeliveryPassing("Discord did not answer") from error
    if trouble is DeliveryTrouble.WRONG:
        raise error
