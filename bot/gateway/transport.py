"""How httpx reaches the gateway: over aiohttp's connections, which cost about half the processor time.

What matters for money is whether a call was sent. The error says so by where it occurred: while a connection
was made (`ConnectError`, `ConnectTimeout`) or waited for (`PoolTimeout`), nothing was sent. Every later error
is a `ReadError`, `ReadTimeout` or `RemoteProtocolError`: the call may have run. Nothing is sent twice,
redirects are not followed, cookies are not kept, and bodies are not decompressed; httpx does the rest.
"""

from __future__ import annotations

import asyncio
import select
import ssl
import urllib.request
from collections.abc import AsyncIterable, AsyncIterator, Callable
from types import TracebackType
from typing import Self, cast
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.tracing import Trace
from multidict import CIMultiDict
from yarl import URL

_KEPT_S = 5.0
"""How long an idle connection is kept, in seconds; httpx's own default."""
_LONGEST_LINE = 64 * 1024
"""Bytes of a header line; aiohttp's default of 8 KiB is less than httpx reads."""
_SMALL_BODY = 1 << 20
_SET_BY_HTTPX = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


def transport_to(base_url: str, connections: int) -> httpx.AsyncBaseTransport | None:
    """The transport for the gateway at this address, with at most so many connections.

    None where the environment names a proxy for it, since httpx's own transport speaks to proxies of every
    kind, and for an address that cannot be read, which httpx refuses when it is used.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        return None
    return None if proxied(url.host, url.scheme) else AiohttpTransport(connections)


def proxied(host: str, scheme: str = "https") -> bool:
    """Whether the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY` …) names a proxy for this host."""
    proxies = urllib.request.getproxies()
    return bool({scheme, "all"} & proxies.keys()) and not urllib.request.proxy_bypass(host)


class ProxyTransport(httpx.AsyncBaseTransport):
    """httpx's own client as a transport, since it finds the proxy that the environment names."""

    def __init__(self, connections: int) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=64)
        self._client = httpx.AsyncClient(limits=limits, follow_redirects=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx."""
        return await self._client.send(request, stream=True)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._client.aclose()


class AiohttpTransport(httpx.AsyncBaseTransport):
    """A pool of at most `connections` connections. It honours `SSL_CERT_FILE` and `SSL_CERT_DIR` as httpx."""

    def __init__(self, connections: int) -> None:
        self._free = asyncio.Semaphore(connections)
        self._tls = httpx.create_ssl_context()
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request once and return as soon as the headers of its answer are there."""
        limits = request.extensions.get("timeout", {})
        try:
            async with asyncio.timeout(limits.get("pool") if self._free.locked() else None):
                await self._free.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("every connection is in use", request=request) from None
        try:
            with _Mapped(request):
                answer = await self._send(request, limits)
        except BaseException:
            self._free.release()
            raise
        return httpx.Response(
            status_code=answer.status,
            headers=answer.raw_headers,
            stream=_Body(answer, request, self._free.release),
            extensions={"http_version": b"HTTP/1.1"},
        )

    async def _send(self, request: httpx.Request, limits: dict[str, float | None]) -> aiohttp.ClientResponse:
        return await self._opened().request(
            request.method,
            URL(str(request.url), encoded=True),
            headers=CIMultiDict((name.decode(), value.decode()) for name, value in request.headers.raw),
            data=await _body_of(request),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=None, connect=limits.get("connect"), sock_read=limits.get("read")
            ),
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:  # aiohttp wants to be in the event loop
            self._session = aiohttp.ClientSession(
                connector=_Connector(self._tls),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_SET_BY_HTTPX,
                auto_decompress=False,
                trust_env=False,
                middlewares=(_sent_once,),
                max_line_size=_LONGEST_LINE,
                max_field_size=_LONGEST_LINE,
            )
        return self._session

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None


class _Connector(aiohttp.TCPConnector):
    """Turns every error that occurs before a request is sent into one of httpx's that say so.

    An idle connection on which something has arrived, most likely its end, is not used again.
    """

    def __init__(self, tls: ssl.SSLContext) -> None:
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            ssl=tls, limit=0, keepalive_timeout=_KEPT_S, resolver=aiohttp.ThreadedResolver()
        )
        self._used: WeakSet[asyncio.Transport] = WeakSet()

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.connector.Connection:
        try:
            connection = await super().connect(req, traces, timeout)
            while self._stale(connection):
                connection.close()
                connection = await super().connect(req, traces, timeout)
        except TimeoutError as error:
            raise httpx.ConnectTimeout(_said(error)) from error
        except (aiohttp.ClientError, ssl.SSLError, OSError, ValueError) as error:
            raise httpx.ConnectError(_said(error)) from error
        if (transport := connection.transport) is not None:
            self._used.add(transport)
        return connection

    def _stale(self, connection: aiohttp.connector.Connection) -> bool:
        transport = connection.transport
        if transport is None or transport not in self._used:
            return False
        found = transport.get_extra_info("socket")
        if found is None or found.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(found.fileno(), select.POLLIN)
        return bool(poll.poll(0))


async def _sent_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """aiohttp repeats a read on a connection that broke, unless the error is not one of its own."""
    with _Mapped():
        return await handler(request)


class _Mapped:
    """Turns errors of a request that may have been sent into httpx's. Those of `_Connector` pass through."""

    def __init__(self, request: httpx.Request | None = None) -> None:
        self._request = request

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, httpx.TransportError):
            if self._request is not None:
                error.request = self._request
        elif isinstance(error, Exception):
            raise _late(error)(_said(error), request=self._request) from error


def _late(error: Exception) -> type[httpx.TransportError]:
    match error:
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return httpx.UnsupportedProtocol
        case TimeoutError():
            return httpx.ReadTimeout
        case aiohttp.ClientOSError() | OSError():
            return httpx.ReadError
        case _:
            return httpx.RemoteProtocolError


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__


async def _body_of(request: httpx.Request) -> bytes | AsyncIterable[bytes] | None:
    """A small body at once; httpx names the length of a large one, which is sent piece by piece."""
    length = int(request.headers.get("Content-Length", "0"))
    if "Transfer-Encoding" in request.headers or length > _SMALL_BODY:
        return cast("AsyncIterable[bytes]", request.stream)
    return await request.aread() or None


class _Body(httpx.AsyncByteStream):
    """The body of an answer as it arrives; its connection is free again when it is closed."""

    def __init__(
        self, answer: aiohttp.ClientResponse, request: httpx.Request, done: Callable[[], None]
    ) -> None:
        self._answer = answer
        self._request = request
        self._done: Callable[[], None] | None = done

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces = aiter(self._answer.content.iter_any())
        while True:
            with _Mapped(self._request):
                piece = await anext(pieces, None)
            if piece is None:
                return
            yield piece

    async def aclose(self) -> None:
        """Give the connection back if the body was read to its end, else close it."""
        done, self._done = self._done, None
        self._answer.close()
        if done is not None:
            done()
