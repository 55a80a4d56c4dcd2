"""The app is taken away: its token goes, queued and running work stops, holds are released; others go on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from adapters.slack.installation import KIND
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import Actor, Request, State
from bot.core.windows import Window
from tests.fakes.slack_many import Many, Place, install, running
from tests.fakes.slack_server.state import Channel, Message
from tests.fakes.slack_world import World, slack_world
from tests.fakes.stack import Stack

FILM = "/video waves --model kling-v3 --seconds 3"
ENTERPRISE = "E000000001"
ONE_AT_A_TIME = {"per_person": 1, "sandbox_options": {"video_seconds": 60.0}}


@pytest.fixture
async def org(tmp_path: Path) -> AsyncIterator[Many]:
    """acme has it by the organisation's installation, bolt by its own; one budget binds both."""
    async with running(tmp_path, enterprise=ENTERPRISE, **ONE_AT_A_TIME) as many:
        await install(many, many.acme)
        await install(many, many.bolt)
        admin = Actor(tenant=f"slack:{ENTERPRISE}", person="slack:x", is_admin=True)
        await many.stack.core.admin.set_budget(admin, Scope.TENANT, "", Window.DAY, Micros(100_000_000))
        yield many


async def two_films(many: Many, where: Place) -> None:
    """One that runs, and one that waits for it."""
    for count in (1, 2):
        await many.slack.mention(where.boss, where.room, FILM)
        await many.slack.wait_for(lambda count=count: len(promises(where.room)) == count)


def promises(room: Channel) -> list[Message]:
    return [message for message in room.bot_messages if "Filming your video" in message.rendered]


async def asked_by(many: Many, where: Place) -> list[Request]:
    rows = await many.stack.core.store.history(f"slack:{ENTERPRISE}", limit=50)
    return [row for row in rows if row.actor.person == f"slack:{where.boss.id}"]


async def until(look: Callable[[], object], seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not look():
            await asyncio.sleep(0.02)


async def until_ended(stack: Stack, tenant: str, person: str) -> None:
    async with asyncio.timeout(20):
        while await stack.core.store.unfinished(tenant, person=person):
            await asyncio.sleep(0.02)


async def held(many: Many) -> int:
    return sum(line.held for line in await many.stack.core.store.budgets(f"slack:{ENTERPRISE}"))


@pytest.mark.parametrize("leaving", ["acme", "bolt"])
async def test_what_leaves_takes_its_own_work_along_and_nobody_elses(org: Many, leaving: str) -> None:
    """The organisation's installation goes and a workspace's own stays, and the other way round."""
    gone, stays = (org.acme, org.bolt) if leaving == "acme" else (org.bolt, org.acme)
    await two_films(org, gone)
    await two_films(org, stays)
    await org.slack.uninstall(gone.team)
    await until_ended(org.stack, f"slack:{ENTERPRISE}", f"slack:{gone.boss.id}")
    assert {row.state for row in await asked_by(org, gone)} == {State.CANCELLED}
    assert not any(row.state is State.CANCELLED for row in await asked_by(org, stays))
    expected = f"{ENTERPRISE}:" + ("" if stays is org.acme else stays.team.id)
    assert list(await org.stack.core.store.documents(KIND)) == [expected]
    assert await held(org) == sum(row.hold or 0 for row in await asked_by(org, stays)) > 0
    assert await org.stack.core.store.verify() == []


async def test_an_organisations_token_that_is_shut_out_of_a_workspace_leaves_the_others_alone(
    org: Many,
) -> None:
    await two_films(org, org.acme)
    await two_films(org, org.bolt)
    for place in (org.bolt, org.acme):  # bolt has a token of its own
        await (await org.slack.shut_out(place.team)).acked()
    await until_ended(org.stack, f"slack:{ENTERPRISE}", f"slack:{org.acme.boss.id}")
    assert {row.state for row in await asked_by(org, org.acme)} == {State.CANCELLED}
    assert not any(row.state is State.CANCELLED for row in await asked_by(org, org.bolt))
    assert len(await org.stack.core.store.documents(KIND)) == 2


async def test_a_dead_token_stops_the_work_though_nobody_told_us(org: Many) -> None:
    """No event came; the next word to the person finds it out."""
    await two_films(org, org.acme)
    org.slack.grants[org.acme.team.token].dead = "account_inactive"
    await until_ended(org.stack, f"slack:{ENTERPRISE}", f"slack:{org.acme.boss.id}")
    assert {row.state for row in await asked_by(org, org.acme)} == {State.CANCELLED}
    assert await held(org) == 0
    assert list(await org.stack.core.store.documents(KIND)) == [f"{ENTERPRISE}:{org.bolt.team.id}"]


async def test_the_single_token_of_the_environment_is_no_exception(tmp_path: Path) -> None:
    async with slack_world(tmp_path, **ONE_AT_A_TIME) as world:
        for count in (1, 2):
            await world.slack.mention(world.ana, world.art, FILM)
            await world.slack.wait_for(lambda count=count: len(promises(world.art)) == count)
        world.slack.grants[world.team.token].dead = "token_revoked"
        await until_ended(world.stack, f"slack:{world.team.id}", f"slack:{world.ana.id}")
        assert {row.state for row in await world.requests()} == {State.CANCELLED}
        assert len([call for call in world.slack.calls if call.error == "token_revoked"]) == 1


async def test_a_late_word_of_an_uninstallation_does_not_take_a_new_token(tmp_path: Path) -> None:
    """Slack delivers again for an hour; the app may have come back meanwhile."""
    async with running(tmp_path) as many:
        await install(many, many.acme)
        sent = await many.slack.uninstall(many.acme.team)
        await until(lambda: all(one.first for one in sent))
        async with asyncio.timeout(10):
            while await many.stack.core.store.documents(KIND) or len(many.app._tasks):
                await asyncio.sleep(0.02)
        await install(many, many.acme)
        for number, delivery in enumerate(sent):
            payload = {**delivery.payload, "event_id": f"Ev9{number}"}
            again = many.slack.deliver(type(delivery)(**{**vars(delivery), "payload": payload}))
            await again.acked()
        await until(lambda: not len(many.app._tasks))
        await many.slack.mention(many.acme.boss, many.acme.room, "help")
        await many.acme.room.wait_for_text("generate a red fox")


async def test_another_workspaces_leaving_does_not_silence_the_one_of_the_environment(
    tmp_path: Path,
) -> None:
    async with slack_world(tmp_path) as world:
        other = world.slack.add_team("other")
        await world.slack.uninstall(other)
        await world.slack.all_acked()
        await until(lambda: not len(world.app._tasks))
        await answered(world)


async def answered(world: World) -> None:
    await world.slack.mention(world.ana, world.art, "help")
    await world.art.wait_for_text("generate a red fox")


async def test_a_token_found_dead_while_we_stop_is_dealt_with_by_the_next_start(tmp_path: Path) -> None:
    """It is kept like an event of Slack's."""
    async with running(tmp_path, **ONE_AT_A_TIME) as many:
        await install(many, many.acme)
        await two_films(many, many.acme)
        many.app._intake.closed = True
        [found] = await many.app._installations.all()
        await many.app._installations.mark_dead(found)
        tenant = f"slack:{many.acme.team.id}"
        assert len(await many.stack.core.store.unfinished(tenant)) == 2
        many.app._intake.closed = False
        assert await many.app._intake.resume(older_than_s=0) == 1
        await until_ended(many.stack, tenant, f"slack:{many.acme.boss.id}")
        rows = await many.stack.core.store.history(tenant)
        assert {row.state for row in rows} == {State.CANCELLED}
