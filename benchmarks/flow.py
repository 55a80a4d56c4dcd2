"""The whole path: a budget race of 200 orders, and orders per second from submission to delivery.

The real service, worker and client against the sandbox on a socket in the same process, so the figures
include the sandbox's own work and are a lower bound for the bot's.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from benchmarks.ledger import Result
from bot.ledger import Scope, Window
from bot.money import DOLLAR, Micros
from bot.request import ChatOrder, Order, State, VideoOrder
from tests.fakes.stack import ADA, MIA, Stack, generate, running_stack

RACERS = 200
FLOW = 200
OPEN = {"headroom_percent": 0, "per_person": 500, "per_tenant": 500, "concurrency": 64}
RACES: dict[str, tuple[Order, str, int, int]] = {
    "picture": (generate(), "seedream-4.5", 50_000, 20),
    "video": (VideoOrder(model="sora-2", prompt="waves", seconds=4), "sora-2", 100_000, 2),
    "chat": (
        ChatOrder(model="google/gemini-3-flash-preview", prompt="Hello"),
        "google/gemini-3-flash-preview",
        50_000,
        20,
    ),
}


async def race(folder: Path, url: str | None, kind: str) -> AsyncIterator[Result]:
    """How many of 200 orders at once run on one dollar, and how many should."""
    for name, (order, model, unit, should) in RACES.items():
        async with running_stack(folder / name, **settings(url)) as stack:
            stack.sandbox.set(prices={model: unit})
            await stack.core.admin.change(ADA, threshold=Micros(100 * DOLLAR))
            tenant = f"bench:{name}"
            actor, admin = _in(MIA, tenant), _in(ADA, tenant)
            await stack.core.admin.change(admin, threshold=Micros(100 * DOLLAR))
            await stack.core.admin.set_budget(admin, Scope.TENANT, "", Window.DAY, DOLLAR)
            requests = await asyncio.gather(
                *(stack.submit(order, actor, dedupe_key=f"{name}:{n}") for n in range(RACERS))
            )
            await stack.settled(300)
            states = [(await stack.row(request.id)).state for request in requests]
            ran = states.count(State.DELIVERED)
            yield Result(
                database=kind,
                what=f"race for $1, {RACERS} {name}s: run (should be {should})",
                value=ran,
                unit="",
            )


async def flow(folder: Path, url: str | None, kind: str) -> AsyncIterator[Result]:
    """Orders per second, submitted at once, until the last is delivered; chats, whose gateway is quickest."""
    async with running_stack(folder / "flow", **settings(url)) as stack:
        order = RACES["chat"][0]
        await stack.run(order)
        for at_once in (1, 100):
            yield Result(
                database=kind,
                what=f"orders a second end to end, {at_once} at once",
                value=await _rate(stack, order, at_once),
                unit="/s",
            )


async def _rate(stack: Stack, order: Order, at_once: int) -> float:
    gate, start = asyncio.Semaphore(at_once), time.perf_counter()

    async def one(number: int) -> None:
        async with gate:
            await stack.run(order, dedupe_key=f"flow:{at_once}:{number}")

    count = 30 if at_once == 1 else FLOW
    await asyncio.gather(*(one(number) for number in range(count)))
    return count / (time.perf_counter() - start)


def settings(url: str | None) -> dict[str, Any]:
    return {**OPEN, "database_url": SecretStr(url) if url else None}


def _in(actor: Any, tenant: str) -> Any:
    from dataclasses import replace

    return replace(actor, tenant=tenant)
