"""Kill -9 at every write and every call of a request's life; whoever comes next finishes it honestly."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from adapters.compose import open_core
from adapters.running import serving
from bot.lumenfall.sandbox import Sandbox
from bot.request import TERMINAL, Request, State
from tests.fakes.clocks import WarpClock
from tests.fakes.mortal import settings_of
from tests.fakes.sandbox import running_sandbox
from tests.fakes.stack import MIA, RecordingAdapter

ROOT = Path(__file__).parents[2]
AT_ONCE = 4


async def mortal(folder: Path, sandbox: Sandbox, capability: str, at: int) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.fakes.mortal",
        str(folder),
        sandbox.base_url,
        capability,
        str(at),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    expected = -9 if at else 0
    assert process.returncode == expected, (process.returncode, err.decode()[-2000:])
    return out.decode()


async def revive(folder: Path, sandbox: Sandbox) -> Request | None:
    """A new process's worth of core on the same file, a lease later and in quick time."""
    clock = WarpClock(speed=30, ahead=120)
    async with open_core(settings_of(folder, sandbox.base_url, ""), clock=clock) as core:
        recorder = RecordingAdapter()
        async with serving(core, [recorder]), asyncio.timeout(90):
            while await core.store.next_due() is not None or core.worker.carrying:
                await asyncio.sleep(0.02)
        assert await core.store.verify() == []
        held = [line for line in await core.store.lines(MIA) if line.balance.held]
        assert held == []
        return await core.store.by_dedupe_key("the-one")


async def die_and_revive(folder: Path, capability: str, at: int) -> tuple[int, Request | None]:
    async with running_sandbox() as sandbox:
        await mortal(folder, sandbox, capability, at)
        row = await revive(folder, sandbox)
        paid = len(sandbox.paid_calls)
        assert paid <= 1
        if row is None:
            assert paid == 0
            return at, None
        assert row.state in TERMINAL, row.state
        if row.charged_from in ("gateway", "log"):
            assert (row.charged or 0) == sandbox.charged_micros
        else:
            # The call was announced but never left: nobody's log explains it, and the hold is booked.
            assert paid == 0 or row.charged_from == "estimate"
        return at, row


@pytest.mark.parametrize("capability", ["generate", "edit", "upscale", "chat", "video"])
@pytest.mark.timeout(300)
async def test_killed_at_every_point_a_request_still_ends_honestly(tmp_path, capability):
    async with running_sandbox() as sandbox:
        points = int((await mortal(tmp_path / "whole", sandbox, capability, 0)).split()[-1])
    assert points >= 10
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(at: int) -> tuple[int, Request | None]:
        async with gate:
            return await die_and_revive(tmp_path / str(at), capability, at)

    # The last points lie in the shutdown, where nothing is at stake.
    ends = await asyncio.gather(*(one(at) for at in range(1, points + 1)))
    states = [row.state for _, row in ends if row is not None]
    assert State.DELIVERED in states
    assert State.FAILED in states or capability == "video"
