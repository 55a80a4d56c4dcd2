"""One person on Discord and on Slack: linking by the real buttons, and one limit for both."""

from __future__ import annotations

import asyncio
import json
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.cli import privacy
from bot.core.errors import NotFound
from bot.core.ledger import EVERYONE
from bot.core.money import DOLLAR, Micros
from bot.core.request import Actor, State
from bot.core.windows import Window
from bot.use_cases import operator
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.discord_server.handles import InteractionHandle, labels
from tests.fakes.discord_stage import CHEAP, Stage, staged
from tests.fakes.playground import Site, running_playground
from tests.fakes.sandbox import running_sandbox
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_world import World, adapter_running

__all__ = ["database", "postgres_server", "postgres_url"]

SETTINGS: dict[str, Any] = {
    "headroom_percent": 0,
    "ask_first": False,
    "starter_place": "none",
    "starter_person": "none",
    "installation_limit": "none",
    "per_person": 200,
    "per_tenant": 200,
    "concurrency": 64,
}
CODE = re.compile(r"[0-9a-z]{5}-[0-9a-z]{5}")
YES = "Yes, both are mine"


@dataclass(kw_only=True)
class Both:
    """One database, and a replica with each platform."""

    discord: Stage
    slack: World

    @property
    def store(self) -> Any:
        return self.discord.stack.core.store

    async def link_on_discord(self, code: str = "") -> InteractionHandle:
        return await self.discord.slash("link", **({"code": code} if code else {}))

    async def linked(self) -> None:
        """Mira's account on Discord and Ana's on Slack become one person's, by their buttons."""
        asked = await self.link_on_discord()
        shown = await asked.message("not linked")
        assert asked.ephemeral
        code = await (await self.discord.server.click(self.discord.mira, shown, "Get a code")).message(
            "Your code is"
        )
        [found] = CODE.findall(self.discord.server.render(code))
        ana, art = self.slack.ana, self.slack.art
        await self.slack.slack.slash(ana, art, "/lumen", f"link {found}")
        question = await art.wait_for(lambda m: m.ephemeral_to is ana and "mira on Discord" in m.rendered)
        await self.slack.slack.click(ana, question, YES)
        await art.wait_for(
            lambda m: m.ephemeral_to is ana and "Now *mira on Discord* has to agree" in m.rendered
        )
        again = await (await self.discord.server.click(self.discord.mira, code, "Continue")).message(
            "ana on Slack"
        )
        done = await (await self.discord.server.click(self.discord.mira, again, YES)).message("are linked")
        assert "ana on Slack" in self.discord.server.render(done)


@pytest.fixture
async def both(tmp_path: Path, database: dict[str, Any]) -> AsyncIterator[Both]:
    async with AsyncExitStack() as exits:
        sandbox = await exits.enter_async_context(running_sandbox())
        slack = await exits.enter_async_context(await SlackServer.start())
        changes: dict[str, Any] = {**SETTINGS, **database, "sandbox": sandbox}
        stage = await exits.enter_async_context(staged(tmp_path, **changes))
        team = slack.add_team("acme")
        ana, boss = slack.user(team, "ana"), slack.user(team, "boss", is_admin=True)
        art = slack.channel(team, "art", members=[ana, boss])
        running = adapter_running(slack, tmp_path, "socket", team=team, **changes)
        stack, app, url = await exits.enter_async_context(running)
        world = World(slack=slack, team=team, ana=ana, boss=boss, art=art, stack=stack, app=app, url=url)
        yield Both(discord=stage, slack=world)
        assert not slack.violations, "\n".join(slack.violations)


@pytest.mark.timeout(180)
async def test_a_dollar_runs_twenty_pictures_from_two_platforms_of_one_person(both: Both) -> None:
    both.discord.stack.sandbox.set(prices={CHEAP: 50_000})
    await operator.set_everywhere(both.store, EVERYONE, Window.MONTH, DOLLAR)
    await both.linked()
    asked = [both.discord.slash("generate", prompt=f"fox {number}", model=CHEAP) for number in range(13)]
    art, ana = both.slack.art, both.slack.ana
    line = f"generate a fox --model {CHEAP}"
    typed = [both.slack.slack.slash(ana, art, "/lumen", line) for _ in range(13)]
    await asyncio.gather(*asked, *typed)
    await _accepted(both, 26)
    await asyncio.gather(both.discord.stack.settled(120), both.slack.stack.settled(120))
    rows = [*await both.discord.rows(), *await both.slack.requests()]
    states = [row.state for row in rows]
    assert (states.count(State.DELIVERED), states.count(State.REFUSED)) == (20, 6)
    assert both.discord.stack.sandbox.charged_micros == DOLLAR
    assert {row.failure.scope for row in rows if row.failure} == {"everywhere"}
    assert await both.store.verify() == []
    if any(row.state is State.REFUSED for row in await both.slack.requests()):  # whoever comes first runs
        told = await art.wait_for_text("Your budget everywhere for this month has", 20)
        assert "the bot's operator can" in told.rendered


async def _accepted(both: Both, count: int) -> None:
    """Wait until so many orders are rows."""
    async with asyncio.timeout(60):
        while len(await both.discord.rows()) + len(await both.slack.requests()) < count:
            await asyncio.sleep(0.1)


async def test_what_is_left_and_who_is_linked_is_shown_and_leaving_keeps_the_limit(both: Both) -> None:
    await operator.set_everywhere(both.store, EVERYONE, Window.MONTH, Micros(2 * DOLLAR))
    await both.linked()
    await both.discord.result()
    balance = await (await both.discord.slash("balance")).message("everywhere")
    assert "Your budget everywhere for this month" in both.discord.server.render(balance)
    await both.slack.slack.open_home(both.slack.ana)
    home = await both.slack.slack.wait_for_home(both.slack.ana, "mira on Discord")
    assert "spent together" in home.rendered
    page = await (await both.link_on_discord()).message("ana on Slack")
    assert "Leave when the month ends" in labels(page)
    left = await (
        await both.discord.server.click(both.discord.mira, page, "Leave when the month ends")
    ).message("You leave")
    assert "Leave when the month ends" not in labels(left)
    actor = Actor(tenant=f"slack:{both.slack.team.id}", person=f"slack:{both.slack.ana.id}")
    [room] = (await both.slack.core.service.links.of(actor)).limits
    assert room.spent > 0, "until the month ends both are counted together"


async def test_a_name_of_the_other_side_pings_nobody_and_strangers_cannot_answer(both: Both) -> None:
    refused = await both.link_on_discord("aaaaa-bbbbb")
    assert "not valid" in both.discord.server.render(await refused.message("not valid"))
    mira, links = f"discord:{both.discord.mira.user.id}", both.discord.stack.core.service.links
    code = await links.code(Actor(tenant="t", person=mira, name="@everyone"))
    named = Actor(tenant="t", person="slack:U9", name="**x** @everyone <@1>")
    found = await both.slack.core.service.links.enter(named, code.code)
    page = await (await both.link_on_discord()).message("on Slack")
    shown = both.discord.server.render(page)
    assert "@everyone" not in shown
    assert "<@1>" not in shown
    stranger = both.discord.server.add_member(both.discord.guild, "zed")
    with pytest.raises(NotFound, match="no longer open"):
        await links.answer(both.discord.actor(stranger), found.id, agrees=True)
    pressed = await both.discord.server.click(both.discord.mira, page, "No")
    assert "Nothing was linked" in both.discord.server.render(await pressed.message("Nothing was linked"))
    assert await both.store.wallet(mira) == []


async def command(site: Site, text: str, who: str) -> dict[str, Any]:
    """A line of the box that is no order."""
    found: dict[str, Any] = await site.post("/api/commands", {"text": text}, who=who)
    return found


async def test_the_page_links_too_and_an_export_names_the_accounts(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        code = (await command(site, "/link code", who="mia"))["code"]
        asked = await command(site, f"/link {code}", who="ned")
        [question] = asked["questions"]
        assert question["name"] == "Mia"
        await command(site, f"/link agree {question['id']}", who="ned")
        done = await command(site, f"/link agree {question['id']}", who="mia")
        assert done["lines"][0] == "Your accounts are linked."
        assert [one["name"] for one in done["accounts"]] == ["Ned"]
        out = tmp_path / "mia.zip"
        await privacy.export(site.stack.core.store, site.stack.core.media, "web:mia", out, retention_days=30)
        with zipfile.ZipFile(out) as archive:
            [linked] = json.loads(archive.read("data.json"))["linked_accounts"]
        assert (linked["name"], linked["platform"]) == ("Ned", "the web page")
