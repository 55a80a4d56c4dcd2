"""A posting costs the same with ten rows or ten million: nothing that it asks reads a whole table."""

from __future__ import annotations

import sqlite3
from collections import defaultdict

import pytest

from bot.core.clock import SystemClock
from storage import open_store
from storage.statements import load

WHOLE = {
    "SCAN CONSTANT ROW",
    "SCAN json_each VIRTUAL TABLE INDEX 1:",
    "SCAN wallet_members USING COVERING INDEX wallet_members_erased",
}
"""The rows that are asked for, and an index of erased accounts alone, of which there are few."""


POSTING = ("request_lock", "balance_lock", "balance_get", "rules_of", "notice_add")


@pytest.mark.parametrize("counted", [False, True], ids=["fresh", "many-linked"])
async def test_no_statement_of_a_posting_reads_a_whole_table(tmp_path, counted):
    file = tmp_path / "plans.db"
    async with open_store(database_url=None, path=file, pool=1, clock=SystemClock()):
        pass
    with sqlite3.connect(file) as plain:
        if counted:
            linked = [(f"wallet {number // 2}", f"discord:{number}") for number in range(1000)]
            plain.executemany("INSERT INTO wallet_members VALUES (?, ?, '', 1, NULL)", linked)
            plain.execute("ANALYZE wallet_members")
        steps = {name: plan(plain, name) for name in POSTING}
    plain.close()
    assert all(steps.values())
    assert {step for plan in steps.values() for step in plan if step.startswith("SCAN ")} <= WHOLE


def plan(plain: sqlite3.Connection, name: str) -> list[str]:
    asked = plain.execute(f"EXPLAIN QUERY PLAN {load('sqlite')[name].sql}", defaultdict(str, rows="[]"))
    return [detail for *_, detail in asked]
