"""What differs between the ledger and the gateway's log is repaired by itself, up or down, once, and told.

On SQLite and on PostgreSQL, with the real sandbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from adapters.cli.main import app
from bot.core.errors import BudgetExceeded
from bot.core.errors.outside import GatewayError
from bot.core.ledger import EVERYONE, Entry, Kind, Scope
from bot.core.money import Micros
from bot.core.request import Request
from bot.core.windows import Window
from bot.worker.reconciliation import reconcile
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import database, mostly_sqlite, postgres_server, postgres_url
from tests.fakes.environment import bare
from tests.fakes.sandbox import KEY
from tests.fakes.stack import ADA, MIA, Stack, generate, running_stack

__all__ = ["database", "mostly_sqlite", "postgres_server", "postgres_url"]

EVER = {"since": 0, "until": 4_000_000_000_000_000}
HOUR_S = 3600
DAY_S = 24 * HOUR_S


@asynccontextmanager
async def quick(folder: Path, database: dict[str, Any], **changes: Any) -> AsyncGenerator[Stack, None]:
    """A core whose patience is a minute, on a clock that is a hundred times as fast."""
    clock = WarpClock(speed=100)
    async with running_stack(folder, clock=clock, ambiguous_minutes=1, **{**database, **changes}) as stack:
        yield stack


async def night(stack: Stack, *, later_s: float = 2 * HOUR_S) -> None:
    """The comparison as it comes by itself, once the requests are old enough for it."""
    clock = stack.core.clock
    assert isinstance(clock, WarpClock)
    clock.jump(later_s)
    await stack.core.maintenance.compare()


async def settled(stack: Stack) -> None:
    """Nothing is left to do; the pauses between two looks into the log are skipped."""
    clock = stack.core.clock
    assert isinstance(clock, WarpClock)
    async with asyncio.timeout(60):
        while (due := await stack.core.store.next_due()) is not None or stack.core.worker.carrying:
            if due is not None and not stack.core.worker.carrying:
                clock.jump(max(0, due - clock.now()) / 1_000_000)
                stack.core.worker.wake()
            await asyncio.sleep(0.02)


async def ended(stack: Stack, **fields: Any) -> Request:
    """A request that has ended, with all looks into the log behind it."""
    final = await stack.run(generate(**fields))
    await settled(stack)
    return await stack.row(final.request.id)


def says(stack: Stack, row: Request, micros: int) -> None:
    """From now on the gateway's log has this cost."""
    (logged,) = [one for one in stack.sandbox.state.log if one.trace_id == row.trace_id]
    logged.cost_micros = micros


async def adjustments(stack: Stack, request_id: str) -> list[Entry]:
    found = [entry async for entry in stack.core.store.entries() if entry.request_id == request_id]
    return [entry for entry in found if entry.kind is Kind.ADJUST]


async def test_a_502_whose_cost_appears_later_is_charged_and_told_once(tmp_path, database):
    async with quick(tmp_path, database) as stack:
        stack.sandbox.fail("502", endpoint="generate")
        row = await ended(stack)
        assert (row.state, row.charged or 0) == ("failed", 0)
        says(stack, row, 40_000)

        await night(stack)
        told = await stack.test.corrected_to(row.id)
        await night(stack)
        await settled(stack)

        assert (told.receipt.charged, told.receipt.source) == (40_000, "log")
        assert [entry.spent for entry in await adjustments(stack, row.id)] == [40_000]
        assert [event.request.id for event in stack.test.corrected] == [row.id]
        assert await stack.core.store.verify() == []


@pytest.mark.parametrize("truth", [10_000, 90_000], ids=["down", "up"])
async def test_the_log_overrules_what_the_answer_said(tmp_path, database, truth):
    async with quick(tmp_path, database) as stack:
        row = await ended(stack)
        assert (row.charged, row.charged_from) == (40_000, "gateway")
        says(stack, row, truth)

        await night(stack)

        assert (await stack.test.corrected_to(row.id)).receipt.charged == truth
        assert [entry.spent for entry in await adjustments(stack, row.id)] == [truth - 40_000]
        (line,) = [one for one in await reported(stack) if one.person == MIA.person]
        assert line.charged == truth
        assert await stack.core.store.verify() == []


async def reported(stack: Stack) -> list[Any]:
    return list((await stack.core.admin.report(ADA, days=1)).spending.people)


async def test_twenty_resets_with_an_empty_log_are_given_back(tmp_path, mostly_sqlite):
    async with quick(tmp_path, mostly_sqlite) as stack:
        await stack.core.admin.set_budget(ADA, Scope.PERSON, EVERYONE, Window.MONTH, Micros(1_000_000))
        stack.sandbox.fail("reset_before_charge", endpoint="generate", times=20)
        asked = [await stack.submit(generate(f"number {n}")) for n in range(20)]
        for request in asked:
            await stack.ended(request.id, 60)
        await settled(stack)
        rows = [await stack.row(request.id) for request in asked]
        assert {(row.charged, row.charged_from) for row in rows} == {(50_000, "hold")}
        refused = await stack.run(generate())
        assert isinstance(getattr(refused, "refusal", None), BudgetExceeded)

        await night(stack)
        for row in rows:
            assert (await stack.test.corrected_to(row.id)).receipt.charged == 0
        await night(stack)
        await settled(stack)

        assert len(stack.test.corrected) == 20
        assert [len(await adjustments(stack, row.id)) for row in rows] == [1] * 20
        (room,) = await stack.core.service.balance(MIA)
        assert (room.spent, room.left) == (0, 1_000_000)
        assert await stack.core.store.verify() == []


async def test_a_log_that_lacks_what_ran_gives_nothing_back(tmp_path, mostly_sqlite):
    async with quick(tmp_path, mostly_sqlite) as stack:
        stack.sandbox.fail("reset_before_charge", endpoint="generate")
        guessed = await ended(stack)
        ran = await ended(stack)
        assert (guessed.charged_from, ran.charged_from) == ("hold", "gateway")
        stack.sandbox.reset()

        done = await reconcile(stack.core.store, stack.core.gateway, **EVER)

        assert {one.request_id for one in done.open} == {guessed.id, ran.id}
        assert (await stack.row(guessed.id)).charged == 50_000


class Dying:
    """A store whose process is killed before its second correction."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.done = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def adjust(self, *args: Any, **kwargs: Any) -> None:
        if self.done:
            raise asyncio.CancelledError
        self.done += 1
        await self._store.adjust(*args, **kwargs)


async def test_a_comparison_that_is_killed_is_finished_by_the_next(tmp_path, database):
    async with quick(tmp_path, database) as stack:
        rows = [await ended(stack) for _ in range(3)]
        for row in rows:
            says(stack, row, 70_000)
        dying: Any = Dying(stack.core.store)
        with pytest.raises(asyncio.CancelledError):
            await reconcile(dying, stack.core.gateway, **EVER)
        assert len([row for row in rows if await adjustments(stack, row.id)]) == 1

        again = await reconcile(stack.core.store, stack.core.gateway, **EVER)

        assert len(again.mismatches) == 2
        for row in rows:
            assert (await stack.test.corrected_to(row.id)).receipt.charged == 70_000
            assert [entry.spent for entry in await adjustments(stack, row.id)] == [30_000]
        assert await stack.core.store.verify() == []


async def test_two_comparisons_at_once_post_one_correction(tmp_path, database):
    async with quick(tmp_path, database) as stack:
        row = await ended(stack)
        says(stack, row, 70_000)
        work = (reconcile(stack.core.store, stack.core.gateway, **EVER) for _ in range(4))
        await asyncio.gather(*work)
        await settled(stack)
        assert [entry.spent for entry in await adjustments(stack, row.id)] == [30_000]
        assert await stack.core.store.verify() == []


async def test_the_comparison_is_daily_over_restarts_and_catches_up(tmp_path, database):
    async with quick(tmp_path, database) as stack:
        row = await ended(stack)
        says(stack, row, 70_000)
        clock, maintenance = stack.core.clock, stack.core.maintenance
        assert isinstance(clock, WarpClock)
        clock.jump(2 * HOUR_S)
        await maintenance.compare_daily()
        assert (await stack.row(row.id)).charged == 70_000
        says(stack, row, 80_000)
        await maintenance.compare_daily()
        assert (await stack.row(row.id)).charged == 70_000, "a second one within the day"

        stack.sandbox.fail("500", endpoint="requests", times=None)
        clock.jump(5 * DAY_S)
        with pytest.raises(GatewayError):
            await maintenance.compare_daily()
        stack.sandbox.state.faults.clear()
        await maintenance.compare_daily()
        assert (await stack.row(row.id)).charged == 80_000


async def command(stack: Stack, *args: str) -> Result:
    names = {
        **bare(),
        "COLUMNS": "300",
        "DATA_DIR": str(stack.core.settings.data_dir),
        "LUMENFALL_API_KEY": KEY,
        "LUMENFALL_BASE_URL": stack.sandbox.base_url,
    }
    if stack.core.settings.database_url is not None:
        names["DATABASE_URL"] = stack.core.settings.database_url.get_secret_value()
    return await asyncio.to_thread(CliRunner().invoke, app, list(args), env=names)


async def test_the_operator_is_shown_what_differs_and_applies_it(tmp_path, database):
    async with quick(tmp_path, database) as stack:
        row = await ended(stack)
        says(stack, row, 10_000)
        since = ("reconcile", "--since", "2020-01-01", "--until", "2999-01-01")

        shown = await command(stack, *since)
        assert (shown.exit_code, "--apply" in shown.output, row.id in shown.output) == (1, True, True)
        assert (await stack.row(row.id)).charged == 40_000

        applied = await command(stack, *since, "--apply")
        assert (applied.exit_code, "(corrected)" in applied.output) == (0, True), applied.output
        assert (await stack.test.corrected_to(row.id)).receipt.charged == 10_000
        again = await command(stack, *since, "--apply")
        assert (again.exit_code, "0 differ" in again.output) == (0, True)
        assert [entry.spent for entry in await adjustments(stack, row.id)] == [-30_000]
