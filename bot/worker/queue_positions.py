"""People who wait for a worker are told their place in the queue when it has changed enough.

Only the process that accepted an order tells its place, so that several replicas do not say it twice.
"""

from __future__ import annotations

from bot.core.ports.store import Fence
from bot.core.request import Request
from bot.telemetry.loops import Loops, Pace
from bot.worker.step_context import Context, StepTools

LOOK_S = 3.0
"""Seconds between two looks at the queue; a request that starts sooner gets no message about it."""
NEAR = 5
"""From this place on every change is told. Further back a change is told when the place has halved, since
every edit of a message counts against the platform's limits."""


class QueuePositions:
    """The requests accepted here that still wait, each with the last place that was told (0: none yet)."""

    def __init__(self, tools: StepTools) -> None:
        self._tools = tools
        self._told: dict[str, int] = {}
        self.loops = Loops(tools.clock)

    def join(self, request_id: str) -> None:
        """Add a request that now waits for a worker."""
        self._told.setdefault(request_id, 0)

    async def start(self) -> None:
        """Start looking at the queue."""
        self.loops.run("queue_positions", self.look, Pace(every_s=LOOK_S, wait_first=True))

    async def stop(self) -> None:
        """Stop looking at the queue."""
        await self.loops.stop()

    async def look(self) -> None:
        """Tell everyone whose place has changed enough; forget requests that have started."""
        if not self._told:
            return
        queue = await self._tools.store.queue(now=self._tools.clock.now())
        places = {request_id: place for place, request_id in enumerate(queue, start=1)}
        for request_id in [*self._told]:
            place = places.get(request_id)
            if place is None:
                del self._told[request_id]
            elif worth_telling(place, self._told[request_id]):
                self._told[request_id] = place
                await self._tell(request_id, place)

    async def _tell(self, request_id: str, place: int) -> None:
        request = await self._tools.store.get(request_id)
        if request is not None and _waits(request, self._tools.clock.now()):
            await Context(self._tools, request, Fence(owner="", epoch=0)).progress(position=place)


def worth_telling(place: int, told: int) -> bool:
    """Whether to tell a place to a person who was told the place `told` before, or none (0)."""
    return told == 0 or (place < told and (place <= NEAR or place <= told // 2))


def _waits(request: Request, now: int) -> bool:
    return request.due_at is not None and request.due_at <= now and request.lease_until <= now
