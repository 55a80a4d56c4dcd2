"""A month in the ledger beside the gateway's log, with a correction that arrives after it was closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.request import ChatOrder
from bot.use_cases.place_lists import statements
from bot.worker.reconciliation import reconcile
from tests.contract.store_world import connected, postgres_server, postgres_url
from tests.fakes.clocks import WarpClock
from tests.fakes.stack import ADA, MIA, generate, running_stack

__all__ = ["postgres_server", "postgres_url"]

EVER = {"since": 0, "until": 4_000_000_000_000_000}
SUM = "SELECT COALESCE(SUM(spent), 0) AS spent FROM postings WHERE tenant = '{}' AND at >= {} AND at < {}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest) -> str | None:
    return request.getfixturevalue("postgres_url") if request.param == "postgres" else None


async def summed(url: str | None, folder: Path, start: int, end: int) -> int:
    """The month by SQL of our own, past the product."""
    sql = SUM.format(MIA.tenant, start, end)
    if url is not None:
        async with connected(url) as connection:
            return int(await connection.fetchval(sql))
    import aiosqlite

    [file] = folder.glob("*.db")
    async with aiosqlite.connect(file) as connection, connection.execute(sql) as found:
        row = await found.fetchone()
    return int(row[0]) if row else 0


def months(clock: WarpClock) -> tuple[str, str, float]:
    """This month, the next one, and the seconds until its second day."""
    now = datetime.fromtimestamp(clock.now() / 1e6, UTC)
    following = (now.replace(day=1) + timedelta(days=32)).replace(day=2, hour=0, minute=0)
    return f"{now:%Y-%m}", f"{following:%Y-%m}", (following - now).total_seconds()


async def test_the_sum_is_the_log_s_and_a_late_correction_is_in_the_next_month(
    tmp_path: Path, url: str | None
) -> None:
    clock = WarpClock()
    settings: dict[str, Any] = {"database_url": url} if url else {}
    async with running_stack(tmp_path, clock=clock, **settings) as stack:
        store, gateway = stack.core.store, stack.core.gateway
        month, following, wait = months(clock)
        for _ in range(3):
            await stack.run(generate())
        stack.sandbox.set(usage_cost=False, request_log_lag=3600.0)
        chat = await stack.run(ChatOrder(model="google/gemini-3-flash-preview", prompt="Hello"))
        estimate = (await stack.row(chat.request.id)).charged or 0
        clock.jump(wait)
        closed = await stack.core.admin.statements.create(ADA, month)
        start, end = statements.month_bounds(month, "UTC")
        assert closed.spent == 120_000 + estimate == await summed(url, tmp_path, start, end)

        stack.sandbox.set(request_log_lag=0.0)
        await reconcile(store, gateway, **EVER)
        corrected = (await stack.row(chat.request.id)).charged or 0
        assert corrected != estimate, "the estimate is above what the answer cost"
        clock.jump(32 * 86_400)
        late = await stack.core.admin.statements.create(ADA, following)
        assert (late.spent, late.after_id) == (corrected - estimate, closed.last_id)

        checked = await statements.check(store, closed, gateway)
        assert checked.sound
        assert checked.theirs == closed.spent + late.spent == stack.sandbox.charged_micros
        assert checked.elsewhere == late.spent
        assert await store.statement(MIA.tenant, month) == closed


async def test_a_difference_to_the_log_is_named(tmp_path: Path) -> None:
    clock = WarpClock()
    async with running_stack(tmp_path, clock=clock) as stack:
        month, _following, wait = months(clock)
        final = await stack.run(generate())
        await stack.settled()
        clock.jump(wait)
        closed = await stack.core.admin.statements.create(ADA, month)
        stack.sandbox.reset()
        checked = await statements.check(stack.core.store, closed, stack.core.gateway)
        assert not checked.sound
        assert [(one.request_id, one.theirs) for one in checked.differences] == [(final.request.id, None)]
