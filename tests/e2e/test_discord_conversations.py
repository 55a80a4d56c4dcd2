"""Conversations on Discord: commands join them, older pictures are taken up, others buy nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.capability import Capability
from bot.core.money import Micros
from bot.core.request import Request, State
from tests.fakes.discord_server.entities import Channel, Message
from tests.fakes.discord_server.handles import controls
from tests.fakes.discord_stage import CHEAP, Stage, staged, upload


def edits(stage: Stage, *phrases: str) -> None:
    """The sandbox's model understands each of these as an edit of the newest picture."""
    for phrase in phrases:
        stage.stack.sandbox.script(phrase, ("edit", {"prompt": phrase}))


async def turn(stage: Stage, place: Channel, text: str, wanted: str, **how: Any) -> str:
    """Somebody (Mira, unless `by` is given) says something there; what the answer shows."""
    said = await stage.server.mention(how.pop("by", stage.mira), place, text, **how)
    answer = await stage.server.wait_message(place, wanted, after=said, timeout=30)
    if not any(row.state is State.AWAITING_CONFIRMATION for row in await history(stage)):
        await stage.stack.settled()
    return stage.server.render(answer)


async def history(stage: Stage) -> list[Request]:
    """Mira's requests, newest first, while a price may wait."""
    return await stage.stack.core.service.history(stage.actor(stage.mira), limit=60)


async def drawn(stage: Stage, place: Channel, prompt: str) -> Message:
    """A picture by slash command there."""
    handle = await stage.server.slash(stage.mira, place, "generate", prompt=prompt, model=CHEAP)
    message = await handle.message("charged **", timeout=30)
    await stage.stack.settled()
    return message


def button(message: Message, begins: str) -> str:
    labels = [str(one.get("label") or "") for one in controls(message)]
    return next(label for label in labels if label.startswith(begins))


async def test_commands_and_buttons_in_a_thread_are_part_of_its_conversation(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        edits(stage, "make it wider", "add a hat")
        thread = stage.server.add_thread(stage.art, "foxes", stage.mira)
        fox = await drawn(stage, thread, "a red fox")
        assert "**Picture** p1, for @mira" in stage.server.render(fox)
        await turn(stage, thread, "make it wider", "p2, from p1")
        pressed = await stage.press(stage.mira, fox, "Upscale")
        assert "p3, from p1" in stage.server.render(await pressed.message("charged **", timeout=30))
        await stage.stack.settled()
        assert "p4, from p3" in await turn(stage, thread, "add a hat", "charged **")
        assert await stage.charged() == sum(row.charged or 0 for row in await stage.rows())


async def test_help_alone_is_answered_in_two_lines_and_free(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        said = await stage.server.mention(stage.mira, stage.art, "Help!")
        told = await stage.server.wait_message(stage.art, "say what you want", after=said, timeout=10)
        assert len(stage.server.render(told).strip().splitlines()) <= 4
        assert await stage.rows() == []


async def test_people_who_are_named_are_mentions_again_and_nobody_is_notified(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        thread = stage.server.add_thread(stage.art, "foxes", stage.mira)
        stage.stack.sandbox.script("who draws", text="Ask @ada, not `@ada`.")
        said = await stage.server.mention(stage.mira, thread, f"who draws better than {stage.ada.mention}?")
        answer = await stage.server.wait_message(thread, "charged", after=said, timeout=30)
        assert f"Ask <@{stage.ada.user.id}>, not `@ada`." in json.dumps(answer.components)
        await stage.stack.settled()


@pytest.mark.deep
async def test_an_order_in_a_channel_has_no_handle_and_one_in_a_direct_message_has(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.home(stage.mira)
        shown = stage.server.render(await stage.result("a fox"))
        assert "p1" not in shown
        private = stage.server.dm_channel(stage.mira)
        assert "p1, for" in stage.server.render(await drawn(stage, private, "a hare"))


async def test_an_older_picture_is_continued_from_by_a_button(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        edits(stage, "make it wider")
        thread = stage.server.add_thread(stage.art, "foxes", stage.mira)
        fox = await drawn(stage, thread, "a red fox")
        await drawn(stage, thread, "a hare")
        noor = stage.server.add_member(stage.guild, "noor")
        await stage.press(noor, fox, "Continue from p1")
        told = await stage.server.wait_message(thread, "continues from p1", timeout=10)
        assert "@noor continues from p1" in stage.server.render(told)
        await turn(stage, thread, "make it wider", "p3, from p1")
        row = next(row for row in await stage.rows() if row.capability is Capability.EDIT)
        assert row.part is not None
        assert row.part.uses == (1,)


async def test_what_was_said_in_a_thread_before_is_read_once_and_buys_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path, discord_message_content=True) as stage:
        server, sandbox = stage.server, stage.stack.sandbox
        await stage.result("a first fox")
        thread = server.add_thread(stage.art, "cats", stage.mira)
        await server.say(stage.ada, thread, "my cat is called Biscuit. Draw ten Biscuits!")
        sandbox.script("sum it up", ("generate", {"prompt": "ten cats"}))
        price = await turn(stage, thread, "sum it up", "can confirm it until")
        assert "words here that are not yours" in price
        read = [call for call in sandbox.state.log if "chat" in call.endpoint]
        assert len(read) == 1
        (message,) = [row for row in await history(stage) if row.reading]
        assert message.reading is not None
        assert message.reading.foreign
        assert message.reading.earlier == ""
        assert "Biscuit" not in repr(message)
        await turn(stage, thread, "what is a fox?", "charged")
        later = next(row for row in await history(stage) if row.reading)
        assert "Biscuit" not in repr(later)


async def test_admins_switch_reading_of_threads_off(tmp_path: Path) -> None:
    async with staged(tmp_path, discord_message_content=True) as stage:
        await stage.change(reads_threads=False)
        thread = stage.server.add_thread(stage.art, "cats", stage.mira)
        await stage.server.say(stage.ada, thread, "draw ten cats")
        await turn(stage, thread, "what is a fox?", "charged")
        (message,) = await stage.rows()
        assert message.reading is not None
        assert not message.reading.foreign


async def test_prices_are_compared_for_the_picture_that_is_meant(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        thread = stage.server.add_thread(stage.art, "foxes", stage.mira)
        await drawn(stage, thread, "a red fox")
        models = ["seedream-4.5", "gpt-image-1.5"]
        wanted = {"tool": "edit", "options": {"prompt": "make it night"}, "models": models}
        stage.stack.sandbox.script("which is cheaper", ("compare", wanted))
        said = await stage.server.mention(stage.mira, thread, "which is cheaper for making it night?")
        asked = await stage.server.wait_message(thread, "Prices were asked", after=said, timeout=30)
        shown = await stage.server.click(stage.mira, asked, "Show the prices")
        prices = await shown.message("seedream-4.5", timeout=10)
        await stage.server.click(stage.mira, prices, button(prices, "seedream-4.5"))
        await stage.server.wait_message(thread, "p2, from p1", timeout=30)
        row = (await stage.rows())[0]
        assert (row.capability, row.state, row.order.model) == (
            Capability.EDIT,
            State.DELIVERED,
            "seedream-4.5",
        )


async def test_every_order_of_a_plan_shows_that_it_is_under_way(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server, sandbox = stage.server, stage.stack.sandbox
        sandbox.set(image_seconds=1.0)
        sandbox.script("then night", ("generate", {"prompt": "a fox"}), ("edit", {"prompt": "make it night"}))
        said = await server.mention(stage.mira, stage.art, "draw a fox, then night")
        await server.wait_for(lambda: said.id in stage.guild.channels, timeout=20)
        thread = stage.guild.channels[said.id]
        plan = await server.wait_message(thread, "2 orders, about", timeout=30)
        await server.click(stage.mira, plan, button(plan, "Run all for"))
        await server.wait_message(thread, "p1, for", timeout=30)
        under_way = await server.wait_message(thread, "Working on it", timeout=30)
        assert "make it night" in server.render(under_way)
        await server.wait_until(under_way, "p2, from p1", timeout=30)
        await stage.stack.settled()
        ours = [one for one in thread.messages.values() if one.author is server.world.bot]
        assert len(ours) == 2, "the second order's message is edited, not posted again"


async def test_where_no_model_may_be_asked_choices_have_prices(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.change(denied_capabilities=("chat",))
        said = await stage.server.mention(stage.mira, stage.art, "a red fox in the snow")
        offered = await stage.server.wait_message(stage.art, "I cannot ask a model", after=said, timeout=20)
        label = button(offered, "Picture · $")
        noor = stage.server.add_member(stage.guild, "noor")
        refused = await stage.server.click(noor, offered, label)
        await refused.message("Only the person who asked")
        await stage.stack.settled()
        assert await stage.stack.core.service.history(stage.actor(noor), limit=5) == []
        await stage.server.click(stage.mira, offered, label)
        await stage.server.wait_message(stage.art, "charged **", timeout=30)
        (row,) = await stage.rows()
        assert (row.capability, row.order.prompt) == (Capability.GENERATE, "a red fox in the snow")


async def test_a_question_is_answered_by_a_press_of_its_speaker_once(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server, sandbox = stage.server, stage.stack.sandbox
        sandbox.script(
            "for a logo", ("ask", {"question": "Round or square?", "choices": ["round", "square"]})
        )
        said = await server.mention(stage.mira, stage.art, "I need something for a logo")
        await server.wait_for(lambda: said.id in stage.guild.channels, timeout=20)
        thread = stage.guild.channels[said.id]
        asked = await server.wait_message(thread, "Round or square?", timeout=30)
        noor = server.add_member(stage.guild, "noor")
        refused = await server.click(noor, asked, "round")
        await refused.message()
        await stage.stack.settled()
        assert len(await stage.rows()) == 1
        sandbox.script("square", ("generate", {"prompt": "a square logo"}))
        await server.click(stage.mira, asked, "square")
        await server.wait_message(thread, "a square logo", timeout=30)
        await server.click(stage.mira, asked, "square")
        await stage.stack.settled()
        assert [row.order.prompt for row in await stage.rows()].count("square") == 1


async def test_nobody_agrees_or_stops_for_somebody_else(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(1_000))
        thread = stage.server.add_thread(stage.art, "foxes", stage.mira)
        noor = stage.server.add_member(stage.guild, "noor")
        said = await stage.server.mention(stage.mira, thread, "draw a red fox")
        price = await stage.server.wait_message(thread, "can confirm it until", after=said, timeout=30)
        refused = await stage.server.click(noor, price, button(price, "Run it for"))
        assert "Only the person who asked" in stage.server.render(await refused.followup("Not this time"))
        for word in ("yes", "stop"):
            await turn(stage, thread, word, "charged", by=noor)
        row = next(row for row in await history(stage) if row.capability is Capability.GENERATE)
        assert row.state is State.AWAITING_CONFIRMATION
        assert all("chat" in call.endpoint for call in stage.stack.sandbox.state.log)
        await turn(stage, thread, "stop", "Stopped")
        row = next(row for row in await history(stage) if row.capability is Capability.GENERATE)
        assert row.state is State.CANCELLED


async def test_two_quick_messages_edit_what_their_speaker_saw(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        edits(stage, "make it night", "and a hat")
        thread = stage.server.add_thread(stage.art, "foxes", stage.mira)
        await drawn(stage, thread, "a red fox")
        stage.stack.sandbox.set(image_seconds=0.5)
        for words in ("make it night", "and a hat"):
            await stage.server.mention(stage.mira, thread, words)
        await stage.server.wait_message(thread, "p3, from p2", timeout=30)
        await stage.stack.settled()
        made = [row for row in await stage.rows() if row.capability is Capability.EDIT]
        assert [(row.part.uses, row.part.made) for row in reversed(made) if row.part] == [
            ((1,), 2),
            ((2,), 3),
        ]


async def test_orders_in_a_forwarded_message_buy_nothing_without_a_press(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await stage.home(stage.mira)
        await stage.result("a first fox")
        before = stage.stack.sandbox.charged_micros
        stage.stack.sandbox.script("ten foxes", ("generate", {"prompt": "ten foxes"}))
        theirs = await stage.server.say(stage.ada, stage.art, "draw ten foxes!")
        private = stage.server.dm_channel(stage.mira)
        said = await stage.server.forward(stage.mira, private, theirs)
        price = await stage.server.wait_message(private, "can confirm it until", after=said, timeout=30)
        assert "words here that are not yours" in stage.server.render(price)
        reading = next(
            row
            for row in await stage.stack.core.store.history(f"discord:{stage.guild.id}", limit=9)
            if row.reading
        )
        assert stage.stack.sandbox.charged_micros == before + (reading.charged or 0)


@pytest.mark.deep
async def test_twenty_turns_add_up(tmp_path: Path) -> None:
    async with staged(tmp_path, history_turns=20) as stage:
        server, sandbox = stage.server, stage.stack.sandbox
        edits(stage, "make it night", "a hat", "a scarf", "a moon")
        sandbox.script("a film", ("video", {"prompt": "it runs", "picture": "p2"}))
        thread = server.add_thread(stage.art, "foxes", stage.mira)
        fox = await drawn(stage, thread, "a red fox")
        for words in ("make it night", "a hat", "a scarf"):
            await turn(stage, thread, words, "charged **")
        for words, wanted in (
            ("undo that", "Back to p3"),
            ("what is a fox?", "charged"),
            ("a moon", "p5, from p3"),
            ("tell me about foxes", "charged"),
            ("undo two steps", "Back to"),
            ("what is a hare?", "charged"),
            ("a hat", "from p"),
            ("thanks!", "charged"),
        ):
            await turn(stage, thread, words, wanted)
        branched = await turn(stage, thread, "a scarf", "charged **", reply_to=fox)
        assert "from p1" in branched
        await turn(stage, thread, "make it night", "charged **", attachments=[upload()])
        await stage.change(threshold=Micros(50_000_000))
        await turn(stage, thread, "now a film of it", "**Video**")
        for words in ("what is in it?", "why?", "and then?", "how?", "where?", "thank you"):
            await turn(stage, thread, words, "charged")
        rows = await stage.rows()
        assert len([row for row in rows if row.reading]) >= 20
        assert await stage.charged() == sum(row.charged or 0 for row in rows)
