"""The whole bot as its own process, against our Slack and the sandbox: for tests that kill or weigh it."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sandbox import Sandbox
from tests.fakes.environment import bare
from tests.fakes.sandbox import KEY
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Team

ROOT = Path(__file__).parents[2]


def environment(slack: SlackServer, team: Team, sandbox: Sandbox, data_dir: Path) -> dict[str, str]:
    """What an operator would set, and nothing of this machine's."""
    return {
        **bare(),
        "DATA_DIR": str(data_dir),
        "PORT": "0",
        "LUMENFALL_API_KEY": KEY,
        "LUMENFALL_BASE_URL": sandbox.base_url,
        "SLACK_BOT_TOKEN": team.token,
        "SLACK_APP_TOKEN": slack.app.app_token,
        "SLACK_API_URL": slack.api_url,
        "LEASE_S": "2",
        "AMBIGUOUS_MINUTES": "1",
        "DRAIN_S": "10",
        "LOG_LEVEL": "error",
    }


@asynccontextmanager
async def bot_process(
    slack: SlackServer, team: Team, sandbox: Sandbox, data_dir: Path
) -> AsyncIterator[Process]:
    """`lumenfall-bot run`, connected; ended by SIGTERM unless it has ended before."""
    opened = slack.sockets.opened
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "adapters.cli.main",
        "run",
        env=environment(slack, team, sandbox, data_dir),
        cwd=ROOT,
        stdout=DEVNULL,
        stderr=PIPE,
    )
    try:
        connected = asyncio.create_task(
            slack.wait_for(lambda: slack.sockets.opened > opened and slack.sockets.usable, 40)
        )
        died = asyncio.create_task(running.wait())
        await asyncio.wait({connected, died}, return_when=asyncio.FIRST_COMPLETED)
        died.cancel()
        if not connected.done():
            connected.cancel()
            assert running.stderr is not None
            raise AssertionError(f"the bot did not start: {(await running.stderr.read()).decode()[-2000:]}")
        yield running
    finally:
        if running.returncode is None:
            running.send_signal(signal.SIGTERM)
            await asyncio.wait_for(running.communicate(), 40)
