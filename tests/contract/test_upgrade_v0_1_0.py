"""The ledger of version 0.1.0 becomes today's: every cent at its moment, holds stay open, grants go on."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.core.audit.entries import OPERATOR
from bot.core.ledger import Budget, Kind, Scope
from bot.core.money import Micros
from bot.core.ports.store import Settle, Store
from bot.core.request import HOLDING, State
from bot.core.windows import Window
from storage import open_store
from tests.contract.store_world import SteppedClock, go
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.kept import V0_1_0, old_database

__all__ = ["database", "old_database", "postgres_server", "postgres_url"]

NOW: int = V0_1_0.recorded["now"]
VIENNA = ZoneInfo("Europe/Vienna")
MIDNIGHT = int(datetime(2026, 11, 28, tzinfo=VIENNA).timestamp()) * 1_000_000


@dataclass
class Old:
    """The fixture's database, and plain SQL on it."""

    url: str | None
    file: Path

    async def rows(self, sql: str) -> list[dict[str, Any]]:
        """Run one statement; all its rows."""
        if self.url is None:
            with closing(sqlite3.connect(self.file)) as plain:
                plain.row_factory = sqlite3.Row
                found = [dict(row) for row in plain.execute(sql)]
                plain.commit()
                return found
        import asyncpg

        connection = await asyncpg.connect(self.url)
        try:
            return [dict(row) for row in await connection.fetch(sql)]
        finally:
            await connection.close()


@pytest.fixture
def old(old_database: dict[str, Any], tmp_path: Path) -> Old:
    secret = old_database.get("database_url")
    return Old(url=secret.get_secret_value() if secret else None, file=tmp_path / "lumenfall.db")


@pytest.fixture
async def store(old: Old) -> AsyncIterator[Store]:
    """Opened at the moment at which 0.1.0 was killed, and so migrated."""
    clock = SteppedClock(NOW)
    async with open_store(database_url=old.url, path=old.file, pool=4, clock=clock) as found:
        yield found


DIFFERENCES = """
SELECT 1 AS one FROM (
    SELECT budget_id, subject, window_start, spent, held, granted FROM balances
    UNION ALL
    SELECT budget_id, subject, window_start, -SUM(spent), -SUM(held), -SUM(granted) FROM entries
    GROUP BY budget_id, subject, window_start
) AS sides GROUP BY budget_id, subject, window_start
HAVING SUM(spent) <> 0 OR SUM(held) <> 0 OR SUM(granted) <> 0
"""
ACCOUNTS = (
    "SELECT budget_id, CAST(SUM(spent) AS BIGINT) AS spent, CAST(SUM(held) AS BIGINT) AS held"
    " FROM entries WHERE budget_id LIKE 'account:%' GROUP BY budget_id"
)


async def test_what_added_up_before_adds_up_after(old: Old) -> None:
    assert await old.rows(DIFFERENCES) == []
    accounts = {row["budget_id"]: (row["spent"], row["held"]) for row in await old.rows(ACCOUNTS)}
    async with open_store(database_url=old.url, path=old.file, pool=4, clock=SteppedClock(NOW)) as store:
        assert await store.verify() == []
    tenants = await old.rows("SELECT tenant, total, held FROM subject_balances WHERE scope = 'tenant'")
    assert {f"account:{row['tenant']}": (row["total"], row["held"]) for row in tenants} == accounts
    [common] = await old.rows("SELECT total, held FROM subject_balances WHERE scope = 'installation'")
    assert common["total"] == sum(spent for spent, _ in accounts.values())
    assert common["held"] == sum(held for _, held in accounts.values()) > 0


async def test_each_person_and_channel_has_what_they_spent(store: Store, old: Old) -> None:
    spent: dict[tuple[str, str, str], int] = defaultdict(int)
    held: dict[tuple[str, str, str], int] = defaultdict(int)
    for row in V0_1_0.rows():
        actor = row["actor"]
        for scope, key in (("person", actor["person"]), ("channel", actor["channel"])):
            if key and row["hold"] + (row["charged"] or 0):
                spent[scope, actor["tenant"], key] += row["charged"] or 0
                held[scope, actor["tenant"], key] += row["hold"]
    rows = await old.rows("SELECT * FROM subject_balances WHERE scope IN ('person', 'channel')")
    found = {(row["scope"], row["tenant"], row["key"]): row for row in rows}
    assert spent.keys() <= found.keys()
    for key, row in found.items():
        assert (row["total"], row["held"]) == (spent[key], held[key]), key
        assert (row["day_start"], row["day_spent"], row["month_spent"]) == (MIDNIGHT, spent[key], spent[key])


async def test_each_person_has_what_they_spent_in_all_places_by_the_clock_of_the_installation(
    store: Store, old: Old
) -> None:
    spent: dict[str, int] = defaultdict(int)
    held: dict[str, int] = defaultdict(int)
    for row in V0_1_0.rows():
        if row["hold"] + (row["charged"] or 0):
            spent[row["actor"]["person"]] += row["charged"] or 0
            held[row["actor"]["person"]] += row["hold"]
    rows = await old.rows("SELECT * FROM subject_balances WHERE scope = 'everywhere'")
    found = {row["key"]: row for row in rows}
    assert found.keys() == spent.keys()
    midnight = NOW - NOW % 86_400_000_000
    for person, row in found.items():
        assert (row["tenant"], row["total"], row["held"]) == ("*", spent[person], held[person])
        assert (row["day_start"], row["month_spent"]) == (midnight, spent[person])
    [budget] = [limit_everywhere(person) for person in list(found)[:1]]
    await store.set_budget(budget, by=OPERATOR)
    [line] = [one for one in await store.budgets("*") if one.budget.id == budget.id]
    assert (line.spent, line.held) == (spent[budget.subject], held[budget.subject])


def limit_everywhere(person: str) -> Budget:
    return Budget(
        id="everywhere",
        tenant="*",
        scope=Scope.EVERYWHERE,
        subject=person,
        window=Window.MONTH,
        limit=Micros(5),
    )


async def test_a_limit_set_after_the_upgrade_knows_what_was_spent_before(store: Store) -> None:
    lines = {line.budget.id: line for line in await store.budgets("discord:1576360638987370496")}
    day, total = (
        lines[f"budget:discord:1576360638987370496:tenant::{window}"] for window in ("day", "total")
    )
    assert day.spent == total.spent > 0
    assert day.held == total.held > 0


async def test_grants_that_run_are_kept_and_end_with_their_window(store: Store, old: Old) -> None:
    grants = await old.rows("SELECT budget_id, person, amount, until FROM grants ORDER BY amount")
    assert [(row["person"], row["amount"]) for row in grants][-1] == (
        "discord:1576360638987370501",
        1_000_000,
    )
    assert [row["until"] for row in grants] == [None, None, MIDNIGHT + 24 * 3_600_000_000]


async def test_open_holds_are_settled_after_the_upgrade(store: Store) -> None:
    open_rows = [row for row in V0_1_0.rows() if row["hold"]]
    assert len(open_rows) == 25
    for old_row in open_rows:
        row = await store.get(old_row["id"])
        assert row is not None
        assert row.state in HOLDING
        if row.state is State.RESERVED:
            row = await go(store, row, State.SUBMITTED)
        done = await go(store, row, State.SETTLED, posting=Settle(cost=Micros(row.hold + 7)))
        assert (done.charged, done.overrun, done.hold) == (row.hold + 7, 7, 0)
    assert await store.verify() == []
    held = [line.held for tenant in await store.tenants() for line in await store.budgets(tenant)]
    assert set(held) == {0}
    moments = {entry.request_id: entry.moment async for entry in store.entries() if entry.kind is Kind.SETTLE}
    assert all(MIDNIGHT < moments[row["id"]] < NOW for row in open_rows)


OLD_WRITES = (
    "INSERT INTO entries (budget_id, subject, window_start, request_id, kind, held, spent, granted, overrun,"
    " at, by) VALUES ('b', '', 0, 'r', 'grant', 0, 0, 1, 0, 1, '')",
    "UPDATE balances SET spent = 1",
    "UPDATE requests SET posted = '[]'",
    "INSERT INTO requests (id, posted) VALUES ('r', '[]')",
    "DELETE FROM entries_v1",
    "UPDATE entries_v1 SET at = 1",
)


@pytest.mark.parametrize("sql", OLD_WRITES)
async def test_a_process_of_the_old_version_can_write_nothing_beside_this_one(
    store: Store, old: Old, sql: str
) -> None:
    with pytest.raises(Exception, match=r"no such (table|column)|does not exist|append-only|has no column"):
        await old.rows(sql)
    assert await store.verify() == []
