"""Where the installation's own budget refuses, nobody is sent to an admin who could not grant it."""

from __future__ import annotations

from pathlib import Path

from bot.core.audit.entries import OPERATOR
from bot.core.ledger import INSTALLATION, Budget, Scope
from bot.core.money import Micros
from bot.core.ports.store import Store
from bot.core.request import State
from bot.core.windows import Window
from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_stage import CHEAP, staged
from tests.fakes.playground import running_playground
from tests.fakes.slack_world import slack_world

ADVICE = "No admin here can raise it; the bot's operator can."


async def allow_a_cent(store: Store) -> None:
    """All places together may spend one cent a month."""
    limit = Budget(
        id="own",
        tenant=INSTALLATION,
        scope=Scope.INSTALLATION,
        subject="",
        window=Window.MONTH,
        limit=Micros(10_000),
    )
    await store.set_budget(limit, by=OPERATOR)


async def test_discord(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await allow_a_cent(stage.stack.core.store)
        await stage.change(admin_channel=f"discord:{stage.lounge.id}")
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        refused = await asked.message("Not this time", timeout=30)
        shown = stage.server.render(refused)
        assert "The bot's own budget for this month has $0.01 left" in shown
        assert "It resets" in shown
        assert ADVICE in shown
        assert "Ask an admin" not in labels(refused)


async def test_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        await allow_a_cent(world.core.store)
        await world.slack.mention(world.ana, world.art, "/generate a red fox --model seedream-4.5")
        refused = await world.art.wait_for_text("The bot's own budget for this month has $0.01 left")
        assert "It resets" in refused.rendered
        assert ADVICE in refused.rendered
        assert "Ask an admin" not in refused.rendered


async def test_web(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        await allow_a_cent(site.stack.core.store)
        refused = await site.run("/generate a cat --model seedream-4.5", who="mia")
        assert refused["approval"]["possible"] is False
        assert (refused["error"]["scope"], refused["error"]["advice"]) == ("installation", ADVICE)
        status, error = await site.refused(f"/api/requests/{refused['id']}/ask-admin")
        assert (status, error["code"]) == (409, "too_late")
        assert "operator" in error["message"]
        status, error = await site.refused(
            f"/api/admin/approvals/{refused['id']}", {"approve": True}, who="ada"
        )
        assert status == 409
        assert "operator" in error["message"]
        row = await site.stack.row(refused["id"])
        assert (row.state, row.approved_by) == (State.REFUSED, "")
