"""`/healthz`, `/readyz` and `/metrics`: is the process alive, can it serve, and what has it done.

Liveness asks only this process, so that a database or a gateway that is away never gets it restarted. It says
no where regular work has ended for good, which only a restart brings back.
Readiness asks each part itself and waits for the answer, a short while; a yes is remembered for a few
seconds and a no for less than one, however many probes come. Neither says anything that a stranger could
use: no addresses, no errors' texts; those are in the log. All three belong inside the cluster, not on the
public address.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog
from aiohttp import web
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder

from adapters.server.process import Platform, Process
from bot.core.errors import BotError
from bot.core.errors.outside import GatewayError, GatewayPassing
from bot.telemetry.logging import metrics
from bot.telemetry.loops import LoopHealth, Loops
from bot.use_cases.key_check import check_key

log = structlog.get_logger(__name__)

BEAT_S = 0.25
LAG_WINDOW = 120
"""Beats that are remembered: half a minute."""
LAG_LIMIT_S = 5.0
"""A loop that was held up for longer is not breathing: heartbeats and platforms' deadlines are missed."""
READY_FOR_S = 4.0
WRITABLE_FOR_S = 1.0
"""Database and results are written to at most so often, however many probes come."""
LOOP_PATIENCE_S = 60.0
"""Essential work may fail for so long before the process takes no traffic any more."""
KEY_FOR_S = 60.0
"""The key is asked about less often: it is a call to the gateway (a dry run, which costs nothing)."""
NO_FOR_S = 0.5
"""A part that was not ready is asked again soon: traffic waits for it."""
EDGE = "edge_block"
"""Not the key but the network in front of the gateway turned us away."""
PATIENCE_S = 5.0
UNFINISHED_FOR_S = 5.0
BACKUP_MARK = "last_backup"
"""A file in DATA_DIR whose time is that of the last backup; whoever backs up otherwise may touch it."""


@dataclass(frozen=True, kw_only=True)
class HealthPart:
    """One line of `/readyz`; `note` is a stable word."""

    ok: bool
    note: str = ""
    failing: Mapping[str, int] = field(default_factory=dict[str, int])
    """Regular work that fails now, and for how many seconds; not all of it makes the part fail."""

    def shown(self) -> dict[str, Any]:
        """As in `/readyz`."""
        note = {"note": self.note} if self.note else {}
        return {"ok": self.ok, **note, **({"failing": self.failing} if self.failing else {})}


Check = Callable[[], Awaitable[HealthPart]]


class LoopWatch:
    """How late the event loop's timers come. Starts at the first question."""

    def __init__(self) -> None:
        self._late: deque[float] = deque(maxlen=LAG_WINDOW)
        self._due = 0.0

    def lag(self) -> float:
        """The longest recent delay in seconds; a delay that is not over yet counts too."""
        loop = asyncio.get_running_loop()
        if not self._due:
            self._due = loop.time() + BEAT_S
            loop.call_at(self._due, self._beat)
        return max((*self._late, loop.time() - self._due, 0.0))

    def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        self._late.append(loop.time() - self._due)
        self._due = loop.time() + BEAT_S
        loop.call_at(self._due, self._beat)


class CachedCheck:
    """The last answer of a check, asked again when it is too old; questions at the same time share one.

    A yes is kept for `for_s` seconds, a no for `NO_FOR_S` at most.
    """

    def __init__(self, check: Check, for_s: float) -> None:
        self._check = check
        self._for_s = for_s
        self._lock = asyncio.Lock()
        self._until = 0.0
        self._part = HealthPart(ok=False, note="unknown")

    async def ask(self) -> HealthPart:
        """The answer, fresh enough. A check that takes too long has failed."""
        async with self._lock:
            if time.monotonic() >= self._until:
                self._part = await self._asked()
                lasts = self._for_s if self._part.ok else min(NO_FOR_S, self._for_s)
                self._until = time.monotonic() + lasts
            return self._part

    async def _asked(self) -> HealthPart:
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._check()
        except TimeoutError:
            return HealthPart(ok=False, note="timeout")
        except BotError as error:
            return HealthPart(ok=False, note=error.code)
        except Exception as error:
            log.warning("readiness_check_crashed", error=type(error).__name__, exc_info=True)
            return HealthPart(ok=False, note="crashed")


class Health:
    """The checks of one process."""

    def __init__(self, process: Process, adapters: Sequence[Platform]) -> None:
        self._process = process
        self._adapters = adapters
        self._watch = LoopWatch()
        self._key_known = False
        self._unfinished = CachedCheck(self._count, UNFINISHED_FOR_S)
        self._checks = {
            "database": CachedCheck(self._database, WRITABLE_FOR_S),
            "media": CachedCheck(self._media, WRITABLE_FOR_S),
            "gateway": CachedCheck(self._gateway, KEY_FOR_S),
            "worker": CachedCheck(self._worker, 0),
            "loops": CachedCheck(self._loops, 0),
            **{adapter.ORIGIN: CachedCheck(_connected(adapter), READY_FOR_S) for adapter in adapters},
        }

    async def healthz(self, _: web.Request) -> web.Response:
        """200 while the event loop turns, and the worker and all regular work live."""
        lag = self._watch.lag()
        worker = self._process.worker.alive
        dead = [loop.name for loop in self._loop_health() if loop.dead]
        ok = worker and not dead and lag < LAG_LIMIT_S
        body = {"alive": ok, "worker": worker, "dead_loops": dead, "event_loop_lag_s": round(lag, 3)}
        return web.json_response(body, status=200 if ok else 503)

    async def readyz(self, _: web.Request) -> web.Response:
        """200 when every part answers; 503 with the part that does not."""
        self._watch.lag()
        parts = await self._parts()
        ok = all(part.ok for part in parts.values())
        shown = {name: part.shown() for name, part in parts.items()}
        return web.json_response({"ready": ok, "checks": shown}, status=200 if ok else 503)

    async def _parts(self) -> dict[str, HealthPart]:
        """Every check's answer, written down for the metrics as well."""
        answers = await asyncio.gather(*(kept.ask() for kept in self._checks.values()))
        parts = dict(zip(self._checks, answers, strict=True))
        for name, part in parts.items():
            metrics.ready.labels(name).set(part.ok)
        return parts

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus' text, or OpenMetrics where the scraper asks for it."""
        metrics.loop_lag.set(self._watch.lag())
        await asyncio.gather(self._unfinished.ask(), self._parts(), self._connections())
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(REGISTRY), headers={"Content-Type": content_type})

    async def _connections(self) -> None:
        for adapter in self._adapters:
            listed: Callable[[], Awaitable[dict[str, bool]]] | None = getattr(adapter, "connections", None)
            for name, connected in (await listed()).items() if listed else ():
                metrics.connections.labels(adapter.ORIGIN, name).set(connected)

    async def _count(self) -> HealthPart:
        metrics.backed_up.set(
            await asyncio.to_thread(_time_of, self._process.settings.database_path.with_name(BACKUP_MARK))
        )
        metrics.counted(await self._process.store.count_unfinished(), self._process.clock.now())
        return HealthPart(ok=True)

    async def _database(self) -> HealthPart:
        await self._process.store.ping()
        await self._process.store.check()
        return HealthPart(ok=True)

    async def _media(self) -> HealthPart:
        await self._process.media.check()
        return HealthPart(ok=True)

    async def _loops(self) -> HealthPart:
        """Not ready where a loop is dead, or where orders are accepted and nobody works on them."""
        loops = self._loop_health()
        failing = {loop.name: round(loop.failing_s) for loop in loops if loop.failing_s is not None}
        for loop in loops:
            metrics.loop_failing.labels(loop.name).set(loop.failing_s or 0)
            metrics.loop_dead.labels(loop.name).set(loop.dead)
        dead = any(loop.dead for loop in loops)
        stuck = any(loop.essential and (loop.failing_s or 0) > LOOP_PATIENCE_S for loop in loops)
        return HealthPart(ok=not dead and not stuck, note="dead" if dead else "", failing=failing)

    def _loop_health(self) -> list[LoopHealth]:
        groups: list[Loops] = [*self._process.loops]
        groups += [loops for adapter in self._adapters if (loops := getattr(adapter, "loops", None))]
        return [loop for group in groups for loop in group.health()]

    async def _gateway(self) -> HealthPart:
        """A refused key is a fault of this set-up. A gateway that is away is not, once it took the key:
        requests are still accepted and wait."""
        try:
            accepted = await check_key(self._process.gateway, self._process.catalog)
        except GatewayPassing as error:
            return HealthPart(ok=self._key_known, note=error.code)
        except GatewayError as error:
            self._key_known = False
            return HealthPart(ok=False, note="key_refused" if error.code != EDGE else EDGE)
        self._key_known = True
        return HealthPart(ok=True, note=accepted.note)

    async def _worker(self) -> HealthPart:
        return HealthPart(ok=self._process.worker.alive)


def _time_of(file: Path) -> float:
    """When a file was last touched, in UTC seconds; 0 where there is none."""
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def _connected(adapter: Platform) -> Check:
    async def check() -> HealthPart:
        ok = await adapter.ready()
        return HealthPart(ok=ok, note="" if ok else "not_connected")

    return check


def routes(process: Process, adapters: Sequence[Platform]) -> list[web.RouteDef]:
    """What to mount on the HTTP server."""
    health = Health(process, adapters)
    return [
        web.get("/healthz", health.healthz),
        web.get("/readyz", health.readyz),
        web.get("/metrics", health.metrics),
    ]
