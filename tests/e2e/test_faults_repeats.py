"""The same event twice, late, or in another order; the same button pressed by many at once."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from adapters.composition import open_core
from bot.core.errors import Refusal, TooLate
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import State
from bot.core.windows import Window
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.trial import CAPABILITIES, Stage, calm_fixture, trial

__all__ = ["calm_fixture", "database", "postgres_server", "postgres_url"]


async def test_one_event_at_three_replicas_is_one_request(tmp_path, database):
    async with trial(tmp_path, **database) as stage:
        settings = stage.core.settings
        async with (
            open_core(settings, clock=stage.clock) as second,
            open_core(settings, clock=stage.clock) as third,
        ):
            dice = random.Random(7)
            events = [(kind, number) for kind in CAPABILITIES for number in range(3)] * 6
            dice.shuffle(events)

            async def arrive(kind: str, number: int) -> tuple[tuple[str, int], str]:
                order, pictures = stage.order(kind)
                replica = dice.choice([stage.core, second, third])
                request = await replica.service.submit(
                    stage.mia,
                    order,
                    origin=stage.adapter.ORIGIN,
                    reply_to={},
                    dedupe_key=f"{stage.adapter.ORIGIN}:{kind}:{number}",
                    pictures=pictures,
                )
                return (kind, number), request.id

            early, late = events[:60], events[60:]
            ids = await asyncio.gather(*(arrive(*event) for event in early))
            stage.accepted += sorted({one for _, one in ids})
            await stage.verdict()
            ids += await asyncio.gather(*(arrive(*event) for event in late))
            stage.accepted[:] = sorted({one for _, one in ids})
            await stage.verdict()
        assert len({event for event, _ in ids}) == len(stage.accepted) == 15
        assert len(stage.sandbox.paid_calls) == 15


async def pressed(*presses: Any) -> list[Any]:
    """All at once; what each came to, and nothing but a kind refusal where it failed."""
    ends = await asyncio.gather(*presses, return_exceptions=True)
    assert all(not isinstance(end, BaseException) or isinstance(end, Refusal) for end in ends), ends
    return [type(end) for end in ends if isinstance(end, BaseException)]


async def awaiting(stage: Stage) -> Any:
    request = await stage.ask("generate")
    return await stage.until(lambda row: row.notified == State.AWAITING_CONFIRMATION, request)


async def test_a_price_confirmed_by_many_presses_is_bought_once(tmp_path, database):
    async with trial(tmp_path, threshold=0, **database) as stage:
        request = await awaiting(stage)
        confirm = stage.core.service.confirm
        failed = await pressed(*(confirm(stage.mia, request.id) for _ in range(8)))
        assert failed == [TooLate] * 7
        await stage.verdict()
        assert len(stage.sandbox.paid_calls) == 1


@pytest.mark.timeout(120)
async def test_confirm_and_cancel_at_the_same_moment(tmp_path, database):
    async with trial(tmp_path, threshold=0, **database) as stage:
        service = stage.core.service
        ends = set()
        for number in range(12):
            request = await awaiting(stage)
            presses = [service.confirm(stage.mia, request.id), service.cancel(stage.mia, request.id)]
            if number % 2:
                presses.reverse()
            await pressed(*presses, service.cancel(stage.mia, request.id))
            await stage.verdict()
            ends.add((await stage.row(request)).state)
        assert ends <= {State.CANCELLED, State.DELIVERED}


async def test_a_cancellation_at_any_moment_is_honest(tmp_path, database):
    dice = random.Random(11)
    async with trial(tmp_path, sandbox_options={"chat_chunk_seconds": 1.0}, **database) as stage:
        for number in range(40):
            request = await stage.ask(CAPABILITIES[number % 5])
            await asyncio.sleep(dice.uniform(0, 0.12))
            await pressed(stage.core.service.cancel(stage.mia, request.id))
        await stage.verdict()
        rows = [await stage.core.store.get(one) for one in stage.accepted]
        assert State.CANCELLED in {row.state for row in rows if row}


async def test_a_press_at_the_moment_of_expiry(tmp_path, database):
    async with trial(
        tmp_path, clock=WarpClock(speed=60), threshold=0, confirm_minutes=1, **database
    ) as stage:
        for number in range(6):
            request = await awaiting(stage)
            left = ((request.expires_at or 0) - stage.clock.now()) / 1_000_000 / 60
            await asyncio.sleep(max(0.0, left + (number - 3) * 0.004))
            await pressed(stage.core.service.confirm(stage.mia, request.id))
            await stage.verdict()


async def test_of_many_admins_one_decides(tmp_path, database):
    async with trial(tmp_path, **database) as stage:
        admin = stage.core.admin
        await admin.set_budget(stage.ada, Scope.PERSON, "*", Window.DAY, Micros(10_000))
        for _ in range(4):
            request = await stage.ask("generate")
            await stage.until(lambda row: row.state is State.REFUSED and row.due_at is None, request)
            failed = await pressed(
                admin.approve(stage.ada, request.id),
                admin.deny(stage.ada, request.id),
                admin.approve(stage.ada, request.id),
            )
            assert failed == [TooLate, TooLate]
            await stage.verdict()
