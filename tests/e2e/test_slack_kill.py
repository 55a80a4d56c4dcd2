"""The whole bot as its own process, killed without warning while it works, and started again."""

from __future__ import annotations

import asyncio
import signal
from asyncio.subprocess import Process
from pathlib import Path

import pytest

from adapters.composition import open_storage
from bot.core.request import TERMINAL, State
from sandbox import Sandbox
from tests.fakes.honesty import GUESSES
from tests.fakes.sandbox import running_sandbox
from tests.fakes.slack_process import bot_process
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_server.state import Channel, Message, Team, User
from tests.fakes.stack import settings_for

PICTURES = 4


async def kill(running: Process) -> None:
    running.kill()
    await running.wait()


def ended(thread: Message) -> list[Message]:
    """The bot's last words in a thread: a result, or an honest failure."""
    return [m for m in thread.replies if m.is_bot and (m.files or "failed" in m.rendered)]


async def ask(slack: SlackServer, ana: User, art: Channel) -> list[Message]:
    said = [
        await slack.mention(ana, art, f"/generate fox {number} --model seedream-4.5")
        for number in range(PICTURES)
    ]
    said.append(await slack.mention(ana, art, "/video waves --model kling-v3 --seconds 3"))
    await slack.all_acked()
    return said


MOMENTS = ("acknowledged", "promised", "called", "uploading", "shared")
OFTEN = [
    name if name in ("promised", "uploading") else pytest.param(name, marks=pytest.mark.deep)
    for name in MOMENTS
]


async def until(moment: str, slack: SlackServer, sandbox: Sandbox) -> None:
    """Wait for a moment in the life of the requests."""
    if moment == "promised":
        await slack.wait_for(lambda: slack.calls_of("chat.postMessage"), 20)
    elif moment == "called":
        async with asyncio.timeout(20):
            while not any(call.endpoint == "generate" and not call.dry_run for call in sandbox.calls):
                await asyncio.sleep(0.02)
    elif moment == "uploading":
        await slack.wait_for(lambda: slack.calls_of("files.getUploadURLExternal"), 30)
    elif moment == "shared":
        await slack.wait_for(lambda: slack.calls_of("files.completeUploadExternal"), 30)


@pytest.mark.timeout(170)
@pytest.mark.parametrize("moment", OFTEN)
async def test_every_thread_ends_and_nothing_is_charged_twice(moment: str, tmp_path: Path) -> None:
    options = {"image_seconds": 0.6, "video_seconds": 3.0}
    async with running_sandbox(**options) as sandbox, await SlackServer.start() as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with bot_process(slack, team, sandbox, tmp_path) as running:
            said = await ask(slack, ana, art)
            await until(moment, slack, sandbox)
            await kill(running)
        async with bot_process(slack, team, sandbox, tmp_path):
            await slack.wait_for(lambda: all(ended(thread) for thread in said), 120)
            await all_over(tmp_path, sandbox, team)
        assert [len(ended(thread)) for thread in said] == [1] * len(said), slack.transcript(art)
        assert [v for v in slack.violations if "not uploaded" not in v] == []
        await check_books(tmp_path, sandbox, team)


async def all_over(data_dir: Path, sandbox: Sandbox, team: Team) -> None:
    async with asyncio.timeout(60), open_storage(settings_for(data_dir, sandbox)) as store:
        while any(row.state not in TERMINAL for row in await store.history(f"slack:{team.id}")):
            await asyncio.sleep(0.1)


async def check_books(data_dir: Path, sandbox: Sandbox, team: Team) -> None:
    """Each request once, and the ledger says what the gateway's log says, or that it is guessing.

    Of a call that the kill kept from leaving the gateway's log knows nothing, and after a while the hold is
    taken for its price.
    """
    async with open_storage(settings_for(data_dir, sandbox)) as store:
        rows = await store.history(f"slack:{team.id}", limit=50)
        assert len(rows) == PICTURES + 1
        assert {row.state for row in rows} <= {State.DELIVERED, State.FAILED}
        known = [row.charged or 0 for row in rows if row.charged_from not in GUESSES]
        assert sum(known) == sandbox.state.log.charged_micros
        assert await store.verify() == []


@pytest.mark.timeout(120)
async def test_what_was_acknowledged_and_not_yet_begun_is_taken_up_again(tmp_path: Path) -> None:
    async with running_sandbox() as sandbox, await SlackServer.start() as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        stuck = slack.fail("users.info", hang=True)
        async with bot_process(slack, team, sandbox, tmp_path) as running:
            said = await slack.mention(ana, art, "/generate a fox --model seedream-4.5")
            await slack.all_acked()
            await slack.wait_for(lambda: stuck.hits)
            await kill(running)
        assert not sandbox.paid_calls
        assert all(call.fields.get("prompt") != "a fox" for call in sandbox.calls)
        async with bot_process(slack, team, sandbox, tmp_path):
            await slack.wait_for(lambda: ended(said), 30)
        [shown] = ended(said)
        assert shown.files


@pytest.mark.timeout(120)
async def test_sigterm_finishes_what_was_begun(tmp_path: Path) -> None:
    async with running_sandbox(image_seconds=1.0) as sandbox, await SlackServer.start() as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        async with bot_process(slack, team, sandbox, tmp_path) as running:
            said = await slack.mention(ana, art, "/generate a fox --model seedream-4.5")
            await until("called", slack, sandbox)
            running.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(running.wait(), 30) == 0
        if not ended(said):  # made and booked; handing it over may be left to the next process
            async with bot_process(slack, team, sandbox, tmp_path):
                await slack.wait_for(lambda: ended(said), 30)
        [shown] = ended(said)
        assert shown.files
