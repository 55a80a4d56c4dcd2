"""The whole path over processes: the budget race, orders per second, memory in flight.

Replicas are processes of their own (`benchmarks.load`), and so is the gateway, which answers at once
(`benchmarks.instant`): the figures are the bot's, as far as two cores allow.
"""

from __future__ import annotations

import statistics
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from adapters.composition import open_core
from benchmarks.calls import bare
from benchmarks.instant import PRICES, Instant
from benchmarks.ledger import Result
from benchmarks.load import TENANT, Report, Task, go
from bot.core.ledger import Scope
from bot.core.money import DOLLAR, Micros
from bot.core.request import Actor
from bot.core.windows import Window
from bot.settings import Settings

RACERS = 200
SHOULD = {what: int(1 / price) for what, price in PRICES.items()}
ADMIN = Actor(tenant=TENANT, person="bench:admin", name="Admin", is_admin=True)
OPEN: dict[str, Any] = {
    "lumenfall_api_key": "lmnfl_bench.key",
    "headroom_percent": 0,
    "per_person": 2000,
    "per_tenant": 2000,
    "concurrency": 140,  # the last quarter is not for one model alone
    "per_model": 2000,
    "per_provider": 2000,
    "per_platform": 2000,
    "queue_limit": 10_000,
    "queue_per_person": 10_000,
    "queue_per_tenant": 10_000,
    "dry_runs_per_person": 1_000_000,
    "dry_runs_per_tenant": 1_000_000,
    "breaker_after": 0,
    "port": 0,
    "log_level": "error",
}


def settings(folder: Path, url: str | None, gateway: Instant, **more: Any) -> dict[str, Any]:
    """Plain settings of a replica on that database and gateway."""
    return {
        **OPEN,
        "data_dir": str(folder),
        "database_url": url,
        "lumenfall_base_url": gateway.base_url,
        **more,
    }


async def prepared(plain: dict[str, Any], limit: Micros | None) -> None:
    """A tenant that asks nobody for confirmation, and perhaps has a budget."""
    async with open_core(Settings(**plain)) as core:
        await core.admin.change(ADMIN, threshold=Micros(1000 * DOLLAR))
        if limit is not None:
            await core.admin.set_budget(ADMIN, Scope.TENANT, "", Window.DAY, limit)


def tasks(plain: dict[str, Any], kind: str, replicas: int, count: int, at_once: int) -> list[Task]:
    """The same load over that many replicas."""
    return [
        Task(
            settings=plain,
            kind=kind,
            count=count // replicas,
            at_once=max(1, at_once // replicas),
            name=f"{kind}:{replicas}:{at_once}:{number}",
        )
        for number in range(replicas)
    ]


async def race(folder: Path, url: str | None, gateway: Instant, what: str, replicas: int) -> Result:
    """How many of 200 orders at once run on one dollar, by the gateway's count."""
    plain = settings(folder, url, gateway)
    await prepared(plain, DOLLAR)
    await gateway.set(seconds=0.3)
    await go(*tasks(plain, what, replicas, RACERS, RACERS))
    return raced(on("sqlite" if url is None else "postgres", replicas), what, await gateway.told())


def raced(who: str, what: str, told: dict[str, Any]) -> Result:
    """A row of the race, by the gateway's count."""
    should = f"race for $1, {RACERS} {what}s at once: run (should be {SHOULD[what]})"
    return Result(database=who, what=should, value=told["calls"].get(what, 0), unit="")


def on(kind: str, replicas: int) -> str:
    return f"{kind}, {replicas} replica{'s' * (replicas > 1)}"


async def flow(folder: Path, url: str | None, kind: str, gateway: Instant) -> AsyncIterator[Result]:
    """Orders per second from submission to delivery, and how long acceptance takes."""
    plain = settings(folder / "flow", url, gateway)
    await prepared(plain, None)
    await gateway.set()
    for replicas, count, at_once in ((1, 40, 1), (1, 400, 100), (3, 600, 150)):
        reports = await go(*tasks(plain, "chat", replicas, count, at_once))
        where = on(kind, replicas)
        rate = count / max(one.seconds for one in reports)
        cpu = sum(one.cpu for one in reports) / count
        yield Result(
            database=where, what=f"orders a second end to end, {at_once} at once", value=rate, unit="/s"
        )
        yield Result(database=where, what=f"our CPU an order, {at_once} at once", value=cpu * 1000, unit="ms")
        yield accepting(where, at_once, reports)


async def beside_bare(folder: Path, url: str | None, kind: str, gateway: Instant) -> AsyncIterator[Result]:
    """An order's processor time as a multiple of its two calls alone; both take turns, medians of five."""
    plain = settings(folder / "bare", url, gateway)
    await prepared(plain, None)
    await gateway.set()
    calls, orders = list[float](), list[float]()
    for turn in range(5):
        calls.append(await bare(gateway.base_url, 400, 100))
        [task] = tasks(plain, "chat", 1, 400, 100)
        [report] = await go(replace(task, name=f"turn:{turn}"))
        orders.append(report.cpu / 400)
    one, whole = statistics.median(calls), statistics.median(orders)
    yield Result(database=kind, what="CPU of two bare calls, 100 at once", value=one * 1000, unit="ms")
    yield Result(database=kind, what="our CPU an order, beside them", value=whole * 1000, unit="ms")
    yield Result(database=kind, what="an order ÷ two bare calls (goal: 10)", value=whole / one, unit="times")


def accepting(where: str, at_once: int, reports: list[Report]) -> Result:
    times = sorted(time for one in reports for time in one.accept)
    return Result(
        database=where,
        what=f"an order on disk, {at_once} at once, median",
        value=statistics.median(times) * 1000,
        unit="ms",
    )


async def in_flight(folder: Path, url: str | None, kind: str, gateway: Instant) -> AsyncIterator[Result]:
    """Memory of one replica with a thousand calls at the gateway."""
    plain = settings(folder / "flight", url, gateway, concurrency=1000)
    await prepared(plain, None)
    await gateway.set(seconds=25)
    task = Task(settings=plain, kind="picture", count=250, at_once=250, name="flight", hold=True)
    [report] = await go(task)
    yield Result(database=kind, what="memory, idle", value=report.memory_idle / 1e6, unit="MB")
    grown = (report.memory - report.memory_idle) * 1000 / task.count
    yield Result(database=kind, what="memory for 1,000 requests in flight", value=grown / 1e6, unit="MB")
