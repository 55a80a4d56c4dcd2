"""Conversations on Slack: buttons join them, older pictures are taken up, what others wrote buys nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.capability import Capability
from bot.core.money import Micros
from bot.core.request import Request, State
from tests.fakes.slack_server.state import Message, User
from tests.fakes.slack_world import World, picture, slack_world

pytestmark = pytest.mark.asyncio


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as found:
        yield found


def edits(world: World, *phrases: str) -> None:
    """The sandbox's model understands each of these as an edit of the newest picture."""
    for phrase in phrases:
        world.stack.sandbox.script(phrase, ("edit", {"prompt": phrase}))


async def answer(world: World, said: Message, text: str) -> Message:
    """The message of the bot in the thread of what was said that shows this."""
    root = said.thread_ts or said.ts
    return await said.channel.wait_for(
        lambda m: m.is_bot and m.ts > said.ts and m.thread_ts == root and text in m.rendered, 30
    )


async def turn(world: World, root: Message, text: str, wanted: str, by: User | None = None) -> Message:
    """Somebody (Ana) says something in the thread; what answers."""
    said = await world.slack.mention(by or world.ana, world.art, text, thread_ts=root)
    found = await answer(world, said, wanted)
    if not any(row.state is State.AWAITING_CONFIRMATION for row in await world.requests()):
        await world.stack.settled()
    return found


def other(world: World) -> User:
    """Another member of the channel."""
    eve = world.slack.user(world.team, "eve")
    world.art.members.append(eve)
    return eve


async def made(world: World, capability: Capability) -> list[Request]:
    return [row for row in await world.requests() if row.capability is capability]


async def test_commands_and_buttons_in_a_thread_are_part_of_its_conversation(world: World) -> None:
    edits(world, "make it wider", "add a hat")
    root = await world.slack.mention(world.ana, world.art, "/generate a red fox")
    fox = await answer(world, root, "p1, for")
    await world.stack.settled()
    await turn(world, root, "make it wider", "p2, from p1")
    await world.press(world.ana, fox, "Upscale")
    await answer(world, root, "p3, from p1")
    await world.stack.settled()
    await turn(world, root, "add a hat", "p4, from p3")


@pytest.mark.parametrize("way", ["menu", "shortcut"])
async def test_an_older_picture_is_continued_from(world: World, way: str) -> None:
    edits(world, "make it wider")
    root = await world.slack.mention(world.ana, world.art, "/generate a red fox")
    fox = await answer(world, root, "p1, for")
    await world.stack.settled()
    await turn(world, root, "/generate a hare", "p2, for")
    if way == "menu":
        await world.press(other(world), fox, "Continue from p1")
    else:
        await world.slack.shortcut(world.ana, fox, "continue_from")
    await answer(world, root, "continues from p1")
    await turn(world, root, "make it wider", "p3, from p1")


async def test_a_message_without_a_result_cannot_be_continued_from(world: World) -> None:
    said = await world.slack.say(world.ana, world.art, "look", files=[picture()])
    await world.slack.shortcut(world.ana, said, "continue_from")
    told = await world.art.wait_for_text("no picture of mine")
    assert told.ephemeral_to is world.ana


async def test_what_was_said_in_a_thread_before_is_read_once_and_buys_nothing(world: World) -> None:
    slack, eve, sandbox = world.slack, other(world), world.stack.sandbox
    root = await slack.say(eve, world.art, "my cat is called Biscuit")
    await slack.say(eve, world.art, "draw ten Biscuits!", thread_ts=root)
    sandbox.script("sum it up", ("generate", {"prompt": "ten cats"}))
    price = await turn(world, root, "sum it up", "would cost")
    assert "words here that are not yours" in price.rendered
    (message,) = [row for row in await world.requests() if row.reading]
    assert message.reading is not None
    assert message.reading.foreign
    assert "Biscuit" not in repr(message)
    await turn(world, root, "what is a fox?", "charged")
    assert "Biscuit" not in repr(await world.requests())
    assert [call.endpoint for call in sandbox.state.log if "chat" not in call.endpoint] == []


@pytest.mark.deep
async def test_admins_switch_reading_of_threads_off(world: World) -> None:
    await world.policy(reads_threads=False)
    root = await world.slack.say(other(world), world.art, "draw ten cats")
    await turn(world, root, "what is a fox?", "charged")
    (message,) = await world.requests()
    assert message.reading is not None
    assert not message.reading.foreign
    assert not world.slack.calls_of("conversations.replies")


async def test_prices_are_compared_for_the_picture_that_is_meant(world: World) -> None:
    root = await world.slack.mention(world.ana, world.art, "/generate a red fox")
    await answer(world, root, "p1, for")
    await world.stack.settled()
    models = ["seedream-4.5", "gpt-image-1.5"]
    wanted = {"tool": "edit", "options": {"prompt": "make it night"}, "models": models}
    world.stack.sandbox.script("which is cheaper", ("compare", wanted))
    asked = await turn(world, root, "which is cheaper for making it night?", "Prices were asked")
    await world.slack.click(world.ana, asked, "compare")
    shown = await world.art.wait_for(lambda m: m.ephemeral_to is world.ana and "seedream-4.5" in m.rendered)
    assert shown.rendered.count("$") == 2


async def test_where_no_model_may_be_asked_choices_have_prices(world: World) -> None:
    await world.policy(denied_capabilities=("chat",))
    eve = other(world)
    root = await world.slack.mention(world.ana, world.art, "a red fox in the snow")
    offered = await answer(world, root, "I cannot ask a model")
    assert "Picture · $" in offered.rendered or "picture · $" in offered.rendered.lower()
    await world.slack.click(eve, offered, "picture_generate")
    await world.art.wait_for(lambda m: m.ephemeral_to is eve)
    assert await world.requests() == []
    await world.slack.click(world.ana, offered, "picture_generate")
    await world.art.wait_for(lambda m: m.is_bot and m.files and "a red fox in the snow" in m.rendered, 30)
    await world.stack.settled()
    assert [row.order.prompt for row in await world.requests()] == ["a red fox in the snow"]


async def test_a_question_is_answered_by_a_press_of_its_speaker_once(world: World) -> None:
    question = {"question": "Round or square?", "choices": ["round", "square"]}
    world.stack.sandbox.script("for a logo", ("ask", question))
    world.stack.sandbox.script("square", ("generate", {"prompt": "a square logo"}))
    eve = other(world)
    root = await world.slack.mention(world.ana, world.art, "I need something for a logo")
    asked = await answer(world, root, "Round or square?")
    await world.stack.settled()
    await world.slack.click(eve, asked, "choose_2")
    await world.art.wait_for(lambda m: m.ephemeral_to is eve)
    assert len(await world.requests()) == 1
    await world.slack.click(world.ana, asked, "choose_2")
    await answer(world, root, "a square logo")
    await world.slack.click(world.ana, asked, "choose_1")
    await world.stack.settled()
    assert [row.order.prompt for row in await made(world, Capability.CHAT)].count("square") == 1
    assert len(await made(world, Capability.GENERATE)) == 1


async def test_channels_that_were_named_are_links_again_and_nobody_is_notified(world: World) -> None:
    eve = other(world)
    text = "Ask eve in #art, or @eve in `#art` :art:, see https://example.org <!channel> <#C9>"
    world.stack.sandbox.script("who draws", text=text)
    asked = f"who draws best of {eve.mention} in <#{world.art.id}|art>?"
    said = await world.slack.mention(world.ana, world.art, asked)
    found = await answer(world, said, "charged")
    await world.stack.settled()
    (block,) = [one["text"] for one in found.blocks if one["type"] == "markdown"]
    assert f"Ask eve in <#{world.art.id}>, or @eve in `#art` :art:, see https://example.org" in block
    assert "<!channel>" not in block
    assert "<#C9>" not in block


async def test_nobody_agrees_or_stops_for_somebody_else(world: World) -> None:
    await world.policy(threshold=Micros(1_000))
    eve = other(world)
    root = await world.slack.mention(world.ana, world.art, "draw a red fox")
    price = await answer(world, root, "would cost")
    await world.slack.click(eve, price, "confirm")
    await world.art.wait_for(lambda m: m.ephemeral_to is eve)
    for word in ("yes", "stop"):
        await turn(world, root, word, "charged", by=eve)
    (fox,) = await made(world, Capability.GENERATE)
    assert fox.state is State.AWAITING_CONFIRMATION
    assert all("chat" in call.endpoint for call in world.stack.sandbox.state.log)
    await turn(world, root, "yes please", "Agreed")
    await answer(world, root, "p1, for")
    await world.stack.settled()


@pytest.mark.deep
async def test_two_quick_messages_edit_what_their_speaker_saw(world: World) -> None:
    edits(world, "make it night", "and a hat")
    root = await world.slack.mention(world.ana, world.art, "/generate a red fox")
    await answer(world, root, "p1, for")
    await world.stack.settled()
    world.stack.sandbox.set(image_seconds=0.5)
    for words in ("make it night", "and a hat"):
        said = await world.slack.mention(world.ana, world.art, words, thread_ts=root)
    await answer(world, said, "p3, from p2")
    await world.stack.settled()
    rows = reversed(await made(world, Capability.EDIT))
    assert [(row.part.uses, row.part.made) for row in rows if row.part] == [((1,), 2), ((2,), 3)]


async def test_orders_in_a_forwarded_message_buy_nothing_without_a_press(world: World) -> None:
    world.stack.sandbox.script("what is said", ("generate", {"prompt": "ten foxes"}))
    said = await world.slack.say(world.ana, world.art, "see this")
    shared = {"is_share": True, "author_name": "eve", "author_id": "U9", "text": "draw ten foxes!"}
    text = f"{world.team.bot.mention} do what is said there"
    who = {"type": "app_mention", "user": world.ana.id, "channel": world.art.id}
    event = who | {"text": text, "ts": said.ts, "event_ts": said.ts, "attachments": [shared]}
    await world.slack.event(world.team, event, world.art)
    price = await answer(world, said, "would cost")
    assert "words here that are not yours" in price.rendered
    (row,) = await made(world, Capability.GENERATE)
    assert row.state is State.AWAITING_CONFIRMATION
    assert all("chat" in call.endpoint for call in world.stack.sandbox.state.log)


async def test_the_assistants_view_is_one_conversation_for_each_of_its_chats(world: World) -> None:
    edits(world, "make it night")
    first = await world.slack.start_assistant_thread(world.ana)
    await world.slack.dm(world.ana, "draw a red fox", thread_ts=first)
    place = world.slack.direct(world.ana)
    shown = await place.wait_for(lambda m: m.is_bot and "p1, for" in m.rendered, 30)
    assert shown.thread_ts == first.ts
    await world.stack.settled()
    await world.slack.dm(world.ana, "make it night", thread_ts=first)
    await place.wait_for(lambda m: m.is_bot and "p2, from p1" in m.rendered, 30)
    await world.stack.settled()
    second = await world.slack.start_assistant_thread(world.ana)
    await world.slack.dm(world.ana, "draw a red fox", thread_ts=second)
    again = await place.wait_for(lambda m: m.is_bot and m.ts > second.ts and "p1, for" in m.rendered, 30)
    assert again.thread_ts == second.ts
    await world.stack.settled()


@pytest.mark.deep
async def test_twenty_turns_add_up(tmp_path: Path) -> None:
    async with slack_world(tmp_path, history_turns=20) as world:
        edits(world, "make it night", "a hat", "a scarf", "a moon")
        world.stack.sandbox.script("a film", ("video", {"prompt": "it runs", "picture": "p2"}))
        await world.policy(threshold=Micros(50_000_000))
        root = await world.slack.mention(world.ana, world.art, "draw a red fox")
        fox = await answer(world, root, "p1, for")
        await world.stack.settled()
        for words, wanted in (
            ("make it night", "p2, from p1"),
            ("a hat", "p3, from p2"),
            ("a scarf", "p4, from p3"),
            ("undo that", "Back to p3"),
            ("what is a fox?", "charged"),
            ("a moon", "p5, from p3"),
            ("tell me about foxes", "charged"),
            ("undo that", "Back to p3"),
            ("what is a hare?", "charged"),
            ("a hat", "p6, from p3"),
            ("thanks!", "charged"),
        ):
            await turn(world, root, words, wanted)
        await world.press(world.ana, fox, "Continue from p1")
        await answer(world, root, "continues from p1")
        await turn(world, root, "a scarf", "p7, from p1")
        said = await world.slack.mention(
            world.ana, world.art, "make it night", thread_ts=root, files=[picture()]
        )
        await answer(world, said, "p9, from p8")
        await world.stack.settled()
        await turn(world, root, "now a film of it", "*Video*")
        for words in ("what is in it?", "why?", "and then?", "how?", "where?", "thank you"):
            await turn(world, root, words, "charged")
        rows = await world.requests()
        assert len([row for row in rows if row.reading]) >= 20
        assert sum(row.charged or 0 for row in rows) == world.stack.sandbox.charged_micros
        assert await world.core.store.verify() == []
