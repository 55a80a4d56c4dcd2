"""Three replicas on one database, one of which is killed every moment, for many rounds.

`FAULT_ROUNDS` sets how many; the default keeps the run short, `FAULT_ROUNDS=500` is the full one.
"""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from bot.core.request import State
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.fleet import fleet

__all__ = ["database", "postgres_server", "postgres_url"]

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "100"))
KINDS = ("generate", "generate", "chat", "chat", "edit", "upscale", "video")


@pytest.mark.parametrize(
    "database",
    [
        pytest.param("sqlite", marks=pytest.mark.deep),
        pytest.param("postgres", marks=(pytest.mark.postgres, pytest.mark.deep)),
    ],
    indirect=True,
)
@pytest.mark.timeout(120 + 3 * ROUNDS)
async def test_random_kills_lose_nothing_and_bill_nothing_twice(tmp_path, database):
    dice = random.Random(os.environ.get("FAULT_SEED", "capybara"))
    async with fleet(tmp_path, database) as ships:
        await ships.launch(3)
        for _ in range(ROUNDS):
            for _ in range(dice.randint(1, 3)):
                await ships.ask(dice.choice(KINDS), f"p{dice.randint(1, 6)}")
            await asyncio.sleep(dice.uniform(0, 0.25))
            victim = dice.randrange(3)
            ships.kill(victim)
            await ships.relaunch(victim)
        await ships.verdict()
        states = [row.state for row in await ships.rows()]
        assert states.count(State.DELIVERED) > len(states) // 3, states
