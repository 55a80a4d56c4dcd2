"""HTTP transport: signed POSTs to the app's request URL, as Slack sends them, to one or several replicas."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import aiohttp

from tests.fakes.clocks import own_time, within

if TYPE_CHECKING:
    from tests.fakes.slack_server.core import Core
    from tests.fakes.slack_server.delivery import Attempt, Delivery

_NO_LIMIT = aiohttp.ClientTimeout(total=None)


def signature(secret: str, timestamp: str, body: str) -> str:
    """Slack docs, Verifying requests: HMAC-SHA256 over `v0:{timestamp}:{raw body}`."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return f"v0={digest}"


def encoded(kind: str, payload: dict[str, Any]) -> tuple[str, str]:
    """(body, content type): events as JSON, commands as a form, interactions as JSON in a form."""
    if kind == "events_api":
        return json.dumps(payload), "application/json"
    form = payload if kind == "slash_commands" else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


class Requests:
    """Sends to the app's request URLs, in turn when there are several."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self.targets: list[str] = []
        """Full request URLs, e.g. http://127.0.0.1:4321/slack/events."""
        self._session: aiohttp.ClientSession | None = None
        self._turn = 0

    @property
    def session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(
        self,
        body: str,
        content_type: str = "application/json",
        *,
        secret: str | None = None,
        age: float = 0.0,
        retry: tuple[int, str] | None = None,
        target: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], str]:
        """One signed POST: (status, headers in lower case, body).

        `secret` other than the app's forges the signature; `age` in seconds makes the timestamp old.
        """
        timestamp = str(int(time.time() - age))
        sent = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(secret or self._core.app.signing_secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if retry:
            sent |= {"X-Slack-Retry-Num": str(retry[0]), "X-Slack-Retry-Reason": retry[1]}
        sent |= headers or {}
        return await within(
            self._core.timings.ack_timeout, self._post(target or self._next_target(), body, sent)
        )

    async def _post(self, url: str, body: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
        async with self.session.post(url, data=body.encode(), headers=headers, timeout=_NO_LIMIT) as response:
            received = {key.lower(): value for key, value in response.headers.items()}
            return response.status, received, await response.text()

    def _next_target(self) -> str:
        assert self.targets, "no request URL: call server.connect_http(url)"
        self._turn += 1
        return self.targets[self._turn % len(self.targets)]

    async def transmit(self, delivery: Delivery, attempt: Attempt) -> None:
        body, content_type = encoded(delivery.kind, delivery.payload)
        attempt.via, attempt.sent_at = self._next_target(), own_time()
        retry = (attempt.number, attempt.reason or "http_error") if attempt.number else None
        try:
            status, headers, text = await self.post(body, content_type, retry=retry, target=attempt.via)
        except TimeoutError:
            attempt.error = "http_timeout"
            return
        except aiohttp.ClientError:
            attempt.error = "connection_failed"
            return
        attempt.status = status
        attempt.no_retry = headers.get("x-slack-no-retry") == "1"
        if not 200 <= status < 300:
            attempt.error = "http_error"
            return
        attempt.acked_at = own_time()
        attempt.answer = _answer(headers.get("content-type", ""), text)

    async def verify_url(self, target: str | None = None) -> bool:
        """The url_verification handshake: does the app give back the challenge?"""
        challenge = self._core.ids.next("challenge")
        body = {
            "token": self._core.app.verification_token,
            "challenge": challenge,
            "type": "url_verification",
        }
        status, _, text = await self.post(json.dumps(body), target=target)
        return status == 200 and challenge in text


def _answer(content_type: str, text: str) -> Any:
    if not text:
        return None
    if content_type.startswith("application/json"):
        return json.loads(text)
    return {"text": text}
