"""A platform that outlives the processes which post to it: an HTTP server that keeps what it is told.

Replicas in processes of their own are given its address; `BoardAdapter` is their adapter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import httpx
from aiohttp import web

from bot.core.errors.outside import DeliveryFinal, DeliveryPassing
from bot.core.events import AwaitingConfirmation, Corrected, Final, Progressed
from bot.core.request import ReplyTo
from tests.fakes.honesty import Told, told

Trouble = Callable[[str, dict[str, Any]], str]
"""Of a kind (`ask`, `finish`) and what is said: empty, `passing`, `final`, or `lost` (kept, not answered)."""


@dataclass
class Board:
    """What was said, in order. `ready` counts processes that have come up."""

    url: str = ""
    words: list[Told] = field(default_factory=list[Told])
    posts: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    asked: list[str] = field(default_factory=list[str])
    ready: list[int] = field(default_factory=list[int])
    tasks: list[int] = field(default_factory=list[int])
    trouble: Trouble = lambda _kind, _said: ""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def until(self, holds: Callable[[], bool], timeout: float = 30) -> None:
        """Wait for something to be true of what was said."""
        async with asyncio.timeout(timeout), self.changed:
            await self.changed.wait_for(holds)

    async def _take(self, request: web.Request) -> web.Response:
        kind, said = request.match_info["kind"], await request.json()
        wrong = self.trouble(kind, said)
        if wrong in ("passing", "final"):
            return web.Response(status=503 if wrong == "passing" else 410)
        async with self.changed:
            if kind == "ready":
                self.ready.append(said["pid"])
            elif kind == "tasks":
                self.tasks.append(said["tasks"])
            elif kind == "ask":
                self.asked.append(said["request_id"])
            else:
                pid = said.pop("pid")
                if kind == "finish":
                    self.posts.append((pid, said["request_id"]))
                self.words.append(Told(**said))
            self.changed.notify_all()
        return web.Response(status=503 if wrong == "lost" else 204)


@asynccontextmanager
async def running_board() -> AsyncGenerator[Board, None]:
    """A board on a free port of 127.0.0.1."""
    board = Board()
    app = web.Application()
    app.router.add_post("/{kind}", board._take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    board.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield board
    finally:
        await runner.cleanup()


class BoardAdapter:
    """The adapter of a process that posts to a board."""

    ORIGIN = "test"
    members = None
    notices = None

    def __init__(self, url: str, pid: int) -> None:
        self._pid = pid
        self._client = httpx.AsyncClient(base_url=url, timeout=10)

    @property
    def notifier(self) -> BoardAdapter:
        return self

    async def start(self) -> None: ...

    async def stop(self) -> None:
        await self._client.aclose()

    async def ready(self) -> bool:
        return True

    async def say(self, kind: str, said: dict[str, Any]) -> None:
        try:
            answer = await self._client.post(f"/{kind}", json=said)
        except httpx.HTTPError as error:
            raise DeliveryPassing("The board cannot be reached.") from error
        if answer.status_code == 410:
            raise DeliveryFinal("The board has no room for this.")
        if answer.status_code != 204:
            raise DeliveryPassing("The board does not take it.")

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None: ...

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        await self.say("ask", {"request_id": event.request.id})

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        await self.say("finish", {**asdict(told(event)), "pid": self._pid})
        return {"posted": True}

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None:
        await self.say("correct", {**asdict(told(event)), "pid": self._pid})
