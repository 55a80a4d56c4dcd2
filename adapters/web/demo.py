"""A lived-in place for the demo: three people, their budgets, and a week of real requests.

The history is not written into the database but lived: every order runs through the service, the
worker and the gateway, while a clock that all of them share stands some days in the past. So the ledger,
the receipts and the pictures are what they would be.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from adapters.web.app import Playground
from adapters.web.identity import CHANNEL, DEMO, ORIGIN
from bot.core.command_parser import parse
from bot.core.errors import Refusal
from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.request import TERMINAL, Actor, State, in_conversation
from bot.core.windows import Window

log = structlog.get_logger(__name__)

DAY_S = 24 * 3600
PATIENCE_S = 60.0
_DONE = ("web.demo", "seeded")


class DemoClock:
    """The machine's time, less `behind_s` seconds; implements the core's Clock."""

    def __init__(self) -> None:
        self.behind_s = 0.0

    def now(self) -> int:
        """UTC microseconds."""
        return time.time_ns() // 1000 - int(self.behind_s * 1_000_000)

    async def sleep(self, seconds: float) -> None:
        """Wait in real time."""
        await asyncio.sleep(seconds)


@dataclass(frozen=True, kw_only=True)
class PastOrder:
    """Something somebody asked for."""

    days_ago: int
    who: str
    line: str


HISTORY: Sequence[PastOrder] = (
    PastOrder(
        days_ago=6,
        who="mia",
        line="/generate a paper boat on a quiet lake at dawn --model seedream-4.5 --seed 7",
    ),
    PastOrder(days_ago=6, who="ada", line="/generate botanical print of a fern --model flux.2-pro --seed 12"),
    PastOrder(days_ago=5, who="ned", line="/generate a lighthouse in fog --model flux.1-schnell --seed 3"),
    PastOrder(days_ago=4, who="mia", line="/chat Name three colours that go well with terracotta."),
    PastOrder(
        days_ago=4,
        who="mia",
        line="/generate terracotta rooftops at noon --model gpt-image-2 --n 2 --seed 21",
    ),
    PastOrder(
        days_ago=3, who="ada", line="/generate a mountain hut in snow --model gemini-3-pro-image --seed 5"
    ),
    PastOrder(days_ago=2, who="ned", line="/generate a bowl of lemons --model flux.2-klein-4b --seed 9"),
    PastOrder(days_ago=1, who="mia", line="/video waves rolling onto a beach --model wan-2.6 --seconds 4"),
    PastOrder(
        days_ago=1,
        who="ada",
        line="/generate a night train crossing a bridge --model imagen-4.0-generate --seed 2",
    ),
    PastOrder(days_ago=0, who="ned", line="/generate a fox in the snow --model seedream-4.5 --n 2 --seed 4"),
    PastOrder(
        days_ago=0,
        who="mia",
        line="/generate a capybara in a hot spring at dusk --model seedream-4.5 --n 4 --seed 8",
    ),
)


async def seed(playground: Playground, *, clock: DemoClock | None = None, history: bool = True) -> None:
    """Furnish an empty demo once. Without `history` (a real key: it would cost) only people and budgets.

    `clock` must be the one that the core runs on, else everything happens today.
    """
    documents = playground.context.service.documents
    if await documents.get_document(*_DONE) is not None:
        return
    try:
        if clock is not None and history:
            clock.behind_s = 7 * DAY_S
        await _furnish(playground)
        if history:
            await _live(playground, clock)
    except Refusal as refusal:
        log.warning("demo_history_cut_short", error=refusal.code)
    finally:
        if clock is not None:
            clock.behind_s = 0.0
    await documents.put_document(*_DONE, {"people": len(DEMO.people)})


def _actor(key: str) -> Actor:
    person = DEMO.find(key)
    assert person is not None, key  # noqa: S101 — the table above
    return DEMO.actor(person)


async def _furnish(playground: Playground) -> None:
    admin, ada = playground.context.admin, _actor("ada")
    for scope, subject, window, limit in (
        (Scope.PERSON, _actor("mia").person, Window.DAY, 5_000_000),
        (Scope.PERSON, _actor("ned").person, Window.DAY, 100_000),
        (Scope.PERSON, EVERYONE, Window.DAY, 2_000_000),
    ):
        await admin.set_budget(ada, scope, subject, window, Micros(limit))
    catalog = playground.context.service.catalog
    wanted = {
        "generate": "seedream-4.5",
        "edit": "seedream-4.5",
        "upscale": "google-upscaler",
        "video": "sora-2",
    }
    defaults = {capability: model for capability, model in wanted.items() if catalog.get(model)}
    await admin.change(ada, threshold=Micros(300_000), defaults=defaults)


async def _live(playground: Playground, clock: DemoClock | None) -> None:
    """Day after day, oldest first, each day's requests side by side: the clock moves when all have ended."""
    numbered = list(enumerate(HISTORY))
    for days_ago in sorted({past.days_ago for past in HISTORY}, reverse=True):
        if clock is not None:
            clock.behind_s = days_ago * DAY_S
        today = [(number, past) for number, past in numbered if past.days_ago == days_ago]
        await asyncio.gather(*(_run(playground, past, f"demo:{number}") for number, past in today))


async def _run(playground: Playground, past: PastOrder, dedupe_key: str) -> None:
    service, actor = playground.context.service, _actor(past.who)
    order = in_conversation(parse(past.line).order(), actor.person)
    request = await service.submit(
        actor, order, origin=ORIGIN, reply_to={"channel": CHANNEL}, dedupe_key=dedupe_key
    )
    end = playground.notifier.end_of(request.id)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not end.done():
                row = await service.request(actor, request.id)
                if row.state in TERMINAL and row.notified == row.state:
                    break
                if row.state is State.AWAITING_CONFIRMATION:
                    await service.confirm(actor, request.id)
                await asyncio.wait((end,), timeout=0.2)
    except TimeoutError:
        log.warning("demo_request_slow", request_id=request.id)
    finally:
        playground.notifier.stop_waiting(request.id)
