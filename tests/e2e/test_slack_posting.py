"""A result that Slack took nowhere is posted again, here or directly, after a restart, for free."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.core.request import State
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_world import adapter_running

FOX = "/generate a red fox --model seedream-4.5"
CLOSED = ("files.getUploadURLExternal", "chat.postMessage", "chat.update", "conversations.open")


@pytest.mark.parametrize("label", ["Post it here", "Send it to me"])
async def test_what_could_not_be_posted_is_posted_again_after_a_restart_at_no_cost(
    tmp_path: Path, label: str
) -> None:
    async with await SlackServer.start() as slack:
        team = slack.add_team("acme")
        ana = slack.user(team, "ana")
        art = slack.channel(team, "art", members=[ana])
        for method in CLOSED:
            slack.fail(method, "restricted_action", times=1000)
        async with adapter_running(slack, tmp_path, "socket", team=team) as (stack, _, _):
            await slack.mention(ana, art, FOX)
            await slack.wait_for(lambda: slack.calls_of("files.getUploadURLExternal"), 20)
            await stack.settled()
            [row] = await stack.core.store.history(f"slack:{team.id}", limit=5)
            assert row.failure is not None
            assert (row.state, row.failure.code, row.charged) == (State.FAILED, "undeliverable", 40_000)
        slack.faults.clear()
        opened = slack.sockets.opened
        # Another gateway: where the result lay before, there is nothing any more.
        async with adapter_running(slack, tmp_path, "socket", team=team) as (stack, _, _):
            await slack.wait_for(lambda: slack.sockets.opened > opened)
            await slack.slash(ana, art, "/lumen", "history")
            listed = await art.wait_for_text("Not posted: a red fox")
            await slack.click(ana, listed, "Not posted: a red fox")
            details = await art.wait_for_text("It is kept for now")
            await slack.click(ana, details, label)
            place = art if label == "Post it here" else slack.direct(ana)
            shown = await place.wait_for(lambda m: m.is_bot and bool(m.files), 20)
            assert "charged $0.04" in shown.rendered
            async with asyncio.timeout(10):
                while row.failure is None or row.failure.code != "posted_again":
                    await asyncio.sleep(0.02)
                    [row] = await stack.core.store.history(f"slack:{team.id}", limit=5)
            assert (row.charged, row.delivery["ts"]) == (40_000, shown.ts)
            assert stack.sandbox.charged_micros == 0
            await slack.click(ana, details, label)
            await art.wait_for_text("has been posted already")
        assert slack.violations == []
