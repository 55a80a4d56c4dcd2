"""A button that shows an old price buys nothing dearer, on Discord, on Slack and in the playground."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.ports.store import Store
from bot.core.request import Actor, Request, State
from bot.core.windows import Window
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_stage import CHEAP, staged
from tests.fakes.playground import running_playground
from tests.fakes.slack_world import slack_world

__all__ = ["database", "postgres_server", "postgres_url"]

FOX = "/generate a red fox --model seedream-4.5"
UP = "The price has gone up since you agreed to $0.04"


async def test_discord_asks_again_above_the_price_on_the_button(tmp_path: Path, database: dict[str, Any]):
    async with staged(tmp_path, **database) as stage:
        await stage.change(threshold=Micros(10_000))
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        waiting = await asked.message("can confirm it until", timeout=30)
        stage.stack.sandbox.set(prices={CHEAP: 2_000_000})
        await stage.server.click(stage.mira, waiting, "Run it for $0.04")
        again = await asked.message(UP, timeout=30)
        assert labels(again) == ["Run it for $2.00", "No, thanks"]
        assert stage.stack.sandbox.charged_micros == 0
        await stage.server.click(stage.mira, again, "Run it for $2.00")
        await asked.message("charged **", timeout=30)
        assert stage.stack.sandbox.charged_micros == 2_000_000


async def test_slack_asks_again_above_the_price_on_the_button(tmp_path: Path, database: dict[str, Any]):
    async with slack_world(tmp_path, **database) as world:
        await world.policy(threshold=Micros(10_000))
        await world.slack.mention(world.ana, world.art, FOX)
        asked = await world.art.wait_for_text("would cost $0.04")
        world.stack.sandbox.set(prices={"seedream-4.5": 2_000_000})
        await world.slack.click(world.ana, asked, "Run it for $0.04")
        again = await world.art.wait_for_text(UP)
        assert "would cost $2.00" in again.rendered
        assert world.stack.sandbox.charged_micros == 0
        await world.slack.click(world.ana, again, "Run it for $2.00")
        await world.result(world.art)
        assert world.stack.sandbox.charged_micros == 2_000_000


async def dearer(store: Store, row: Request) -> None:
    """Make the waiting request cost two dollars, behind a button that still says four cents."""
    await store.move(row.id, lambda old: replace(old, estimate=Micros(2_000_000)))


async def test_discord_takes_an_old_button_for_what_it_says(tmp_path: Path):
    async with staged(tmp_path) as stage:
        await stage.change(threshold=Micros(10_000))
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        waiting = await asked.message("can confirm it until", timeout=30)
        [row] = await stage.stack.core.service.running(stage.actor(stage.mira))
        await dearer(stage.stack.core.store, row)
        pressed = await stage.server.click(stage.mira, waiting, "Run it for $0.04")
        told = await pressed.followup("Not this time")
        assert "your button said $0.04" in stage.server.render(told)
        [row] = await stage.stack.core.service.running(stage.actor(stage.mira))
        assert row.state is State.AWAITING_CONFIRMATION


async def test_slack_takes_an_old_button_for_what_it_says(tmp_path: Path):
    async with slack_world(tmp_path) as world:
        await world.policy(threshold=Micros(10_000))
        await world.slack.mention(world.ana, world.art, FOX)
        asked = await world.art.wait_for_text("would cost $0.04")
        [row] = await world.requests()
        await dearer(world.core.store, row)
        await world.slack.click(world.ana, asked, "Run it for $0.04")
        told = await world.art.wait_for_text("your button said $0.04")
        assert told.ephemeral_to is world.ana
        [row] = await world.requests()
        assert row.state is State.AWAITING_CONFIRMATION
        assert "Run it for $0.04" in asked.rendered, "the button stays, for the price that it shows"


async def test_the_playground_says_what_its_button_showed(tmp_path: Path):
    async with running_playground(tmp_path) as site:
        await site.post("/api/admin/settings", {"threshold": "0"}, who="ada")
        request_id = await site.order("/generate a cat --model seedream-4.5")
        asked = await site.ended(request_id, "awaiting_confirmation")
        shown = asked["estimate"]["micros"]
        status, error = await site.refused(f"/api/requests/{request_id}/confirm", {"shown": shown - 1})
        assert (status, error["code"]) == (409, "price_moved")
        status, error = await site.refused(f"/api/requests/{request_id}/confirm", {"shown": "1"})
        assert (status, error["code"]) == (400, "invalid_order")
        await site.post(f"/api/requests/{request_id}/confirm", {"shown": shown})
        assert (await site.ended(request_id))["state"] == "delivered"


# approvals


async def test_discord_asks_the_admins_again_when_it_is_dearer_than_they_approved(tmp_path: Path):
    async with staged(tmp_path) as stage:
        server = stage.server
        await stage.admin("budget set", amount="0.02", window="month")
        await stage.change(admin_channel=f"discord:{stage.lounge.id}")
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP)
        await server.click(stage.mira, await asked.message("Not this time", timeout=30), "Ask an admin")
        card = await server.wait_message(stage.lounge, "asks for more")
        assert "at most $0.05" in server.render(card)
        stage.stack.sandbox.set(prices={CHEAP: 2_000_000})
        await server.click(stage.ada, card, "Approve")
        again = await asked.message("needs $2.50", timeout=30)
        assert stage.stack.sandbox.charged_micros == 0
        await server.click(stage.mira, again, "Ask an admin")
        dear = await server.wait_message(stage.lounge, "at most $2.50")
        await server.click(stage.ada, dear, "Approve")
        await server.wait_message(stage.art, "charged **$2.00**", timeout=30)
        assert stage.stack.sandbox.charged_micros == 2_000_000


async def test_slack_asks_the_admins_again_when_it_is_dearer_than_they_approved(tmp_path: Path):
    async with slack_world(tmp_path) as world:
        boss = Actor(tenant=f"slack:{world.team.id}", person=f"slack:{world.boss.id}", is_admin=True)
        await world.core.admin.set_budget(boss, Scope.PERSON, EVERYONE, Window.DAY, Micros(10_000))
        await world.slack.mention(world.ana, world.art, FOX)
        refused = await world.art.wait_for_text("this needs $0.05")
        await world.slack.click(world.ana, refused, "Ask an admin")
        card = await world.slack.direct(world.boss).wait_for_text("May this run?")
        world.stack.sandbox.set(prices={"seedream-4.5": 2_000_000})
        await world.slack.click(world.boss, card, "Approve")
        again = await world.art.wait_for_text("this needs $2.50")
        assert world.stack.sandbox.charged_micros == 0
        await world.slack.click(world.ana, again, "Ask an admin")
        dear = await world.slack.direct(world.boss).wait_for(
            lambda m: m is not card and "$2.50" in m.rendered and "May this run?" in m.rendered
        )
        await world.slack.click(world.boss, dear, "Approve")
        await world.result(world.art, "red fox")
        assert world.stack.sandbox.charged_micros == 2_000_000
