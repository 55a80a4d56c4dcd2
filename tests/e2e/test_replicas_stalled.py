"""Replicas that sleep past their lease and wake, and replicas that are asked to go."""

from __future__ import annotations

import asyncio
import random
import signal

import pytest

from bot.core.capability import Capability
from bot.core.request import State
from tests.fakes.databases import postgres_server, postgres_url, shared_db
from tests.fakes.fleet import Fleet, fleet
from tests.fakes.trial import CAPABILITIES

__all__ = ["postgres_server", "postgres_url", "shared_db"]


@pytest.mark.timeout(180)
async def test_a_replica_that_was_stopped_past_its_lease_changes_nothing_when_it_wakes(tmp_path, shared_db):
    dice = random.Random(5)
    async with fleet(tmp_path, shared_db, lease_s=20, sandbox_options={"image_seconds": 8.0}) as ships:
        await ships.launch(3)
        for _ in range(6):
            for _ in range(5):
                await ships.ask(dice.choice(CAPABILITIES), f"p{dice.randint(1, 5)}")
            await asyncio.sleep(dice.uniform(0.02, 0.5))
            victim = dice.randrange(3)
            ships.kill(victim, signal.SIGSTOP)
            await asyncio.sleep(1.6)  # its lease has run out, and others have looked
            ships.kill(victim, signal.SIGCONT)
        await ships.verdict()
        videos = [row for row in await ships.rows() if row.capability == "video"]
        assert videos
        assert {row.state for row in videos} == {State.DELIVERED}


@pytest.mark.timeout(120)
async def test_a_lonely_process_that_slept_past_its_lease_finishes_its_own_calls(tmp_path, shared_db):
    async with fleet(tmp_path, shared_db, lease_s=20, sandbox_options={"image_seconds": 20.0}) as ships:
        await ships.launch(1)
        for capability in ("generate", "edit", "upscale"):
            await ships.ask(capability)
        async with asyncio.timeout(20):
            while sum(call.dry_run is False for call in ships.sandbox.calls if call.method == "POST") < 3:
                await asyncio.sleep(0.02)
        ships.kill(0, signal.SIGSTOP)
        await asyncio.sleep(2.5)
        ships.kill(0, signal.SIGCONT)
        await ships.verdict()
        assert [row.state for row in await ships.rows()] == [State.DELIVERED] * 3


async def calling(ships: Fleet) -> int | None:
    """The ship that is waiting for a picture, if one is."""
    owners = [
        row.lease_owner
        for row in await ships.rows()
        if row.state is State.SUBMITTED and row.capability is Capability.GENERATE
    ]
    return next(
        (number for number, ship in enumerate(ships.ships) for one in owners if f":{ship.pid}:" in one), None
    )


@pytest.mark.timeout(120)
async def test_at_sigterm_calls_are_finished_and_the_rest_is_handed_over_at_once(tmp_path, shared_db):
    # With leases of an hour nothing would go on in time unless it was handed back.
    async with fleet(tmp_path, shared_db, lease_s=3600, sandbox_options={"image_seconds": 16.0}) as ships:
        await ships.launch(2)
        for _ in range(4):
            for capability in CAPABILITIES:
                await ships.ask(capability)
        async with asyncio.timeout(20):
            while (number := await calling(ships)) is None:
                await asyncio.sleep(0.01)
        ships.kill(number, signal.SIGTERM)
        assert await asyncio.wait_for(ships.ships[number].died, 20) == 0, ships.ships[number].said()
        await ships.verdict()
        assert {row.state for row in await ships.rows()} == {State.DELIVERED}
        assert len({pid for pid, _ in ships.board.posts}) == 2
