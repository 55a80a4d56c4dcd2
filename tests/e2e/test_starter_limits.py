"""A place that nobody has set up is safe: it begins with limits, and a first picture shows its price."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.core.ledger import Scope
from bot.core.money import DOLLAR
from bot.core.request import TERMINAL, Request, State
from bot.core.windows import Window
from bot.use_cases import operator
from tests.fakes.discord_stage import CHEAP, staged
from tests.fakes.slack_world import World, slack_world

NEW = {"starter_place": "20", "starter_person": "1", "installation_limit": "100"}
"""What an operator has who sets nothing."""
FIVE = "--model seedream-4.5 --n 5"
"""Five pictures of this model cost $0.20."""
MOST_TRIES = 8


async def test_on_discord_a_stranger_is_stopped_at_a_dollar_a_day(tmp_path: Path) -> None:
    async with staged(tmp_path, **NEW) as stage:
        for _ in range(MOST_TRIES):
            asked = await stage.slash("generate", prompt="a fox", model=CHEAP, n=5)
            await asked.message("", timeout=30)
            rows = await stage.rows()
            if rows[0].state is State.REFUSED:
                break
        assert rows[0].state is State.REFUSED
        assert rows[0].refused_budget == "Your budget for today"
        assert DOLLAR * 0.7 <= await stage.charged() <= DOLLAR
        shown = stage.server.render(await (await stage.slash("balance")).message("Your budget for today"))
        assert "of $1.00 left" in shown
        assert "of $20.00 left" in shown, "the server's total"
        assert "of $100.00 left" in shown, "the bot's own"


async def ended(world: World, number: int) -> Request:
    """The newest of so many requests, once it has ended."""
    async with asyncio.timeout(60):
        while True:
            rows = await world.requests()
            if len(rows) == number and rows[0].state in TERMINAL:
                return rows[0]
            await asyncio.sleep(0.02)


async def test_on_slack_a_stranger_is_stopped_at_a_dollar_a_day(tmp_path: Path) -> None:
    async with slack_world(tmp_path, **NEW) as world:
        for number in range(1, MOST_TRIES):
            await world.slack.mention(world.ana, world.art, f"/generate a red fox {FIVE}")
            newest = await ended(world, number)
            if newest.state is State.REFUSED:
                break
        assert newest.refused_budget == "Your budget for today"
        assert DOLLAR * 0.7 <= world.stack.sandbox.charged_micros <= DOLLAR
        assert await world.core.store.verify() == []


async def test_on_discord_the_first_picture_asks_once(tmp_path: Path) -> None:
    async with staged(tmp_path, ask_first=True) as stage:
        handle = await stage.slash("generate", prompt="a fox", model=CHEAP)
        asked = await handle.message("This costs about **$0.04**", timeout=30)
        [waiting] = await stage.stack.core.service.history(stage.actor(stage.mira))
        assert waiting.state is State.AWAITING_CONFIRMATION
        pressed = await stage.server.click(stage.mira, asked, "Run it for $0.04")
        await pressed.acknowledged()
        [done] = await stage.rows()
        assert done.state is State.DELIVERED
        await stage.result("a second fox")
        changed = await stage.slash("chat", prompt="hello")
        await changed.message("charged **", timeout=30)
        states = [row.state for row in await stage.rows()]
        assert states == [State.DELIVERED] * 3, "neither a second picture nor a chat asks"
        film = await stage.slash("video", prompt="waves", model="wan-2.6", seconds=2.0)
        await film.message("This costs about", timeout=30)  # a first video is another kind


async def test_on_discord_a_pressed_price_of_a_comparison_is_agreement_enough(tmp_path: Path) -> None:
    async with staged(tmp_path, ask_first=True) as stage:
        handle = await stage.slash("estimate", capability="generate", prompt="a fox", model=CHEAP)
        offered = await handle.message("would cost about")
        pressed = await stage.server.click(stage.mira, offered, "Run it for $0.04")
        await pressed.message("charged **", timeout=30)
        [done] = await stage.rows()
        assert done.state is State.DELIVERED
        await stage.result("a second fox")
        assert [row.state for row in await stage.rows()] == [State.DELIVERED] * 2


async def test_on_slack_the_first_picture_asks_once_even_after_a_restart(tmp_path: Path) -> None:
    async with slack_world(tmp_path, ask_first=True) as world:
        await world.slack.mention(world.ana, world.art, "/generate a red fox --model seedream-4.5")
        asked = await world.art.wait_for_text("would cost $0.04")
        await world.slack.click(world.ana, asked, "Run it for $0.04")
        await world.result(world.art, "red fox")
        await world.stack.settled()
        person = f"slack:{world.ana.id}"
        kept = await world.core.store.agreed_before(person, ["generate"])
        assert kept, "it is in the database, not in this process"
        await world.slack.mention(world.ana, world.art, "/generate a blue fox --model seedream-4.5")
        await world.result(world.art, "blue fox")
        await world.stack.settled()
        assert {row.state for row in await world.requests()} == {State.DELIVERED}


async def total_given(world: World) -> None:
    """The operator's total of $30 a month for the workspace."""
    place = f"slack:{world.team.id}"
    await operator.set_limit(world.core.store, place, Scope.TENANT, "", Window.MONTH, 30 * DOLLAR)


async def test_on_discord_an_admin_cannot_raise_what_the_operator_gave(tmp_path: Path) -> None:
    async with staged(tmp_path, **NEW) as stage:
        refused = await stage.admin("budget set", amount="50", server=True)
        shown = stage.server.render(await refused.message("Not this time"))
        assert "has given everyone here together $20.00 a month" in shown
        assert "please ask the operator" in shown
        lowered = await stage.admin("budget set", amount="10", server=True)
        assert "takes the place" not in stage.server.render(await lowered.message("Set:"))
        offered = await stage.server.autocomplete(stage.ada, stage.lounge, "budget remove", "budget", "")
        names = [item["name"] for item in offered]
        assert not any("operator" in name for name in names), "what cannot be removed is not offered"
        looser = await stage.admin("budget set", amount="5", window="day")
        shown = stage.server.render(await looser.message("Set:"))
        assert "looser than before: it takes the place of **$1.00 a day**" in shown
        listed = stage.server.render(await (await stage.admin("budget show")).message("Budgets"))
        assert "**$20.00 a month** for the whole server together (given by the bot's operator)" in listed
        settings = stage.server.render(await (await stage.admin("settings")).message("Settings"))
        assert "What binds everybody here:" in settings


async def test_on_slack_an_admin_cannot_raise_what_the_operator_gave(tmp_path: Path) -> None:
    async with slack_world(tmp_path, **NEW) as world:
        await total_given(world)
        await world.slack.slash(world.boss, world.art, "/lumen", "budget workspace 50 month")
        refused = await world.art.wait_for_text("has given everyone here together $30.00 a month")
        assert refused.ephemeral_to is world.boss
        await world.slack.slash(world.boss, world.art, "/lumen", "budget everyone 5 day")
        told = await world.art.wait_for_text("looser than before")
        assert "$1.00 a day" in told.rendered


async def test_why_on_both_platforms(tmp_path: Path) -> None:
    async with staged(tmp_path / "discord", **NEW) as stage:
        artists = stage.server.add_role(stage.guild, "Artists")
        await stage.admin("budget set", amount="2", window="day", member=stage.mira)
        await stage.admin("budget set", amount="20", window="week", role=artists)
        told = await stage.admin("budget why", member=stage.mira)
        shown = stage.server.render(await told.message("These limits bind"))
        assert "These limits bind @mira now:" in shown
        assert "**$2.00 a day** for @mira: their own limit, which comes first." in shown
        assert "for each member of @Artists: they do not have this role." in shown
        assert "they have a limit of their own, which takes its place" in shown, "everyone's"
    async with slack_world(tmp_path / "slack", **NEW) as world:
        await world.slack.slash(world.boss, world.art, "/lumen", f"budget why <@{world.ana.id}>")
        told = await world.art.wait_for_text("limits bind")
        assert "they have no limit of their own and no role with one" in told.rendered
        assert "(given by the bot's operator): always counts, for everybody" in told.rendered
