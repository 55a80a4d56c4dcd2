"""Talking to the bot on Slack: threads, direct messages, plans, and what buys nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.capability import Capability
from bot.core.events import Progressed
from bot.core.request import State
from tests.fakes.slack_server.state import Message
from tests.fakes.slack_world import World, slack_world

pytestmark = pytest.mark.asyncio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as found:
        yield found


async def answer(world: World, said: Message, text: str) -> Message:
    """The message of the bot in the thread of what was said that shows this."""
    root = said.thread_ts or said.ts
    return await said.channel.wait_for(
        lambda m: m.is_bot and m.ts > said.ts and m.thread_ts == root and text in m.rendered, 30
    )


async def test_a_thread_of_turns_works_on_the_right_pictures_and_adds_up(world: World) -> None:
    slack, ana, art, sandbox = world.slack, world.ana, world.art, world.stack.sandbox
    for words in ("make it night", "a hat", "a scarf"):
        sandbox.script(words, ("edit", {"prompt": words}))
    root = await slack.mention(ana, art, "please draw a red fox")
    shown = await answer(world, root, "*Picture* p1, for")
    assert "for understanding you" in shown.rendered
    said = await slack.mention(ana, art, "make it night", thread_ts=root)
    await answer(world, said, "p2, from p1")
    said = await slack.mention(ana, art, "now a hat", thread_ts=root)
    assert "in this conversation" in (await answer(world, said, "p3, from p2")).rendered
    said = await slack.mention(ana, art, "undo that", thread_ts=root)
    await answer(world, said, "Back to p2")
    said = await slack.mention(ana, art, "with a scarf", thread_ts=root)
    await answer(world, said, "p4, from p2")
    await world.stack.settled()
    rows = await world.requests()
    assert sum(row.charged or 0 for row in rows) == sandbox.charged_micros
    assert await world.core.store.verify() == []


async def test_one_press_runs_a_plan_and_nobody_else_can(world: World) -> None:
    slack, ana, art = world.slack, world.ana, world.art
    world.stack.sandbox.script(
        "then make it night",
        ("generate", {"prompt": "a fox"}),
        ("edit", {"prompt": "make it night", "pictures": ["p1"]}),
    )
    other = slack.user(world.team, "eve")
    art.members.append(other)
    root = await slack.mention(ana, art, "draw a fox, then make it night")
    plan = await answer(world, root, "2 orders, about")
    await slack.click(other, plan, "plan")
    told = await art.wait_for_text("Only the person who asked")
    assert told.ephemeral_to is other
    assert all("chat" in call.endpoint for call in world.stack.sandbox.state.log)
    await slack.click(ana, plan, "plan")
    await answer(world, root, "p2, from p1")
    await world.stack.settled()
    made = [row for row in await world.requests() if row.capability is not Capability.CHAT]
    assert [row.state for row in made] == [State.DELIVERED] * 2


async def test_an_order_of_a_plan_says_that_it_is_made_only_once_it_is(world: World) -> None:
    both = (("generate", {"prompt": "a fox"}), ("upscale", {}))
    world.stack.sandbox.script("both", *both)
    root = await world.slack.mention(world.ana, world.art, "both please")
    plan = await answer(world, root, "2 orders, about")
    for order in [row for row in await world.requests() if row.part]:
        await world.core.notifiers["slack"].progress(order.reply_to, Progressed(request=order))
    await world.slack.click(world.ana, plan, "drop")
    await world.art.wait_for(lambda m: m.is_bot and "None of them runs" in m.rendered, 10)
    await world.stack.settled()
    assert "⏳" not in world.slack.transcript(root, as_seen_by=world.ana)


async def test_a_direct_message_is_one_conversation_at_its_top(world: World) -> None:
    slack, ana = world.slack, world.ana
    world.stack.sandbox.script("make it night", ("edit", {"prompt": "make it night"}))
    await slack.dm(ana, "draw a red fox")
    place = slack.direct(ana)
    first = await place.wait_for(lambda m: m.is_bot and "p1, for" in m.rendered, 30)
    assert not first.thread_ts
    await slack.dm(ana, "make it night")
    await place.wait_for(lambda m: m.is_bot and "p2, from p1" in m.rendered, 30)
    await world.stack.settled()
    await slack.dm(ana, "/forget")
    await place.wait_for(lambda m: m.is_bot and "orgotten" in m.rendered, 10)


async def test_a_first_word_is_no_command_and_the_name_alone_is_answered_in_two_lines(world: World) -> None:
    slack, ana, art = world.slack, world.ana, world.art
    said = await slack.mention(ana, art, "video killed the radio star, who sang that?")
    await answer(world, said, "charged")
    await world.stack.settled()
    assert [row.capability for row in await world.requests()] == [Capability.CHAT]
    named = await slack.mention(ana, art, "")
    greeting = await answer(world, named, "say what you want")
    assert len(greeting.rendered.strip().splitlines()) <= 3
    await world.stack.settled()
    assert len(await world.requests()) == 1


async def test_an_edited_message_that_mentions_the_bot_now_counts_once(world: World) -> None:
    slack, ana, art = world.slack, world.ana, world.art
    said = await slack.say(ana, art, "what is a fox?")
    text = f"{world.team.bot.mention} what is a fox?"
    event = {"type": "app_mention", "user": ana.id, "text": text, "ts": said.ts, "channel": art.id}
    for moment in ("2.2", "3.3"):
        edited = {"event_ts": moment, "edited": {"user": ana.id, "ts": moment}}
        await slack.event(world.team, event | edited, art)
    await answer(world, said, "charged")
    await world.stack.settled()
    assert len(await world.requests()) == 1
