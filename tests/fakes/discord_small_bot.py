"""The smallest discord.py bot with one of everything, to try the fake Discord with."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
from discord import app_commands
from PIL import Image

from tests.fakes.discord_server.server import Channel, DiscordServer, Member


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


async def synced(server: DiscordServer, bot: SmallBot) -> SmallBot:
    await bot.tree.sync()
    return bot
