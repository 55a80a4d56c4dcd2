"""`lumenfall-bot run` as a process of its own, to be killed, stopped, and started again."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Any

from sandbox import Sandbox
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.environment import bare
from tests.fakes.sandbox import KEY

ROOT = Path(__file__).parents[2]


IMPATIENT = """
from adapters.discord.app import DiscordApp
from adapters.cli.main import main
DiscordApp.__init__.__kwdefaults__["clear_after_s"] = 0.5
main()
"""


class BotProcess:
    """One running process; `start` returns once it is connected to the fake Discord."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self._process = process
        self.log = log

    @classmethod
    async def start(
        cls,
        folder: Path,
        server: DiscordServer,
        sandbox: Sandbox,
        *,
        impatient: bool = False,
        **environment: Any,
    ) -> BotProcess:
        """Run on `folder`; `environment` are settings by their names in lower case. An `impatient` one gives
        promises of dead processes up after half a second.
        """
        count = len(server.gateway.connected())
        log = folder / f"log-{count}-{len(list(folder.glob('log-*')))}.txt"
        settings = {
            "LUMENFALL_API_KEY": KEY,
            "LUMENFALL_BASE_URL": sandbox.base_url,
            "DATA_DIR": str(folder / "data"),
            "DISCORD_TOKEN": server.token,
            "DISCORD_API_URL": server.api_url,
            "DISCORD_GATEWAY_URL": server.gateway_url,
            "PORT": "0",
            "LEASE_S": "1",
            "DRAIN_S": "5",
            **{name.upper(): str(value) for name, value in environment.items()},
        }
        with log.open("wb") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *(["-c", IMPATIENT] if impatient else ["-m", "adapters.cli.main"]), "run",
                cwd=ROOT, env=bare() | settings, stdout=out, stderr=out,
            )  # fmt: skip
        running = cls(process, log)
        try:
            await server.gateway.wait_connected(count + 1, timeout=30)
            async with asyncio.timeout(30):
                while not server.commands.scopes[0]:  # they are handed over beside the connection
                    await asyncio.sleep(0.02)
        except TimeoutError:
            await running.kill()
            raise AssertionError(log.read_text()[-3000:]) from None
        return running

    async def kill(self) -> None:
        """kill -9."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def stop(self, timeout: float = 30) -> int:
        """SIGTERM, and wait for the end; answers the exit code."""
        self._process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self._process.wait(), timeout)
