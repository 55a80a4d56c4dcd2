"""One trouble stays one: how long others wait while a model or platform hangs, as a ratio in one run.

A person of another place orders pictures one after the other, in turns on an idle replica and beside: forty
orders on a model that hangs, on three that hang at once, forty results for a platform that hangs, prices that
wait for a press, many more than the queue has places, and, on SQLite, a database that takes no page more. Of
that one nobody's order can be accepted; what is measured is how long a person waits for this answer.
"""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.composition import Core, open_core
from adapters.lifecycle import serving
from benchmarks.ledger import Result
from benchmarks.load import ORDERS, Counter
from bot.core.errors import StoreUnavailable
from bot.core.events import Final
from bot.core.money import Micros
from bot.core.request import Actor, GenerateOrder, Order, ReplyTo
from bot.settings import Settings
from sandbox import SandboxOptions, serve
from sandbox.faults import Match, Rule

HANGING, MANY, ORDERED = ("flux.2-pro", "gpt-image-1.5", "gpt-image-2"), 40, 60
QUEUE, OFFERED = 50, 400
WAITER = Actor(tenant="bench:other", person="bench:waiter", name="Waiter", channel="bench:c")
FULL = "a full disk"
Trouble = Callable[[Core], Awaitable[None]]


SETTINGS: dict[str, Any] = {
    "lumenfall_api_key": "lmnfl_bench.key",
    "port": 0,
    "drain_s": 0.1,
    "starter_person": "none",
    "starter_place": "none",
    "installation_limit": "none",
    "ask_above": "1000",
    "queue_limit": QUEUE,
    "log_level": "critical",
    "dry_runs_per_person": 100_000,
    "dry_runs_per_tenant": 100_000,
}


class Stuck(Counter):
    """A platform that takes a result and never answers."""

    ORIGIN = "stuck"

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        await asyncio.Event().wait()
        return {}


def somebody(number: int) -> Actor:
    """One of many people in four places."""
    return Actor(tenant=f"bench:{number % 4}", person=f"bench:{number}", name="P", channel="bench:c")


async def ask(core: Core, order: Order, actor: Actor, key: str, origin: str = "bench") -> None:
    """Submit an order; nothing waits for its end."""
    await core.service.submit(actor, order, origin=origin, reply_to={"key": key}, dedupe_key=key)


async def hanging_model(core: Core) -> None:
    """Forty orders on a model that does not answer."""
    for number in range(MANY):
        await ask(core, GenerateOrder(model=HANGING[0], prompt="a fox"), somebody(number), f"model:{number}")
    await _until(core, "submitted", core.settings.per_model)


async def hanging_models(core: Core) -> None:
    """Forty orders on three models that do not answer; their shares together are more than the slots."""
    for number in range(MANY):
        order = GenerateOrder(model=HANGING[number % len(HANGING)], prompt="a fox")
        await ask(core, order, somebody(number), f"models:{number}")
    await _until(core, "submitted", core.settings.concurrency * 3 // 4)


async def full_disk(core: Core) -> None:
    """Forty orders under way, and then a database that takes no page more (SQLITE_FULL)."""
    await hanging_model(core)
    writer: Any = core.store._driver._writer  # pyright: ignore

    def fill(plain: sqlite3.Connection) -> None:
        pages = plain.execute("PRAGMA page_count").fetchone()[0]
        plain.execute(f"PRAGMA max_page_count = {pages}")

    await writer.run(fill)
    for number in range(10_000):  # what is left of the last pages
        try:
            await ask(core, ORDERS["picture"], somebody(number), f"full:{number}")
        except StoreUnavailable:
            return


async def hanging_platform(core: Core) -> None:
    """Forty results for a platform that does not answer."""
    for number in range(MANY):
        await ask(core, ORDERS["picture"], somebody(number), f"platform:{number}", "stuck")
    await _until(core, "settled", core.settings.per_platform)


async def open_prices(core: Core) -> None:
    """Eight times as many prices as the queue has places, each waiting for a press."""
    for number in range(OFFERED):
        actor = Actor(tenant="bench:asks", person=f"bench:asks:{number // 5}", name="P", channel="bench:c")
        await ask(core, ORDERS["picture"], actor, f"price:{number}")
        if number % QUEUE == QUEUE - 1:
            await _until(core, "awaiting_confirmation", number + 1)


async def _until(core: Core, state: str, count: int) -> None:
    while len(await core.store.recent(state=state, limit=1000)) < count:
        await asyncio.sleep(0.05)


@asynccontextmanager
async def replica(folder: Path, url: str | None) -> AsyncIterator[tuple[Core, Counter]]:
    """A replica with the default shares, on a sandbox where one model hangs."""
    options = SandboxOptions(sketch_edge=64, render_pixels=96 * 96)
    async with serve(options) as sandbox:
        for model in HANGING:
            sandbox.state.faults.add(
                Rule(fault="hang", match=Match(model=model), times=None, options={"seconds": 600})
            )
        plain: dict[str, Any] = {
            **SETTINGS,
            "data_dir": folder,
            "database_url": url,
            "lumenfall_base_url": sandbox.base_url,
        }
        counter = Counter()
        async with open_core(Settings(**plain)) as core, serving(core, [counter, Stuck()]):
            admin = Actor(tenant="bench:asks", person="bench:admin", name="A", is_admin=True)
            await core.admin.change(admin, threshold=Micros(1))
            yield core, counter


async def wait(core: Core, counter: Counter, key: str) -> float:
    """Seconds between an order and its post, or until the person is told that nothing can be accepted."""
    start = time.perf_counter()
    try:
        await ask(core, ORDERS["picture"], WAITER, key)
    except StoreUnavailable:
        return time.perf_counter() - start
    async with asyncio.timeout(120):
        await counter.ends.setdefault(key, asyncio.Event()).wait()
    return time.perf_counter() - start


TROUBLES: dict[str, Trouble] = {
    "a model that hangs": hanging_model,
    "three models that hang": hanging_models,
    "a platform that hangs": hanging_platform,
    "prices that wait for a press": open_prices,
    FULL: full_disk,
}


async def isolation(folder: Path, urls: tuple[str | None, str | None], kind: str, name: str) -> Result:
    """The ratio of a replica in trouble to an idle one; they take turns, as the machine is busy with more."""
    async with replica(folder / "idle", urls[0]) as calm, replica(folder / "beside", urls[1]) as busy:
        for number in range(ORDERED // 4):
            await wait(*calm, f"warm:{number}")
            await wait(*busy, f"warm:{number}")
        await TROUBLES[name](busy[0])
        found = [
            (await wait(*calm, f"turn:{number}"), await wait(*busy, f"turn:{number}"))
            for number in range(ORDERED)
        ]
    idle, beside = (statistics.quantiles(times, n=20)[-1] for times in zip(*found, strict=True))
    what = f"others' wait beside {name}, p95 {beside * 1000:.0f} ms, idle {idle * 1000:.0f} ms: ratio"
    return Result(database=kind, what=what, value=beside / idle, unit="times")
