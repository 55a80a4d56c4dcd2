"""Money manners in Slack: refusals for one person's eyes, prices on buttons, admins who decide."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.request import Actor, State
from bot.core.windows import Window
from tests.fakes.clocks import WarpClock
from tests.fakes.slack_world import World, picture, slack_world

FOX = "/generate a red fox --model seedream-4.5"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


def boss_of(world: World) -> Actor:
    return Actor(tenant=f"slack:{world.team.id}", person=f"slack:{world.boss.id}", is_admin=True)


async def limit(world: World, micros: int) -> None:
    """Everyone may spend this much a day."""
    await world.core.admin.set_budget(boss_of(world), Scope.PERSON, EVERYONE, Window.DAY, Micros(micros))


async def test_a_refusal_names_the_budget_and_its_reset_to_the_asker_only(world: World) -> None:
    await limit(world, 10_000)
    said = await world.slack.mention(world.ana, world.art, FOX)
    refused = await world.art.wait_for_text("Your budget for today has $0.01 left")
    assert refused.ephemeral_to is world.ana
    assert "resets" in refused.rendered
    await world.stack.settled()
    assert [m for m in said.replies if m.ephemeral_to is None] == [], "nobody else learns of it"


async def test_the_receipt_says_what_is_left(world: World) -> None:
    await limit(world, 1_000_000)
    await world.slack.mention(world.ana, world.art, FOX)
    shown = await world.result(world.art)
    assert "Your budget for today: $0.96 left" in shown.rendered


async def test_a_price_above_the_threshold_waits_for_its_askers_press(world: World) -> None:
    await world.policy(threshold=Micros(10_000))
    await world.slack.mention(world.ana, world.art, FOX)
    asked = await world.art.wait_for_text("would cost $0.04")
    await world.slack.click(world.boss, asked, "Run it for $0.04")
    told = await world.art.wait_for_text("Only the person who asked")
    assert told.ephemeral_to is world.boss
    await world.slack.click(world.ana, asked, "Run it for $0.04")
    shown = await world.result(world.art, "red fox")
    await world.stack.settled()
    assert asked.deleted
    assert shown.thread_ts == asked.thread_ts


async def test_a_price_that_is_not_agreed_to_costs_nothing(world: World) -> None:
    await world.policy(threshold=Micros(10_000))
    await world.slack.slash(world.ana, world.art, "/lumen", FOX)
    asked = await world.art.wait_for_text("would cost $0.04")
    await world.slack.click(world.ana, asked, "No, thanks")
    await world.art.wait_for(lambda m: m is asked and "cancelled" in m.rendered)
    assert "Nothing was charged" in asked.rendered


async def test_an_expired_price_says_so(world: World) -> None:
    await world.policy(threshold=Micros(10_000))
    await world.slack.mention(world.ana, world.art, FOX)
    asked = await world.art.wait_for_text("would cost $0.04")
    [request] = await world.requests()
    await world.core.store.move(request.id, lambda row: replace(row, expires_at=1))
    await world.slack.click(world.ana, asked, "Run it for $0.04")
    told = await world.art.wait_for(lambda m: m.ephemeral_to is world.ana)
    assert "no longer valid" in told.rendered
    await world.art.wait_for(lambda m: m is asked and "no longer valid" in m.rendered)


async def ask_for_more(world: World) -> None:
    await limit(world, 10_000)
    await world.slack.mention(world.ana, world.art, FOX)
    refused = await world.art.wait_for_text("Your budget for today has")
    await world.slack.click(world.ana, refused, "Ask an admin")
    await world.art.wait_for_text("I have asked the admins")


async def test_an_admin_is_asked_and_approves(world: World) -> None:
    await ask_for_more(world)
    card = await world.slack.direct(world.boss).wait_for_text("May this run?")
    assert "$0.05" in card.rendered
    await world.slack.click(world.boss, card, "Approve")
    shown = await world.result(world.art, "red fox")
    await world.slack.direct(world.boss).wait_for(lambda m: m is card and "approved by" in m.rendered)
    await world.stack.settled()
    [request] = await world.requests()
    assert request.state is State.DELIVERED
    assert request.approved_by == f"slack:{world.boss.id}"
    assert shown.ephemeral_to is None


async def test_an_admin_says_no_and_the_asker_hears_of_it(world: World) -> None:
    await ask_for_more(world)
    card = await world.slack.direct(world.boss).wait_for_text("May this run?")
    await world.slack.click(world.boss, card, "Deny")
    told = await world.art.wait_for_text("An admin declined")
    assert told.ephemeral_to is world.ana
    await world.slack.direct(world.boss).wait_for(lambda m: m is card and "denied by" in m.rendered)


async def test_of_two_admins_who_press_at_once_one_wins(world: World) -> None:
    other = world.slack.user(world.team, "zoe", is_owner=True)
    admins = world.slack.channel(world.team, "admins", members=[world.boss, other])
    await world.policy(admin_channel=f"slack:{admins.id}")
    await ask_for_more(world)
    card = await admins.wait_for_text("May this run?")
    await asyncio.gather(
        world.slack.click(world.boss, card, "Approve"), world.slack.click(other, card, "Approve")
    )
    await world.result(world.art, "red fox")
    late = await admins.wait_for_text("Someone has already decided")
    assert late.ephemeral_to in (world.boss, other)
    await world.stack.settled()
    assert len([m for m in world.art.messages if m.files]) == 1
    [request] = await world.requests()
    assert request.charged == 40_000


async def test_only_admins_decide(world: World) -> None:
    admins = world.slack.channel(world.team, "admins", members=[world.boss, world.ana])
    await world.policy(admin_channel=f"slack:{admins.id}")
    await ask_for_more(world)
    card = await admins.wait_for_text("May this run?")
    await world.slack.click(world.ana, card, "Approve")
    told = await admins.wait_for_text("Only admins can do that")
    assert told.ephemeral_to is world.ana
    assert (await world.requests())[0].state is State.REFUSED


async def test_two_presses_at_once_ask_the_admins_once(world: World) -> None:
    await limit(world, 10_000)
    await world.slack.mention(world.ana, world.art, FOX)
    refused = await world.art.wait_for_text("Your budget for today has")
    await asyncio.gather(*(world.slack.click(world.ana, refused, "Ask an admin") for _ in range(2)))
    await world.art.wait_for_text("have been asked already")
    cards = [m for m in world.slack.direct(world.boss).messages if "May this run?" in m.rendered]
    assert len(cards) == 1


async def test_a_user_groups_allowance_holds_for_its_members(world: World) -> None:
    group = world.slack.usergroup(world.team, "designers", [world.ana])
    await limit(world, 10_000)
    actor = boss_of(world)
    await world.core.admin.set_budget(actor, Scope.ROLE, f"slack:{group.id}", Window.DAY, Micros(1_000_000))
    await world.slack.mention(world.ana, world.art, FOX)
    shown = await world.result(world.art)
    assert "Your role's budget for today: $0.96 left" in shown.rendered


async def test_a_user_group_and_a_membership_are_asked_again_of_what_waited(tmp_path: Path) -> None:
    clock = WarpClock()
    async with slack_world(tmp_path, clock=clock) as world:
        group = world.slack.usergroup(world.team, "designers", [world.ana])
        await world.policy(exempt_roles=(f"slack:{group.id}",))
        await limit(world, 0)
        world.stack.sandbox.fail("429", endpoint="generate", retry_after=3600, times=2)
        await world.slack.mention(world.ana, world.art, FOX)
        await world.stack.resting(f"slack:{world.team.id}")
        group.members.clear()
        clock.jump(3601)
        world.stack.core.worker.wake()
        await world.art.wait_for_text("Your budget for today has $0.00 left")
        await world.policy(exempt_roles=())
        await limit(world, 1_000_000)
        await world.slack.mention(world.ana, world.art, FOX)
        await world.stack.resting(f"slack:{world.team.id}")
        world.ana.deleted = True
        clock.jump(3601)
        world.stack.core.worker.wake()
        await world.stack.settled()
        [row, _] = await world.stack.core.service.history(boss_of(world), everyone=True)
        assert "no longer a member" in (row.failure.message if row.failure else "")
        assert world.stack.sandbox.charged_micros == 0


async def test_a_channels_budget_holds_in_that_channel(world: World) -> None:
    actor = boss_of(world)
    await world.core.admin.set_budget(
        actor, Scope.CHANNEL, f"slack:{world.art.id}", Window.DAY, Micros(10_000)
    )
    await world.slack.mention(world.ana, world.art, FOX)
    await world.art.wait_for_text("This channel's budget for today has $0.01 left")
    await world.slack.dm(world.ana, FOX)
    await world.result(world.slack.direct(world.ana))


async def test_an_edit_without_a_budget_is_refused_before_its_picture_is_fetched(world: World) -> None:
    await limit(world, 0)
    edit = "/edit make it night --model seedream-4.5"
    await world.slack.mention(world.ana, world.art, edit, files=[picture()])
    refused = await world.art.wait_for_text("has nothing left")
    assert refused.ephemeral_to is world.ana
    assert "no admin can approve it as it is. Ask an admin for a higher limit" in refused.rendered
    assert "[Ask an admin]" not in refused.rendered
    assert world.slack.downloads == []
    assert await world.core.store.history(f"slack:{world.team.id}") == []
