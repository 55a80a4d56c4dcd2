"""Notices and digests in Slack: in private, to the admins, once each, and what people can switch off."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.notices.digest import due_period
from bot.core.notices.thresholds import NoticeOutcome
from bot.core.request import Actor
from bot.core.windows import Window
from tests.fakes.golden import agrees
from tests.fakes.later import LaterClock
from tests.fakes.slack_server.state import Channel, Message
from tests.fakes.slack_world import World, slack_world

FOX = "/generate a red fox --model seedream-4.5"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


def boss_of(world: World) -> Actor:
    return Actor(tenant=f"slack:{world.team.id}", person=f"slack:{world.boss.id}", is_admin=True)


async def limit(world: World, scope: Scope, subject: str, micros: int) -> None:
    await world.core.admin.set_budget(boss_of(world), scope, subject, Window.DAY, Micros(micros))


async def spent(world: World) -> None:
    await world.slack.mention(world.ana, world.art, FOX)
    await world.result(world.art)
    await world.stack.settled()


def said(channel: Channel, words: str) -> list[Message]:
    return [one for one in channel.messages if one.is_bot and words in one.rendered]


async def test_a_person_is_told_once_in_private(world: World) -> None:
    await limit(world, Scope.PERSON, EVERYONE, 50_000)
    await spent(world)
    direct = world.slack.direct(world.ana)
    told = await direct.wait_for_text("Your budget for today: 80 percent are used, $0.04 of $0.05.")
    assert "$0.01 is left. It begins again:" in told.rendered
    await world.core.notices.tell_due()
    assert len(said(direct, "percent are used")) == 1
    assert said(world.art, "percent are used") == [], "nobody else learns of it"


async def test_a_shared_limit_is_told_to_the_admins_channel_else_to_who_set_it(world: World) -> None:
    await limit(world, Scope.TENANT, "", 50_000)
    await limit(world, Scope.CHANNEL, f"slack:{world.art.id}", 60_000)
    await spent(world)
    direct = world.slack.direct(world.boss)
    await direct.wait_for_text("The budget of everyone here for today: 80 percent are used")
    told = await direct.wait_for_text("for today: 50 percent are used, $0.04 of $0.06.")
    assert "#art" in told.rendered
    assert said(world.slack.direct(world.ana), "everyone here") == []
    admins = world.slack.channel(world.team, "admins", members=[world.boss])
    await world.policy(notice_channel=f"slack:{admins.id}")
    await limit(world, Scope.TENANT, "", 41_000)
    await world.core.admin.grant(
        boss_of(world),
        next(
            line.budget.id
            for line in await world.core.admin.budgets(boss_of(world))
            if line.budget.scope is Scope.TENANT and not line.budget.fixed
        ),
        "",
        Micros(39_000),
    )
    await limit(world, Scope.CHANNEL, f"slack:{world.art.id}", 1_000_000)
    await world.slack.mention(world.ana, world.art, "/generate a wolf --model seedream-4.5")
    await world.result(world.art, "wolf")
    told = await admins.wait_for_text("The budget of everyone here for today is used up: $0.08 of $0.08.")
    assert "Orders that cost something are refused until" in told.rendered
    texts = {
        "to who set the limit": "\n\n".join(sorted(one.rendered for one in said(direct, "are used"))),
        "to the admins": told.rendered,
    }
    agrees("slack_notices.txt", texts)


async def test_where_direct_messages_are_closed_it_is_said_where_they_asked(world: World) -> None:
    await limit(world, Scope.PERSON, EVERYONE, 50_000)
    world.slack.fail("conversations.open", "user_not_found", times=5)
    await spent(world)
    told = await world.art.wait_for_text("80 percent are used")
    assert told.ephemeral_to is world.ana


async def test_it_is_switched_off_by_a_press_and_on_by_a_word(world: World) -> None:
    await limit(world, Scope.PERSON, EVERYONE, 50_000)
    await spent(world)
    direct = world.slack.direct(world.ana)
    told = await direct.wait_for_text("80 percent are used")
    await world.slack.click(world.ana, told, "No more of these")
    await direct.wait_for_text("You get no more notices about your own limits.")
    await limit(world, Scope.PERSON, EVERYONE, 85_000)
    await world.slack.mention(world.ana, world.art, "/generate a wolf --model seedream-4.5")
    await world.result(world.art, "wolf")
    await world.stack.settled()
    await world.core.notices.tell_due()
    assert len(said(direct, "percent are used")) == 1
    newest = (await world.core.store.notices_of_person(f"slack:{world.ana.id}"))[0]
    assert newest.outcome is NoticeOutcome.UNWANTED
    await world.slack.slash(world.ana, world.art, "/lumen", "notices on")
    await world.art.wait_for_text("You are told in private when 50, 80 and 100 percent")


async def test_what_was_posted_by_a_process_that_died_is_found(world: World) -> None:
    """Slack has the message; that it was told was never written."""
    await limit(world, Scope.PERSON, EVERYONE, 50_000)
    await spent(world)
    direct = world.slack.direct(world.ana)
    await direct.wait_for_text("80 percent are used")
    [notice] = await world.core.store.notices_of_person(f"slack:{world.ana.id}")
    [claimed] = [replace(notice, attempts=2)]
    row = await world.core.store.get(notice.request_id)
    assert row is not None
    await world.core.notices._tell(
        replace(claimed, reply_to=dict(row.reply_to), outcome=NoticeOutcome.WAITING)
    )
    assert len(said(direct, "percent are used")) == 1


async def test_a_digest_is_posted_once_in_its_channel_with_a_chart(world: World) -> None:
    await spent(world)
    await world.policy(digest_channel=f"slack:{world.art.id}")
    core = world.core
    await core.notices.post_due()
    assert said(world.art, "Spent here") == [], "the month is not over"
    core.notices._clock = LaterClock.after(Window.MONTH, core.clock)
    await core.notices.post_due()
    posted = await world.art.wait_for(lambda m: m.is_bot and "Spent here from" in m.rendered)
    for words in (
        "$0.04 for 1 order; $0.00 in the time before (new).",
        "By person",
        "ana: $0.04",
        "By channel",
    ):
        assert words in posted.rendered, posted.rendered
    assert [file.title for file in posted.files]
    assert "a red fox" not in posted.rendered
    core.notices._noted.clear()
    await core.notices.post_due()
    assert len(said(world.art, "Spent here from")) == 1
    [period] = await core.store.claim_digests(["slack"], now=2**60, until=2**61, most=5) or [None]
    assert period is None, "it was written that it was posted"
    due = due_period(await core.store.tenant(f"slack:{world.team.id}"), core.notices._clock.now())
    assert due is not None
    await core.notices._post(replace(due, attempts=2))
    assert len(said(world.art, "Spent here from")) == 1, "posted by a process that died"
    agrees("slack_digest.txt", {"a digest in its channel": posted.rendered})


async def test_admins_look_at_the_digest_whenever_they_like_and_others_do_not(world: World) -> None:
    await spent(world)
    await world.slack.slash(world.boss, world.art, "/lumen", "digest")
    shown = await world.art.wait_for_text("$0.04 for 1 order")
    assert shown.ephemeral_to is world.boss
    await world.slack.slash(world.ana, world.art, "/lumen", "digest last")
    refused = await world.art.wait_for_text("Only admins can do that here.")
    assert refused.ephemeral_to is world.ana
