"""A process that carries one request and kills itself, as `kill -9` would, at the n-th point of its life.

A point lies before and after every durable write, every call of the gateway and every post to the
platform. At 0 it lives to the end and prints how many points there were. Nothing is mocked: store, client
and adapter are the real ones, watched. Each process has a tenant and an origin of its own, so that many
can die on one database at the same time.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from adapters.composition import Core, open_core
from adapters.lifecycle import serving
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import Actor, Request, State
from bot.core.said import Said
from bot.core.windows import Window
from bot.gateway.client import GatewayClient
from bot.settings import Settings
from bot.telemetry import logging
from storage import SqlStore
from tests.fakes.board import BoardAdapter
from tests.fakes.stack import ADA, MIA
from tests.fakes.trial import CAPABILITIES, order_of, png

WATCHED: dict[type, tuple[str, ...]] = {
    SqlStore: ("accept", "move", "become", "move_together", "claim", "release_leases"),
    GatewayClient: ("price", "run", "chat", "start_video", "job", "cancel_job", "download", "find"),
    BoardAdapter: ("ask", "finish"),
}
STORIES = (
    *CAPABILITIES,
    "confirm",
    "decline",
    "cancel_video",
    "cancel_chat",
    "approve",
    "deny",
    "speak",
    "plan",
)
SPOKEN: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "speak": (("generate", {"prompt": "a fox", "model": "seedream-4.5"}),),
    "plan": (
        ("generate", {"prompt": "a fox", "model": "seedream-4.5"}),
        ("edit", {"prompt": "night", "model": "seedream-4.5"}),
    ),
}
"""What the model calls when it is told the story's name."""
_ENDED = frozenset((State.DELIVERED, State.CANCELLED, State.FAILED, State.REFUSED))


class Fate:
    """Counts points and dies at the chosen one."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.passed = 0

    def point(self) -> None:
        self.passed += 1
        if self.passed == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, owner: type, name: str) -> None:
        real: Callable[..., Awaitable[Any]] = getattr(owner, name)

        @functools.wraps(real)
        async def watched(*args: Any, **kwargs: Any) -> Any:
            if name == "claim":  # idle looks for work are not part of a request's life
                found = await real(*args, **kwargs)
                if found:
                    self.point()
                return found
            self.point()
            result = await real(*args, **kwargs)
            self.point()
            return result

        setattr(owner, name, watched)


def key_of(story: str, at: int) -> str:
    """The dedupe key of the one request."""
    return f"the-one:{story}:{at}"


def origin_of(story: str, at: int) -> str:
    """The origin it is asked under."""
    return f"mortal-{story}-{at}"


@dataclass(frozen=True, kw_only=True)
class Life:
    """What happens to the request, from the side of the people."""

    core: Core
    mia: Actor
    ada: Actor
    story: str
    at: int

    async def live(self) -> None:
        """Tell the story to its end."""
        if self.story in ("approve", "deny"):
            await self.core.admin.set_budget(self.ada, Scope.PERSON, "*", Window.DAY, Micros(10_000))
        asks = self.story in ("confirm", "decline")
        await self.core.admin.change(self.ada, threshold=Micros(0 if asks else 1_000_000_000))
        request = await (self._say() if self.story in SPOKEN else self._ask())
        match self.story:
            case "speak" | "plan":
                await self._understood(request)
            case "confirm" | "decline":
                await self._until(request, lambda row: row.notified == State.AWAITING_CONFIRMATION)
                press = self.core.service.confirm if self.story == "confirm" else self.core.service.cancel
                await press(self.mia, request.id)
            case "cancel_video":
                await self._until(request, lambda row: row.state is State.RUNNING)
                await self.core.service.cancel(self.mia, request.id)
            case "cancel_chat":
                await self._until(request, lambda row: row.state is State.SUBMITTED)
                await self.core.service.cancel(self.mia, request.id)
            case "approve" | "deny":
                await self._until(request, lambda row: row.state is State.REFUSED and row.due_at is None)
                press = self.core.admin.approve if self.story == "approve" else self.core.admin.deny
                await press(self.ada, request.id)
            case _:
                pass
        await self._until(request, lambda row: row.state in _ENDED and row.due_at is None)

    async def _ask(self) -> Request:
        capability = self.story.removeprefix("cancel_")
        kind = capability if capability in CAPABILITIES else "generate"
        order, pictures = order_of(kind, await self.core.service.prepare(png()))
        return await self.core.service.submit(
            self.mia,
            order,
            origin=origin_of(self.story, self.at),
            reply_to={},
            dedupe_key=key_of(self.story, self.at),
            pictures=pictures,
        )

    async def _say(self) -> Request:
        said = await self.core.talk.say(
            self.mia,
            Said(words=self.story),
            conversation="thread",
            origin=origin_of(self.story, self.at),
            reply_to={},
            dedupe_key=key_of(self.story, self.at),
        )
        assert isinstance(said, Request)
        return said

    async def _understood(self, request: Request) -> None:
        """Agree to a plan once its price is known; wait until all that it became has ended."""
        await self._until(request, lambda row: bool(row.reading and row.reading.decided))
        if self.story == "plan":
            orders = await self.core.store.orders_of(request)
            for order in orders:
                await self._until(order, lambda row: row.notified == State.AWAITING_CONFIRMATION)
            await self.core.talk.agree(self.mia, request.id)
        for order in await self.core.store.orders_of(request):
            await self._until(order, lambda row: row.state in _ENDED and row.due_at is None)

    async def _until(self, request: Request, holds: Callable[[Request], bool]) -> None:
        while (row := await self.core.store.get(request.id)) is None or not holds(row):
            await asyncio.sleep(0.005)


def main(*, settings: dict[str, Any], board: str, story: str, at: int) -> None:
    """Live, and die at a point."""
    logging.configure(level="error")
    asyncio.run(_main(Settings(**settings), board, story, at))


async def _main(settings: Settings, board: str, story: str, at: int) -> None:
    adapter = BoardAdapter(board, os.getpid())
    adapter.ORIGIN = origin_of(story, at)
    # People of their own: of one person's open prices only the newest stay, and many lives are lived at once.
    mia, ada = (replace(who, tenant=adapter.ORIGIN, person=f"{who.person}:{at}") for who in (MIA, ADA))
    async with open_core(settings) as core:
        fate = Fate(at)
        for owner, names in WATCHED.items():
            for name in names:
                fate.watch(owner, name)
        async with serving(core, [adapter]), asyncio.timeout(60):
            await Life(core=core, mia=mia, ada=ada, story=story, at=at).live()
        print("points", fate.passed, flush=True)
