"""`/webhooks/lumenfall`: the gateway says that a video has ended, so that nobody waits for the next poll.

An event is believed when its signature fits and its time is near, and only as far as looking at the job: it
names no cost and no result that is used. A second delivery changes nothing. Polling goes on beside it, so an
event that is lost, refused or never sent costs some seconds and nothing else.
"""

from __future__ import annotations

import structlog
from aiohttp import web
from pydantic import SecretStr

from adapters.server.process import Process
from bot.core.errors import BotError
from bot.core.errors.outside import GatewayError
from bot.gateway.webhooks import BadWebhook, WebhookEvent, verify
from bot.telemetry.logging import metrics

log = structlog.get_logger(__name__)

PATH = "/webhooks/lumenfall"
SOURCE = "lumenfall"
RENEW_US = 60_000_000
"""A refused signature may mean that the secret was changed; it is asked for at most so often."""


class Webhooks:
    """The endpoint and the secret it checks against."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._given = process.settings.lumenfall_webhook_secret
        self._fetched: SecretStr | None = None
        self._asked_at = 0

    async def receive(self, request: web.Request) -> web.Response:
        """204 for what was believed, also the second time; 401 for what was not; 503 to be sent again."""
        body = await request.read()
        try:
            event = await self._believed(request, body)
            result = await self._take(event)
        except BadWebhook as error:
            metrics.webhooks.labels("refused").inc()
            log.warning("webhook_refused", reason=error.message)
            return web.json_response({"error": "refused"}, status=401)
        except BotError as error:
            metrics.webhooks.labels("postponed").inc()
            log.warning("webhook_postponed", error=error.code)
            return web.json_response({"error": "unavailable"}, status=503)
        metrics.webhooks.labels(result).inc()
        return web.Response(status=204)

    async def _believed(self, request: web.Request, body: bytes) -> WebhookEvent:
        now = self._process.clock.now()
        secret = self._given or self._fetched or await self._renewed()
        try:
            return verify(secret, request.headers, body, now)
        except BadWebhook:
            if self._given is not None or now - self._asked_at < RENEW_US:
                raise
            return verify(await self._renewed(), request.headers, body, now)

    async def _renewed(self) -> SecretStr:
        """The gateway's secret as it is now. Raises GatewayError, also when it was asked for just now."""
        now = self._process.clock.now()
        if now - self._asked_at < RENEW_US:
            raise GatewayError("The webhook secret is not known yet.", code="webhook_secret_unknown")
        self._asked_at = now
        found = await self._process.gateway.webhook_secret()
        if found is None:
            raise GatewayError("The gateway names no webhook secret.", code="webhook_secret_unknown")
        self._fetched = found
        return found

    async def _take(self, event: WebhookEvent) -> str:
        """Let the job be looked at now. Raises StoreUnavailable."""
        store = self._process.store
        if not await store.inbox_put(SOURCE, event.message_id, {}):
            return "repeated"
        woken = await store.make_job_due(event.job_id)
        await store.inbox_done(SOURCE, event.message_id)
        log.info("webhook", type=event.type, job_id=event.job_id, woken=woken)
        if woken:
            self._process.worker.wake()
        return "taken" if woken else "unknown_job"


def routes(process: Process) -> list[web.RouteDef]:
    """What to mount on the HTTP server; nothing while no webhooks are asked for."""
    if not process.settings.webhook_url:
        return []
    return [web.post(PATH, Webhooks(process).receive)]
