"""What an operator reads who has pasted the wrong token, or whom Slack does not answer."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path

import pytest
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError

from adapters.cli.configuration import start
from adapters.cli.operations.failures import CommandFailed
from adapters.common.first_answers import FEW
from adapters.slack.intake.payload import Inbound
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_world import TRANSPORTS, adapter_running, slack_world


@pytest.mark.parametrize("wrong", ["slack_bot_token", "slack_app_token"])
async def test_a_token_that_slack_refuses_ends_the_start(tmp_path: Path, wrong: str) -> None:
    """Instead of trying it for ever, ready for nobody."""
    async with await SlackServer.start() as slack:
        team, refused = slack.add_team("acme"), {wrong: SecretStr("xoxb-wrong")}
        with pytest.raises(SlackApiError, match="invalid_auth"):
            async with adapter_running(slack, tmp_path, "socket", team=team, **refused):
                pass


def test_a_slack_that_cannot_be_reached_is_named(tmp_path: Path) -> None:
    async def work() -> None:
        async with await SlackServer.start() as slack:
            team, nowhere = slack.add_team("acme"), {"slack_api_url": "http://127.0.0.1:9/api/"}
            async with adapter_running(slack, tmp_path, "socket", team=team, **nowhere):
                pass

    with pytest.raises(CommandFailed, match=r"cannot start: 127\.0\.0\.1 cannot be reached"):
        start(work())


async def test_a_start_that_slack_asks_to_wait_goes_on(tmp_path: Path) -> None:
    async with await SlackServer.start() as slack:
        team = slack.add_team("acme")
        slack.fail("apps.connections.open", "ratelimited", retry_after=1)
        async with adapter_running(slack, tmp_path, "socket", team=team) as (_, app, _):
            assert await app.ready()


async def test_a_good_start_has_nothing_to_complain_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Bolt looks into the environment by itself and wonders at what it finds there."""
    monkeypatch.setenv("SLACK_BOT_TOKEN", "xoxb-of-the-environment")
    async with slack_world(tmp_path, sockets=2) as world:
        assert len(world.slack.sockets.usable) == 2
        assert await world.app.ready()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_acknowledgements_go_before_handlers(tmp_path: Path, transport: str) -> None:
    """Whatever waits for its acknowledgement, on either transport, keeps handlers waiting."""
    async with slack_world(tmp_path, transport) as world:
        intake, waiting = world.app._intake, world.app._intake.acknowledgements
        assert all(handler.arriving == waiting.pending for handler in world.app._handlers)
        begun: list[str] = []
        handle = intake._handler

        async def handler(inbound: Inbound) -> None:
            begun.append(inbound.key)
            await handle(inbound)

        intake._handler = handler
        with contextlib.ExitStack() as many:
            for _ in range(FEW + 1):
                many.enter_context(waiting.pending())
            said = [await world.slack.mention(world.ana, world.art, f"/generate fox {n}") for n in range(5)]
            for message in said:
                await message.deliveries[0].acked()
            assert begun == []
        await world.slack.wait_for(lambda: len(begun) == 5)
        await world.result(world.art, "fox 4")
        await world.stack.settled()
