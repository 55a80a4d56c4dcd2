"""Regular work: the model list, the gateway's balance, retention, the nightly comparison."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from bot.core.catalog import Catalog
from bot.core.errors.outside import GatewayFinal
from bot.core.money import Micros, dollars, parse_amount
from bot.core.ports.for_adapters import Clock
from bot.core.ports.gateway import Gateway
from bot.core.ports.media import MediaStore
from bot.core.ports.store import Store
from bot.settings import Settings
from bot.telemetry.logging import metrics
from bot.telemetry.loops import Loops, Pace
from bot.use_cases.admission import AccountFunds
from bot.worker.notices.gateway_balance import GatewayBalanceNotices
from bot.worker.reconciliation import Reconciliation, reconcile

log = structlog.get_logger(__name__)

CATALOG_S = 600.0
CATALOG_PATIENCE_S = 3.0
"""The longest that a start waits for the list, in seconds; models work without it."""
BALANCE_S = 300.0
EMPTY_S = 30.0
"""An empty account is checked more often, so that a payment is noticed soon."""
PURGE_S = 6 * 3600.0
HOUR_S = 3600.0
DAY_S = 24 * 3600.0
LONGEST_S = 60 * DAY_S
"""How far back the comparison goes after a log that could not be read for long."""
COMPARED = ("maintenance", "compared")
"""The stored document that says when the last comparison succeeded (UTC micros), whichever process did it."""


class Maintenance:
    """A few small loops. A gateway without a balance or a log, or one that does not show them to this
    key, is not a failure: that is logged once, as information.
    """

    def __init__(
        self,
        *,
        store: Store,
        gateway: Gateway,
        media: MediaStore,
        catalog: Catalog,
        clock: Clock,
        settings: Settings,
        funds: AccountFunds,
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._media = media
        self._catalog = catalog
        self._clock = clock
        self._settings = settings
        self._funds = funds
        self._balance_notices = GatewayBalanceNotices(store=store, clock=clock)
        self.loops = Loops(clock)
        self._missing: dict[str, str] = {}
        self._looked = asyncio.Event()

    async def start(self) -> None:
        """Start the loops."""
        run, looked = self.loops.run, self._looked.is_set()
        run("catalogue", self.refresh_catalog, Pace(every_s=CATALOG_S, wait_first=looked))
        run("balance", self._balance, Pace(every_s=BALANCE_S))
        run("purge", self._purge, Pace(every_s=PURGE_S))
        run("comparison", self._comparison, Pace(every_s=HOUR_S, wait_first=True))

    async def stop(self) -> None:
        """Stop the loops."""
        await self.loops.stop()

    async def _balance(self) -> float:
        """Look at the balance; an empty account is looked at sooner again."""
        await self._where_offered("balance", self.check_balance)
        left = self._funds.left
        return EMPTY_S if left is not None and left <= 0 else BALANCE_S

    async def _purge(self) -> None:
        await self.purge()

    async def _comparison(self) -> None:
        await self._where_offered("comparison", self.compare_daily)

    async def _where_offered(self, name: str, work: Callable[[], Awaitable[object]]) -> None:
        """Do work that needs something which this gateway, or this key, may not have."""
        try:
            await work()
        except GatewayFinal as error:
            if self._missing.get(name) != error.code:
                log.info("not_available_here", work=name, error=error.code)
            self._missing[name] = error.code
        else:
            self._missing.pop(name, None)

    async def refresh_catalog(self) -> None:
        """Load the gateway's model list; an empty answer changes nothing."""
        try:
            models = await self._gateway.models()
            if models:
                self._catalog.replace(models)
        finally:
            self._looked.set()

    async def first_catalog(self) -> None:
        """Wait for the first request for the list, at most `CATALOG_PATIENCE_S`; call after `start`."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._looked.wait(), CATALOG_PATIENCE_S)

    async def check_balance(self) -> Micros | None:
        """Read the gateway's balance and warn when it is low."""
        self._funds.left = None
        self._funds.left = left = await self._gateway.balance()
        if left is None:
            return None
        metrics.gateway_balance.set(left / 1e6)
        if left < parse_amount(self._settings.low_balance):
            log.warning("gateway_balance_low", left=dollars(left))
        await self._balance_notices.looked(left)
        return left

    async def purge(self) -> int:
        """Delete prompts and pictures that are past their retention; the ledger stays."""
        before = self._clock.now() - self._settings.retention_days * 86_400 * 1_000_000
        gone = await self._store.purge(before=before)
        gone += await self._media.purge(before=before)
        if gone:
            log.info("purged", rows=gone)
        return gone

    async def compare_daily(self) -> None:
        """Compare when the last comparison that succeeded is a day ago, over restarts."""
        last = await self._compared()
        if last is None or self._clock.now() - last >= DAY_S * 1_000_000:
            await self.compare()

    async def compare(self) -> Reconciliation:
        """Compare our ledger with the gateway's log and repair what differs; the last hour is left out.

        It goes back two days, or to two days before the last comparison that succeeded. Raises GatewayError.
        """
        now, last = self._clock.now(), await self._compared()
        begin = min(now, now if last is None else last) - int(2 * DAY_S * 1_000_000)
        done = await reconcile(
            self._store,
            self._gateway,
            since=max(begin, now - int(LONGEST_S * 1_000_000)),
            until=now - int(HOUR_S * 1_000_000),
        )
        await self._store.put_document(*COMPARED, {"at": now})
        if done.open:
            log.error("ledger_differs_from_gateway", requests=len(done.open))
        return done

    async def _compared(self) -> int | None:
        kept = await self._store.get_document(*COMPARED)
        return int(kept["at"]) if kept else None
