"""What a store does when the disk, the file, the line or the process fails under it."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import storage.sqlite
from bot.core.audit.entries import OPERATOR
from bot.core.errors import StoreUnavailable
from bot.core.money import Micros
from bot.core.ports.store import Reserve, Store
from bot.core.request import Request, State
from storage import SchemaMismatch, open_store
from storage.group_commit import in_turns
from storage.statements import migrations
from storage.transaction import Ask
from tests.contract.store_proxy import Break, proxy
from tests.contract.store_world import (
    ALL,
    NOON,
    SteppedClock,
    World,
    a_budget,
    a_request,
    accepted,
    connected,
    go,
    place,
    postgres_server,
    postgres_url,
    reserve,
    settle,
    world,
)
from tests.fakes.postgres import Server, own_server, own_url

__all__ = ["own_server", "own_url", "place", "postgres_server", "postgres_url", "world"]

CHILD = Path(__file__).parent / "store_child.py"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@asynccontextmanager
async def opened(file: Path, url: str | None = None) -> AsyncIterator[Store]:
    async with open_store(database_url=url, path=file, pool=4, clock=SteppedClock()) as found:
        yield found


# work that fails beside work that does not


async def test_one_bad_write_does_not_spoil_those_beside_it(world: World) -> None:
    real(world)
    store = await world.open()
    rows = [await accepted(store) for _ in range(10)]

    def impossible(row: Request) -> Request:
        return replace(row, attempts=2**70)

    jobs = [reserve(store, row, 5) for row in rows[:5]]
    jobs += [store.move(rows[5].id, impossible, posting=Reserve(hold=Micros(5)))]
    jobs += [reserve(store, row, 5) for row in rows[6:]]
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    assert [isinstance(answer, Request) for answer in answers] == [i != 5 for i in range(10)]
    assert not isinstance(answers[5], StoreUnavailable)
    await store.set_budget(a_budget(10), by=OPERATOR)
    assert [line.held for line in await store.lines(rows[0].actor)] == [45]
    assert await store.verify() == []


async def test_a_caller_who_leaves_does_not_hold_up_the_others(world: World) -> None:
    real(world)
    store = await world.open()
    rows = [await accepted(store) for _ in range(10)]
    tasks = [asyncio.create_task(reserve(store, row, 5)) for row in rows]
    await asyncio.sleep(0)
    tasks[0].cancel()
    answers = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(answers[0], asyncio.CancelledError)
    assert all(isinstance(answer, Request) for answer in answers[1:])
    assert await store.verify() == []


def test_jobs_of_one_key_are_kept_apart_in_order() -> None:
    class Keyed:
        def __init__(self, key: str) -> None:
            self.key = key

    jobs = [Keyed(key) for key in "aababc"]
    turns = in_turns(jobs)
    assert [[job.key for job in turn] for turn in turns] == [["a", "b", "c"], ["a", "b"], ["a"]]
    assert [jobs.index(job) for turn in turns for job in turn if job.key == "a"] == [0, 1, 3]


# the file


async def test_a_full_disk_is_said_and_nothing_is_half_written(file: Path) -> None:
    async with opened(file) as store:
        rows = [await accepted(store) for _ in range(3)]

        def limit(pages: str) -> Any:
            run = store._driver._writer.run  # the disk's size as SQLite sees it
            return run(lambda plain: plain.execute(f"PRAGMA max_page_count = {pages}").fetchone()[0])

        await limit("1")
        text = "x" * 200_000
        with pytest.raises(StoreUnavailable):
            await go(store, rows[0], State.RESERVED, posting=Reserve(hold=Micros(5)), text=text)
        assert await store.get(rows[0].id) == rows[0]
        assert [entry async for entry in store.entries()] == []
        await limit("1000000")
        await go(store, rows[0], State.RESERVED, posting=Reserve(hold=Micros(5)), text=text)
        assert await store.verify() == []


async def test_nobody_waits_for_a_report(file: Path) -> None:
    go_on = threading.Event()

    def slow() -> Any:
        yield Ask("schema", [{}])
        assert go_on.wait(30)

    async with opened(file) as store:
        row = await accepted(store)
        report = asyncio.create_task(store._driver.read(slow, report=True))
        await asyncio.sleep(0.05)
        assert await store.get(row.id) == row
        assert (await reserve(store, row, 5)).hold == 5
        assert not report.done()
        go_on.set()
        await report


async def test_a_file_locked_by_another_program_is_said_and_waited_out(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.sqlite, "BUSY_MS", 100)
    async with opened(file) as store:
        row = await accepted(store)
        other = sqlite3.connect(file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            await reserve(store, row, 5)
        assert await store.get(row.id) == row
        other.execute("ROLLBACK")
        other.close()
        assert (await reserve(store, row, 5)).hold == 5


async def test_what_is_no_database_and_what_cannot_be_made_are_said(tmp_path: Path) -> None:
    wall = tmp_path / "wall"
    wall.write_text("not a folder")
    with pytest.raises((StoreUnavailable, OSError)):
        async with opened(wall / "store.db"):
            pass
    before = set(threading.enumerate())
    with pytest.raises(sqlite3.DatabaseError):
        async with opened(wall):
            pass
    left = set(threading.enumerate()) - before
    assert not [one for one in left if "_connection_worker" in one.name], "the connection's thread has ended"


async def test_a_closed_store_says_so(file: Path) -> None:
    async with opened(file) as store:
        await store.close()
        with pytest.raises(StoreUnavailable):
            await store.accept(a_request(), {})
        with pytest.raises(StoreUnavailable):
            await store.ping()


async def test_another_kind_of_address_is_refused(file: Path) -> None:
    with pytest.raises(ValueError, match="postgresql://"):
        async with opened(file, "mysql://localhost/x"):
            pass


# migrations


async def test_a_database_of_a_newer_version_is_left_alone(file: Path) -> None:
    async with opened(file):
        pass
    with sqlite3.connect(file) as plain:
        plain.execute("INSERT INTO migrations (number, name, checksum) VALUES (999, 'x', 'y')")
    plain.close()
    with pytest.raises(SchemaMismatch, match="999"):
        async with opened(file):
            pass


async def test_a_process_notices_when_a_newer_version_takes_the_database_over(world: World) -> None:
    real(world)
    store = await world.open()
    row = await accepted(store)
    newer = "INSERT INTO migrations (number, name, checksum) VALUES (999, 'x', 'y')"
    if world.url is None:
        with sqlite3.connect(world.file) as plain:
            plain.execute(newer)
        plain.close()
    else:
        async with connected(world.url) as other:
            await other.execute(newer)
    for attempt in (
        store.claim("w", now=2 * NOON, until=3 * NOON, limits=ALL),
        reserve(store, row, 5),
        store.ping(),
    ):
        with pytest.raises(SchemaMismatch, match="newer version"):
            await attempt
    assert await store.get(row.id) == row
    assert [entry async for entry in store.entries()] == []


async def test_a_changed_migration_is_noticed(file: Path) -> None:
    async with opened(file):
        pass
    with sqlite3.connect(file) as plain:
        plain.execute("UPDATE migrations SET checksum = 'y' WHERE number = 1")
    plain.close()
    with pytest.raises(SchemaMismatch, match="001_tables"):
        async with opened(file):
            pass


def test_migrations_are_numbered_without_gaps_and_known_to_both_databases() -> None:
    sqlite = {migration.number for migration in migrations("sqlite")}
    postgres = {migration.number for migration in migrations("postgres")}
    assert sorted(sqlite | postgres) == list(range(1, len(sqlite | postgres) + 1))
    assert {1, 2} <= sqlite & postgres


async def child(world: World, name: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, str(CHILD), world.url or "", str(world.file), name, stdout=asyncio.subprocess.PIPE
    )


def real(world: World) -> None:
    if world.kind == "memory":
        pytest.skip("the model lives in one process")


async def test_several_processes_may_migrate_at_once(world: World) -> None:
    real(world)
    children = [await child(world, "only-open") for _ in range(4)]
    outputs = await asyncio.gather(*(one.communicate() for one in children))
    assert [one.returncode for one in children] == [0] * 4
    assert all(b"open" in output for output, _ in outputs)
    await (await world.open()).ping()


# processes and lines that end


async def test_what_was_acknowledged_outlives_a_killed_process(world: World) -> None:
    real(world)
    store = await world.open()
    children = [await child(world, f"child{i}") for i in range(2)]
    told: list[str] = []
    for one in children:
        assert one.stdout is not None
        lines = [await one.stdout.readline() for _ in range(200)]
        one.kill()
        rest = await one.stdout.read()
        told += [line.decode().strip() for line in (*lines, *rest.splitlines(keepends=True))]
        await one.wait()
    ids = [line for line in told if line.startswith("req_") and len(line) == 24]
    assert len(ids) > 300
    rows = await asyncio.gather(*(store.get(one) for one in ids))
    assert all(row is not None and (row.hold == 5 or row.charged == 4) for row in rows)
    assert await store.verify() == []


@pytest.mark.postgres
async def test_a_server_that_restarts_loses_no_acknowledged_write(
    own_server: Server, own_url: str, file: Path
) -> None:
    done: list[Request] = []
    failed = 0

    async def work(store: Store) -> None:
        nonlocal failed
        while len(done) < 400:
            try:
                row = await accepted(store)
                done.append(await settle(store, await reserve(store, row, 5), 4))
            except StoreUnavailable:
                failed += 1
                await asyncio.sleep(0.1)

    async with opened(file, own_url) as store:
        tasks = [asyncio.create_task(work(store)) for _ in range(20)]
        for mode in ("immediate", "fast"):
            seen = len(done)
            while len(done) < seen + 60:
                await asyncio.sleep(0.01)
            await asyncio.to_thread(own_server.restart, mode=mode)
        await asyncio.gather(*tasks)
        for row in done:
            assert await store.get(row.id) == row
        assert await store.verify() == []
        await store.set_budget(a_budget(10), by=OPERATOR)
        [line] = await store.lines(done[0].actor)
        held = sum(row.hold for row in await store.unfinished("test:1"))
        charged = sum(row.charged for row in await store.spending("test:1", since=0))
        assert (line.spent, line.held) == (charged, held)


@pytest.mark.postgres
@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_commit_whose_answer_is_lost_happens_once(
    postgres_server: Server, postgres_url: str, file: Path, where: Break
) -> None:
    async with proxy(postgres_url) as (between, url), opened(file, url) as store:
        await store.set_budget(a_budget(10), by=OPERATOR)
        row = await accepted(store)
        held: list[Request] = []
        for step in range(6):
            between.breaks.append(where)
            row = await accepted(store)
            between.breaks.extend([where] * (step % 2))
            held.append(await reserve(store, row, 5))
        assert between.broken == [where] * 9
        assert [await store.get(row.id) for row in held] == held
        assert (await store.lines(row.actor))[0].held == 30
        assert await store.verify() == []


@pytest.mark.postgres
async def test_a_commit_that_arrives_when_it_was_done_again_does_nothing(
    postgres_server: Server, postgres_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres_connections.ABANDONED_S", 1)
    async with proxy(postgres_url) as (between, url), opened(file, url) as store:
        await store.set_budget(a_budget(10), by=OPERATOR)
        for _ in range(2):
            await settle(store, await reserve(store, await accepted(store), 5), 4)
        row = await accepted(store)
        between.breaks.append("late")
        held = await reserve(store, row, 5)
        await between.deliver()
        assert between.broken == ["late"]
        assert await store.get(row.id) == held
        assert (await store.lines(row.actor))[0].held == 5
        assert await store.verify() == []


@pytest.mark.postgres
async def test_a_server_that_is_away_is_said_in_time(own_server: Server, own_url: str, file: Path) -> None:
    async with opened(file, own_url) as store:
        row = await accepted(store)
        await asyncio.to_thread(own_server.stop)
        try:
            for call in (store.ping(), store.accept(a_request(), {}), reserve(store, row, 5)):
                with pytest.raises(StoreUnavailable):
                    await asyncio.wait_for(call, 10)
            with pytest.raises(StoreUnavailable):
                async with opened(file, own_url):
                    pass
        finally:
            await asyncio.to_thread(own_server.start)
        assert (await reserve(store, row, 5)).hold == 5
