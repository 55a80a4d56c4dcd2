"""On Slack the workspace pays for its direct messages too; admins and the operator can switch them off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.request import Actor
from bot.core.tenant import Elsewhere
from bot.core.windows import Window
from tests.fakes.slack_server.state import User
from tests.fakes.slack_world import World, slack_world

FOX = "/generate a red fox --model seedream-4.5"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as found:
        yield found


async def told(world: World, who: User, text: str) -> None:
    """Ask in the direct messages, and be refused with these words."""
    said = await world.slack.dm(who, FOX)
    await world.slack.direct(who).wait_for(lambda m: m.is_bot and m.ts > said.ts and text in m.rendered)


async def test_one_allowance_in_the_channel_and_in_direct_messages(world: World) -> None:
    boss = Actor(tenant=f"slack:{world.team.id}", person=f"slack:{world.boss.id}", is_admin=True)
    await world.core.admin.set_budget(boss, Scope.PERSON, EVERYONE, Window.DAY, Micros(100_000))
    await world.slack.mention(world.ana, world.art, FOX)
    await world.result(world.art)
    await world.slack.dm(world.ana, FOX)
    await world.result(world.slack.direct(world.ana))
    await world.stack.settled()
    await told(world, world.ana, "Your budget for today has $0.02 left")
    assert {row.actor.tenant for row in await world.requests()} == {f"slack:{world.team.id}"}
    assert world.stack.sandbox.charged_micros == 80_000


async def test_blocked_and_paused_hold_in_direct_messages(world: World) -> None:
    await world.policy(blocked_people=(f"slack:{world.ana.id}",))
    await told(world, world.ana, "has blocked you")
    await world.policy(blocked_people=(), paused=True)
    await told(world, world.ana, "has paused new requests")
    assert await world.requests() == []


async def test_direct_messages_are_off_where_only_some_channels_are_allowed_unless_listed(
    world: World,
) -> None:
    await world.policy(allowed_channels=(f"slack:{world.art.id}",))
    await told(world, world.ana, "off in direct messages")
    await world.policy(direct_messages=Elsewhere.ALWAYS)
    await world.slack.dm(world.ana, FOX)
    await world.result(world.slack.direct(world.ana))


async def test_an_admin_switches_direct_messages_off_and_on_from_a_direct_message(world: World) -> None:
    await world.slack.dm(world.boss, "/settings direct_messages off")
    direct = world.slack.direct(world.boss)
    await direct.wait_for_text("Direct messages")
    assert (await world.core.store.tenant(f"slack:{world.team.id}")).direct_messages is Elsewhere.NEVER
    await told(world, world.boss, "off in direct messages")
    await world.slack.mention(world.ana, world.art, FOX)
    await world.result(world.art)
    await world.slack.dm(world.boss, "/settings direct_messages on")
    await direct.wait_for_text("Direct messages: on")
    await world.slack.dm(world.boss, FOX)
    await world.result(direct)


async def test_guests_can_be_switched_off(world: World) -> None:
    guest = world.slack.user(world.team, "gus", is_restricted=True)
    world.art.members.append(guest)
    await world.slack.dm(guest, FOX)
    await world.result(world.slack.direct(guest))
    await world.policy(guests=False)
    await told(world, guest, "for guests")
    await world.slack.mention(world.ana, world.art, FOX)
    await world.result(world.art)


async def test_the_operator_switches_direct_messages_and_guests_off(tmp_path: Path) -> None:
    async with slack_world(tmp_path, direct_messages=False, guests=False) as world:
        await told(world, world.ana, "operator of this bot has switched direct messages off")
        guest = world.slack.user(world.team, "gus", is_restricted=True)
        world.art.members.append(guest)
        await world.slack.mention(guest, world.art, FOX)
        await world.art.wait_for_text("does not serve guests")
        await world.slack.mention(world.ana, world.art, FOX)
        await world.result(world.art)


async def test_the_operators_lists_of_workspaces_and_people(tmp_path: Path) -> None:
    async with slack_world(tmp_path, allowed_workspaces=("T1",)) as world:
        await told(world, world.ana, "not allowed it to be used here")
    async with slack_world(tmp_path / "people", allowed_people=("slack:U1",)) as world:
        await told(world, world.ana, "not allowed you to use it")
