"""What machines do: the database goes away, the disk fills up, clocks are set."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import StoreUnavailable
from bot.core.request import State
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import (
    DEEPER,
    mostly_sqlite,
    postgres_server,
    postgres_url,
    settings_on,
    shared_db,
)
from tests.fakes.fleet import fleet
from tests.fakes.postgres import Server, own_server, own_url
from tests.fakes.trial import CAPABILITIES, Stage, WarpedSandboxClock, calm_fixture, trial

__all__ = [
    "calm_fixture",
    "mostly_sqlite",
    "own_server",
    "own_url",
    "postgres_server",
    "postgres_url",
    "shared_db",
]

ROOT = Path(__file__).parents[2]
AWAY_S = float(os.environ.get("FAULT_DATABASE_AWAY_S", "20"))
SLOW = {"image_seconds": 6.0, "chat_chunk_seconds": 0.3, "video_seconds": 8.0}
"""Calls that are under way when it happens, and have their answer before it is over."""


# the database


@asynccontextmanager
async def locked_file(stage: Stage) -> AsyncIterator[None]:
    """Another process has the file to itself."""
    file = str(stage.core.settings.database_path)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.lockholder",
        file,
        str(AWAY_S),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    yield
    await process.wait()


@pytest.fixture(params=DEEPER)
def stoppable(request: pytest.FixtureRequest) -> tuple[Server | None, dict[str, Any]]:
    """The server that can be stopped, where there is one, and settings that choose the database."""
    if request.param == "sqlite":
        return None, {}
    return request.getfixturevalue("own_server"), settings_on(request.getfixturevalue("own_url"))


@asynccontextmanager
async def stopped_server(server: Server) -> AsyncIterator[None]:
    """The server has crashed and comes back."""
    await asyncio.to_thread(server.stop, "immediate")
    try:
        yield
        await asyncio.sleep(AWAY_S)
    finally:
        await asyncio.to_thread(server.start)


@pytest.mark.timeout(240)
async def test_the_database_is_gone_for_twenty_seconds(tmp_path, stoppable):
    server, database = stoppable
    async with trial(
        tmp_path, clock=WarpClock(), sandbox_options=SLOW, gateway_timeout_s=60, **database
    ) as stage:
        for capability in CAPABILITIES * 2:
            await stage.ask(capability)
        await asyncio.sleep(1.5)
        assert stage.core.worker.carrying
        async with stopped_server(server) if server else locked_file(stage):
            with pytest.raises(StoreUnavailable):
                async with asyncio.timeout(AWAY_S):
                    await stage.ask("generate")
        await stage.ask("chat")
        await stage.verdict(120)
        rows = [await stage.core.store.get(one) for one in stage.accepted]
        # Every answer that came meanwhile was kept until it could be written.
        assert [row.state for row in rows if row] == [State.DELIVERED] * 11


# the disk


async def test_a_full_database_takes_nothing_and_spends_nothing(tmp_path):
    async with trial(tmp_path) as stage:
        await stage.ask("generate")
        await stage.verdict()
        await pages(stage, 1)
        with pytest.raises(StoreUnavailable):
            await fill(stage)
        with pytest.raises(StoreUnavailable):
            await stage.ask("generate", prompt="x" * 4000)
        await asyncio.sleep(0.5)
        await pages(stage, 1_000_000)
        await stage.ask("generate")
        await stage.verdict()


async def fill(stage: Stage) -> None:
    """Ask for more than there is room for."""
    for number in range(200):
        await stage.ask("generate", prompt=f"{number} ".ljust(4000, "x"))


async def pages(stage: Stage, most: int) -> None:
    """Let the file grow to so many pages (or as many as it has)."""
    writer = stage.core.store._driver._writer
    await writer.run(lambda plain: plain.execute(f"PRAGMA max_page_count = {most}").fetchall())


@pytest.mark.timeout(180)
async def test_a_replica_whose_disk_is_full_loses_nothing(tmp_path, shared_db):
    async with fleet(tmp_path, shared_db, sandbox_options={"image_seconds": 4.0}) as ships:
        await ships.launch(1)
        for capability in CAPABILITIES:
            await ships.ask(capability)
        await ships.settle()
        for capability in CAPABILITIES * 3:
            await ships.ask(capability)
        # A file may not grow beyond a kilobyte: no write-ahead log, no picture.
        soft, hard = resource.prlimit(ships.ships[0].pid, resource.RLIMIT_FSIZE)
        resource.prlimit(ships.ships[0].pid, resource.RLIMIT_FSIZE, (1024, hard))
        await asyncio.sleep(3)
        assert not ships.ships[0].died.done(), ships.ships[0].said()
        assert await ships.front.store.next_due() is not None
        resource.prlimit(ships.ships[0].pid, resource.RLIMIT_FSIZE, (soft, hard))
        await ships.verdict()


# clocks

HOUR = 3600.0


@pytest.mark.parametrize(
    "jumps",
    [
        (HOUR,),
        (-HOUR,),
        *(pytest.param(both, marks=pytest.mark.deep) for both in ((HOUR, -HOUR), (-HOUR, HOUR))),
    ],
    ids=str,
)
@pytest.mark.timeout(120)
async def test_the_clock_is_set_by_an_hour(tmp_path, mostly_sqlite, jumps):
    clock, gateway = WarpClock(speed=300), WarpClock(speed=300)
    options: dict[str, Any] = {
        "clock": WarpedSandboxClock(gateway),
        "image_seconds": 90.0,
        "video_seconds": 200.0,
        "chat_chunk_seconds": 5.0,
        # A clock that goes back by an hour is an hour late, and so long do addresses live.
        "media_ttl_seconds": 3 * HOUR,
    }
    async with trial(
        tmp_path, clock=clock, sandbox_options=options, lease_s=60, gateway_timeout_s=10, **mostly_sqlite
    ) as stage:
        for jump in jumps:
            for capability in CAPABILITIES:
                await stage.ask(capability)
            await asyncio.sleep(0.2)
            assert stage.core.worker.carrying
            clock.jump(jump)
            for capability in CAPABILITIES:
                await stage.ask(capability)
            await asyncio.sleep(0.2)
        await stage.verdict(60)
        rows = [await stage.core.store.get(one) for one in stage.accepted]
        # One process does not mistake its own calls for those of a dead one.
        assert {row.state for row in rows if row} == {State.DELIVERED}


@pytest.mark.parametrize("ahead", [HOUR, -HOUR])
@pytest.mark.timeout(120)
async def test_one_replica_of_three_is_an_hour_off(tmp_path, shared_db, ahead):
    async with fleet(tmp_path, shared_db, sandbox_options={"image_seconds": 4.0}) as ships:
        await ships.launch(2)
        ships.start -= ahead / ships.clock._speed
        await ships.launch(1)
        for _ in range(4):
            for capability in CAPABILITIES:
                await ships.ask(capability)
            await asyncio.sleep(0.3)
        await ships.verdict()
