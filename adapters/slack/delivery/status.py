"""The line under a conversation with an agent that says it is at work."""

from __future__ import annotations

import structlog

from adapters.slack.addressing import Address
from adapters.slack.client import Api
from adapters.slack.views import texts
from bot.core.errors.outside import DeliveryError
from bot.core.ports.for_adapters import Clock

log = structlog.get_logger(__name__)

EVERY_S = 60
"""Slack clears an agent's status after two minutes (Slack docs, assistant.threads.setStatus)."""
_KEPT_S = 600


class Statuses:
    """Sets it again while the work goes on, once a minute for each request."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._set_at: dict[str, int] = {}

    async def show(self, where: Address, request_id: str) -> None:
        """Where Slack has no such line, nothing is missed. Never raises."""
        now = self._clock.now()
        if self._set_at.get(request_id, 0) > now - EVERY_S * 1_000_000:
            return
        self._set_at = {name: at for name, at in self._set_at.items() if at > now - _KEPT_S * 1_000_000}
        self._set_at[request_id] = now
        try:
            await self._api.call(
                where,
                "assistant.threads.setStatus",
                channel_id=where.channel,
                thread_ts=where.thread_ts,
                status=texts.is_thinking(),
            )
        except DeliveryError as error:
            log.info("status_lost", error=error.code)
