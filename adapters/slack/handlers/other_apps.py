"""Workflows and other apps that mention the bot: no answer there, one private word to an admin.

Slack does not say who has set one up: neither the event nor `bots.info` names a person (Slack docs).
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from adapters.common.intake.other_apps import ToldApps, not_answered
from adapters.slack.context import AdapterContext
from adapters.slack.intake.payload import Inbound
from adapters.slack.views.layout import Message, escape, section

log = structlog.get_logger(__name__)


class OtherApps:
    """Tells an admin once for each app of a workspace."""

    def __init__(self, adapter: AdapterContext) -> None:
        self._adapter = adapter
        self._told = ToldApps(adapter.service.documents)

    async def mentioned(self, inbound: Inbound) -> None:
        """An app has mentioned us. Raises DeliveryError where no admin can be reached."""
        event = inbound.event
        profile = event.get("bot_profile") or {}
        app = str(event.get("bot_id") or event.get("app_id") or profile.get("id") or "")
        log.info("app_not_answered", app=app, channel=inbound.channel)
        if not await self._told.first("slack", inbound.team, app):
            return
        name = str(profile.get("name") or event.get("username") or app)
        text = not_answered(escape(name[:80]), f"<#{inbound.channel}>")
        for admin in await self._adapter.people.admins(inbound.address, limit=1):
            where = await self._adapter.message_routes.direct(replace(inbound.address, user=admin))
            await self._adapter.message_routes.post(where, Message(text=text, blocks=[section(text)]))
