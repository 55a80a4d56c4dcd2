"""Where payloads come in, on either transport: what has not the shape of Slack's goes no further.

Bolt reads a payload before it looks at its signature, and takes its form for granted; a stranger
could make it stumble, with a traceback in the log for each try.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.intake.payload_guard import fault, mended

log = structlog.get_logger(__name__)


async def read_request(request: web.Request) -> AsyncBoltRequest | web.Response:
    """The request as Bolt takes it, or the answer that turns it away for good."""
    try:
        read = await to_bolt_request(request)
    except (web.HTTPException, ConnectionError):
        raise
    except Exception as error:  # whatever Bolt stumbles over: JSON, encodings, types
        return _turned_away(type(error).__name__)
    if wrong := fault(read.body):
        return _turned_away(wrong)
    read.body = mended(read.body)
    return read


def _turned_away(why: str) -> web.Response:
    log.info("payload_malformed", at=why)
    return web.Response(status=400, text="malformed", headers={"X-Slack-No-Retry": "1"})


class Socket(AsyncSocketModeHandler):
    """One connection of Socket Mode. A malformed payload is acknowledged, so that it does not come again."""

    arriving: Callable[[], AbstractContextManager[None]] = nullcontext
    """Entered while an envelope waits for its acknowledgement."""

    async def handle(self, client: SocketModeClient, req: SocketModeRequest) -> None:  # type: ignore[override]
        """Called by the SDK for each envelope."""
        with self.arriving():
            await self._acknowledge(client, req)

    async def _acknowledge(self, client: SocketModeClient, req: SocketModeRequest) -> None:
        if wrong := fault(req.payload):
            log.info("payload_malformed", at=wrong)
            await client.send_socket_mode_response(SocketModeResponse(envelope_id=req.envelope_id))
            return
        req.payload = mended(req.payload)
        await super().handle(client, req)


async def first_address(client: AsyncWebClient, token: str) -> str | None:
    """Where the first socket connects; None where Slack asks for patience, which the SDK has.

    Raises SlackApiError for a token that is refused: the SDK itself would try it for ever.
    """
    try:
        answer = await client.apps_connections_open(app_token=token)
    except SlackApiError as exc:
        if exc.response.get("error") == "ratelimited":
            return None
        raise
    return str(answer["url"])


def quiet_logger() -> logging.Logger:
    """Bolt's own log: warnings only, because its lower levels print payloads."""
    logger = logging.getLogger("lumenfall.slack")
    logger.setLevel(logging.WARNING)
    if _is_news not in logger.filters:
        logger.addFilter(_is_news)
    return logger


def _is_news(record: logging.LogRecord) -> bool:
    """False for Bolt's remark that it found SLACK_BOT_TOKEN in the environment and does not use it."""
    return "`token` will be unused" not in record.getMessage()
