"""The bot as its operator runs it: a process of its own, as a command here or in a container.

async with operated() as world, world.command("run") as bot:
    await bot.ready()
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from adapters.slack.manifest import OPTIONAL_SCOPES, SCOPES
from sandbox import Sandbox
from tests.fakes.discord_server.server import Channel as DiscordChannel
from tests.fakes.discord_server.server import DiscordServer, Member
from tests.fakes.environment import bare
from tests.fakes.sandbox import KEY, running_sandbox
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Channel as SlackChannel
from tests.fakes.slack_server.state import User

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "adapters.cli.main")


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Bot:
    """A running bot; `said` grows while it speaks."""

    process: Process
    url: str
    said: list[str] = field(default_factory=list)

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self.said.append(line.decode(errors="replace"))

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(timeout=20) as http:
            return await http.get(self.url + path)

    async def ready(self, seconds: float = 60) -> None:
        """Wait for `/readyz` to say yes."""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    if (await self.get("/readyz")).status_code == 200:
                        return
                except httpx.TransportError:
                    assert self.process.returncode is None, "".join(self.said)
                await asyncio.sleep(0.2)

    async def stop(self, seconds: float = 40) -> int:
        """Ask it to end, and wait for it."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(seconds):
            return await self.process.wait()


@asynccontextmanager
async def started(command: Sequence[str], environment: dict[str, str], port: int) -> AsyncGenerator[Bot]:
    """Run a command with nothing of this machine's settings, and end it at the end."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=PIPE, stderr=STDOUT, env={**bare(), **environment}, cwd=ROOT
    )
    bot = Bot(process, f"http://127.0.0.1:{port}")
    listening = asyncio.create_task(bot.listen())
    try:
        yield bot
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening


@dataclass
class Outside:
    """The servers a bot needs, ours, and people on them."""

    sandbox: Sandbox
    discord: DiscordServer
    slack: SlackServer
    art: DiscordChannel
    mira: Member
    office: SlackChannel
    ana: User

    def environment(self, port: int, folder: str) -> dict[str, str]:
        """Settings of a bot on all of them."""
        team = self.ana.team
        return {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "DATA_DIR": folder,
            "LUMENFALL_API_KEY": KEY,
            "LUMENFALL_BASE_URL": self.sandbox.base_url,
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
            "SLACK_BOT_TOKEN": team.token,
            "SLACK_APP_TOKEN": self.slack.app.app_token,
            "SLACK_API_URL": self.slack.api_url,
        }


@asynccontextmanager
async def outside() -> AsyncGenerator[Outside]:
    """A sandbox, a Discord and a Slack."""
    discord = await DiscordServer.start()
    async with running_sandbox() as sandbox, await SlackServer.start() as slack:
        try:
            guild = discord.add_guild()
            art, mira = discord.add_channel(guild), discord.add_member(guild, discord.add_user("mira"))
            team = slack.add_team("acme", scopes=frozenset((*SCOPES, *OPTIONAL_SCOPES)))
            ana = slack.user(team, "ana")
            office = slack.channel(team, "office", members=[ana])
            yield Outside(sandbox, discord, slack, art, mira, office, ana)
        finally:
            await discord.stop()
