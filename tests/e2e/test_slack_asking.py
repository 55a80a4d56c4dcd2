"""People ask in Slack: a real Bolt app on both transports, from the words to the picture in the thread."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.slack_world import TRANSPORTS, World, slack_world


@pytest.fixture(params=TRANSPORTS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path, request.param) as world:
        yield world


async def test_a_mention_becomes_a_picture_in_its_thread(world: World) -> None:
    said = await world.slack.mention(world.ana, world.art, "generate a red fox --model seedream-4.5")
    shown = await world.result(world.art, "red fox")
    assert shown.thread_ts == said.ts
    assert shown.files[0].mimetype == "image/png"
    assert "estimated $" in shown.rendered
    assert "charged $" in shown.rendered
    await world.stack.settled()
    [request] = await world.requests()
    assert request.charged
    assert request.delivery["ts"] == shown.ts
    print(world.slack.transcript(world.art, revisions=True))


async def test_a_command_posts_its_result_under_the_message_that_promised_it(world: World) -> None:
    sent = await world.slack.slash(world.ana, world.art, "/lumen", "generate a red fox --model seedream-4.5")
    await sent.acked()
    shown = await world.result(world.art, "red fox")
    root = world.art.find(shown.thread_ts or "")
    assert root is not None
    await world.art.wait_for(lambda m: m is root and "is ready" in m.rendered)
    print(world.slack.transcript(world.art))
