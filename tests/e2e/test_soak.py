"""An hour's worth of mixed load in less than a minute: what a process holds is the same at its end.

The clock runs eighty times as fast as the wall's. `SOAK_S` sets how many real seconds the load lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import time
from dataclasses import dataclass

import psutil
import pytest

from bot.core.errors import Refusal
from bot.core.request import State
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.fleet import Fleet, fleet
from tests.fakes.trial import CAPABILITIES

__all__ = ["database", "postgres_server", "postgres_url"]

SOAK_S = float(os.environ.get("SOAK_S", "36"))
WARM_S = SOAK_S / 4
FAULTS = (
    "429 502 500 reset_after_charge reset_before_charge content_policy bad_json slow no_cost cost_higher"
    " empty_data truncated_sse failed expired_media"
).split()


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a process has at a moment. `memory` in bytes."""

    memory: int
    files: int
    connections: int
    threads: int
    tasks: int


async def held(ships: Fleet) -> Held:
    """Measured when nothing is left to do and idle connections have had time to go."""
    await ships.settle(120)
    await asyncio.sleep(0.5)
    told = len(ships.board.tasks)
    ships.kill(0, signal.SIGUSR1)
    await ships.board.until(lambda: len(ships.board.tasks) > told)
    process = psutil.Process(ships.ships[0].pid)
    return Held(
        memory=process.memory_info().rss,
        files=process.num_fds(),
        connections=len(process.net_connections()),
        threads=process.num_threads(),
        tasks=ships.board.tasks[-1],
    )


async def load(ships: Fleet, dice: random.Random, seconds: float) -> None:
    """People ask and press, and now and then something breaks."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if dice.random() < 0.15:
            ships.sandbox.fail(dice.choice(FAULTS), seconds=20)
        request = await ships.ask(dice.choice(CAPABILITIES), f"p{dice.randint(1, 20)}")
        if dice.random() < 0.1:
            await asyncio.sleep(dice.uniform(0, 0.2))
            with contextlib.suppress(Refusal):
                await ships.front.service.cancel(request.actor, request.id)
        await asyncio.sleep(dice.uniform(0.02, 0.2))
    ships.sandbox.state.faults.clear()


@pytest.mark.deep
@pytest.mark.timeout(400)
async def test_an_hour_of_load_leaves_nothing_behind(tmp_path, database):
    dice = random.Random(9)
    async with fleet(tmp_path, database, speed=80.0, lease_s=120, queue_limit=2000) as ships:
        shaky = random.Random(3)
        # The count of tasks is asked for once and must arrive; posts are tried again.
        ships.board.trouble = lambda kind, _: "passing" if kind != "tasks" and shaky.random() < 0.05 else ""
        await ships.launch(1)
        await load(ships, dice, WARM_S)
        before = await held(ships)
        await load(ships, dice, SOAK_S - WARM_S)
        after = await held(ships)
        await ships.verdict()
        states = [row.state for row in await ships.rows()]
        assert len(states) > SOAK_S * 3
        assert states.count(State.DELIVERED) > len(states) // 2
        assert after.tasks <= before.tasks + 2, (before, after)
        assert after.files <= before.files + 6, (before, after)
        assert after.connections <= before.connections + 6, (before, after)
        assert after.threads <= before.threads + 4, (before, after)
        assert after.memory <= before.memory + 16_000_000, (before, after)
