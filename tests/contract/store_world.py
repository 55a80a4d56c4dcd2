"""The places a Store can live in, each able to be closed and opened again, and values to put there."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.budget_rules.starter_limits import NO_STARTERS, StarterLimits
from bot.core.identity import new_request_id
from bot.core.ledger import Budget, Scope
from bot.core.money import Micros
from bot.core.ports.store import Limits, Posting, Release, Reserve, Settle, Store
from bot.core.request import Actor, GenerateOrder, Order, Request, State
from bot.core.windows import Window
from storage import open_store
from tests.contract.memory_store import Memory, MemoryStore
from tests.fakes.postgres import postgres_server, postgres_url

__all__ = ["place", "postgres_server", "postgres_url", "store", "world"]

NOON = 1_772_020_800_000_000
"""Wednesday 2026-02-25, 12:00 UTC."""
HOUR = 3_600_000_000
CENT = Micros(10_000)
ALL = Limits(slots=1000, per_person=1000, per_tenant=1000)


class SteppedClock:
    """Time that stands still until a test moves it."""

    def __init__(self, now: int = NOON) -> None:
        self.moment = now

    def now(self) -> int:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += int(seconds * 1_000_000)


class World:
    """One database. `open` gives another Store on it."""

    def __init__(self, kind: str, folder: Path, url: str | None) -> None:
        self.kind = kind
        self.clock = SteppedClock()
        self._folder = folder
        self.url = url
        self._memory = Memory()
        self._stack = AsyncExitStack()

    @property
    def file(self) -> Path:
        return self._folder / "store.db"

    async def open(self, starters: StarterLimits = NO_STARTERS) -> Store:
        if self.kind == "memory":
            return MemoryStore(self._memory, self.clock, starters)
        return await self._stack.enter_async_context(
            open_store(database_url=self.url, path=self.file, pool=4, clock=self.clock, starters=starters)
        )

    async def close(self) -> None:
        await self._stack.aclose()


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def place(request: pytest.FixtureRequest) -> tuple[str, str | None]:
    """Each kind of database in turn, with its address."""
    return request.param, request.getfixturevalue("postgres_url") if request.param == "postgres" else None


@pytest.fixture
async def world(place: tuple[str, str | None], tmp_path: Path) -> AsyncIterator[World]:
    """An empty database of each kind."""
    kind, url = place
    world = World(kind, tmp_path, url)
    yield world
    await world.close()


@pytest.fixture
async def store(world: World) -> Store:
    """A Store on an empty database."""
    return await world.open()


@asynccontextmanager
async def replica(url: str, *, pool: int = 4) -> AsyncIterator[Store]:
    """A Store on PostgreSQL; with a pool of two it has one connection for groups and one for all else."""
    async with open_store(database_url=url, path=Path(), pool=pool, clock=SteppedClock()) as found:
        yield found


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Any]:
    """Another client of the same database."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


_number = itertools.count()


def a_request(
    person: str = "test:mia",
    *,
    tenant: str = "test:1",
    key: str = "",
    order: Order | None = None,
    **facts: Any,
) -> Request:
    """A request as the service writes it."""
    number = next(_number)
    created = facts.pop("created_at", NOON + number)
    return Request(
        id=facts.pop("id", new_request_id()),
        dedupe_key=key or f"key-{number}",
        origin=facts.pop("origin", "test"),
        actor=facts.pop("actor", Actor(tenant=tenant, person=person, name=person.title(), channel="test:c")),
        order=order or GenerateOrder(model="flux.2-pro", prompt="a capybara"),
        reply_to={"channel": "c", "message": 7},
        state=facts.pop("state", State.RECEIVED),
        created_at=created,
        updated_at=created,
        due_at=facts.pop("due_at", created),
        **facts,
    )


def a_budget(limit: int, scope: Scope = Scope.TENANT, subject: str = "", **facts: Any) -> Budget:
    """A budget of `limit` cents, a day's if nothing else is said."""
    return Budget(
        id=facts.pop("id", f"budget-{next(_number)}"),
        tenant=facts.pop("tenant", "test:1"),
        scope=scope,
        subject=subject,
        window=facts.pop("window", Window.DAY),
        limit=Micros(limit * CENT),
    )


def cents(number: float) -> Micros:
    """So many cents in micros."""
    return Micros(int(number * CENT))


async def accepted(store: Store, request: Request | None = None) -> Request:
    """A request that has been priced."""
    row, _ = await store.accept(request or a_request(), {})
    return await go(store, row, State.PRICED)


async def go(
    store: Store, request: Request, *states: State, posting: Posting | None = None, **facts: Any
) -> Request:
    """Move through the states; the posting belongs to the last."""
    row = request
    for state in states:
        last = state is states[-1]
        row = await store.move(
            request.id,
            lambda old, state=state, last=last: replace(old, state=state, **(facts if last else {})),
            posting=posting if last else None,
        )
    return row


async def reserve(store: Store, request: Request, hold: int) -> Request:
    """Hold money for a priced request."""
    return await go(store, request, State.RESERVED, posting=Reserve(hold=Micros(hold)))


async def settle(store: Store, request: Request, cost: int, **facts: Any) -> Request:
    """Send a reserved request out and book what it cost."""
    return await go(
        store, request, State.SUBMITTED, State.SETTLED, posting=Settle(cost=Micros(cost)), **facts
    )


async def release(store: Store, request: Request) -> Request:
    """Cancel a reserved request."""
    return await go(store, request, State.CANCELLED, posting=Release())
