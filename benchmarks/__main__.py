"""`make bench`: every measurement that fits into ten minutes, as one table, also in docs/benchmarks.md."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import structlog

from benchmarks.flow import flow, race
from benchmarks.ledger import Result, database, machine, measure, show

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
MARK = "<!-- numbers -->"


async def main() -> list[Result]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    results: list[Result] = [start_up()]
    for kind in ("sqlite", "postgres"):
        with tempfile.TemporaryDirectory() as folder:
            async with database(kind, Path(folder)) as url:
                results += [one async for one in race(Path(folder), url, kind)]
            print(f"{kind}: races run", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            async with database(kind, Path(folder)) as url:
                results += [one async for one in flow(Path(folder), url, kind)]
            print(f"{kind}: flow measured", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            results += [one async for one in measure(kind, Path(folder), 3.0, 200_000)]
            print(f"{kind}: ledger measured", flush=True)
    return results


def start_up() -> Result:
    """A fresh `lumenfall-bot migrate`, from the command to its end: imports, file, tables."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "adapters.main", "migrate"],
            env={"DATA_DIR": folder, "PATH": "/usr/bin:/bin"},
            check=True,
            capture_output=True,
        )
        return Result(
            database="sqlite",
            what="start-up with a new database",
            value=(time.perf_counter() - start) * 1000,
            unit="ms",
        )


def write(results: list[Result]) -> None:
    """Replace the table in the page, keeping the words around it."""
    head = PAGE.read_text().partition(MARK)[0]
    rows = "\n".join(f"| {one.database} | {one.what} | {one.value:,.0f} {one.unit} |" for one in results)
    table = f"{MARK}\n\nMeasured on {machine()}.\n\n| database | what | value |\n|---|---|---|\n{rows}\n"
    PAGE.write_text(head + table)


if __name__ == "__main__":
    found = asyncio.run(main())
    show(found)
    write(found)
