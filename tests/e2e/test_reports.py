"""Every surface counts people by their ids, and days by the tenant's calendar, today included."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from adapters.composition import open_storage
from bot.core.clock import SystemClock
from bot.use_cases.reports import spending
from tests.e2e.test_cli import cli
from tests.fakes.discord_stage import staged
from tests.fakes.playground import running_playground
from tests.fakes.sandbox import KEY, running_sandbox
from tests.fakes.slack_world import slack_world
from tests.fakes.spending import CENT, NAME, two_of_one_name
from tests.fakes.stack import settings_for


async def test_discord(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        mira, ada = (stage.actor(member).person for member in (stage.mira, stage.ada))
        store = stage.stack.core.store
        written = await two_of_one_name(store, f"discord:{stage.guild.id}", mira, ada)
        message = await (await stage.admin("budget report", days=1)).message("in 1 day")
        shown = stage.server.render(message)
        assert "$0.07 spent in 1 day" in shown
        assert f"@mira {NAME} · **$0.03** · 1 request" in shown
        assert f"@ada {NAME} · **$0.04** · 1 request" in shown
        table = list(csv.DictReader(io.StringIO(message.attachments[0].data.decode())))
        assert {(row["day"], row["person"], row["dollars"]) for row in table} == {
            (written.today, mira, "0.030000"),
            (written.today, ada, "0.040000"),
        }
        message = await (await stage.admin("budget report", days=2)).message("in 2 days")
        assert f"@ada {NAME} · **$0.20** · 2 requests" in stage.server.render(message)
        assert f"@mira {NAME} · **$0.11** · 2 requests" in stage.server.render(message)


async def test_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        people = [f"slack:{user.id}" for user in (world.ana, world.boss)]
        await two_of_one_name(world.core.store, f"slack:{world.team.id}", *people)
        await world.slack.slash(world.boss, world.art, "/lumen", "report 1")
        shown = (await world.art.wait_for_text("in 1 day")).rendered
        assert "$0.07 spent in 1 day" in shown
        assert f"@ana {NAME}: $0.03 · 1 request" in shown
        assert f"@boss {NAME}: $0.04 · 1 request" in shown
        await world.slack.slash(world.boss, world.art, "/lumen", "report 2")
        shown = (await world.art.wait_for_text("in 2 days")).rendered
        assert f"@ana {NAME}: $0.11 · 2 requests" in shown
        await world.slack.open_home(world.boss)
        home = await world.slack.wait_for_home(world.boss, "in 30 days")
        assert f"@ana {NAME}: $0.11 · 2 requests" in home.rendered
        assert f"@boss {NAME}: $0.20 · 2 requests" in home.rendered


async def test_web(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        store = site.stack.core.store
        written = await two_of_one_name(store, site.playground.demo_place.tenant, "web:mia", "web:ned")
        report = await site.get("/api/admin/report?days=1", who="ada")
        assert [(one["person"], one["name"], one["charged"]["shown"]) for one in report["people"]] == [
            ("web:ned", NAME, "$0.04"),
            ("web:mia", NAME, "$0.03"),
        ]
        assert {row["day"] for row in report["rows"]} == {written.today}
        chart = await site.get("/api/spend?days=2", who="ada")
        assert chart["days"] == [written.yesterday, written.today]
        assert [(row["day"], row["person"], row["charged"]["micros"]) for row in chart["rows"]] == [
            (written.yesterday, "web:mia", 8 * CENT),
            (written.yesterday, "web:ned", 16 * CENT),
            (written.today, "web:mia", 3 * CENT),
            (written.today, "web:ned", 4 * CENT),
        ]
        assert {row["name"] for row in chart["rows"]} == {NAME}, "the newest name stands for all days"
        mine = await site.get("/api/spend?days=1")
        assert [(row["person"], row["charged"]["micros"]) for row in mine["rows"]] == [("web:mia", 3 * CENT)]


async def test_command_line(tmp_path: Path) -> None:
    async with running_sandbox() as sandbox:
        settings = settings_for(tmp_path, sandbox)
        async with open_storage(settings) as store:
            await two_of_one_name(store, "discord:1", "discord:7", "discord:8")
            now = SystemClock().now()
            assert (await spending(store, "discord:1", days=1, now=now)).spent == 7 * CENT
        names = {"DATA_DIR": str(tmp_path), "LUMENFALL_API_KEY": KEY, "LUMENFALL_BASE_URL": sandbox.base_url}
        table = tmp_path / "spending.csv"
        said = await cli(
            "budget", "report", "--tenant", "discord:1", "--days", "1", "--csv", str(table), **names
        )
        rows = [line for line in said.splitlines() if NAME in line]
        assert len(rows) == 2
        assert "discord:8" in rows[0]
        assert "$0.04" in rows[0]
        assert "discord:7" in rows[1]
        assert "$0.03" in rows[1]
        assert "$0.07 spent in 1 day" in said
        assert len(table.read_text().splitlines()) == 3
