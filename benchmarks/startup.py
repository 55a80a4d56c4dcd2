"""From the command to readiness, and what the process weighs then."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psutil

from benchmarks.instant import Instant
from benchmarks.ledger import Result
from benchmarks.platforms import for_discord, ours, running
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_stage import peopled


async def start_up(folder: Path, gateway: Instant) -> AsyncIterator[Result]:
    """A bot on Discord with a new database, and once more with the one it has."""
    server = await DiscordServer.start()
    await peopled(server)
    for what in ("a new", "its own"):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        start = time.perf_counter()
        more = {**for_discord(server), "PORT": str(port)}
        async with running(
            "adapters.cli.main", "run", log=folder / "log", **{**ours(folder, gateway), **more}
        ) as process:
            await ready(f"http://127.0.0.1:{port}/readyz")
            took = time.perf_counter() - start
            seen = psutil.Process(process.pid)
            memory, times = seen.memory_info().rss, seen.cpu_times()
        yield Result(
            database="sqlite",
            what=f"from the command to ready on Discord, with {what} database",
            value=took * 1000,
            unit="ms",
        )
        yield Result(
            database="sqlite",
            what=f"processor time of that, with {what} database",
            value=(times.user + times.system) * 1000,
            unit="ms",
        )
    yield Result(database="sqlite", what="resident size when ready", value=memory / 1e6, unit="MB")
    await server.stop()


async def ready(url: str) -> None:
    """Wait until the operator's probe is satisfied."""
    async with asyncio.timeout(30), httpx.AsyncClient() as client:
        while True:
            try:
                if (await client.get(url)).status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            await asyncio.sleep(0.02)
