"""`make bench`: every measurement that fits into ten minutes, as one table, also in docs/benchmarks.md."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import structlog

from benchmarks import peer
from benchmarks.flow import beside_bare, flow, in_flight, race
from benchmarks.instant import PRICES, Instant, instant
from benchmarks.isolation import FULL, TROUBLES, isolation
from benchmarks.ledger import Result, database, machine, measure, show
from benchmarks.platforms import platforms
from benchmarks.startup import start_up

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MARK = "<!-- numbers -->"
SECONDS, LARGE = 3.0, 1_000_000
DATABASES = ("sqlite", "postgres")

Part = Callable[[Path, Instant], AsyncIterator[Result]]


async def races(folder: Path, gateway: Instant) -> AsyncIterator[Result]:
    """The race for a dollar: ours on both databases, with two replicas, and the peer's."""
    for kind, replicas in (("sqlite", 1), ("postgres", 1), ("postgres", 2)):
        for what in PRICES:
            # An empty database each time: the budget of a day is spent only once.
            place = folder / f"{kind}-{replicas}-{what}"
            async with database(kind, place) as url:
                yield await race(place, url, gateway, what, replicas)
    command = peer.installed()
    if command is None:
        print("LiteLLM's proxy is not installed: its race is left out", flush=True)
        return
    async for result in peer.race(command, folder, gateway):
        yield result


async def flows(folder: Path, gateway: Instant) -> AsyncIterator[Result]:
    """Orders per second end to end, and what those in flight weigh."""
    for kind in DATABASES:
        async with database(kind, folder / kind) as url:
            for part in (flow, beside_bare):
                async for result in part(folder / kind, url, kind, gateway):
                    yield result
    async for result in in_flight(folder, None, "sqlite", gateway):
        yield result


async def ledgers(folder: Path, _: Instant) -> AsyncIterator[Result]:
    """Pairs per second, beside a bare loop of commits."""
    for kind in DATABASES:
        place = folder / kind
        place.mkdir()
        async for result in measure(kind, place, SECONDS, LARGE):
            yield result


async def troubles(folder: Path, _: Instant) -> AsyncIterator[Result]:
    """How long others wait while something hangs; an empty database for each."""
    for kind in DATABASES:
        for name in TROUBLES:
            if name == FULL and kind != "sqlite":
                continue  # a server's disk is not ours to fill
            place = folder / f"{kind}-{name}".replace(" ", "-")
            async with database(kind, place / "a") as idle, database(kind, place / "b") as beside:
                yield await isolation(place, (idle, beside), kind, name)


async def main() -> list[Result]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    os.environ.pop("DATABASE_URL", None)
    results: list[Result] = []
    parts: tuple[Part, ...] = (races, ledgers, platforms, flows, troubles, start_up)
    async with instant() as gateway:
        for part in parts:
            start = time.perf_counter()
            with tempfile.TemporaryDirectory() as folder:
                async for result in part(Path(folder), gateway):
                    print(f"  {result.database}: {result.what}: {shown(result)}", flush=True)
                    results.append(result)
            print(f"{part.__name__}: {time.perf_counter() - start:.0f} s", flush=True)
    return results


def shown(result: Result) -> str:
    """The value, with a decimal where it is small."""
    digits = 1 if result.unit and result.value < 100 else 0
    return f"{result.value:,.{digits}f} {result.unit}".strip()


def write(results: list[Result]) -> None:
    """Replace the table in the page, keeping the words around it."""
    head = PAGE.read_text().partition(MARK)[0]
    rows = "\n".join(f"| {one.database} | {one.what} | {shown(one)} |" for one in results)
    table = f"{MARK}\n\nMeasured on {machine()}.\n\n| on | what | value |\n|---|---|---|\n{rows}\n"
    PAGE.write_text(head + table)


if __name__ == "__main__":
    found = asyncio.run(main())
    show(found)
    write(found)
