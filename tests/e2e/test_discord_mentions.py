"""People speak to the bot on Discord: mentions, replies, threads, direct messages."""

from __future__ import annotations

from typing import Any

from bot.core.capability import Capability
from bot.core.money import Micros
from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_stage import staged, upload


async def test_a_mention_opens_a_thread_that_keeps_the_conversation(tmp_path):
    async with staged(tmp_path) as stage:
        server, mira = stage.server, stage.mira
        asked = await server.mention(mira, stage.art, "My name is Mira")
        thread = await server.wait_for(lambda: _thread(server, asked))
        first = await server.wait_message(thread, "charged **", timeout=30)
        again = await server.mention(mira, thread, "What is my name?")
        second = await server.wait_message(thread, "charged **", after=first, timeout=30)
        assert second.channel is thread
        rows = await stage.rows()
        assert rows[0].order.conversation == str(asked.id)
        assert "<@" not in rows[0].order.prompt
        assert again.channel is thread
        assert [item for item in stage.art.messages.values() if item.author is server.world.bot] == []


async def test_what_does_not_mention_the_bot_is_left_alone(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.server.say(stage.mira, stage.art, "just talking")
        await stage.server.say(stage.mira, stage.art, "@everyone look")
        await stage.server.mention(stage.mira, stage.art, "hello")
        await stage.server.wait_for(lambda: stage.stack.sandbox.charged_micros, timeout=30)
        assert len(await stage.rows()) == 1


async def test_a_mention_with_an_attachment_is_about_the_attachment(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(50_000_000))
        server = stage.server
        stage.stack.sandbox.script("it waves", ("video", {"prompt": "it waves", "picture": "p1"}))
        wishes = ("upscale", "animate: it waves", "what is this?", "make it night")
        for wish in wishes:
            said = await server.mention(stage.mira, stage.art, wish, [upload()])
            place = await server.wait_for(lambda: _thread(server, said))  # noqa: B023
            await server.wait_message(place, "charged **", after=said, timeout=30)
        rows = [row for row in await stage.rows() if row.reading is None or not row.reading.orders]
        found = [row.capability for row in rows][::-1]
        assert found == [Capability.UPSCALE, Capability.VIDEO, Capability.CHAT, Capability.EDIT]


async def test_replying_to_one_of_our_pictures_uses_it(tmp_path):
    async with staged(tmp_path) as stage:
        result = await stage.result("a fox")
        stage.stack.sandbox.script("add a hat", ("edit", {"prompt": "add a hat"}))
        said = await stage.server.mention(stage.mira, stage.art, "add a hat", reply_to=result)
        place = await stage.server.wait_for(lambda: _thread(stage.server, said))
        await stage.server.wait_message(place, "charged **", timeout=30)
        edited, _, made = await stage.rows()
        assert (edited.capability, made.capability) == (Capability.EDIT, Capability.GENERATE)
        assert len(edited.order.images) == 1


async def test_a_picture_that_discord_hides_is_named_as_such(tmp_path):
    async with staged(tmp_path) as stage:
        post = await stage.server.say(stage.ada, stage.art, "", [upload()])
        await stage.server.mention(stage.mira, stage.art, "upscale", reply_to=post)
        told = await stage.server.wait_message(stage.server.dm_channel(stage.mira), "Apps")
        assert "Nothing was charged" in stage.server.render(told)
        assert await stage.charged() == 0


async def test_a_refused_mention_is_told_in_private_and_otherwise_without_details(tmp_path):
    async with staged(tmp_path) as stage:
        server = stage.server
        await stage.admin("budget set", amount="0", window="month")
        said = await server.mention(stage.mira, stage.art, "make it night", [upload()])
        told = await server.wait_message(server.dm_channel(stage.mira), "Not this time", timeout=30)
        assert "Your budget for this month" in server.render(told)
        await stage.stack.settled()

        def left() -> list[Any]:
            return [item for item in stage.art.messages.values() if item.id > said.id and not item.deleted]

        await server.wait_for(lambda: not left())
        stage.mira.user.accepts_dms = False
        said = await server.mention(stage.mira, stage.art, "make it dusk", [upload()])
        public = await server.wait_message(stage.art, "was not run", after=said, timeout=30)
        assert "$" not in server.render(public)


async def test_no_thread_is_opened_for_what_a_budget_will_refuse(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.admin("budget set", amount="0", window="month")
        said = await stage.server.mention(stage.mira, stage.art, "hello")
        await stage.server.wait_message(stage.server.dm_channel(stage.mira), "Not this time", timeout=30)
        await stage.stack.settled()
        assert _thread(stage.server, said) is None


async def test_everything_in_direct_messages_is_for_the_bot(tmp_path):
    async with staged(tmp_path) as stage:
        server = stage.server
        await stage.home(stage.mira)
        said = await server.dm(stage.mira, "hello there")
        channel = server.dm_channel(stage.mira)
        await server.wait_message(channel, "charged **", after=said, timeout=30)
        empty = await server.mention(stage.mira, stage.art)
        helped = await server.wait_message(stage.art, "say what you want", after=empty)
        assert helped.reply_to is empty


async def test_a_long_answer_streams_and_ends_in_pages(tmp_path):
    async with staged(tmp_path, sandbox_options={"chat_chunk_seconds": 0.004}) as stage:
        sentence = "the tide comes in and goes out again " * 50
        asked = await stage.slash("chat", prompt="Summarize. " + f"{sentence.strip()}. " * 3)
        await asked.message("writing", timeout=30)
        await stage.stack.settled()
        pages = [item for item in stage.art.messages.values() if item.author is stage.server.world.bot]
        assert len(pages) == 3
        assert [labels(page) for page in pages] == [[], [], ["More"]]
        growing = [text for text in asked.history if "writing" in text]
        assert len(growing) >= 2
        refused = await stage.press(stage.server.add_member(stage.guild, "noor"), pages[-1], "Delete")
        await refused.message("Only the person who asked")
        await stage.press(stage.mira, pages[-1], "Delete")
        await stage.server.wait_for(lambda: all(page.deleted for page in pages))


async def test_a_very_long_answer_is_a_file(tmp_path):
    async with staged(tmp_path, max_tokens_cap=50_000) as stage:
        asked = await stage.slash("chat", prompt="write python code for " + "waves" * 1000)
        message = await asked.message("The rest is in the attached file", timeout=30)
        assert message.attachments[0].filename == "answer.md"
        assert message.attachments[0].data.decode().count("waves") > 3000


def _thread(server, message):
    return server.world.channels.get(message.id)
