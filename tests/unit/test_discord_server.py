"""The fake Discord under an unmodified discord.py client: what people do and see."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import pytest

from tests.fakes.discord_server.base import ClientRefused
from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_server.server import DiscordServer, Upload
from tests.fakes.discord_small_bot import Place, png, running, synced

pytest_plugins = ("tests.fakes.discord_fixtures",)


@pytest.fixture
def place(discord_server: DiscordServer) -> Place:
    return Place(discord_server)


async def test_slash_command_deferred_then_edited_with_a_file(
    discord_server: DiscordServer, place: Place
) -> None:
    async with running(discord_server) as bot:
        await bot.tree.sync()
        picture = Upload(filename="cat.png", data=png())
        handle = await discord_server.slash(
            place.mira, place.art, "generate", prompt="a fox", n=2, image=picture
        )
        assert await handle.acknowledged() == 5
        message = await handle.message("a fox")
        assert "from cat.png" in discord_server.render(message)
        assert labels(message) == ["Again"]
        assert message.attachments[0].data == png()
        assert handle.history[0].startswith("… is thinking")


async def test_dynamic_button_answers_only_its_presser(discord_server: DiscordServer, place: Place) -> None:
    async with running(discord_server) as bot:
        await bot.tree.sync()
        handle = await discord_server.slash(place.mira, place.art, "generate", prompt="a fox")
        message = await handle.message()
        pressed = await discord_server.click(place.admin, message, "Again")
        answer = await pressed.message("again 7")
        assert pressed.ephemeral
        assert answer.reply_to is message
        assert "again 7" in discord_server.transcript(place.art, place.admin)
        assert "again 7" not in discord_server.transcript(place.art, place.mira)
        with pytest.raises(ClientRefused, match="sees no 'Cancel'"):
            await discord_server.click(place.mira, message, "Cancel")


async def test_options_of_every_kind_are_resolved(discord_server: DiscordServer, place: Place) -> None:
    async with running(discord_server) as bot:
        await synced(discord_server, bot)
        handle = await discord_server.slash(
            place.admin, place.art, "whois", who=place.mira, role=place.artist, where=place.art
        )
        await handle.message("mira Artist art")
        assert handle.ephemeral


async def test_the_app_refuses_what_discord_would_not_send(
    discord_server: DiscordServer, place: Place
) -> None:
    server, mira, art = discord_server, place.mira, place.art
    async with running(server) as bot:
        await synced(server, bot)
        with pytest.raises(ClientRefused, match="needs 'prompt'"):
            await server.slash(mira, art, "generate")
        with pytest.raises(ClientRefused, match="not between 1 and 4"):
            await server.slash(mira, art, "generate", prompt="x", n=9)
        with pytest.raises(ClientRefused, match="has no options"):
            await server.slash(mira, art, "generate", prompt="x", colour="red")
        with pytest.raises(ClientRefused, match="hidden from mira"):
            await server.slash(mira, art, "budget set", dollars=3.5)
        allowed = await server.slash(place.admin, art, "budget set", dollars=3.5)
        await allowed.message("budget 3.5")


async def test_autocomplete_offers_choices(discord_server: DiscordServer, place: Place) -> None:
    async with running(discord_server) as bot:
        await synced(discord_server, bot)
        choices = await discord_server.autocomplete(
            place.mira, place.art, "generate", "model", "fl", prompt="a fox"
        )
        assert choices == [{"name": "flux · $0.03", "value": "flux"}]


async def test_modal_with_text_select_and_files(discord_server: DiscordServer, place: Place) -> None:
    async with running(discord_server) as bot:
        await synced(discord_server, bot)
        handle = await discord_server.slash(place.mira, place.art, "edit")
        await handle.shown_modal()
        assert handle.text().splitlines()[0] == "╔ Edit the picture"
        with pytest.raises(ClientRefused, match="must be filled in"):
            await discord_server.submit_modal(handle, {"Size": "Wide"})
        values = {
            "What should change?": "bluer",
            "Size": "Wide",
            "Another picture": Upload(filename="a.png", data=png()),
        }
        sent = await discord_server.submit_modal(handle, values)
        await sent.message(f"bluer / 16:9 / ['a.png {len(png())}']")


async def test_context_menu_sees_a_strangers_attachment(discord_server: DiscordServer, place: Place) -> None:
    async with running(discord_server) as bot:
        await synced(discord_server, bot)
        target = await discord_server.say(
            place.mira, place.art, "look", [Upload(filename="cat.png", data=png())]
        )
        handle = await discord_server.context_menu(place.admin, place.art, "Upscale image", target)
        await handle.message("upscaling cat.png")


async def test_message_content_is_hidden_unless_mentioned_or_direct(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server) as bot:
        cat = Upload(filename="cat.png", data=png())
        hidden = await server.say(place.mira, place.art, "secret", [cat])
        heard = await asyncio.wait_for(bot.heard.get(), 5)
        assert (heard.id, heard.content, heard.attachments) == (hidden.id, "", [])
        await server.mention(place.mira, place.art, "look", [cat], reply_to=hidden)
        heard = await asyncio.wait_for(bot.heard.get(), 5)
        assert heard.content.endswith("look")
        assert await heard.attachments[0].read() == png()
        assert isinstance(heard.reference and heard.reference.resolved, discord.Message)
        assert heard.reference.resolved.attachments == []  # type: ignore[union-attr]
        await server.dm(place.mira, "hello")
        assert (await asyncio.wait_for(bot.heard.get(), 5)).content == "hello"


async def test_threads_from_messages_and_typing(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await server.mention(place.mira, place.art, "let us talk")
        heard = await asyncio.wait_for(bot.heard.get(), 5)
        thread = await heard.create_thread(name="A talk")
        async with thread.typing():
            await thread.send("here")
        inside = server.world.channels[thread.id]
        await server.wait_message(inside, "here")
        assert inside.typing
        await server.mention(place.mira, inside, "and more")
        assert (await asyncio.wait_for(bot.heard.get(), 5)).channel.id == thread.id


async def test_transcript_reads_like_the_channel(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        handle = await server.slash(place.mira, place.art, "generate", prompt="a fox")
        message = await handle.message()
        await (await server.click(place.mira, message, "Again")).message()
        await server.mention(place.mira, place.art, "thanks")
    size = f"{len(png())} B"
    assert server.transcript(place.art, as_seen_by=place.mira) == (
        "═══ #art ═══\n\n"
        "╭ mira used /generate\nLumenfall [APP]\n┃ #5865f2\n┃ 1× a fox by flux\n"
        f"┃ [image] fox.png 4×4 image/png {size}\n┃ [Again]\n\n"
        "╭ replying to Lumenfall\nLumenfall [APP]\n(only mira can see this)\nagain 7\n\n"
        "mira · pings Lumenfall\n@Lumenfall thanks\n"
    )


async def test_mentions_ping_only_when_allowed(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        channel = bot.get_partial_messageable(place.art.id)
        quiet = await channel.send(f"{place.mira.mention} @everyone")
        loud = await channel.send(f"{place.mira.mention}", allowed_mentions=discord.AllowedMentions.all())
        assert place.art.messages[quiet.id].pings == []
        assert place.art.messages[loud.id].pings == ["mira"]


async def test_selects_and_updates_in_place(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        handle = await server.slash(place.mira, place.art, "anywhere")
        message = await handle.message("anywhere False")
        with pytest.raises(ClientRefused, match="not all in"):
            await server.select(place.mira, message, "Size", "Round")
        chosen = await server.select(place.mira, message, "Size", "Wide")
        assert await chosen.message("size 16:9") is message
        assert chosen.response_type == 7
        with pytest.raises(ClientRefused):
            await server.select(place.mira, message, "Size", "Wide")


async def test_direct_messages_and_user_installs(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    elsewhere = server.add_guild("Elsewhere", bot=False)
    room = server.add_channel(elsewhere, "room")
    guest = server.add_member(elsewhere, "guest")
    async with running(server) as bot:
        await synced(server, bot)
        direct = await server.slash(place.mira, server.dm_channel(place.mira), "anywhere")
        await direct.message("anywhere False")
        with pytest.raises(ClientRefused, match="no command"):
            await server.slash(guest, room, "anywhere")
        guest.user.app_installed = True
        handle = await server.slash(guest, room, "anywhere", notes=6)
        await handle.message("anywhere True")
        assert (await asyncio.wait_for(bot.errors.get(), 5)).code == 40094
        assert len(handle.followups) == 5
        with pytest.raises(discord.Forbidden):
            await bot.get_partial_messageable(room.id).send("x")


async def test_first_follow_up_after_a_defer_is_the_answer(
    discord_server: DiscordServer, place: Place
) -> None:
    """Spoken to by bare HTTP: discord.py queues the calls of one token behind each other."""
    server = discord_server
    async with running(server) as bot, aiohttp.ClientSession(server.api_url + "/") as http:
        await synced(server, bot)
        bot.hold = asyncio.Event()
        handle = await server.slash(place.mira, place.art, "generate", prompt="x")
        hook = f"webhooks/{server.world.application_id}/{handle.record.token}"
        async with http.post(hook, json={"content": "too early"}) as early:
            assert (early.status, (await early.json())["code"]) == (404, 10015)
        fault = server.faults.add("PATCH .*@original", hold=True)
        bot.hold.set()
        await asyncio.wait_for(fault.arrived.wait(), 5)
        async with http.post(hook, json={"content": "first", "flags": 64}) as answer:
            assert answer.status == 200
        message = await handle.message("first")
        assert message is handle.original
        assert not message.ephemeral
        fault.release()
        assert (await asyncio.wait_for(bot.errors.get(), 5)).code == 50035
    assert any("LEGACY_FIELDS" in line for line in server.violations)
    server.violations.clear()


async def test_an_unanswered_command_says_so(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        bot.hold = asyncio.Event()
        handle = await server.slash(place.mira, place.art, "generate", prompt="x")
        assert not handle.did_not_respond
        server.clock.advance(3.5)
        assert handle.text() == "The application did not respond"
