"""The whole product on the fake Discord: server, sandbox, core, worker, and the real adapter on discord.py.

async with staged(tmp_path) as stage:
    asked = await stage.slash("generate", prompt="a fox")
    result = await asked.message("charged")
"""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from pydantic import SecretStr

from adapters.discord.app import DiscordApp
from bot.core.ports.for_adapters import Clock
from bot.core.request import Actor, Request
from sandbox import Sandbox
from tests.fakes.discord_server.handles import InteractionHandle, controls
from tests.fakes.discord_server.server import Channel, DiscordServer, Guild, Member, Message, Upload
from tests.fakes.stack import Stack, running_stack

CHEAP = "seedream-4.5"


MESSAGE_CONTENT = 1 << 15
"""Discord docs, Gateway intents."""


def png(width: int = 64, height: int = 48, color: str = "teal", mode: str = "RGB") -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new(mode, (width, height), color).save(out, "PNG")
    return out.getvalue()


def upload(name: str = "photo.png", **how: Any) -> Upload:
    """A small picture as somebody's attachment."""
    return Upload(filename=name, data=png(**how))


@dataclass(kw_only=True)
class Stage:
    """The parts, a server with two channels, a member, and an admin."""

    server: DiscordServer
    stack: Stack
    app: DiscordApp
    guild: Guild
    art: Channel
    lounge: Channel
    mira: Member
    ada: Member

    async def slash(self, command: str, *, by: Member | None = None, **options: Any) -> InteractionHandle:
        """Mira, or whoever is named, types a command in #art."""
        return await self.server.slash(by or self.mira, self.art, command, **options)

    async def admin(self, command: str, **options: Any) -> InteractionHandle:
        """Ada types a command in the admins' lounge, and it is answered."""
        handle = await self.server.slash(self.ada, self.lounge, command, **options)
        if await handle.acknowledged() != 9:
            await handle.message()
        return handle

    async def result(self, prompt: str = "a fox", **options: Any) -> Message:
        """A delivered picture of Mira's."""
        handle = await self.slash("generate", prompt=prompt, model=CHEAP, **options)
        message = await handle.message("charged **", timeout=30)
        await self.stack.settled()
        return message

    async def press(self, member: Member, message: Message, button: str) -> InteractionHandle:
        """Press a button of a result, or one behind its "More"."""
        if button not in [control.get("label") for control in controls(message)]:
            more = await self.server.click(member, message, "More")
            message = await more.message("Request")
        return await self.server.click(member, message, button)

    def actor(self, member: Member, *, tenant: str = "") -> Actor:
        """A person as the core knows them."""
        return Actor(
            tenant=tenant or f"discord:{self.guild.id}",
            person=f"discord:{member.user.id}",
            name=member.user.name,
            is_admin=member is self.ada,
        )

    async def home(self, member: Member) -> None:
        """The server pays for a member in direct messages."""
        person = f"discord:{member.user.id}"
        await self.stack.core.service.homes.choose(person, f"discord:{self.guild.id}")

    async def change(self, **changes: Any) -> None:
        """Ada changes settings of the server."""
        await self.stack.core.admin.change(self.actor(self.ada), **changes)

    async def rows(self) -> list[Request]:
        """Mira's requests, newest first, once nothing is under way."""
        await self.stack.settled()
        return await self.stack.core.service.history(self.actor(self.mira), limit=50)

    async def charged(self) -> int:
        """What the sandbox has charged, once nothing is under way."""
        await self.stack.settled()
        assert await self.stack.core.store.verify() == []
        return self.stack.sandbox.charged_micros


async def peopled(server: DiscordServer) -> dict[str, Any]:
    """A server with the bot in it, as invited: its own role with the least permissions."""
    from adapters.discord.command_sync import PERMISSIONS

    guild = server.add_guild("Atelier", bot_permissions=PERMISSIONS.value)
    return {
        "guild": guild,
        "art": server.add_channel(guild, "art"),
        "lounge": server.add_channel(guild, "admins"),
        "mira": server.add_member(guild, "mira"),
        "ada": server.add_member(guild, "ada", permissions=("manage_guild",)),
    }


def discord_settings(server: DiscordServer) -> dict[str, Any]:
    """Settings that let the adapter find the fake Discord."""
    return {
        "discord_token": SecretStr(server.token),
        "discord_api_url": server.api_url,
        "discord_gateway_url": server.gateway_url,
    }


@asynccontextmanager
async def staged(
    data_dir: Path,
    *,
    server: DiscordServer | None = None,
    world: dict[str, Any] | None = None,
    sandbox: Sandbox | None = None,
    allow: Sequence[str] = (),
    clear_after_s: float = 60.0,
    clock: Clock | None = None,
    **changes: Any,
) -> AsyncGenerator[Stage, None]:
    """Everything, started and connected; schema violations fail the test, except those that hold an `allow`.

    Give `server`, `world` and `sandbox` of an earlier stage to start again where it ended.
    """
    async with AsyncExitStack() as closing:
        own = server is None
        server = server or await DiscordServer.start()
        if own:
            closing.push_async_callback(server.stop)
        world = world or await peopled(server)
        built: list[DiscordApp] = []

        def build(core: Any) -> DiscordApp:
            app = DiscordApp(
                service=core.service,
                talk=core.talk,
                admin=core.admin,
                settings=core.settings,
                clock=core.clock,
                guild_ready_s=0.05,
                clear_after_s=clear_after_s,
            )
            built.append(app)
            return app

        if changes.get("discord_message_content"):
            server.world.privileged_intents = MESSAGE_CONTENT
        settings = {**discord_settings(server), **changes}
        stack = await closing.enter_async_context(
            running_stack(data_dir, adapters=[build], sandbox=sandbox, clock=clock, **settings)
        )
        await built[0].wait_ready()
        yield Stage(server=server, stack=stack, app=built[0], **world)
        left = [item for item in server.violations if not any(known in item for known in allow)]
        assert not left, "\n".join(left)
