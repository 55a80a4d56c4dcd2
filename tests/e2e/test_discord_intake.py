"""What comes with a message on Discord is read or named before anything is paid, and house rules hold."""

from __future__ import annotations

from bot.core.capability import Capability
from tests.fakes.discord_server.entities import Upload
from tests.fakes.discord_stage import staged, upload


async def test_a_text_file_is_read_with_the_question_and_marks_are_words(tmp_path):
    async with staged(tmp_path) as stage:
        server = stage.server
        notes = Upload(filename="message.txt", data="Zoë lives in Köln.".encode())
        said = await server.mention(
            stage.mira,
            stage.art,
            f"where does she live, {stage.ada.mention}?",
            [notes, Upload(filename="clip.mp4", data=b"-")],
        )
        await server.wait_until(said, lambda message: message.thread is not None, timeout=30)
        thread = said.thread
        assert thread is not None
        await server.wait_message(thread, "charged **", timeout=30)
        told = await server.wait_message(stage.art, "clip.mp4", timeout=30)
        assert "is a film" in server.render(told)
        (row,) = await stage.rows()
        assert row.order.prompt.startswith("where does she live, @ada?")
        sent = [str(call.fields) for call in stage.stack.sandbox.calls if call.endpoint == "chat"]
        assert sent
        assert all("message.txt" in one and "Zoë lives in Köln." in one for one in sent)


async def test_what_cannot_be_read_at_all_costs_nothing(tmp_path):
    async with staged(tmp_path) as stage:
        await stage.server.mention(
            stage.mira, stage.art, "what is said here?", [Upload(filename="voice.ogg", data=b"OggS")]
        )
        told = await stage.server.wait_message(stage.server.dm_channel(stage.mira), "voice.ogg")
        assert "Nothing was charged" in stage.server.render(told)
        assert await stage.rows() == []


async def test_a_reply_to_a_message_that_discord_hides_costs_nothing(tmp_path):
    async with staged(tmp_path) as stage:
        post = await stage.server.say(stage.ada, stage.art, "The meeting is at nine.")
        await stage.server.mention(stage.mira, stage.art, "when is it?", reply_to=post)
        told = await stage.server.wait_message(stage.server.dm_channel(stage.mira), "Ask about this")
        assert "Nothing was charged" in stage.server.render(told)
        assert await stage.rows() == []


async def test_a_forwarded_message_is_asked_about_with_its_words_and_pictures(tmp_path):
    async with staged(tmp_path) as stage:
        server = stage.server
        post = await server.say(stage.ada, stage.art, "the new poster", [upload("poster.png")])
        forwarded = await server.forward(stage.mira, stage.art, post)
        opened = await server.context_menu(stage.mira, stage.art, "Ask about this", forwarded)
        asked = await server.submit_modal(opened, {"What would you like to know?": "is it blue?"})
        await asked.message("charged **", timeout=30)
        (row,) = await stage.rows()
        assert row.capability is Capability.CHAT
        assert len(row.order.images) == 1
        assert "----- forwarded message -----\nthe new poster" in row.order.prompt


async def test_blocked_words_are_refused_before_any_price_and_listed_for_admins(tmp_path):
    async with staged(tmp_path) as stage:
        server = stage.server
        await stage.change(blocked_words=("casino*",), house_prompt="Speak as a pirate.")
        notes = Upload(filename="plan.txt", data="the СASINOS of Nice".encode())
        await server.mention(stage.mira, stage.art, "sum this up", [notes])
        told = await server.wait_message(server.dm_channel(stage.mira), "blocked some of these words")
        assert "casino" not in server.render(told).lower()
        asked = await stage.slash("generate", prompt="a c a s i n o at night")
        await asked.message("blocked some of these words")
        priced = await stage.slash("estimate", capability="generate", prompt="casino")
        await priced.message("blocked some of these words")
        assert await stage.rows() == []
        assert not [call for call in stage.stack.sandbox.calls if "casino" in str(call).lower()]
        report = await (await stage.admin("budget report", days=7)).message("Refused by the house rules: 3")
        shown = server.render(report)
        assert "casino\\*" in shown
        assert "Nice" not in shown
        said = await server.mention(stage.mira, stage.art, "good morning")
        await server.wait_until(said, lambda message: message.thread is not None, timeout=30)
        assert said.thread is not None
        await server.wait_message(said.thread, "charged **", timeout=30)
        (row,) = await stage.rows()
        assert row.order.house == "Speak as a pirate."
