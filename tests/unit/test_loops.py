"""Regular work survives every error, waits longer after each, and tells how it is."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from bot.core.errors import StoreUnavailable
from bot.telemetry.loops import Loops, Pace
from storage.media_folder import MediaFolder


class Turns:
    """A clock whose waits end when the test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.waits: list[float] = []
        self._go = asyncio.Semaphore(0)
        self._waiting = asyncio.Semaphore(0)

    def now(self) -> int:
        return int(self.seconds * 1_000_000)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self._waiting.release()
        await self._go.acquire()
        self.seconds += seconds

    async def rounds(self, count: int) -> None:
        """Until the loop has waited so many times; it waits again at the end."""
        for _ in range(count):
            async with asyncio.timeout(5):
                await self._waiting.acquire()
            self._go.release()


def failures(name: str) -> float:
    return REGISTRY.get_sample_value("lumenfall_loop_failures_total", {"loop": name}) or 0.0


def failing(*errors: BaseException | None) -> Callable[[], Awaitable[None]]:
    left = list(errors)

    async def work() -> None:
        error = left.pop(0) if left else None
        if error is not None:
            raise error

    return work


async def test_a_loop_survives_every_error_and_waits_longer_after_each() -> None:
    clock, before = Turns(), failures("t1")
    loops = Loops(clock)
    work = failing(RuntimeError("x"), FileNotFoundError("y"), StoreUnavailable("z"), KeyError("k"), None)
    loop = loops.run("t1", work, Pace(every_s=100))
    await clock.rounds(3)
    await asyncio.sleep(0)
    health = loop.health()
    assert (health.dead, health.failing_s) == (False, 20 + 40 + 80)
    await clock.rounds(2)
    assert clock.waits == [20, 40, 80, 100, 100]
    assert loop.health().failing_s is None
    assert failures("t1") - before == 4
    await loops.stop()
    assert not loop.health().dead, "it was stopped on purpose"


async def test_work_done_often_waits_up_to_a_minute() -> None:
    clock = Turns()
    loops = Loops(clock)
    loops.run("t2", failing(*[RuntimeError()] * 9), Pace(every_s=3, wait_first=True))
    await clock.rounds(8)
    assert clock.waits == [3, 3, 6, 12, 24, 48, 60, 60]
    await loops.stop()


async def test_a_loop_that_ends_by_itself_is_dead() -> None:
    loops = Loops(Turns())
    loop = loops.run("t3", failing(asyncio.CancelledError()), Pace(every_s=3))
    await asyncio.wait([loop.task])
    assert loop.health().dead
    assert not loops.alive


async def test_work_may_say_when_it_comes_again() -> None:
    clock = Turns()
    loops = Loops(clock)

    async def work() -> float:
        return 7

    loops.run("t4", work, Pace(every_s=3))
    await clock.rounds(2)
    assert clock.waits == [7, 7]
    await loops.stop()


async def test_two_replicas_purge_one_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "media"
    for name in ("req_1", "req_2", "req_3"):
        (folder / name).mkdir(parents=True)
        os.utime(folder / name, (1_000, 1_000))
    listed = Path.iterdir

    def listed_while_another_deletes(path: Path):
        for number, found in enumerate([*listed(path)]):
            if number == 1:
                shutil.rmtree(found)
            yield found

    monkeypatch.setattr(Path, "iterdir", listed_while_another_deletes)
    assert await MediaFolder(folder).purge(before=1_001 * 1_000_000) == 2
    monkeypatch.undo()
    assert [*folder.iterdir()] == []
