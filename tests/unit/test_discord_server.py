"""The fake Discord under an unmodified discord.py client: what other tests lean on must itself be tested."""

from __future__ import annotations

import asyncio
import errno
import io
import re
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands
from PIL import Image

from tests.fakes.discord_server.base import ClientRefused
from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_server.pointing import pointed_at
from tests.fakes.discord_server.server import Channel, DiscordServer, Member, Upload
from tests.fakes.discord_server.validation import Validation

pytest_plugins = ("tests.fakes.discord_fixtures",)


def png(size: tuple[int, int] = (4, 4), colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, "PNG")
    return out.getvalue()


class Again(discord.ui.DynamicItem[discord.ui.Button], template=r"again:(?P<id>\d+)"):  # type: ignore[type-arg]
    def __init__(self, number: str) -> None:
        super().__init__(discord.ui.Button(label="Again", custom_id=f"again:{number}"))
        self.number = number

    @classmethod
    async def from_custom_id(cls, interaction: Any, item: Any, match: re.Match[str]) -> Again:
        return cls(match["id"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_message(f"again {self.number}", ephemeral=True)


def layout(text: str, file: discord.File | None = None) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    box = discord.ui.Container(discord.ui.TextDisplay(text), accent_colour=0x5865F2)
    if file is not None:
        box.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem(f"attachment://{file.filename}")))
    box.add_item(discord.ui.ActionRow(Again("7")))
    view.add_item(box)
    return view


class EditModal(discord.ui.Modal, title="Edit the picture"):
    prompt = discord.ui.Label(
        text="What should change?",
        component=discord.ui.TextInput(style=discord.TextStyle.paragraph, max_length=200),
    )
    size = discord.ui.Label(
        text="Size",
        component=discord.ui.Select(
            options=[
                discord.SelectOption(label="Square", value="1:1"),
                discord.SelectOption(label="Wide", value="16:9"),
            ]
        ),
    )
    picture = discord.ui.Label(
        text="Another picture", component=discord.ui.FileUpload(required=False, max_values=2)
    )

    async def on_submit(self, interaction: discord.Interaction[Any]) -> None:
        files = self.picture.component.values  # type: ignore[attr-defined]
        names = [f"{item.filename} {len(await item.read())}" for item in files]
        chosen = self.size.component.values[0]  # type: ignore[attr-defined]
        text = f"{self.prompt.component.value} / {chosen} / {names}"  # type: ignore[attr-defined]
        await interaction.response.send_message(text)


class Size(discord.ui.Select[Any]):
    def __init__(self) -> None:
        options = [
            discord.SelectOption(label="Square", value="1:1"),
            discord.SelectOption(label="Wide", value="16:9"),
        ]
        super().__init__(custom_id="size", placeholder="Size", options=options)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        await interaction.response.edit_message(content=f"size {self.values[0]}", view=None)


class SmallBot(discord.AutoShardedClient):
    """The smallest bot with one of everything."""

    def __init__(self, **more: Any) -> None:
        more.setdefault("intents", discord.Intents(guilds=True, guild_messages=True, dm_messages=True))
        super().__init__(guild_ready_timeout=0.05, allowed_mentions=discord.AllowedMentions.none(), **more)
        self.tree = app_commands.CommandTree(self)
        self.heard: asyncio.Queue[discord.Message] = asyncio.Queue()
        self.errors: asyncio.Queue[discord.HTTPException] = asyncio.Queue()
        self.hold: asyncio.Event | None = None
        self.add_dynamic_items(Again)
        add_commands(self)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """The library sleeps five seconds here, which these tests have no need of."""

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            await self.heard.put(message)


def add_commands(bot: SmallBot) -> None:
    @bot.tree.command(description="Make a picture")
    async def generate(
        interaction: discord.Interaction[Any],
        prompt: app_commands.Range[str, 1, 100],
        n: app_commands.Range[int, 1, 4] = 1,
        image: discord.Attachment | None = None,
        model: str = "flux",
    ) -> None:
        if bot.hold is not None:
            await bot.hold.wait()
        try:
            await interaction.response.defer()
        except discord.HTTPException as error:
            bot.errors.put_nowait(error)
            return
        seen = f" from {image.filename} ({len(await image.read())} bytes)" if image else ""
        file = discord.File(io.BytesIO(png()), "fox.png")
        text = f"{n}× {prompt} by {model}{seen}"
        try:
            await interaction.edit_original_response(view=layout(text, file), attachments=[file])
        except discord.HTTPException as error:
            bot.errors.put_nowait(error)

    @generate.autocomplete("model")
    async def models(_: discord.Interaction[Any], current: str) -> list[app_commands.Choice[str]]:
        return [
            app_commands.Choice(name=f"{name} · $0.03", value=name)
            for name in ("flux", "sdxl")
            if current in name
        ]

    @bot.tree.command(description="Say who")
    async def whois(
        interaction: discord.Interaction[Any],
        who: discord.Member,
        role: discord.Role,
        where: discord.TextChannel,
    ) -> None:
        text = f"{who.display_name} {role.name} {where.name}"
        await interaction.response.send_message(text, ephemeral=True)

    @bot.tree.command(description="Anywhere")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def anywhere(interaction: discord.Interaction[Any], notes: int = 0) -> None:
        view = discord.ui.View(timeout=None)
        view.add_item(Size())
        await interaction.response.send_message(f"anywhere {interaction.is_user_integration()}", view=view)
        try:
            for number in range(notes):
                await interaction.followup.send(f"note {number}")
        except discord.HTTPException as error:
            bot.errors.put_nowait(error)

    @bot.tree.command(description="Edit")
    async def edit(interaction: discord.Interaction[Any]) -> None:
        await interaction.response.send_modal(EditModal())

    budget = app_commands.Group(
        name="budget", description="Budgets", default_permissions=discord.Permissions(manage_guild=True)
    )

    @budget.command(name="set", description="Set a limit")
    async def set_budget(interaction: discord.Interaction[Any], dollars: float) -> None:
        await interaction.response.send_message(f"budget {dollars}", ephemeral=True)

    bot.tree.add_command(budget)

    @bot.tree.context_menu(name="Upscale image")
    async def upscale(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        await interaction.response.send_message(f"upscaling {message.attachments[0].filename}")


@asynccontextmanager
async def running(server: DiscordServer, **more: Any) -> AsyncIterator[SmallBot]:
    bot = SmallBot(**more)
    await bot.login(server.token)
    task = asyncio.create_task(bot.connect())
    ready = asyncio.create_task(bot.wait_until_ready())
    try:
        await asyncio.wait([task, ready], timeout=10, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield bot
    finally:
        ready.cancel()
        await bot.close()
        await asyncio.gather(task, return_exceptions=True)


class Place:
    """A server with people in it and the bot at work."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self.guild = server.add_guild("Atelier")
        self.art: Channel = server.add_channel(self.guild, "art")
        self.artist = server.add_role(self.guild, "Artist")
        self.mira: Member = server.add_member(self.guild, "mira", roles=[self.artist])
        self.admin: Member = server.add_member(self.guild, "ada", permissions=("manage_guild",))


@pytest.fixture
def place(discord_server: DiscordServer) -> Place:
    return Place(discord_server)


async def test_login_ready_and_commands(discord_server: DiscordServer, place: Place) -> None:
    async with running(discord_server) as bot:
        assert bot.user is not None
        assert [guild.name for guild in bot.guilds] == ["Atelier"]
        synced = await bot.tree.sync()
        assert sorted(item.name for item in synced) == sorted(
            ["anywhere", "generate", "whois", "edit", "budget", "Upscale image"]
        )
        again = await bot.tree.fetch_commands()
        assert {item.id for item in again} == {item.id for item in synced}
        assert discord_server.gateway.identifies[0]["intents"] == bot.intents.value


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


async def synced(server: DiscordServer, bot: SmallBot) -> SmallBot:
    await bot.tree.sync()
    return bot


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


async def test_no_messages_without_the_intent_and_4014_for_a_privileged_one(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server, intents=discord.Intents(guilds=True)) as bot:
        await server.mention(place.mira, place.art, "hello")
        await synced(server, bot)
        handle = await server.slash(place.mira, place.art, "generate", prompt="after the message")
        await handle.message()
        assert bot.heard.empty()
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(server, intents=discord.Intents(guilds=True, message_content=True)):
            pass


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


async def test_resume_replays_what_was_missed(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        (session,) = await server.gateway.wait_connected()
        server.gateway.drop(session)
        handle = await server.slash(place.mira, place.art, "generate", prompt="meanwhile")
        await server.gateway.wait_resumed(session)
        await handle.message("meanwhile")
        assert len(server.gateway.identifies) == 1


@pytest.mark.parametrize("how", ["reconnect", "invalid", "closed"])
async def test_the_gateway_can_send_the_bot_away(
    discord_server: DiscordServer, place: Place, how: str
) -> None:
    gateway = discord_server.gateway
    async with running(discord_server) as bot:
        await synced(discord_server, bot)
        (session,) = await gateway.wait_connected()
        if how == "reconnect":
            gateway.ask_to_reconnect(session)
            await gateway.wait_resumed(session)
        elif how == "closed":
            await gateway.close(4000, session)
            await gateway.wait_resumed(session)
        else:
            gateway.invalidate(session)
            await gateway.wait_identified(2)
        handle = await discord_server.slash(place.mira, place.art, "generate", prompt="still here")
        await handle.message("still here")


async def test_two_processes_on_one_shard_both_get_the_interaction(
    discord_server: DiscordServer, place: Place
) -> None:
    server = discord_server
    async with running(server) as one, running(server):
        await synced(server, one)
        assert len(await server.gateway.wait_connected(2)) == 2
        handle = await server.slash(place.mira, place.art, "generate", prompt="race")
        await handle.refused("40060")
        await handle.message("race")
        assert len(server.requests("/callback → 400")) == 1
        assert sorted(len(record.refusals) for record in server.world.interactions.values()) == [1]


async def test_shards_get_their_own_guilds(discord_server: DiscordServer) -> None:
    guilds = [discord_server.add_guild(f"g{number}") for number in range(3)]
    async with running(discord_server, shard_count=1000, shard_ids=[(guilds[0].id >> 22) % 1000]) as bot:
        assert guilds[0].id in [guild.id for guild in bot.guilds]
        assert discord_server.gateway.connected()[0].shard[1] == 1000


async def test_burst_of_500_slash_commands(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        handles = [
            await server.slash(place.mira, place.art, "generate", prompt=f"fox {number}")
            for number in range(500)
        ]
        await asyncio.gather(*(handle.message(timeout=60) for handle in handles))
    latencies = sorted(handle.latency or 99.0 for handle in handles)
    print(f"p50 {statistics.median(latencies):.3f} s, p99 {latencies[494]:.3f} s")
    assert latencies[-1] < 3
    assert len(place.art.messages) == 500
    assert not any(handle.refusals for handle in handles)


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
    if server.world.validation.book:
        assert any("length 4001 against maxLength 4000" in line for line in server.violations)
    server.violations.clear()


def bad_views() -> dict[str, tuple[discord.ui.LayoutView, str]]:
    text, reference, ids, crowd = (discord.ui.LayoutView() for _ in range(4))
    for _ in range(2):
        text.add_item(discord.ui.TextDisplay("x" * 2500))
    reference.add_item(discord.ui.MediaGallery(discord.MediaGalleryItem("attachment://none.png")))
    row: discord.ui.ActionRow[Any] = discord.ui.ActionRow()
    for label in "ab":
        row.add_item(discord.ui.Button(label=label, custom_id="same"))
    ids.add_item(row)
    for _ in range(40):
        crowd.add_item(discord.ui.TextDisplay("x"))
    crowd._children.append(discord.ui.TextDisplay("one too many"))
    return {
        "text": (text, "maximum size of 4000"),
        "reference": (reference, "does not exist: none.png"),
        "ids": (ids, "cannot be duplicated"),
        "crowd": (crowd, "at most 40"),
    }


@pytest.mark.parametrize("which", ["text", "reference", "ids", "crowd"])
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


async def test_class_state_is_put_back() -> None:
    before = (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)
    server = await DiscordServer.start()
    with pointed_at(server):
        assert server.api_url == discord.http.Route.BASE
    await server.stop()
    assert before == (discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY)


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


async def test_an_unanswered_command_says_so(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    async with running(server) as bot:
        await synced(server, bot)
        bot.hold = asyncio.Event()
        handle = await server.slash(place.mira, place.art, "generate", prompt="x")
        assert not handle.did_not_respond
        server.clock.advance(3.5)
        assert handle.text() == "The application did not respond"


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


async def test_identifies_too_close_together_are_invalid(discord_server: DiscordServer, place: Place) -> None:
    server = discord_server
    server.gateway.identify_interval = 5.0
    async with running(server):
        await server.gateway.wait_connected()

        async def relent() -> None:
            await server.gateway.wait_identified(3)
            server.clock.advance(5)

        relenting = asyncio.create_task(relent())
        async with running(server):
            await server.gateway.wait_connected(2)
        await relenting


def test_without_the_schema_nothing_is_validated_and_it_says_so(tmp_path: Path) -> None:
    validation = Validation(tmp_path / "none.json")
    validation.request("POST", "/channels/1/messages", "{}")
    assert validation.note.endswith("nothing is validated")
    assert validation.settle() == []


async def test_a_client_without_shards_connects_too(discord_server: DiscordServer, place: Place) -> None:
    client = discord.Client(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
    await client.login(discord_server.token)
    task = asyncio.create_task(client.connect())
    await asyncio.wait_for(client.wait_until_ready(), 10)
    assert client.get_guild(place.guild.id) is not None
    await client.close()
    await task
    assert discord_server.gateway.identifies[0]["shard"] == (0, 1)
