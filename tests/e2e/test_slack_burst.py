"""Many things at once: acknowledged within Slack's three seconds, all ended, none lost or doubled."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

import pytest

from bot.core.request import TERMINAL
from tests.fakes.slack_server.state import Channel, User
from tests.fakes.slack_world import TRANSPORTS, World, slack_world

EVENTS = [80, pytest.param(500, marks=pytest.mark.deep)]
SHOWN = 25
ROOMY = {"queue_limit": 5000, "per_tenant": 64, "per_person": 16, "concurrency": 64}


async def prepared(world: World, rooms: int) -> tuple[list[User], list[Channel]]:
    people = [world.slack.user(world.team, f"p{number}") for number in range(20)]
    channels = [world.slack.channel(world.team, f"c{number}", members=people) for number in range(rooms)]
    return people, channels


async def burst(world: World, events: int) -> tuple[list[float], int]:
    """So many mentions, commands and presses; the acknowledgement times and how many requests that makes."""
    people, channels = await prepared(world, 50)
    # A conversation takes about a message a second, so what is pressed stands in several.
    for place in channels[:SHOWN]:
        await world.slack.mention(people[0], place, "/generate a fox --model seedream-4.5")
    shown = [await world.result(place) for place in channels[:SHOWN]]
    await world.stack.settled()
    before = len(world.slack.deliveries)
    for number in range(events):
        person, place = people[number % len(people)], channels[number % len(channels)]
        if number % 5 < 2:
            await world.slack.mention(person, place, f"/generate fox {number} --model seedream-4.5")
        elif number % 5 < 4:
            text = f"generate wolf {number} --model seedream-4.5"
            await world.slack.slash(person, place, "/lumen", text)
        else:
            await world.press(person, shown[number // 5 % SHOWN], "Again")
    await world.slack.all_acked(60)
    return [delivery.ack_seconds for delivery in world.slack.deliveries[before:]], events + SHOWN


def report(name: str, seconds: list[float]) -> None:
    cuts = statistics.quantiles(seconds, n=100)
    print(
        f"\n{name}: {len(seconds)} acknowledged, p50 {cuts[49] * 1000:.0f} ms, p99 {cuts[98] * 1000:.0f} ms"
    )


@pytest.mark.timeout(400)
@pytest.mark.apart
@pytest.mark.parametrize("events", EVENTS)
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_many_at_once_are_acknowledged_and_end(
    transport: str, events: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with slack_world(tmp_path, transport, **ROOMY) as world:
        seconds, asked = await burst(world, events)
        with capsys.disabled():
            report(transport, seconds)
        assert max(seconds) < 3
        assert all(len(delivery.attempts) == 1 for delivery in world.slack.deliveries)
        await all_over(world)
        await check(world, asked)


@pytest.mark.timeout(400)
@pytest.mark.apart
@pytest.mark.parametrize("events", EVENTS)
async def test_many_delivered_twice_over_two_sockets_run_once(
    events: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with slack_world(tmp_path, "socket", sockets=2, **ROOMY) as world:
        world.slack.copies = 2
        seconds, asked = await burst(world, events)
        with capsys.disabled():
            report("doubled", seconds)
        assert max(seconds) < 3
        vias = [{attempt.via for attempt in delivery.attempts} for delivery in world.slack.deliveries]
        assert sum(len(via) == 2 for via in vias) > events * 0.9, "the copies came over two sockets"
        await all_over(world)
        await check(world, asked)


async def all_over(world: World) -> None:
    """Until what was acknowledged has become requests, and these have ended."""
    async with asyncio.timeout(300):
        while len(world.app._tasks):
            await asyncio.sleep(0.05)
    await world.stack.settled(300)


async def check(world: World, asked: int) -> None:
    requests = await world.requests()
    assert len(requests) == asked
    assert len({request.dedupe_key for request in requests}) == asked
    assert {request.state for request in requests} <= TERMINAL
    results = [m for channel in world.team.channels.values() for m in channel.messages if m.files]
    assert len(results) == asked, "each is shown once"
    assert await world.core.store.verify() == []
    assert sum(request.charged or 0 for request in requests) == 40_000 * asked
