"""The demo's history is lived, once: real requests, real entries, on the days they say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from adapters.web.demo import HISTORY, DemoClock, seed
from adapters.web.identity import DEMO
from tests.fakes.playground import running_demo, running_playground


async def test_a_fresh_folder_starts_with_people_budgets_and_a_week(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as (server, playground):
        service, admin = playground.context.service, playground.context.admin
        mia, ned, ada = (DEMO.actor(person) for person in DEMO.people)
        rows = await service.history(ada, everyone=True, limit=50)
        assert len(rows) == len(HISTORY)
        assert {row.state for row in rows} == {"delivered"}
        days = {datetime.fromtimestamp(row.created_at / 1e6, UTC).date() for row in rows}
        assert len(days) >= 6
        (own,) = [room for room in await service.balance(ned) if room.budget == "Your budget for today"]
        assert 0 < own.left < own.limit * 0.4
        assert (await service.balance(mia))[0].limit == 5_000_000
        assert sum(row.charged for row in (await admin.report(ada, days=366)).spending.rows) == sum(
            row.charged or 0 for row in rows
        )
        async with aiohttp.ClientSession() as http, http.get(f"{server.url}/api/channel") as answer:
            assert len((await answer.json())["messages"]) == len(HISTORY)


async def test_where_it_would_cost_there_is_no_history(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        await seed(site.playground, history=False)
        assert (await site.get("/api/channel"))["messages"] == []
        assert (await site.get("/api/balance"))["budgets"][0]["limit"]["shown"] == "$5.00"


async def test_it_is_furnished_only_once(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as (_, playground):
        ada = DEMO.actor(DEMO.people[2])
        await playground.context.admin.change(ada, threshold=1)
        await seed(playground, clock=DemoClock())
        rows = await playground.context.service.history(ada, everyone=True, limit=50)
        assert len(rows) == len(HISTORY)
        assert (await playground.context.service.tenant(ada.tenant)).threshold == 1
