"""Webhooks and other apps that mention the bot: no answer there, one private word to whoever set them up.

Discord names the person who used the other app's command, where one did (Discord docs, message interaction
metadata). Who made a webhook it tells only those who may manage webhooks, so the server's owner is told.
"""

from __future__ import annotations

import discord
import structlog

from adapters.common.intake.other_apps import ToldApps, not_answered
from adapters.discord.delivery.routes import go_on_from
from adapters.discord.delivery.transport import Message, MessageTransport
from adapters.discord.views.layout import plain
from adapters.discord.views.markdown import escape
from bot.core.ports.for_adapters import Documents

log = structlog.get_logger(__name__)


class OtherApps:
    """Tells one person once for each app of a server."""

    def __init__(self, *, documents: Documents, transport: MessageTransport) -> None:
        self._told = ToldApps(documents)
        self._transport = transport

    async def mentioned(self, message: discord.Message) -> None:
        """An app has mentioned us. Never raises where nobody can be reached."""
        app, guild = message.webhook_id or message.author.id, message.guild
        log.info("app_not_answered", app=str(app), channel=str(message.channel.id))
        if guild is None or not await self._told.first("discord", str(guild.id), str(app)):
            return
        text = not_answered(escape(message.author.name, 80), f"<#{message.channel.id}>")
        used = message.interaction_metadata
        try:
            person = used.user.id if used else await self._transport.owner_of(guild.id)
            private = await self._transport.direct(person)
            await self._transport.post(private, Message(view=plain(text)), nonce=f"app{app}"[:25])
        except Exception as error:
            go_on_from(error)
            log.info("nobody_told_of_app", app=str(app), error=type(error).__name__)
