"""The fake Discord's refusals: expiry, limits, permissions, faults, validation."""

from __future__ import annotations

import asyncio
import errno
import io
from typing import Any

import discord
import pytest

from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_small_bot import Place, layout, png, running, synced

pytest_plugins = ("tests.fakes.discord_fixtures",)


@pytest.fixture
def place(discord_server: DiscordServer) -> Place:
    return Place(discord_server)


async def test_three_seconds_and_one_acknowledgement(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        bot.hold = asyncio.Event()
        handle = await server.slash(place.mira, place.art, "generate", prompt="late")
        server.clock.advance(3.1)
        bot.hold.set()
        await handle.refused("10062")
        handle = await server.slash(place.mira, place.art, "generate", prompt="twice")
        await handle.message("twice")
        server.redeliver(handle)
        await handle.refused("40060")
        codes = [(await asyncio.wait_for(bot.errors.get(), 5)).code for _ in range(2)]
        assert codes == [10062, 40060]


async def test_a_token_dies_after_fifteen_minutes_but_the_channel_route_lives(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        handle = await server.slash(place.mira, place.art, "generate", prompt="slow")
        message = await handle.message()
        server.clock.advance(15 * 60 + 1)
        hook = discord.Webhook.partial(server.world.application_id, handle.record.token, client=bot)
        with pytest.raises(discord.HTTPException) as error:
            await hook.edit_message(message.id, content="x")
        assert (error.value.status, error.value.code) == (401, 50027)
        partial = bot.get_partial_messageable(place.art.id).get_partial_message(message.id)
        await partial.edit(view=layout("rescued"))
        await handle.message("rescued")


async def test_nonce_is_deduplicated_after_a_lost_answer(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        fault = server.faults.add(r"POST /channels/\d+/messages", status=502, after=True)
        channel = bot.get_partial_messageable(place.art.id)
        await channel.send("once", nonce="abc")
        assert fault.hits == 1
        assert server.requests("/messages") == [
            f"POST /channels/{place.art.id}/messages → 502",
            f"POST /channels/{place.art.id}/messages → 200",
        ]
        assert [item.content for item in place.art.messages.values()] == ["once"]


async def test_a_cut_connection_is_econnreset(discord_server: DiscordServer, place: Place) -> None:
    async with running(discord_server) as bot:
        discord_server.faults.add(r"POST .*/messages", reset=True)
        with pytest.raises(OSError, match="reset") as error:
            await bot.get_partial_messageable(place.art.id).send("lost")
        assert error.value.errno == errno.ECONNRESET
        assert not place.art.messages


async def test_too_large_a_file_is_40005(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    server.world.upload_limit = 10
    async with running(server) as bot:
        await synced(server, bot)
        handle = await server.slash(place.mira, place.art, "generate", prompt="large")
        await handle.acknowledged()
        error = await asyncio.wait_for(bot.errors.get(), 5)
        assert (error.status, error.code) == (413, 40005)
        assert handle.original is not None
        assert handle.original.loading


@pytest.mark.parametrize("names", [("view_channel",), ("send_messages",), ("attach_files",)])
async def test_missing_permissions(
    discord_server: DiscordServer, place: Place, names: tuple[str, ...]
) -> None:
    place.art.deny(discord_server.bot_member(place.guild), *names)
    async with running(discord_server) as bot:
        file = discord.File(io.BytesIO(png()), "a.png")
        with pytest.raises(discord.Forbidden) as error:
            await bot.get_partial_messageable(place.art.id).send("x", file=file)
        assert error.value.code == (50001 if names == ("view_channel",) else 50013)


async def test_deleted_archived_and_closed(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        sent = await bot.get_partial_messageable(place.art.id).send("x")
        await sent.delete()
        with pytest.raises(discord.NotFound) as gone:
            await sent.edit(content="y")
        assert gone.value.code == 10008
        thread = server.add_thread(place.art, "talk", place.mira)
        inside = await bot.get_partial_messageable(thread.id).send("x")
        thread.archived = True
        with pytest.raises(discord.HTTPException) as archived:
            await inside.edit(content="y")
        assert archived.value.code == 50083
        place.mira.user.accepts_dms = False
        user = await bot.fetch_user(place.mira.id)
        with pytest.raises(discord.Forbidden) as closed:
            await user.send("psst")
        assert closed.value.code == 50007


async def test_rate_limits_make_the_client_wait(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    server.limits.set(r"POST /channels/\d+/messages", limit=2, window=0.2)
    async with running(server) as bot:
        channel = bot.get_partial_messageable(place.art.id)
        await asyncio.gather(*(channel.send(str(number)) for number in range(5)))
        assert len(place.art.messages) == 5
        first, *_, last = place.art.messages.values()
        assert last.created - first.created >= 0.3


async def test_a_429_without_via_is_taken_for_a_ban(discord_server: DiscordServer, place: Place) -> None:
    async with running(discord_server) as bot:
        discord_server.faults.add(r"POST .*/messages", status=429, body="error code: 1015", via=False)
        with pytest.raises(discord.HTTPException) as error:
            await bot.get_partial_messageable(place.art.id).send("x")
        assert error.value.status == 429


async def test_old_messages_take_few_edits(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    server.world.old_edit_limit = 1
    async with running(server) as bot:
        sent = await bot.get_partial_messageable(place.art.id).send("x")
        server.clock.advance(3601)
        await sent.edit(content="y")
        with pytest.raises(discord.HTTPException) as error:
            await sent.edit(content="z")
        assert error.value.code == 30046


async def test_validation_catches_what_discord_would_refuse(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server) as bot:
        channel = bot.get_partial_messageable(place.art.id)
        with pytest.raises(discord.HTTPException) as error:
            await channel.send("x" * 4001)
        assert error.value.code == 50035
        assert "2000 or fewer" in str(error.value)
    assert any("refused" in line for line in server.violations)
    assert any("length 4001 against maxLength 4000" in line for line in server.violations)
    server.violations.clear()


def bad_views() -> dict[str, tuple[discord.ui.LayoutView, str]]:
    text, reference, ids, people = (discord.ui.LayoutView() for _ in range(4))
    for _ in range(2):
        text.add_item(discord.ui.TextDisplay("x" * 2500))
    reference.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://none.png")))
    row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()
    for label in "ab":
        row.add_item(discord.ui.Button(label=label, custom_id="same"))
    ids.add_item(row)
    for _ in range(40):
        people.add_item(discord.ui.TextDisplay("x"))
    people._children.append(discord.ui.TextDisplay("one too many"))
    return {
        "text": (text, "maximum size of 4000"),
        "reference": (reference, "does not exist: none.png"),
        "ids": (ids, "cannot be duplicated"),
        "people": (people, "at most 40"),
    }


@pytest.mark.parametrize("which", ["text", "reference", "ids", "people"])
async def test_component_rules(discord_server: DiscordServer, place: Place, which: str) -> None:
    view, expected = bad_views()[which]
    async with running(discord_server) as bot:
        data = {"components": view.to_components(), "flags": 1 << 15}
        route = discord.http.Route("POST", "/channels/{channel_id}/messages", channel_id=place.art.id)
        with pytest.raises(discord.HTTPException, match=expected):
            await bot.http.request(route, json=data)
    assert discord_server.violations
    discord_server.violations.clear()


async def test_links_expire_and_are_fresh_when_fetched_again(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server) as bot:
        sent = await bot.get_partial_messageable(place.art.id).send(
            file=discord.File(io.BytesIO(png()), "a.png")
        )
        assert await sent.attachments[0].read() == png()
        server.clock.advance(25 * 3600)
        with pytest.raises(discord.NotFound):
            await sent.attachments[0].read()
        again = await bot.get_partial_messageable(place.art.id).fetch_message(sent.id)
        assert await again.attachments[0].read() == png()


async def test_classic_content_must_go_before_components_v2(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server) as bot:
        sent = await bot.get_partial_messageable(place.art.id).send("classic")
        with pytest.raises(discord.HTTPException, match="IS_COMPONENTS_V2"):
            await sent.edit(view=layout("new"))
        await sent.edit(content=None, view=layout("new"))
        assert server.render(place.art.messages[sent.id]).endswith("┃ new\n┃ [Again]")
    server.violations.clear()


async def test_moderators_delete_messages_and_remove_the_bot(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        message = await (await server.slash(place.mira, place.art, "generate", prompt="x")).message()
        server.delete_message(message)
        with pytest.raises(discord.NotFound) as gone:
            await bot.get_partial_messageable(place.art.id).get_partial_message(message.id).edit(content="y")
        assert gone.value.code == 10008
        server.remove_bot(place.guild)
        with pytest.raises(discord.Forbidden) as outside:
            await bot.get_partial_messageable(place.art.id).send("y")
        assert outside.value.code == 50001
