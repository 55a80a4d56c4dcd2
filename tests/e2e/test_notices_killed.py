"""Three replicas that post to Slack, one of which is killed every moment, while limits are used up.

`NOTICE_ORDERS` sets how many orders are asked for.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections import Counter
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
from tests.fakes.postgres import postgres_server, postgres_url
from tests.fakes.replica import SharedClock
from tests.fakes.sandbox import running_sandbox
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Channel, Team, User
from tests.fakes.trial import WarpedSandboxClock

__all__ = ["postgres_server", "postgres_url"]

ORDERS = int(os.environ.get("NOTICE_ORDERS", "200"))
PEOPLE = 10
PRICE = 40_000
EACH = PRICE * ORDERS // PEOPLE
"""A person's limit: exactly what all of their orders cost."""
_TOLD = re.compile(
    r"(your budget|the budget of everyone here) in total(?:: (50|80) percent| (is used up))", re.I
)


def told(channel: Channel) -> Counter[tuple[str, int]]:
    """Whose limit and which threshold each message of a conversation tells."""
    found: Counter[tuple[str, int]] = Counter()
    for message in channel.messages:
        for match in _TOLD.finditer(message.rendered if message.is_bot and not message.deleted else ""):
            found[match[1].lower(), int(match[2] or 100)] += 1
    return found


async def expected(core: Core, tenant: str, limits: dict[str, int]) -> dict[str, set[int]]:
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
        return await self._factory.fork("tests.fakes.slack_replica:main", self._args)


@pytest.mark.postgres
@pytest.mark.deep
@pytest.mark.timeout(600)
async def test_each_inbox_holds_one_message_per_limit_threshold_and_window(
    tmp_path: Path, postgres_url: str
) -> None:
    dice, start = random.Random(os.environ.get("FAULT_SEED", "capybara")), time.time()
    clock = SharedClock(start, SPEED)
    async with (
        running_sandbox(clock=WarpedSandboxClock(clock)) as sandbox,
        await SlackServer.start() as slack,
        process_factory(tmp_path / "logs") as factory,
    ):
        team = slack.add_team("acme")
        people = [slack.user(team, f"p{number}") for number in range(PEOPLE)]
        admins = slack.channel(team, "admins", members=people[:1])
        plain = settings_of(slack, team, postgres_url, tmp_path, sandbox.base_url)
        replicas = Replicas(factory, {"settings": plain, "start": start, "speed": SPEED})
        async with open_core(Settings(**plain), clock=clock) as front:
            tenant = f"slack:{team.id}"
            boss = Actor(tenant=tenant, person="slack:UBOSS", is_admin=True)
            await front.admin.change(boss, threshold=Micros(10**9), notice_channel=f"slack:{admins.id}")
            await front.admin.set_budget(boss, Scope.PERSON, EVERYONE, Window.TOTAL, Micros(EACH))
            shared = EACH * PEOPLE
            await front.admin.set_budget(boss, Scope.TENANT, "", Window.TOTAL, Micros(shared))
            await replicas.launch()
            for number in range(ORDERS):
                await ask(front, slack, tenant, people[number % PEOPLE], number)
                if dice.random() < 0.25:
                    await asyncio.sleep(dice.uniform(0, 0.3))
                    await replicas.replace(dice.randrange(3))
            await settled(front, [tenant, *(f"slack:{one.id}" for one in people)])
            assert await front.store.verify() == []
            limits = {f"slack:{one.id}": EACH for one in people} | {"all": shared}
            passed = await expected(front, tenant, limits)
            for person in people:
                wanted = {("your budget", one): 1 for one in passed[f"slack:{person.id}"]}
                assert told(slack.direct(person)) == wanted, slack.transcript(slack.direct(person))
            wanted = {("the budget of everyone here", one): 1 for one in passed["all"]}
            assert told(admins) == wanted
            assert passed["all"] >= {50, 80}


def settings_of(slack: SlackServer, team: Team, url: str, folder: Path, gateway: str) -> dict[str, Any]:
    plain = {
        **SETTINGS,
        "database_url": url,
        "data_dir": str(folder / "data"),
        "lumenfall_base_url": gateway,
        "slack_bot_token": team.token,
        "slack_signing_secret": slack.app.signing_secret,
        "slack_api_url": slack.api_url,
        "headroom_percent": 0,
        "queue_per_person": 100,
    }
    return {name: shown(value) for name, value in plain.items()}


async def ask(core: Core, slack: SlackServer, tenant: str, user: User, number: int) -> None:
    direct = slack.direct(user)
    actor = Actor(tenant=tenant, person=f"slack:{user.id}", name=user.name, channel=f"slack:{direct.id}")
    await core.service.submit(
        actor,
        GenerateOrder(model="seedream-4.5", prompt=f"fox {number}"),
        origin="slack",
        reply_to={"team": tenant.partition(":")[2], "user": user.id, "channel": direct.id},
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
