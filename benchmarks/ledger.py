"""The ledger's speed: reserve+settle pairs per second, and what a balance costs in a large ledger.

    python benchmarks/ledger.py [--database sqlite|postgres] [--seconds 5] [--large 1000000] [--json FILE]

A pair is two `Store.move` calls of one request, each one durable transaction: a hold against four
balances (the installation, the tenant, the channel, the person) under two budgets (a month's of all, a
day's of each) and a settlement of it. All people share one channel, so all meet on three of the four. Beside
them a bare loop that commits one small row at a time on the same disk. PostgreSQL is TEST_DATABASE_URL, or a
server that pip brought along.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import structlog
from rich.console import Console
from rich.table import Table

from bot.core.audit.entries import OPERATOR
from bot.core.clock import SystemClock
from bot.core.identity import new_request_id
from bot.core.ledger import EVERYONE, Budget, Scope
from bot.core.money import DOLLAR, Micros
from bot.core.ports.store import Reserve, Settle
from bot.core.request import Actor, GenerateOrder, Request, State
from bot.core.windows import Window
from storage import SqlStore, open_store

PEOPLE = (1, 50, 500)
TENANT = "bench:1"


@dataclass(frozen=True, kw_only=True)
class Result:
    """One measurement."""

    database: str
    what: str
    value: float
    unit: str


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[str | None]:
    """The address of an empty database of that kind."""
    if kind == "sqlite":
        yield None
        return
    from tests.fakes.postgres import Server, empty_schema, end_server, start_server

    own = folder / "pg"
    own.mkdir(parents=True, exist_ok=True)
    url = os.environ.get("TEST_DATABASE_URL")
    server = Server(url=url) if url else start_server(own, config="")
    async with empty_schema(server) as address:
        yield address
    if server.handle is not None:
        end_server(own)


# pairs


async def prepared(store: SqlStore, people: int, count: int) -> list[list[Request]]:
    """For each person requests that are priced."""
    now = SystemClock().now()

    async def one(person: int, number: int) -> Request:
        request = Request(
            id=new_request_id(),
            dedupe_key=f"{now}-{person}-{number}",
            origin="bench",
            actor=Actor(tenant=TENANT, person=f"bench:{person}", name="Person", channel="bench:c"),
            order=GenerateOrder(model="flux.2-pro", prompt="a capybara in a hot spring, at dusk, in oil"),
            reply_to={"channel": "1", "message": "2"},
            state=State.RECEIVED,
            created_at=now + number,
            updated_at=now,
            due_at=now,
        )
        await store.accept(request, {})
        return await store.move(request.id, lambda row: replace(row, state=State.PRICED))

    return [
        await asyncio.gather(*(one(person, number) for number in range(count))) for person in range(people)
    ]


async def pairs(store: SqlStore, people: int, seconds: float) -> tuple[float, float]:
    """Pairs per second with so many people, each doing one after another, and our CPU µs for each."""
    each = max(4, 1000 // people)
    done, spent, cpu = 0, 0.0, 0.0
    while spent < seconds:
        rows = await prepared(store, people, each)
        start, busy = time.perf_counter(), time.process_time()
        await asyncio.gather(*(person(store, mine) for mine in rows))
        spent += time.perf_counter() - start
        cpu += time.process_time() - busy
        done += people * each
    return done / spent, cpu / done * 1_000_000


async def person(store: SqlStore, mine: Sequence[Request]) -> None:
    """Reserve and settle one request after another."""
    for request in mine:
        await store.move(
            request.id, lambda row: replace(row, state=State.RESERVED), posting=Reserve(hold=Micros(50))
        )
        await store.move(
            request.id,
            lambda row: replace(row, state=State.CANCELLED, due_at=None),
            posting=Settle(cost=Micros(40)),
        )


async def with_budgets(store: SqlStore) -> None:
    for name, scope, subject, window in (
        ("all", Scope.TENANT, "", Window.MONTH),
        ("each", Scope.PERSON, EVERYONE, Window.DAY),
    ):
        budget = Budget(
            id=name,
            tenant=TENANT,
            scope=scope,
            subject=subject,
            window=window,
            limit=Micros(DOLLAR * 100_000),
        )
        await store.set_budget(budget, by=OPERATOR)


# beside: a bare commit


async def bare(url: str | None, folder: Path, seconds: float) -> float:
    """Commits per second of one small row at a time, one after another."""
    if url is None:
        return await asyncio.to_thread(_bare_sqlite, folder / "bare.db", seconds)
    import asyncpg

    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE bare (id BIGINT PRIMARY KEY, text TEXT)")
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        await connection.execute("INSERT INTO bare VALUES ($1, $2)", done, "x" * 100)
        done += 1
    await connection.close()
    return done / seconds


def _bare_sqlite(file: Path, seconds: float) -> float:
    plain = sqlite3.connect(file, isolation_level=None)
    plain.execute("PRAGMA journal_mode = WAL")
    plain.execute("PRAGMA synchronous = FULL")
    plain.execute("CREATE TABLE bare (id BIGINT PRIMARY KEY, text TEXT)")
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        plain.execute("INSERT INTO bare VALUES (?, ?)", (done, "x" * 100))
        done += 1
    plain.close()
    return done / seconds


# a large ledger

FILL = """
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {rows})
INSERT INTO postings (
    request_id, round, phase, kind, moment, tenant, channel, person, held, spent, overrun, approved, at, by
)
SELECT 'old_{rows}_' || (n / 2), 1, CASE n % 2 WHEN 0 THEN 'open' ELSE 'closed' END,
    CASE n % 2 WHEN 0 THEN 'reserve' ELSE 'release' END, n, 'bench:1', 'bench:c', 'bench:' || (n % 500),
    0, 0, 0, FALSE, n, 'bench'
FROM counted
"""
FILL_BALANCES = """
WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {rows})
INSERT INTO subject_balances (
    scope, tenant, key, held, total, day_start, day_spent, week_start, week_spent, month_start, month_spent
)
SELECT 'person', 'old_{rows}', 'bench:' || n, 0, 0, n, 0, n, 0, n, 0 FROM counted
"""


async def fill(url: str | None, file: Path, rows: int) -> None:
    """That many entries of earlier days, and a tenth as many balances."""
    scripts = [FILL.format(rows=rows), FILL_BALANCES.format(rows=rows // 10)]
    if url is None:
        await asyncio.to_thread(_fill_sqlite, file, scripts)
        return
    import asyncpg

    connection = await asyncpg.connect(url)
    for script in (*scripts, "ANALYZE"):
        await connection.execute(script)
    await connection.close()


def _fill_sqlite(file: Path, scripts: Sequence[str]) -> None:
    with sqlite3.connect(file) as plain:
        for script in scripts:
            plain.execute(script)
    plain.close()


async def check_us(store: SqlStore) -> float:
    """Microseconds, in the middle, to read all balances that bind a person."""
    times: list[float] = []
    for number in range(1000):
        actor = Actor(tenant=TENANT, person=f"bench:{number % 50}", channel="bench:c")
        start = time.perf_counter()
        await store.lines(actor)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1_000_000


# all of it


async def measure(kind: str, folder: Path, seconds: float, large: int) -> AsyncIterator[Result]:
    """Every measurement on one kind of database."""
    file = folder / "bench.db"
    async with database(kind, folder) as url:
        yield Result(
            database=kind, what="bare commits", value=await bare(url, folder, min(2.0, seconds)), unit="/s"
        )
        async with open_store(database_url=url, path=file, pool=4, clock=SystemClock()) as store:
            await with_budgets(store)
            await pairs(store, 50, 0.5)  # warm
            for people in PEOPLE:
                speed, cpu = await pairs(store, people, seconds)
                yield Result(database=kind, what=f"pairs, {people} people", value=speed, unit="/s")
                yield Result(database=kind, what=f"our CPU a pair, {people} people", value=cpu, unit="µs")
            for rows in (1000, large):
                await fill(url, file, rows)
                took = await check_us(store)
                yield Result(database=kind, what=f"balance check, {rows:,} rows", value=took, unit="µs")
                speed, cpu = await pairs(store, 50, seconds)
                yield Result(database=kind, what=f"pairs, 50 people, {rows:,} rows", value=speed, unit="/s")
            # The rows that `fill` wrote belong to no request.
            differences = [one for one in await store.verify() if not one.where.startswith("request old_")]
            if differences:
                raise SystemExit(f"the ledger does not add up: {differences[:3]}")


def machine() -> str:
    """What the numbers were taken on."""
    python = platform.python_version()
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {python}, load {load:.1f}"
    )


def show(results: Sequence[Result]) -> None:
    table = Table(title=f"Ledger ({machine()})")
    for name in ("database", "what", "value"):
        table.add_column(name, justify="right" if name == "value" else "left")
    for one in results:
        table.add_row(one.database, one.what, f"{one.value:,.0f} {one.unit}")
    Console().print(table)


async def main(arguments: Any) -> list[Result]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    results: list[Result] = []
    for kind in [arguments.database] if arguments.database else ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
            results += [one async for one in measure(kind, Path(folder), arguments.seconds, arguments.large)]
    return results


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=["sqlite", "postgres"])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--folder", help="where the databases are made (default: the temporary folder)")
    parser.add_argument("--json", help="also write the results to this file")
    options = parser.parse_args()
    found = asyncio.run(main(options))
    show(found)
    if options.json:
        body = {"machine": machine(), "results": [asdict(one) for one in found]}
        Path(options.json).write_text(json.dumps(body, indent=2), encoding="utf-8")
