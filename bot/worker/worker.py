"""The outbound half: claims due rows under a lease and works on each, one step at a time.

One step is at most one outside effect and then one write, so the process may be killed between any two
lines: the next worker that claims the row continues from what was written. A heartbeat keeps a lease alive;
when the lease is lost, every later write of the old owner fails because of its epoch.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

import structlog

from bot.bounds.shares import Shares, models_share
from bot.core.errors import BotError, LeaseLost, NotFound
from bot.core.ports.for_adapters import Clock
from bot.core.ports.store import Change, Fence, Limits, Release, Store
from bot.core.request import STARTING, Request
from bot.core.text.translation import speaking
from bot.settings import Settings
from bot.telemetry import tracing
from bot.telemetry.logging import metrics
from bot.telemetry.loops import Loops, Pace, RegularLoop
from bot.worker.step_context import backoff, given_up, record_end, resting
from bot.worker.steps import Steps

log = structlog.get_logger(__name__)

IDLE_S = 1.0
"""The longest sleep of an idle worker, in seconds: rows of other replicas appear only in the database."""
TROUBLE_S = 5.0
CRASHES = 10
"""After so many crashes of one step (about seven minutes) the row is ended without it."""


class Worker:
    """One per process. `owner` must be unique among all processes on one database."""

    def __init__(self, *, store: Store, steps: Steps, clock: Clock, settings: Settings, owner: str) -> None:
        self._store = store
        self._steps = steps
        self._clock = clock
        self._settings = settings
        self._owner = owner
        self._shares = Shares(settings)
        self._woken = asyncio.Event()
        self._stopping = False
        self._carrying: dict[str, asyncio.Task[None]] = {}
        self.loops = Loops(clock)
        self._claiming: RegularLoop | None = None
        self._beaten_at = 0

    def wake(self) -> None:
        """Look for work now; called when a row has become due in this process."""
        self._woken.set()

    @property
    def alive(self) -> bool:
        """True while both loops run."""
        return self.loops.alive

    @property
    def carrying(self) -> int:
        """How many requests this worker is working on."""
        return len(self._carrying)

    async def start(self) -> None:
        """Start to claim rows and work on them."""
        claims = Pace(every_s=IDLE_S, retry_s=TROUBLE_S, longest_s=TROUBLE_S)
        self._claiming = self.loops.run("claim", self._look, claims, rest=self._until_woken, essential=True)
        beat_s = self._settings.lease_s / 3
        beats = Pace(every_s=beat_s, longest_s=beat_s, wait_first=True)
        self.loops.run("heartbeat", self._beat, beats, essential=True)

    async def stop(self) -> None:
        """Claim and call nothing more, give running steps `drain_s` seconds, then release the other rows."""
        self._stopping = True
        self.wake()
        if self._claiming is not None:  # a claim may be running, and its rows are ours already
            self._claiming.end()
            await asyncio.wait([self._claiming.task], timeout=self._settings.drain_s)
        if self._carrying:
            await asyncio.wait(list(self._carrying.values()), timeout=self._settings.drain_s)
        tasks = [*self._carrying.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, self.loops.stop(), return_exceptions=True)
        with contextlib.suppress(BotError):
            await self._store.release_leases(self._owner)

    async def _look(self) -> float:
        """Claim what is due; returns the seconds until something may be due again."""
        self._woken.clear()
        return await self._pause(claimed=await self._claim())

    async def _until_woken(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), seconds)

    async def _claim(self) -> int:
        slots = self._settings.concurrency - len(self._carrying)
        if slots <= 0 or self._stopping:
            return 0
        await self._keep_own()
        now = self._clock.now()
        claimed = await self._store.claim(
            self._owner,
            now=now,
            until=now + int(self._settings.lease_s * 1_000_000),
            limits=self._limits(slots),
        )
        for request in claimed:
            metrics.taken(request, now)
            task = asyncio.create_task(self._carry(request), name=request.id)
            self._carrying[request.id] = task
            task.add_done_callback(self._put_down)
        return len(claimed)

    def _limits(self, slots: int) -> Limits:
        settings = self._settings
        slots, per_model = models_share(slots, settings)
        return Limits(
            slots=slots,
            per_person=settings.per_person,
            per_tenant=settings.per_tenant,
            per_model=per_model,
            per_provider=settings.per_provider,
            per_platform=settings.per_platform,
            origins=self._steps.origins,
        )

    def _put_down(self, task: asyncio.Task[None]) -> None:
        # A released row may be claimed again before its first task has ended.
        if self._carrying.get(task.get_name()) is task:
            del self._carrying[task.get_name()]
            self._shares.give_back(task.get_name())
        metrics.shares(self._shares.full())
        self.wake()

    async def _pause(self, *, claimed: int) -> float:
        """Seconds until the next row is due; a due row that may not run yet waits for a free slot
        or a wake.
        """
        if len(self._carrying) >= self._settings.concurrency:
            return IDLE_S
        due = await self._store.next_due()
        if due is None:
            return IDLE_S
        seconds = (due - self._clock.now()) / 1_000_000
        return min(IDLE_S, max(0.02, seconds)) if seconds > 0 or claimed else IDLE_S

    async def _beat(self) -> None:
        now = self._clock.now()
        if self._carrying:
            until = now + int(self._settings.lease_s * 1_000_000)
            await self._store.extend(self._owner, list(self._carrying), until)
        self._beaten_at = now

    async def _keep_own(self) -> None:
        """Renew our leases before a claim: after a pause of the process or the database they look expired."""
        if abs(self._clock.now() - self._beaten_at) > self._settings.lease_s * 500_000:
            await self._beat()

    async def _carry(self, request: Request) -> None:
        fence = Fence(owner=self._owner, epoch=request.lease_epoch)
        with (
            structlog.contextvars.bound_contextvars(request_id=request.id),
            speaking(request.actor.language),
        ):
            metrics.carrying.inc()
            try:
                current: Request | None = request
                claimed = True
                while current is not None:
                    stops = self._stopping and current.state in STARTING
                    if stops or not self._shares.take(current, claimed=claimed):
                        await self._hand_back(current, fence)
                        return
                    current = await self._step(current, fence, claimed=claimed)
                    claimed = False
            finally:
                metrics.carrying.dec()
                self._steps.tools.breakers.left(request.id)

    async def _step(self, request: Request, fence: Fence, *, claimed: bool) -> Request | None:
        """Do one step; return the row to go on with, or None when it waits, has ended or is no
        longer ours.
        """
        try:
            with tracing.step(request):
                moved = await self._steps.step(request, fence, claimed=claimed)
            await self._let_go_on(moved)
        except LeaseLost:
            moved = await self._reread(request, fence)
        except asyncio.CancelledError:
            raise
        except BotError as error:
            log.warning("step_failed", state=request.state, error=error.code)
            moved = await self._postpone(request, fence)
        except Exception:
            log.exception("step_crashed", state=request.state)
            moved = await self._postpone(request, fence, crashed=True)
        if moved is None or moved.lease_owner != self._owner:
            return None
        return moved

    async def _let_go_on(self, moved: Request) -> None:
        """Wake what waited for this row; where that fails, it looks by itself a little later."""
        with contextlib.suppress(BotError):
            if await self._steps.woken(moved):
                self.wake()

    async def _reread(self, request: Request, fence: Fence) -> Request | None:
        """Someone pressed a button in the meantime: go on from the current row, if it is still ours."""
        fresh = await self._store.get(request.id)
        if fresh is None or fresh.lease_owner != fence.owner or fresh.lease_epoch != fence.epoch:
            return None
        if fresh.due_at is None or fresh == request:
            return await self._postpone(request, fence)
        return fresh

    async def _postpone(self, request: Request, fence: Fence, *, crashed: bool = False) -> Request | None:
        """Release the row for a while. A paid call that broke off is not repeated: see `Steps`."""
        now = self._clock.now()

        def rested(row: Request) -> Request:
            if crashed and row.attempts + 1 >= CRASHES:
                return given_up(row, now)
            wait = backoff(row.attempts, low=TROUBLE_S, high=60)
            due = None if row.due_at is None else now + int(wait * 1_000_000)
            return replace(resting(row, due), attempts=row.attempts + 1)

        return await self._write(request, rested, fence)

    async def _hand_back(self, request: Request, fence: Fence) -> None:
        """Release the row, so that another worker can go on at once."""
        await self._write(request, lambda row: resting(row, row.due_at), fence)

    async def _write(self, request: Request, change: Change, fence: Fence) -> Request | None:
        try:
            moved = await self._store.move(request.id, change, fence=fence, posting=Release())
        except (LeaseLost, NotFound):
            return None
        except BotError as error:
            log.warning("postpone_failed", error=error.code)
            return None
        record_end(self._steps.tools, request, moved)
        return moved
