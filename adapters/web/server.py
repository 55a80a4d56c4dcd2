"""The one HTTP port: browser, health, metrics and webhooks are mounted on it by whoever brings them."""

from __future__ import annotations

import ipaddress
from collections.abc import Awaitable, Callable, Iterable

import structlog
from aiohttp import web

from bot.telemetry.label_values import status_class
from bot.telemetry.logging import metrics

log = structlog.get_logger(__name__)

BODY_MAX = 1_000_000
"""Bytes of a body that is read at once; uploads are streamed and have their own cap."""
CLOSING_S = 5.0


async def _count(_: web.Request, response: web.StreamResponse) -> None:
    metrics.http.labels(status_class(response.status)).inc()


class WebServer:
    """An aiohttp server on `host`:`port`; port 0 takes a free one, known as `port` after the start."""

    def __init__(self, *, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._app = web.Application(client_max_size=BODY_MAX)
        self._app.on_response_prepare.append(_count)
        self._runner: web.AppRunner | None = None

    def mount(
        self, routes: Iterable[web.AbstractRouteDef], *, closing: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """Add a table of routes before the start. `closing` ends their open streams at the stop."""
        self._app.add_routes(routes)
        if closing is not None:

            async def close(_: web.Application) -> None:
                await closing()

            self._app.on_shutdown.append(close)

    async def start(self) -> None:
        """Listen. Raises OSError when the port is taken."""
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=CLOSING_S)
        await self._runner.setup()
        await web.TCPSite(self._runner, self.host, self.port, reuse_address=True).start()
        self.port = int(self._runner.addresses[0][1])
        log.info("http_listening", host=self.host, port=self.port)

    async def stop(self) -> None:
        """Stop listening, end streams, wait for answers under way."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def url(self) -> str:
        """Where a browser on this machine reaches it."""
        host = self.host
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return f"http://{host}:{self.port}"
        if address.is_unspecified:
            host = "127.0.0.1"
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"
