"""What the bot adds on Discord and Slack, beside bare handlers on the same libraries.

Either is a process of its own that talks to the tests' Discord or Slack and to the gateway that answers at
once. Two waits are measured: from the platform's event to its acknowledgement, and from the moment the
gateway's answer left to the moment its text (ours: with its receipt) reached the platform.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.instant import Instant
from benchmarks.ledger import Result
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.discord_stage import peopled
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Message

ROOT = Path(__file__).parents[1]
ALONE, AT_ONCE, PEOPLE = 30, 100, 25
GATEWAY_S = 0.05
PATIENCE_S = 120
RECEIPT = {"the bot": "charged", "bare handler": "done"}
"""What a message says once nothing more will come."""


@dataclass(kw_only=True)
class Waits:
    """Seconds to acknowledgements, and when the answers to prompts were posted (Unix seconds)."""

    acknowledged: list[float]
    posted: dict[str, float]


Ask = Callable[[list[str]], Coroutine[Any, Any, Waits]]
"""Say all prompts at the same time and wait for their answers."""


async def platforms(folder: Path, gateway: Instant) -> AsyncIterator[Result]:
    """Both platforms, bare and ours, one at once and a hundred."""
    for platform, opened in (("Discord", on_discord), ("Slack", on_slack)):
        for who, receipt in RECEIPT.items():
            place = folder / f"{platform}-{receipt}"
            place.mkdir()
            await gateway.set(seconds=GATEWAY_S, prices={"chat": 0.001})
            async with opened(who, place, gateway) as ask:
                for at_once in (1, AT_ONCE):
                    for result in await measured(ask, gateway, at_once):
                        yield Result(database=f"{platform}, {who}", **result)


async def measured(ask: Ask, gateway: Instant, at_once: int) -> list[dict[str, Any]]:
    """The median and the 99th percentile of both waits."""
    await ask(["warm"])
    names = [f"say{number:03}of{at_once}." for number in range(AT_ONCE if at_once > 1 else ALONE)]
    parts = [await ask(names)] if at_once > 1 else [await ask([name]) for name in names]
    answered = (await gateway.told())["answered"]
    acks = [wait for part in parts for wait in part.acknowledged]
    posts = [at - answered[name] for part in parts for name, at in part.posted.items()]
    return [
        {
            "what": f"{what}, {at_once} at once, p{share}",
            "value": percentile(waits, share) * 1000,
            "unit": "ms",
        }
        for what, waits in (("event to acknowledgement", acks), ("gateway's answer to post", posts))
        for share in (50, 99)
    ]


def percentile(waits: list[float], share: int) -> float:
    return sorted(waits)[min(len(waits) - 1, len(waits) * share // 100)]


@asynccontextmanager
async def running(
    module: str, *arguments: str, log: Path, **environment: str
) -> AsyncGenerator[asyncio.subprocess.Process]:
    """A process of this project's Python; asked to end, then waited for."""
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", module, *arguments,
            cwd=ROOT, env={"PATH": os.environ["PATH"], **environment}, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def ours(folder: Path, gateway: Instant) -> dict[str, str]:
    """The environment of `lumenfall-bot run`."""
    return {
        "LUMENFALL_API_KEY": "lmnfl_bench.key",
        "LUMENFALL_BASE_URL": gateway.base_url,
        "DATA_DIR": str(folder / "data"),
        "PORT": "0",
        "LOG_LEVEL": "error",
        "CONCURRENCY": str(AT_ONCE),
        "PER_PERSON": str(AT_ONCE),
        "PER_TENANT": str(AT_ONCE),
    }


def for_discord(server: DiscordServer) -> dict[str, str]:
    """Where the bot finds Discord."""
    return {
        "DISCORD_TOKEN": server.token,
        "DISCORD_API_URL": server.api_url,
        "DISCORD_GATEWAY_URL": server.gateway_url,
    }


@asynccontextmanager
async def on_discord(who: str, folder: Path, gateway: Instant) -> AsyncGenerator[Ask]:
    """Twenty-five members of one server, each in a channel of their own, who type `/chat`."""
    server = await DiscordServer.start()
    guild = (await peopled(server))["guild"]
    seats = cycle(
        (server.add_member(guild, f"member{number}"), server.add_channel(guild, f"room{number}"))
        for number in range(PEOPLE)
    )

    async def ask(names: list[str]) -> Waits:
        handles = {name: await server.slash(*next(seats), "chat", prompt=name) for name in names}
        for handle in handles.values():
            await handle.message(RECEIPT[who], timeout=PATIENCE_S)
        posted = {name: _when(server, f"re {name}", RECEIPT[who]) for name in names}
        return Waits(acknowledged=[handle.latency or 0 for handle in handles.values()], posted=posted)

    if who == "the bot":
        process = running(
            "adapters.cli.main", "run", log=folder / "log", **ours(folder, gateway), **for_discord(server)
        )
    else:
        told = {"token": server.token, "api": server.api_url, "gateway_url": server.gateway_url}
        given = json.dumps({"gateway": gateway.base_url, **told})
        process = running("benchmarks.bare", "discord", given, log=folder / "log")
    async with process:
        await server.gateway.wait_connected(1, timeout=30)
        await asyncio.sleep(1)
        yield ask
    await server.stop()


def _when(server: DiscordServer, *texts: str) -> float:
    """When a body with all these texts first reached Discord."""
    bodies = ((one.at, json.dumps(one.body, default=str)) for one in server.rest.log)
    return next(at for at, body in bodies if all(text in body for text in texts))


@asynccontextmanager
async def on_slack(who: str, folder: Path, gateway: Instant) -> AsyncGenerator[Ask]:
    """Members of one workspace who mention the bot, each in a channel of their own."""
    async with await SlackServer.start() as slack:
        team = slack.add_team("acme")
        people = [slack.user(team, f"member{number}") for number in range(AT_ONCE)]
        seats = cycle((one, slack.channel(team, f"room-{one.name}", members=[one])) for one in people)

        async def ask(names: list[str]) -> Waits:
            said = {name: await slack.mention(*next(seats), name) for name in names}
            for message in said.values():
                await message.channel.wait_for(
                    lambda m, ts=message.ts: m.thread_ts == ts and RECEIPT[who] in m.rendered, PATIENCE_S
                )
            acks = [one.ack_seconds for message in said.values() for one in message.deliveries]
            posted = {name: _said(slack, message, RECEIPT[who]) for name, message in said.items()}
            return Waits(acknowledged=acks, posted=posted)

        tokens = {"token": team.token, "api": slack.api_url, "app_token": slack.app.app_token}
        if who == "the bot":
            told = {f"SLACK_{name}": tokens[key] for name, key in _SLACK.items()}
            process = running("adapters.cli.main", "run", log=folder / "log", **ours(folder, gateway), **told)
        else:
            given = json.dumps({"gateway": gateway.base_url, **tokens})
            process = running("benchmarks.bare", "slack", given, log=folder / "log")
        async with process:
            await slack.wait_for(lambda: slack.sockets.opened and slack.sockets.usable, 30)
            await asyncio.sleep(1)
            yield ask


_SLACK = {"BOT_TOKEN": "token", "APP_TOKEN": "app_token", "API_URL": "api"}


def _said(slack: SlackServer, question: Message, receipt: str) -> float:
    """When the call came that put the receipt under a question."""
    said = (m for m in question.channel.messages if m.thread_ts == question.ts)
    [answer] = [message.ts for message in said if receipt in message.rendered]
    calls = (call for call in slack.calls if receipt in json.dumps(call.args, default=str))
    return next(one.at for one in calls if answer in (one.args.get("ts"), one.answer.get("ts")))
