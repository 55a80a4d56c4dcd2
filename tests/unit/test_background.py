"""Work beside a platform's callbacks: kept, waited for, its errors logged; and waiting for calm."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest
from structlog.testing import capture_logs

from adapters.common.background import Background, InFlight
from adapters.common.first_answers import FirstAnswers


async def test_an_error_is_logged_and_touches_no_other():
    background, done = Background(), asyncio.Event()

    async def broken() -> None:
        raise ValueError("x")

    async def sound() -> None:
        done.set()

    with capture_logs() as logs:
        background.spawn(broken(), name="broken")
        background.spawn(sound())
        await background.drain(1)
    assert done.is_set()
    assert [(entry["event"], entry["task"]) for entry in logs] == [("task_failed", "broken")]
    assert len(background) == 0


async def test_a_drain_waits_for_what_ends_in_time_and_cancels_the_rest():
    background, ended = Background(), list[str]()

    async def work(name: str, go_on: asyncio.Event) -> None:
        try:
            await go_on.wait()
            ended.append(f"{name} done")
        except asyncio.CancelledError:
            ended.append(f"{name} cancelled")
            raise

    soon, never = asyncio.Event(), asyncio.Event()
    background.spawn(work("soon", soon))
    background.spawn(work("never", never))
    await asyncio.sleep(0)
    soon.set()
    await background.drain(0.05)
    assert ended == ["soon done", "never cancelled"]
    assert len(background) == 0


async def test_a_drain_of_no_time_cancels_at_once():
    background = Background()
    task = background.spawn(asyncio.Event().wait())
    await background.drain(0)
    assert task.cancelled()


async def test_in_a_burst_nobody_goes_on_before_nearly_all_have_their_first_answer():
    answers = FirstAnswers()
    await asyncio.wait_for(answers.few(), 0.1)
    with ExitStack() as answered:
        waiting = [answered.enter_context(answers.pending()) for _ in range(20)]
        assert len(waiting) == 20
        going_on = asyncio.create_task(answers.few())
        await asyncio.sleep(0.05)
        assert not going_on.done()
    await asyncio.wait_for(going_on, 0.1)


async def test_a_burst_that_never_ends_holds_nobody_for_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("adapters.common.first_answers.PATIENCE_S", 0.05)
    answers = FirstAnswers()
    with ExitStack() as answered:
        for _ in range(20):
            answered.enter_context(answers.pending())
        await asyncio.wait_for(answers.few(), 1)


async def test_calm_says_whether_few_are_left():
    under_way = InFlight(few=1)
    with under_way.one():
        assert await under_way.calm(0.1)
        with under_way.one():
            assert not await under_way.calm(0.01)


async def test_without_an_allowance_calm_means_that_nothing_is_under_way():
    served = InFlight()
    with served.one():
        assert not await served.calm(0)
    assert await served.calm(0.1)
