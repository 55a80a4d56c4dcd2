"""What is done for every request finds its rows by an index, on both databases, however much lies there."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from storage import open_store
from storage.statements import load
from tests.contract.store_world import (
    SteppedClock,
    World,
    accepted,
    postgres_server,
    postgres_url,
    reserve,
)

__all__ = ["postgres_server", "postgres_url"]

ROWS = 50_000
LARGE = {"requests", "subject_balances", "postings", "grants", "turns", "inbox", "notices", "conversations"}
BOUNDED = {
    "notices_due",
    "requests_due",
    "requests_unfinished",
    "requests_unpurged",
    "requests_queued",
    "requests_called",
}
"""Indexes that hold only rows with something left to do; walking one costs no more than the queue is long."""

IN_GROUPS = ["request_lock", "balance_lock", "last_hold", "rules_of"]
WRITES = ["request_update", "balance_put", "posting_add", "timing_add", "turn_add", "notice_add"]
WRITES += ["conversation_charge"]
ALONE = [
    "request_insert", "request_get", "request_by_dedupe_key", "claim_candidates", "claim_take",
    "lease_extend", "lease_release", "next_due", "waiting", "offers", "count_unfinished", "queue",
    "unfinished_of_tenant", "unfinished_of_person", "history_of_tenant", "history_of_tenant_before",
    "history_of_person", "history_of_person_before", "requests_of_conversation",
    "requests_of_conversation_before", "first_of_conversations", "make_job_due", "submitted_between",
    "balance_get", "turns_last", "turns_forget", "turns_forget_request", "inbox_put",
    "inbox_done", "inbox_get", "inbox_pending", "purge_candidates", "requests_of_person", "agreed_before",
    "notices_claim", "notices_of_person", "notices_of_tenant", "notice_get",
    "digest_spending", "digest_days", "digest_ends", "conversation_charged", "picture_of_result",
    "asked_between", "tenant_ids",
]  # fmt: skip
LONG_THREADS = {
    "unfinished_in_conversation": "requests_open_in_conversation",
    "orders_of_message": "requests_of_message",
}
"""What every message of a thread asks, and the index that does not walk over all that was said before."""

INDEXES = """
SELECT names.relname, tables.relname, attname FROM pg_index JOIN pg_class AS names ON names.oid = indexrelid
JOIN pg_class AS tables ON tables.oid = indrelid
JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
"""
"""Each index, its table and its first column."""

COPIES = {
    "id": "'old_' || n",
    "dedupe_key": "'old_' || n",
    "tenant": "'t' || n % 20",
    "person": "'p' || n % 1000",
    "created_at": "n",
    "submitted_at": "n",
    "job_id": "CASE WHEN n % 2 = 0 THEN 'job_' || n ELSE '' END",
    "due_at": "NULL",
    "unfinished": "FALSE",
    "purged": "TRUE",
    "conversation": "CASE WHEN n % 5 = 0 THEN 'long' ELSE '' END",
    "part": "CASE WHEN n % 10 = 0 THEN '{}' ELSE '' END",
    "parent_id": "CASE WHEN n % 10 = 0 THEN 'old_' || n - 5 ELSE '' END",
}
"""How old requests differ from the one they are copied from."""
OTHERS = (
    "INSERT INTO subject_balances SELECT 'person', 't' || n % 50, 'p' || n, 0, 0, 0, 0, 0, 0, 0, 0"
    " FROM counted",
    "INSERT INTO postings (request_id, round, kind, moment, tenant, channel, person, held, spent, overrun,"
    " approved, at, by) SELECT 'old_' || n, 1, 'settle', n, 't' || n % 50, '', 'p', 0, 0, 0, FALSE, n, ''"
    " FROM counted",
    "INSERT INTO grants (budget_id, person, amount, since, until, at, by)"
    " SELECT 'b' || n % 50, '', 1, n, n, n, '' FROM counted",
    "INSERT INTO turns (conversation, at, request_id, place, role, content)"
    " SELECT 't' || n % 5000, n, 'old_' || n, 0, 'user', '' FROM counted",
    "INSERT INTO notices SELECT 'n' || n, 'b' || n, 'person', '', 'day', '', 't' || n % 50,"
    " 'p' || n % 1000, 'x', 50, n, 1, 1, n, 'old_' || n, n, NULL, 0, 1, 'told' FROM counted",
    "INSERT INTO inbox SELECT 's', 'k' || n, '{}', n, TRUE FROM counted",
    "INSERT INTO conversations SELECT 'c' || n, 0, 0, 0, 0 FROM counted",
)


def history(columns: list[str]) -> Iterator[str]:
    """SQL of both databases that makes the past."""
    values = ", ".join(COPIES.get(column, column) for column in columns)
    for insert in (f"INSERT INTO requests SELECT {values} FROM requests, counted", *OTHERS):
        head, _, select = insert.partition(" SELECT ")
        counted = (
            f"WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {ROWS})"
        )
        yield f"{head} {counted} SELECT {select}"
    yield "ANALYZE"


async def filled(world: World) -> None:
    async with open_store(database_url=world.url, path=world.file, pool=2, clock=SteppedClock()) as store:
        await reserve(store, await accepted(store), 5)


@pytest.mark.postgres
async def test_postgresql_uses_its_indexes(postgres_url: str, tmp_path: Path) -> None:
    import asyncpg

    from storage.postgres_connections import GROUP_PLANS
    from storage.postgres_executor import joined

    await filled(World("postgres", tmp_path, postgres_url))
    connection: Any = await asyncpg.connect(postgres_url)
    try:
        columns = [
            name
            for name, *_ in await connection.fetch(
                "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema()"
                " AND table_name = 'requests' ORDER BY ordinal_position"
            )
        ]
        for sql in history(columns):
            await connection.execute(sql)
        await connection.execute("SET plan_cache_mode = force_generic_plan")
        statements = load("postgres")
        found = {name: await scanned(connection, statements[name].sql) for name in ALONE}
        threads = {name: await plan_of(connection, statements[name].sql) for name in LONG_THREADS}
        await connection.execute(GROUP_PLANS)
        found |= {name: await scanned(connection, statements[name].sql) for name in IN_GROUPS}
        found["writes"] = await scanned(connection, joined(tuple(WRITES)))
    finally:
        await connection.close()
    assert {name: tables for name, tables in found.items() if tables} == {}
    for name, index in LONG_THREADS.items():
        assert {node.get("Index Name") for node in threads[name]} - {None} <= {index, *BOUNDED}, name


async def plan_of(connection: Any, sql: str) -> list[dict[str, Any]]:
    """The nodes of the generic plan."""
    count = max((n for n in range(60) if f"${n}" in sql), default=0)
    await connection.execute(f"PREPARE explained AS {sql}")
    args = f"({', '.join(['NULL'] * count)})" if count else ""
    text = await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE explained{args}")
    await connection.execute("DEALLOCATE explained")
    return list(nodes(json.loads(text)[0]["Plan"]))


async def scanned(connection: Any, sql: str) -> set[str]:
    """Large tables of which the generic plan reads every row, or every row behind those it wants."""
    plan = await plan_of(connection, sql)
    indexes = {name: rest for name, *rest in await connection.fetch(INDEXES)}
    return {table for node in plan for table in read_whole(node, indexes)} & LARGE


def read_whole(node: dict[str, Any], indexes: dict[str, list[str]]) -> set[str]:
    """The table that this node reads from its beginning, or whose index it does."""
    if "Index Name" not in node:
        return {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
    table, first = indexes[node["Index Name"]]
    condition = node.get("Index Cond", "")
    behind = "(created_at, id) <" in str(node.get("Filter")) and "created_at" not in condition
    return set() if node["Index Name"] in BOUNDED or (first in condition and not behind) else {table}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def test_sqlite_uses_its_indexes(tmp_path: Path) -> None:
    world = World("sqlite", tmp_path, None)
    await filled(world)
    found = await asyncio.to_thread(scanned_by_sqlite, world.file)
    threads = {name: found.pop(name) for name in LONG_THREADS}
    assert {name: details for name, details in found.items() if details} == {}
    for name, index in LONG_THREADS.items():
        assert [line for line in threads[name] if f" INDEX {index} " not in line] == []


def scanned_by_sqlite(file: Path) -> dict[str, list[str]]:
    plain = sqlite3.connect(file)
    columns = [row[1] for row in plain.execute("PRAGMA table_info(requests)")]
    for sql in history(columns):
        plain.execute(sql)
    statements = load("sqlite")
    found = {name: whole(plain, statements[name].sql) for name in (*ALONE, *IN_GROUPS, *WRITES)}
    found |= {name: plan_by_sqlite(plain, statements[name].sql) for name in LONG_THREADS}
    plain.close()
    return found


def plan_by_sqlite(plain: sqlite3.Connection, sql: str) -> list[str]:
    """The lines of the plan."""

    class Nothing(dict[str, None]):
        def __missing__(self, key: str) -> None:
            return None

    return [row[3] for row in plain.execute(f"EXPLAIN QUERY PLAN {sql}", Nothing())]


def whole(plain: sqlite3.Connection, sql: str) -> list[str]:
    """The lines of the plan that read every row of a large table."""
    return [
        line
        for line in plan_by_sqlite(plain, sql)
        if line.startswith("SCAN ")
        and line.split()[1] in LARGE
        and not any(line.endswith(f"INDEX {name}") for name in BOUNDED)
    ]
