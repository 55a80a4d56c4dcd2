"""Downloads results from the URLs in the gateway's answers, if that is safe.

A URL in an answer is not trusted: it must be https and lead to a public address, and the connection goes to
the address that was checked. Redirects must follow the same rules, the size is limited, and the content
decides the kind of file. The API key is never sent. The person gets a result that may not be downloaded as a
link.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ipaddress
import secrets
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import structlog

from bot.core.errors.outside import GatewayError, GatewayFinal, GatewayPassing
from bot.core.request import Asset
from bot.core.text.numbers import decimal
from bot.core.text.translation import gettext as _
from bot.gateway.failures import mapped, retry_after
from bot.gateway.http import USER_AGENT
from bot.gateway.sniff import describe
from bot.gateway.transport import proxied

log = structlog.get_logger(__name__)

MAX_REDIRECTS = 3
CHUNK = 1 << 20
_DATA = "data:"
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class MediaHosts:
    """Where results may come from: any public host over https, and the configured hosts.

    A host that is configured in full (`http://host:port`) may be on a private network (the sandbox on this
    machine). Behind a proxy the proxy resolves names, so only configured hosts are allowed.
    """

    def __init__(self, hosts: Iterable[str]) -> None:
        given = [host.strip().rstrip("/").lower() for host in hosts if host.strip()]
        self._origins = {_origin(httpx.URL(host)) for host in given if "://" in host}
        self._names = {host for host in given if "://" not in host}

    async def check(self, url: httpx.URL) -> str:
        """The address to connect to, empty when the name is resolved as usual.

        Raises GatewayFinal (`media_host`) for a URL that may not be fetched.
        """
        if _origin(url) in self._origins:
            return ""
        if url.scheme != "https" or url.port not in (None, 443) or url.userinfo or not url.host:
            raise _forbidden()
        if url.host not in self._names:
            log.info("media_host", host=url.host)
        if not proxied(url.host):
            return await _public_address(url.host)
        if url.host not in self._names:
            raise _forbidden()
        return ""


class Media:
    """The download client. `max_bytes` limits one result; `timeout_s` limits one whole download."""

    def __init__(
        self,
        hosts: Iterable[str],
        *,
        max_bytes: int,
        timeout_s: float = 600,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._hosts = MediaHosts(hosts)
        self._max_bytes = max_bytes
        self._timeout_s = timeout_s
        self._client = httpx.AsyncClient(
            # Not compressed, so that the limit counts the bytes that are sent.
            headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(60, connect=10, pool=30),
            transport=transport,
            follow_redirects=False,
        )

    async def fetch(self, asset: Asset, to: Path) -> Asset:
        """Write the result to `to` plus a suffix and describe it; `path` is the new file's name without
        folder.

        Raises GatewayPassing when it may succeed later, GatewayFinal with
        code `media_expired`, `media_host`, `media_too_large` or `not_media`.
        """
        part = to.with_name(f"{to.name}.{secrets.token_hex(4)}.part")
        try:
            await asyncio.to_thread(to.parent.mkdir, parents=True, exist_ok=True)
            size = await self._write(asset.url, part)
            found = await describe(part)
            final = to.with_name(to.name + found.suffix)
            await asyncio.to_thread(part.replace, final)
        except OSError as exc:
            raise GatewayPassing(_("The result could not be stored."), code="disk") from exc
        finally:
            await asyncio.to_thread(_remove, part)
        return replace(
            asset,
            path=final.name,
            content_type=found.content_type,
            size=size,
            width=found.width or asset.width,
            height=found.height or asset.height,
        )

    async def aclose(self) -> None:
        """Close the pool."""
        await self._client.aclose()

    async def _write(self, url: str, part: Path) -> int:
        if url.startswith(_DATA):
            data = await asyncio.to_thread(_inline, url, self._max_bytes)
            return await asyncio.to_thread(part.write_bytes, data)
        async with mapped(paid=False), asyncio.timeout(self._timeout_s), self._open(url) as response:
            return await self._stream(response, part)

    async def _stream(self, response: httpx.Response, part: Path) -> int:
        told = response.headers.get("Content-Length", "")
        if told.isdecimal() and int(told) > self._max_bytes:
            raise self._too_large()
        size = 0
        file = await asyncio.to_thread(part.open, "wb")
        try:
            async with aclosing(_pieces(response)) as pieces:
                async for piece in pieces:
                    size += len(piece)
                    if size > self._max_bytes:
                        raise self._too_large()
                    await asyncio.to_thread(file.write, piece)
        finally:
            await asyncio.to_thread(file.close)
        return size

    @asynccontextmanager
    async def _open(self, address: str) -> AsyncGenerator[httpx.Response]:
        """Follow at most three redirects, each checked like the first URL."""
        url = httpx.URL(address)
        for _redirect in range(MAX_REDIRECTS + 1):
            async with self._client.stream(**_pinned(url, await self._hosts.check(url))) as response:
                if not response.has_redirect_location:
                    _check_status(response)
                    yield response
                    return
                url = url.join(response.headers["Location"])
        raise GatewayFinal(_("The result's URL redirects too often."), code="media_host")

    def _too_large(self) -> GatewayError:
        return GatewayFinal(
            _("The result is larger than {most} MB, the most that this bot downloads.").format(
                most=decimal(self._max_bytes / 1e6, 0)
            ),
            code="media_too_large",
        )


async def _pieces(response: httpx.Response) -> AsyncGenerator[bytes]:
    source: AsyncIterator[bytes] = response.aiter_bytes(CHUNK)
    async for piece in source:
        yield piece


def _check_status(response: httpx.Response) -> None:
    status = response.status_code
    if status in {404, 410}:
        raise GatewayFinal(_("The result is no longer at the gateway."), code="media_expired", status=status)
    if status != 200:
        raise GatewayPassing(
            _("The result could not be downloaded."),
            code=f"media_http_{status}",
            status=status,
            retry_after=retry_after(response.headers.get("Retry-After")),
        )


def _remove(part: Path) -> None:
    with contextlib.suppress(OSError):  # the error of a broken disk was reported before
        part.unlink(missing_ok=True)


def _forbidden() -> GatewayFinal:
    return GatewayFinal(_("The result's URL is not safe to download from."), code="media_host")


def _pinned(url: httpx.URL, address: str) -> dict[str, Any]:
    """A request to the address that was checked, even if the name resolves to another one by then."""
    if not address:
        return {"method": "GET", "url": url}
    return {
        "method": "GET",
        "url": url.copy_with(host=address),
        "headers": {"Host": url.host},
        "extensions": {"sni_hostname": url.host},
    }


async def _public_address(host: str) -> str:
    """One of the addresses behind the name, all of which must be public."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, 443, type=socket.SOCK_STREAM)
    except OSError as exc:
        raise GatewayPassing(_("The gateway's media host cannot be found."), code="media_dns") from exc
    addresses = [str(address[0]) for *_, address in found]
    if not addresses or not all(map(is_public, addresses)):
        raise GatewayFinal(_("The result's URL is on a private network."), code="media_host")
    return secrets.choice(addresses)


def is_public(address: str) -> bool:
    """False for loopback, private, link-local, metadata and other special addresses, and for an IPv6 address
    that a translator or a tunnel takes to one of them.
    """
    ip = _reached(ipaddress.ip_address(address.partition("%")[0]))
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_UNICAST:
        return False
    return ip.is_global and not ip.is_multicast


def _reached(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 address leads to (mapped, NAT64 of RFC 6052, 6to4), else itself."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme)


def _inline(url: str, max_bytes: int) -> bytes:
    head, _comma, text = url.partition(",")
    if not head.endswith(";base64") or len(text) > max_bytes * 4 // 3 + 4:
        raise GatewayFinal(_("The result cannot be read."), code="not_media")
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise GatewayFinal(_("The result cannot be read."), code="not_media") from None
