"""Three replicas that post to a platform, one of which is killed every moment, while limits are used up.

`NOTICE_ORDERS` sets how many orders are asked for.
"""

from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path
from typing import Any

import pytest

from adapters.composition import Core, open_core
from bot.core.identity import Actor
from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.notices.thresholds import THRESHOLDS, NoticeOutcome
from bot.core.request import GenerateOrder
from bot.core.windows import Window
from bot.settings import Settings
from tests.fakes.fleet import SETTINGS, SPEED, shown
from tests.fakes.forked_processes import Child, ProcessFactory, process_factory
from tests.fakes.notice_inboxes import INBOXES, Inboxes
from tests.fakes.postgres import postgres_server, postgres_url
from tests.fakes.replica import SharedClock
from tests.fakes.sandbox import running_sandbox
from tests.fakes.trial import WarpedSandboxClock

__all__ = ["postgres_server", "postgres_url"]

ORDERS = int(os.environ.get("NOTICE_ORDERS", "200"))
PEOPLE = 10
PRICE = 40_000
EACH = PRICE * ORDERS // PEOPLE
"""A person's limit: exactly what all of their orders cost."""


async def expected(core: Core, limits: dict[str, int]) -> dict[str, set[int]]:
    """The thresholds that the ledger passed, for each person and for `all`, by adding up its entries."""
    sums, passed = dict.fromkeys(limits, 0), {name: set[int]() for name in limits}
    async for entry in core.store.entries():
        for name in (entry.person, "all"):
            sums[name] += entry.spent
            reached = next((one for one in THRESHOLDS if sums[name] * 100 >= limits[name] * one), 0)
            if entry.spent > 0 and reached > max(passed[name], default=0):
                passed[name].add(reached)
    return passed


class Replicas:
    """Three processes, by number."""

    def __init__(self, factory: ProcessFactory, args: dict[str, Any]) -> None:
        self._factory, self._args = factory, args
        self.running: list[Child] = []

    async def launch(self) -> None:
        self.running += [await self._birth() for _ in range(3)]

    async def replace(self, number: int) -> None:
        self.running[number].kill()
        await self.running[number].died
        self.running[number] = await self._birth()

    async def _birth(self) -> Child:
        return await self._factory.fork("tests.fakes.platform_replica:main", self._args)


@pytest.mark.postgres
@pytest.mark.deep
@pytest.mark.timeout(600)
@pytest.mark.parametrize("platform", INBOXES)
async def test_each_inbox_holds_one_message_per_limit_threshold_and_window(
    tmp_path: Path, postgres_url: str, platform: str
) -> None:
    dice, start = random.Random(os.environ.get("FAULT_SEED", "capybara")), time.time()
    clock = SharedClock(start, SPEED)
    async with (
        running_sandbox(clock=WarpedSandboxClock(clock)) as sandbox,
        INBOXES[platform](clock, PEOPLE) as inboxes,
        process_factory(tmp_path / "logs", "tests.fakes.platform_replica") as factory,
    ):
        plain = settings_of(inboxes, postgres_url, tmp_path, sandbox.base_url)
        args = {"settings": plain, "platform": platform, "start": start, "speed": SPEED}
        replicas = Replicas(factory, args)
        async with open_core(Settings(**plain), clock=clock) as front:
            await limited(front, inboxes)
            await replicas.launch()
            for number in range(ORDERS):
                await ask(front, inboxes, number)
                if dice.random() < 0.25:
                    await asyncio.sleep(dice.uniform(0, 0.3))
                    await replicas.replace(dice.randrange(3))
            await settled(front, [inboxes.tenant, *inboxes.persons])
            assert await front.store.verify() == []
            limits = dict.fromkeys(inboxes.persons, EACH) | {"all": EACH * PEOPLE}
            passed = await expected(front, limits)
            for number, person in enumerate(inboxes.persons):
                wanted = {("your budget", one): 1 for one in passed[person]}
                assert inboxes.of(number) == wanted, person
            wanted = {("the budget of everyone here", one): 1 for one in passed["all"]}
            assert inboxes.of_admins() == wanted
            assert passed["all"] >= {50, 80}


async def limited(core: Core, inboxes: Inboxes) -> None:
    """A limit for each person, and one for all together."""
    boss = Actor(tenant=inboxes.tenant, person=f"{inboxes.ORIGIN}:1", is_admin=True)
    await core.admin.change(boss, threshold=Micros(10**9), notice_channel=inboxes.notice_channel)
    await core.admin.set_budget(boss, Scope.PERSON, EVERYONE, Window.TOTAL, Micros(EACH))
    await core.admin.set_budget(boss, Scope.TENANT, "", Window.TOTAL, Micros(EACH * PEOPLE))


def settings_of(inboxes: Inboxes, url: str, folder: Path, gateway: str) -> dict[str, Any]:
    plain = {
        **SETTINGS,
        "database_url": url,
        "data_dir": str(folder / "data"),
        "lumenfall_base_url": gateway,
        "headroom_percent": 0,
        "queue_per_person": 100,
        **inboxes.settings,
    }
    return {name: shown(value) for name, value in plain.items()}


async def ask(core: Core, inboxes: Inboxes, number: int) -> None:
    who = number % PEOPLE
    channel, reply_to = inboxes.where(who)
    actor = Actor(tenant=inboxes.tenant, person=inboxes.persons[who], name=f"p{who}", channel=channel)
    await core.service.submit(
        actor,
        GenerateOrder(model="seedream-4.5", prompt=f"fox {number}"),
        origin=inboxes.ORIGIN,
        reply_to=reply_to,
        dedupe_key=f"n{number}",
        pictures={},
    )


async def settled(core: Core, who: list[str]) -> None:
    """Wait until nothing is left to do and to tell."""
    async with asyncio.timeout(240):
        while await core.store.next_due() is not None:
            await asyncio.sleep(0.1)
        while True:
            some = [
                await core.store.notices_of_person(one) + await core.store.notices_of_tenant(one)
                for one in who
            ]
            notices = [one for found in some for one in found]
            if notices and all(one.outcome is NoticeOutcome.TOLD for one in notices):
                return
            await asyncio.sleep(0.2)
