"""The connection pool to the gateway, and the two ways to use it.

`read` is for calls that may be repeated: it retries a few times. `paid` sends only once,
because images, edits, upscales and chat have no idempotency at the gateway (Lumenfall API, known traps).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import httpx
import stamina
import structlog
from pydantic import SecretStr

from bot import __version__
from bot.core.errors.outside import UNREADABLE, GatewayError, GatewayPassing
from bot.gateway import wire
from bot.gateway.failures import REQUEST_ID, from_answer, mapped, unreadable
from bot.gateway.payloads import NOTHING, RequestBody
from bot.gateway.transport import ProxyTransport
from bot.telemetry.logging import metrics
from bot.telemetry.tracing import traceparent

log = structlog.get_logger(__name__)

USER_AGENT = f"lumenfall-bot/{__version__}"
MAX_BODY = 256 * 1024 * 1024
"""The largest answer in bytes: ten large pictures as base64 fit."""
CONNECTIONS = 256
"""The most connections to the gateway at a time."""
_CONNECT_S = 10.0
_READ_ATTEMPTS = 3
_LONGEST_PATIENCE_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A successful answer. `body` is {} for a 204, which is accepted for free calls only."""

    status: int
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    url: str = ""

    @property
    def request_id(self) -> str:
        """The gateway's own id of the call, or empty."""
        return self.headers.get(REQUEST_ID, "")


class Http:
    """Calls with the gateway's headers, deadlines and errors. `paid_s` and `read_s` limit a whole call."""

    def __init__(
        self,
        *,
        api_key: SecretStr,
        paid_s: float,
        read_s: float,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._read_s = read_s
        self.paid_s = paid_s
        self._headers = {
            "Authorization": f"Bearer {api_key.get_secret_value()}",
            "User-Agent": USER_AGENT,  # an edge once blocked a client with a default one
            "X-Lumenfall-Replay": "off",  # a key may replay by default; people must not get old pictures
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
        }
        self._transport = transport or ProxyTransport(CONNECTIONS)

    async def read(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        body: RequestBody = NOTHING,
        patience: float | None = None,
        trace_id: str = "",
    ) -> Answer:
        """A call that costs nothing, tried up to three times. Raises GatewayPassing or GatewayFinal.

        `patience` in seconds replaces the default deadline of one attempt.
        """
        limit = patience or self._read_s
        headers = {"traceparent": traceparent(trace_id)} if trace_id else {}
        async for attempt in stamina.retry_context(
            on=_worth_another, attempts=_READ_ATTEMPTS, wait_initial=0.2, wait_max=2.0, wait_jitter=0.3
        ):
            with attempt:
                async with self._open(
                    method, url, params=params, headers=headers, body=body, paid=False, limit=limit
                ) as response:
                    return await self._answer(response, paid=False)
        raise AssertionError("stamina either returns or raises")

    async def paid(self, url: str, body: RequestBody, *, trace_id: str) -> Answer:
        """A call that may cost money, sent once. Raises anything of the gateway's tree."""
        async with self.stream(url, body, trace_id=trace_id) as response:
            return await self._answer(response, paid=True)

    @asynccontextmanager
    async def stream(self, url: str, body: RequestBody, *, trace_id: str) -> AsyncGenerator[httpx.Response]:
        """A paid call whose answer is read in pieces; the response has a success status and its headers."""
        headers = {"traceparent": traceparent(trace_id)}
        async with self._open(
            "POST", url, headers=headers, body=body, paid=True, limit=self.paid_s
        ) as response:
            if response.status_code >= 300:
                await self._answer(response, paid=True)
            yield response

    async def parsed(self, response: httpx.Response) -> Answer:
        """A streamed answer that turned out to be one JSON document."""
        return await self._answer(response, paid=True)

    async def aclose(self) -> None:
        """Close the pool."""
        await self._transport.aclose()

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        url: str,
        *,
        body: RequestBody,
        paid: bool,
        limit: float,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncGenerator[httpx.Response]:
        with _Observed(method, url, paid=paid) as seen:
            async with mapped(paid=paid) as arrived, asyncio.timeout(limit):
                request = httpx.Request(
                    method,
                    _address(url, tuple((params or {}).items())),
                    headers={**self._headers, **(headers or {}), **body.headers},
                    content=body.content,
                    data=body.fields or None,
                    files=body.files or None,
                    extensions={
                        "timeout": {"connect": _CONNECT_S, "pool": _CONNECT_S, "read": limit, "write": limit}
                    },
                )
                # Not by httpx's client, which looks at every answer for cookies, redirects and a login.
                async with aclosing(await self._transport.handle_async_request(request)) as response:
                    response.request = request
                    seen.status = response.status_code
                    arrived.response = response
                    yield response

    async def _answer(self, response: httpx.Response, *, paid: bool) -> Answer:
        """Read and check an answer. Raises for every error that it contains."""
        raw = await _read_capped(response)
        status, headers = response.status_code, response.headers
        try:
            body = {} if status == 204 and not paid else wire.parse(raw)
        except wire.BadBody:
            if status >= 300:
                raise from_answer(status, headers, None, paid=paid) from None
            raise unreadable(status, headers, paid=paid) from None
        error = wire.error_of(body)
        if status >= 300 or (error is not None and not _is_job(body)):
            raise from_answer(status, headers, error, paid=paid)
        return Answer(status=status, headers=headers, body=body, url=str(response.url))


class _Observed:
    """Log and measure one call, however it ends; an answered call is logged at the debug level."""

    def __init__(self, method: str, url: str, *, paid: bool) -> None:
        self.status = 0
        self._method, self._paid, self._started = method, paid, time.monotonic()
        self._path = "/" + url.partition("://")[2].partition("/")[2]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, GatewayError):
            metrics.gateway_errors.labels(metrics.code(error.code)).inc()
        elapsed = time.monotonic() - self._started
        metrics.gateway_calls.labels(str(self._paid).lower()).observe(elapsed)
        note = log.debug if self.status else log.info
        note(
            "gateway_call",
            method=self._method,
            path=self._path,
            status=self.status,
            paid=self._paid,
            seconds=round(elapsed, 3),
        )


@lru_cache(maxsize=256)
def _address(url: str, params: tuple[tuple[str, str], ...]) -> httpx.URL:
    """The URL with its query, parsed once. Raises httpx.InvalidURL."""
    parsed = httpx.URL(url)
    return parsed.copy_merge_params(dict(params)) if params else parsed


async def _read_capped(response: httpx.Response) -> bytes:
    out = bytearray()
    async for piece in response.aiter_bytes():
        out += piece
        if len(out) > MAX_BODY:
            raise httpx.ReadError("answer too large")
    return bytes(out)


def _is_job(body: Mapping[str, Any]) -> bool:
    """True for a video job. The error of a failed video belongs to the job, not to the call."""
    return body.get("object") == "video" or (isinstance(body.get("status"), str) and "id" in body)


def _worth_another(exc: Exception) -> bool | float:
    """Whether to try again, or in how many seconds if the gateway said; False if that is too long to wait.

    A success that cannot be read is not asked for again: a dry run may have run.
    """
    if not isinstance(exc, GatewayPassing) or exc.code == UNREADABLE:
        return False
    if exc.retry_after is None:
        return True
    return exc.retry_after if exc.retry_after <= _LONGEST_PATIENCE_S else False
