"""The few ways a message leaves: edit the promised one, post a new one, follow up, write to a person.

Every call here may be repeated: an edit says the same again, and a new message carries a nonce by which
Discord drops the second copy. The one exception is a follow-up to an interaction, which has no nonce; only
notes that nobody but the asker sees go that way, and the last resort of a result.
"""

from __future__ import annotations

import io
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
import structlog
from discord import ui
from discord.utils import time_snowflake

from adapters.discord.addressing import Reply
from adapters.discord.errors import DeliveryTrouble, line_cut, trouble_of
from bot.core.errors.outside import DeliveryPassing
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

LOOKED_AT = 100
"""Messages of a channel that are looked at, the oldest first."""
NOBODY = discord.AllowedMentions.none()
TRIES = 4
"""Attempts on a broken connection: 0.5, 1 and 2 seconds apart."""


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file to send: its name in the message, what it shows, and where its bytes are."""

    name: str
    source: Path | bytes
    description: str = ""

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size


@dataclass(frozen=True, kw_only=True)
class Message:
    """A view with its files. It is built for each attempt, since discord.py closes what it has sent."""

    view: ui.LayoutView
    files: Sequence[Attachment] = ()


class MessageTransport:
    """Sends for one client. All methods raise discord's exceptions, or DeliveryPassing while offline."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock

    async def edit(self, reply: Reply, message: Message) -> None:
        """Change the promised message: by the token while it lives, by the bot's own right afterwards."""
        if reply.token_alive(self._clock.now()):
            try:
                return await self._edit_by_token(reply, message)
            except discord.HTTPException as error:
                if reply.ephemeral or not reply.reachable or trouble_of(error) is not DeliveryTrouble.EXPIRED:
                    raise
        return await self._edit_by_channel(reply, message)

    async def _edit_by_token(self, reply: Reply, message: Message) -> None:
        hook = self._hook(reply)
        await self._repeat(
            message.files,
            lambda files: hook.edit_message(
                reply.message_id, view=message.view, attachments=files, allowed_mentions=NOBODY
            ),
        )

    async def _edit_by_channel(self, reply: Reply, message: Message) -> None:
        target = self._channel(reply.channel_id).get_partial_message(reply.message_id)
        await self._repeat(
            message.files,
            lambda files: target.edit(view=message.view, attachments=files, allowed_mentions=NOBODY),
        )

    async def post(self, channel_id: int, message: Message, *, nonce: str, reply_to: int = 0) -> int:
        """A new message in a channel; the same `nonce` (at most 25 characters) within minutes is the same
        message. Answers its id.
        """
        channel = self._channel(channel_id)
        more: dict[str, Any] = {"allowed_mentions": NOBODY}
        if reply_to:
            more["reference"] = discord.MessageReference(
                message_id=reply_to, channel_id=channel_id, fail_if_not_exists=False
            )
        sent = await self._repeat(
            message.files,
            lambda files: channel.send(view=message.view, files=files, nonce=nonce, **more),
        )
        return int(sent.id)

    async def follow_up(self, reply: Reply, message: Message, *, ephemeral: bool) -> int:
        """A further message by the interaction's token; answers its id.

        The one send that may come twice when Discord fails after it has taken it: Execute Webhook knows no
        nonce (Discord docs, Execute Webhook; api-docs pull request 6647), an ephemeral message stands in no
        channel where one could look for it first, and an edit needs the id that the lost answer named.
        Twice is better than never for the asker's own eyes; so results take every other way before this one.
        """
        hook = self._hook(reply)
        sent = await self._repeat(
            message.files,
            lambda files: hook.send(
                view=message.view, files=files, ephemeral=ephemeral, wait=True, allowed_mentions=NOBODY
            ),
        )
        return int(sent.id)

    async def write_to(self, user_id: int, message: Message, *, nonce: str) -> tuple[int, int]:
        """A direct message; answers channel and message id."""
        channel = await self.direct(user_id)
        return channel, await self.post(channel, message, nonce=nonce)

    async def direct(self, user_id: int) -> int:
        """The id of the direct conversation with a person."""
        self._online()
        channel = await self._repeat((), lambda _: self._client.create_dm(discord.Object(user_id)))
        return int(channel.id)

    async def owner_of(self, guild_id: int) -> int:
        """The user id of a server's owner."""
        self._online()
        known = self._client.get_guild(guild_id)
        guild = known or await self._client.fetch_guild(guild_id, with_counts=False)
        return int(guild.owner_id or 0)

    async def has_posted(self, channel_id: int, marker: str, *, since: int) -> bool:
        """Whether a message of ours with a button of this name stands there since then (UTC micros)."""
        after = discord.Object(time_snowflake(datetime.fromtimestamp(since / 1e6, UTC)))
        async for message in self._channel(channel_id).history(limit=LOOKED_AT, after=after):
            if self._client.user is not None and message.author.id == self._client.user.id:
                ids = (getattr(item, "custom_id", None) or "" for item in _within(message.components))
                if any(marker in one.split(":") for one in ids):
                    return True
        return False

    async def delete(self, reply: Reply) -> None:
        """Take the promised message away; one that is already gone is fine, and so is none."""
        if not reply.message_id:
            return
        target: Callable[[Any], Awaitable[Any]]
        if reply.token_alive(self._clock.now()):
            hook = self._hook(reply)
            target = lambda _: hook.delete_message(reply.message_id)  # noqa: E731
        else:
            target = lambda _: self._channel(reply.channel_id).get_partial_message(reply.message_id).delete()  # noqa: E731
        try:
            await self._repeat((), target)
        except discord.NotFound as error:
            if error.code != 10008:
                raise

    # the wire

    def _online(self) -> None:
        if self._client.user is None or self._client.is_closed():
            raise DeliveryPassing("Discord is not connected")

    def _hook(self, reply: Reply) -> discord.Webhook:
        self._online()
        hook = discord.Webhook.partial(reply.application_id, reply.token, client=self._client)
        # Only an application's own webhook may send ephemeral messages; a partial one takes itself for less.
        hook.type = discord.WebhookType.application
        return hook

    def _channel(self, channel_id: int) -> discord.PartialMessageable:
        self._online()
        return self._client.get_partial_messageable(channel_id)

    async def _repeat(
        self, attachments: Sequence[Attachment], send: Callable[[list[discord.File]], Awaitable[Any]]
    ) -> Any:
        for attempt in range(TRIES):
            try:
                with ExitStack() as open_files:
                    files = [open_file(item) for item in attachments]
                    for file in files:
                        open_files.callback(file.close)
                    return await send(files)
            except Exception as error:
                if not line_cut(error) or attempt == TRIES - 1:
                    raise
                log.info("discord_line_cut", attempt=attempt, error=type(error).__name__)
            await self._clock.sleep(0.5 * 2**attempt)
        raise AssertionError("unreachable")


def _within(components: Sequence[Any]) -> Iterator[Any]:
    """Components and what they hold."""
    for one in components:
        yield one
        yield from _within(getattr(one, "children", ()))


def open_file(item: Attachment) -> discord.File:
    """A fresh handle on the file, for one attempt."""
    source: Any = io.BytesIO(item.source) if isinstance(item.source, bytes) else item.source
    return discord.File(source, filename=item.name, description=item.description[:1024] or None)
