"""What goes on beside the requests: fresh catalogue, the gateway's balance, retention."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.catalog import Catalog
from bot.errors import BotError
from bot.money import Micros, dollars, from_dollars
from bot.ports import Clock, Gateway, Store
from bot.settings import Settings
from bot.telemetry import metrics

log = structlog.get_logger(__name__)

CATALOG_S = 600.0
BALANCE_S = 300.0
PURGE_S = 6 * 3600.0


class Housekeeping:
    """Three small loops. A failure is logged and tried again at the next turn."""

    def __init__(
        self, *, store: Store, gateway: Gateway, catalog: Catalog, clock: Clock, settings: Settings
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._catalog = catalog
        self._clock = clock
        self._settings = settings
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin the loops."""
        self._tasks = [
            asyncio.create_task(self._every(CATALOG_S, self.refresh_catalog)),
            asyncio.create_task(self._every(BALANCE_S, self.check_balance)),
            asyncio.create_task(self._every(PURGE_S, self.purge)),
        ]

    async def stop(self) -> None:
        """End them."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _every(self, seconds: float, work: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await work()
            except BotError as error:
                log.warning("housekeeping_failed", work=work.__name__, error=error.code)
            await self._clock.sleep(seconds)

    async def refresh_catalog(self) -> None:
        """Take the gateway's model list; an empty answer changes nothing."""
        models = await self._gateway.models()
        if models:
            self._catalog.replace(models)

    async def check_balance(self) -> Micros | None:
        """Look at the gateway's balance and warn before it runs dry."""
        left = await self._gateway.balance()
        if left is None:
            return None
        metrics.gateway_balance.set(left / 1e6)
        if left < from_dollars(self._settings.low_balance):
            log.warning("gateway_balance_low", left=dollars(left))
        return left

    async def purge(self) -> int:
        """Drop people's words and pictures past their retention; the ledger stays."""
        before = self._clock.now() - self._settings.retention_days * 86_400 * 1_000_000
        gone = await self._store.purge(before=before)
        if gone:
            log.info("purged", rows=gone)
        return gone
