"""One trouble stays one: how long others wait while a model or platform hangs, as a ratio in one run.

A person of another place orders pictures one after the other on an idle replica, and again beside: forty
orders on a model that hangs, forty results for a platform that hangs, and prices that wait for a press, many
more than the queue has places.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.composition import Core, open_core
from adapters.lifecycle import serving
from benchmarks.ledger import Result
from benchmarks.load import ORDERS, Counter
from bot.core.events import Final
from bot.core.money import Micros
from bot.core.request import Actor, GenerateOrder, Order, ReplyTo
from bot.settings import Settings
from sandbox import SandboxOptions, serve
from sandbox.faults import Match, Rule

HANGING, MANY, ORDERED = "flux.2-pro", 40, 60
QUEUE, OFFERED = 50, 400
WAITER = Actor(tenant="bench:other", person="bench:waiter", name="Waiter", channel="bench:c")
Trouble = Callable[[Core], Awaitable[None]]


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
        await ask(core, GenerateOrder(model=HANGING, prompt="a fox"), somebody(number), f"model:{number}")
    await _until(core, "submitted", core.settings.per_model)


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
async def replica(folder: Path) -> AsyncIterator[tuple[Core, Counter]]:
    """A replica with the default shares, on a sandbox where one model hangs."""
    options = SandboxOptions(sketch_edge=64, render_pixels=96 * 96)
    async with serve(options) as sandbox:
        sandbox.state.faults.add(
            Rule(fault="hang", match=Match(model=HANGING), times=None, options={"seconds": 600})
        )
        settings = Settings(
            data_dir=folder,
            lumenfall_base_url=sandbox.base_url,
            lumenfall_api_key="lmnfl_bench.key",
            port=0,
            drain_s=0.1,
            starter_person="none",
            starter_place="none",
            installation_limit="none",
            ask_above="1000",
            queue_limit=QUEUE,
            log_level="error",
            dry_runs_per_person=100_000,
            dry_runs_per_tenant=100_000,
        )
        counter = Counter()
        async with open_core(settings) as core, serving(core, [counter, Stuck()]):
            admin = Actor(tenant="bench:asks", person="bench:admin", name="A", is_admin=True)
            await core.admin.change(admin, threshold=Micros(1))
            yield core, counter


async def waits(core: Core, counter: Counter, name: str) -> float:
    """The 95th percentile of the seconds between an order and its post, one order after the other."""
    found: list[float] = []
    for number in range(ORDERED):
        key, start = f"{name}:{number}", time.perf_counter()
        await ask(core, ORDERS["picture"], WAITER, key)
        async with asyncio.timeout(120):
            await counter.ends.setdefault(key, asyncio.Event()).wait()
        found.append(time.perf_counter() - start)
    return statistics.quantiles(found, n=20)[-1]


TROUBLES: dict[str, Trouble] = {
    "a model that hangs": hanging_model,
    "a platform that hangs": hanging_platform,
    "prices that wait for a press": open_prices,
}


async def isolation(folder: Path) -> AsyncIterator[Result]:
    """The ratio to the idle replica for each trouble; each has a replica of its own, measured idle first."""
    for name, trouble in TROUBLES.items():
        async with replica(folder / name.replace(" ", "-")) as (core, counter):
            await waits(core, counter, "warm")
            idle = await waits(core, counter, "idle")
            await trouble(core)
            beside = await waits(core, counter, "beside")
        what = f"others' wait beside {name}, p95 {beside * 1000:.0f} ms, idle {idle * 1000:.0f} ms: ratio"
        yield Result(database="sqlite", what=what, value=beside / idle, unit="times")
