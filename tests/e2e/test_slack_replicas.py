"""Two replicas behind one load balancer and on one PostgreSQL: what Slack says twice happens once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.request import Actor, State
from bot.core.windows import Window
from tests.fakes.postgres import postgres_server, postgres_url
from tests.fakes.sandbox import running_sandbox
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Message
from tests.fakes.slack_world import World, adapter_running

__all__ = ["postgres_server", "postgres_url"]

pytestmark = pytest.mark.postgres

FOX = "/generate a red fox --model seedream-4.5"


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The two of them; they share everything but memory."""

    one: World
    two: World

    async def settled(self) -> None:
        await self.one.stack.settled()
        await self.two.stack.settled()


@pytest.fixture
async def pair(tmp_path: Path, postgres_url: str) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as exits:
        sandbox = await exits.enter_async_context(running_sandbox())
        slack = await exits.enter_async_context(await SlackServer.start())
        team = slack.add_team("acme")
        ana, boss = slack.user(team, "ana"), slack.user(team, "boss", is_admin=True)
        art = slack.channel(team, "art", members=[ana, boss])
        worlds: list[World] = []
        for name in ("one", "two"):
            running = adapter_running(
                slack,
                tmp_path / name,
                "http",
                team=team,
                sandbox=sandbox,
                database_url=SecretStr(postgres_url),
                database_pool=4,
            )
            stack, app, url = await exits.enter_async_context(running)
            worlds.append(
                World(slack=slack, team=team, ana=ana, boss=boss, art=art, stack=stack, app=app, url=url)
            )
        yield Pair(one=worlds[0], two=worlds[1])
        assert not slack.violations, "\n".join(slack.violations)


def results(world: World) -> list[Message]:
    return [message for message in world.art.messages if message.files and not message.deleted]


async def test_what_is_delivered_to_both_happens_once(pair: Pair) -> None:
    """One request, one paid call and one post each for a mention, a command and a press."""
    slack, world = pair.one.slack, pair.one
    slack.copies = 2
    await slack.mention(world.ana, world.art, FOX)
    first = await world.result(world.art, "red fox")
    await slack.slash(world.ana, world.art, "/lumen", "generate a wolf --model seedream-4.5")
    await world.result(world.art, "wolf")
    await slack.click(world.ana, first, "Upscale")
    await world.result(world.art, "*Upscale* p")
    await slack.all_acked()
    await pair.settled()
    ends = [{attempt.via for attempt in delivery.attempts} for delivery in slack.deliveries]
    assert [len(via) for via in ends] == [2, 2, 2], "each went to both, and one has not the picture"
    rows = await world.requests()
    assert [row.state for row in rows] == [State.DELIVERED] * 3
    assert len(world.stack.sandbox.paid_calls) == 3
    assert sum(row.charged or 0 for row in rows) == sum(c.cost_micros for c in world.stack.sandbox.state.log)
    assert len(results(world)) == 3
    assert not [m for m in world.art.bot_messages if "⏳" in m.rendered], "no promise is left standing"
    assert await world.core.store.verify() == []


async def test_a_promise_that_comes_after_the_end_is_taken_back(pair: Pair) -> None:
    """One replica is told to wait by Slack before it can promise; the other has long delivered."""
    slack, world = pair.one.slack, pair.one
    await pair.one.core.worker.stop()
    slack.connect_http(f"{pair.one.url}/slack/events")
    slack.fail("chat.postMessage", "ratelimited", retry_after=2)
    await slack.mention(world.ana, world.art, FOX)
    await world.result(world.art, "red fox")
    await slack.wait_for(lambda: len(slack.calls_of("chat.postMessage")) == 2)
    await slack.wait_for(lambda: not len(pair.one.app._tasks))
    [shown] = world.art.bot_messages
    assert shown.files


async def test_admins_are_asked_once_and_decide_once(pair: Pair) -> None:
    """Every press reaches both replicas at the same time: one card, one verdict, one grant."""
    slack, world = pair.one.slack, pair.one
    zoe = slack.user(world.team, "zoe", is_owner=True)
    admins = slack.channel(world.team, "admins", members=[world.boss, zoe])
    admin = Actor(tenant=f"slack:{world.team.id}", person=f"slack:{world.boss.id}", is_admin=True)
    await world.core.admin.set_budget(admin, Scope.PERSON, EVERYONE, Window.DAY, Micros(10_000))
    await world.policy(admin_channel=f"slack:{admins.id}")
    await slack.mention(world.ana, world.art, FOX)
    refused = await world.art.wait_for_text("Your budget for today has")
    await asyncio.gather(*(slack.click(world.ana, refused, "Ask an admin") for _ in range(4)))
    card = await admins.wait_for_text("May this run?")
    await slack.all_acked()
    await asyncio.gather(
        *(slack.click(who, card, "Approve") for who in (world.boss, zoe, world.boss, zoe)),
    )
    await world.result(world.art, "red fox")
    await pair.settled()
    await slack.wait_for(lambda: not len(pair.one.app._tasks) and not len(pair.two.app._tasks))
    assert len([m for m in admins.bot_messages if m.ephemeral_to is None]) == 1
    assert "approved by" in card.rendered
    late = [m for m in admins.messages if m.ephemeral_to and "Someone has already decided" in m.rendered]
    assert len(late) == 3
    [request] = await world.requests()
    assert (request.state, request.charged) == (State.DELIVERED, 40_000)
    [room] = await world.core.service.balance(replace(admin, person=f"slack:{world.ana.id}", is_admin=False))
    assert (room.limit, room.spent, room.held) == (10_000, 0, 0), "an approval leaves no room behind"
    assert len(results(world)) == 1
