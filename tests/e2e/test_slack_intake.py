"""What comes with a message on Slack is read or named before anything is paid, and house rules hold."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.capability import Capability
from bot.core.request import ChatOrder
from tests.fakes.slack_server.files import Upload
from tests.fakes.slack_world import World, picture, slack_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


async def test_a_text_file_is_read_with_the_question_and_marks_are_words(world: World) -> None:
    notes = Upload(name="notes.csv", content="name,town\nZoë,Köln\n".encode())
    film = Upload(name="clip.mp4", content=b"-", mimetype="video/mp4")
    asked = f"where does she live, {world.boss.mention}?"
    await world.slack.mention(world.ana, world.art, asked, files=[notes, film])
    await world.art.wait_for_text("is a film")
    await world.art.wait_for_text("charged $")
    (row,) = await world.requests()
    assert row.order.prompt.startswith("where does she live, @boss?")
    sent = [str(call.fields) for call in world.stack.sandbox.calls if call.endpoint == "chat"]
    assert sent
    assert all("Zoë,Köln" in one for one in sent)


async def test_what_cannot_be_read_at_all_costs_nothing(world: World) -> None:
    recording = Upload(name="talk.m4a", content=b"-", mimetype="audio/mp4")
    await world.slack.mention(world.ana, world.art, "what is said here?", files=[recording])
    told = await world.art.wait_for_text("talk.m4a")
    assert "Nothing was charged" in told.rendered
    assert told.ephemeral_to is world.ana
    assert await world.requests() == []


async def test_ask_about_this_takes_the_whole_message(world: World) -> None:
    long = " ".join(f"word{number}" for number in range(900))
    post = await world.slack.say(
        world.boss, world.art, long, files=[picture(), Upload(name="a.txt", content=b"alpha")]
    )
    await world.slack.shortcut(world.ana, post, "ask_about")
    form = await world.slack.wait_for_modal(world.ana, "Your question")
    await world.slack.submit_view(world.ana, form, {"prompt": "what is it?"})
    await world.art.wait_for_text("charged $")
    (row,) = await world.requests()
    assert row.capability is Capability.CHAT
    assert isinstance(row.order, ChatOrder)
    assert len(row.order.images) == 1
    assert "word899" in row.order.prompt
    assert "alpha" in row.order.prompt


async def test_blocked_words_are_refused_before_any_price_and_listed_for_admins(world: World) -> None:
    await world.policy(blocked_words=("casino*",), house_prompt="Speak as a pirate.")
    await world.slack.slash(world.ana, world.art, "/lumen", "generate a c а s i n o at night")
    told = await world.art.wait_for_text("blocked some of these words")
    assert told.ephemeral_to is world.ana
    assert await world.requests() == []
    await world.slack.slash(world.boss, world.art, "/lumen", "report")
    await world.art.wait_for_text("Refused by the house rules: 1 request")
    await world.slack.mention(world.ana, world.art, "good morning")
    await world.art.wait_for_text("charged $")
    (row,) = await world.requests()
    assert isinstance(row.order, ChatOrder)
    assert row.order.house == "Speak as a pirate."
