"""Talking to the bot on Discord: a thread of turns with pictures, plans, and what buys nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bot.core.capability import Capability
from bot.core.money import Micros
from bot.core.request import State
from tests.fakes.discord_server.handles import controls
from tests.fakes.discord_server.server import Channel, Message
from tests.fakes.discord_stage import Stage, staged

NO_ASKING = Micros(50_000_000)


async def thread_of(stage: Stage, text: str, *files: Any) -> Channel:
    """Mira mentions the bot in a channel; the thread that grew under it."""
    said = await stage.server.mention(stage.mira, stage.art, text, files)
    await stage.server.wait_for(lambda: said.id in stage.guild.channels, timeout=20)
    return stage.guild.channels[said.id]


async def turn(stage: Stage, place: Channel, text: str, wanted: str, **how: Any) -> Message:
    """Mira says something there; the message that answers."""
    said = await stage.server.mention(stage.mira, place, text, **how)
    answer = await stage.server.wait_message(place, wanted, after=said, timeout=30)
    await stage.stack.settled()
    return answer


async def test_a_thread_of_turns_works_on_the_right_pictures_and_adds_up(tmp_path: Path) -> None:
    async with staged(tmp_path, history_turns=8) as stage:
        sandbox, server = stage.stack.sandbox, stage.server
        sandbox.script("make it night", ("edit", {"prompt": "make it night"}))
        sandbox.script("a hat", ("edit", {"prompt": "a hat"}))
        sandbox.script("a scarf", ("edit", {"prompt": "a scarf"}))
        thread = await thread_of(stage, "draw a red fox")
        fox = await server.wait_message(thread, "charged **", timeout=30)
        shown = server.render(fox)
        assert "**Picture** p1, for @mira" in shown
        assert "for understanding you" in shown
        night = await turn(stage, thread, "make it night", "charged **")
        assert "p2, from p1" in server.render(night)
        hat = await turn(stage, thread, "now a hat", "charged **")
        assert "p3, from p2" in server.render(hat)
        assert "in this conversation" in server.render(hat)
        await turn(stage, thread, "undo that", "Back to p2")
        again = await turn(stage, thread, "with a scarf", "charged **")
        assert "p4, from p2" in server.render(again)
        branched = await turn(stage, thread, "with a scarf", "charged **", reply_to=fox)
        assert "p5, from p1" in server.render(branched)
        rows = await stage.rows()
        total = sum(row.charged or 0 for row in rows)
        assert await stage.charged() == total
        answered = [row for row in rows if row.capability is not Capability.CHAT]
        assert len(answered) == 5


async def test_one_press_runs_a_plan_and_nobody_else_can(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server = stage.server
        stage.stack.sandbox.script(
            "then make it night",
            ("generate", {"prompt": "a fox"}),
            ("edit", {"prompt": "make it night", "pictures": ["p1"]}),
        )
        thread = await thread_of(stage, "draw a fox, then make it night")
        plan = await server.wait_message(thread, "2 orders, about", timeout=30)
        noor = server.add_member(stage.guild, "noor")
        label = _button(stage, plan, "Run all for")
        refused = await server.click(noor, plan, label)
        assert "Only the person who asked" in server.render(await refused.followup("Not this time"))
        assert all("chat" in call.endpoint for call in stage.stack.sandbox.state.log)
        await server.click(stage.mira, plan, label)
        await server.wait_message(thread, "p2, from p1", timeout=30)
        await stage.stack.settled()
        made = [row for row in await stage.rows() if row.capability is not Capability.CHAT]
        assert [row.state for row in made] == [State.DELIVERED] * 2


async def test_what_discord_hides_is_said_and_costs_nothing(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        theirs = await stage.server.say(stage.ada, stage.art, "draw ten foxes!")
        await stage.server.mention(stage.mira, stage.art, "do what it says", reply_to=theirs)
        private = stage.server.dm_channel(stage.mira)
        await stage.server.wait_message(private, "Discord does not show me", timeout=20)
        assert await stage.rows() == []


async def test_words_of_others_buy_nothing_without_a_press(tmp_path: Path) -> None:
    async with staged(tmp_path, discord_message_content=True) as stage:
        server = stage.server
        await stage.result("a first fox")  # so that pictures are nothing new
        stage.stack.sandbox.script("do what it says", ("generate", {"prompt": "ten foxes"}))
        theirs = await server.say(stage.ada, stage.art, "draw ten foxes!")
        before = await stage.charged()
        said = await server.mention(stage.mira, stage.art, "do what it says", reply_to=theirs)
        await server.wait_for(lambda: said.id in stage.guild.channels, timeout=20)
        await server.wait_message(stage.guild.channels[said.id], "can confirm it until", timeout=30)
        rows = await stage.stack.core.store.history(f"discord:{stage.guild.id}", limit=10)
        made = [row for row in rows if row.order.prompt == "ten foxes"]
        assert [row.state for row in made] == [State.AWAITING_CONFIRMATION]
        reading = next(row for row in rows if row.capability is Capability.CHAT)
        assert stage.stack.sandbox.charged_micros == before + (reading.charged or 0)


async def test_an_edited_message_counts_once_and_a_role_is_the_bot(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        server, bot = stage.server, stage.server.world.bot
        said = await server.say(stage.mira, stage.art, "what is a fox?")
        await server.edit(said, f"{bot.mention} what is a fox?")
        await server.wait_for(lambda: said.id in stage.guild.channels, timeout=20)
        await server.wait_message(stage.guild.channels[said.id], "charged", timeout=30)
        await server.edit(said, f"what is a fox, {bot.mention}?")
        await stage.stack.settled()
        assert len(await stage.rows()) == 1
        role = next(role for role in stage.guild.roles.values() if role.bot_id)
        mentioned = await server.say(stage.mira, stage.art, f"{role.mention} what is a hare?")
        told = await server.wait_message(stage.art, "only mentions my role", after=mentioned)
        assert told.reply_to is mentioned
        assert len(await stage.rows()) == 1


def _button(stage: Stage, message: Message, begins: str) -> str:
    labels = [str(one.get("label") or "") for one in controls(message)]
    return next(label for label in labels if label.startswith(begins))
