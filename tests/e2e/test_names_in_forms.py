"""Styles and projects in the forms of Discord and Slack, and a project's limit set by form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.core.identity import Actor
from bot.core.ledger import GUESTS, Budget, Scope
from bot.core.ports.store import Store
from bot.core.request import Request
from tests.fakes.discord_stage import Stage, staged, upload
from tests.fakes.slack_world import World, slack_world
from tests.fakes.stack import Stack


async def named(stack: Stack, admin: Actor) -> None:
    """Two projects and a style."""
    for name in ("Acme", "Beta two"):
        await stack.core.admin.projects.add(admin, name)
    await stack.core.admin.styles.set(admin, "House", "{prompt}, in teal")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path) as found:
        await named(found.stack, found.actor(found.ada))
        yield found


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as found:
        boss = Actor(tenant=f"slack:{found.team.id}", person=f"slack:{found.boss.id}", is_admin=True)
        await named(found.stack, boss)
        yield found


def names(row: Request) -> tuple[str, str]:
    return row.order.project_name, row.order.styled.name if row.order.styled else ""


async def sent(stage: Stage, opened: Any, values: dict[str, Any]) -> Request:
    """Mira's newest request, once the form has run."""
    handle = await stage.server.submit_modal(opened, values)
    await handle.message("charged **", timeout=30)
    return (await stage.rows())[0]


async def test_on_discord_the_forms_about_a_result_offer_both_and_keep_the_project(stage: Stage) -> None:
    made = await stage.result(project="Acme", style="House")
    opened = await stage.press(stage.mira, made, "Edit")
    row = await sent(stage, opened, {"prompt": "more snow"})
    assert names(row) == ("Acme", ""), "the project goes over, a style does not"

    opened = await stage.press(stage.mira, made, "Edit")
    row = await sent(stage, opened, {"prompt": "less snow", "style": "House", "project": "Beta two"})
    assert names(row) == ("Beta two", "House")

    opened = await stage.press(stage.mira, made, "Vary with changes")
    assert names(await sent(stage, opened, {"prompt": "an owl"})) == ("Acme", "House"), "as it was"
    opened = await stage.press(stage.mira, made, "Vary with changes")
    row = await sent(stage, opened, {"prompt": "an owl", "style": "none", "project": "none"})
    assert names(row) == ("", "")


async def test_on_discord_the_forms_about_a_message_offer_both(stage: Stage) -> None:
    said = await stage.server.say(stage.mira, stage.art, "look", [upload("cat.png")])
    opened = await stage.server.context_menu(stage.mira, stage.art, "Edit image", said)
    row = await sent(stage, opened, {"prompt": "at night", "style": "House", "project": "Acme"})
    assert names(row) == ("Acme", "House")
    opened = await stage.server.context_menu(stage.mira, stage.art, "Ask about this", said)
    handle = await stage.server.submit_modal(opened, {"prompt": "What is it?", "project": "Beta two"})
    await handle.message("charged **", timeout=30)
    assert names((await stage.rows())[0]) == ("Beta two", "")


async def limits(store: Store, tenant: str) -> list[Budget]:
    return [line.budget for line in await store.budgets(tenant)]


async def test_on_discord_a_limit_of_a_project_and_of_guests_is_set_by_form(stage: Stage) -> None:
    tenant = f"discord:{stage.guild.id}"
    for whom, shown in (("The project Acme", "the project Acme"), ("Each guest", "each guest")):
        opened = await stage.server.slash(stage.ada, stage.lounge, "budget set")
        handle = await stage.server.submit_modal(opened, {"whom": whom, "amount": "5"})
        await handle.message(shown)
    project, guests = await limits(stage.stack.core.store, tenant)
    assert {project.scope, guests.scope} == {Scope.PROJECT, Scope.ROLE}
    assert {one.name or one.subject for one in (project, guests)} == {"Acme", GUESTS}


async def test_on_slack_the_order_form_offers_both(world: World) -> None:
    slack, art, ana = world.slack, world.art, world.ana
    await slack.slash(ana, art, "/lumen", "form")
    form = await slack.wait_for_modal(ana, "What you would like to see")
    values = {"prompt": "a fox", "style": "House", "project": "Acme"}
    assert await slack.submit_view(ana, form, values) == {}
    shown = await world.result(art)
    assert "project Acme" in shown.rendered
    assert "style House" in shown.rendered
    await world.press(ana, shown, "Edit")
    form = await slack.wait_for_modal(ana, "Acme, unless you choose another")
    assert await slack.submit_view(ana, form, {"prompt": "more snow"}) == {}
    await art.wait_for(lambda m: m.files and "more snow" in m.rendered, 30)
    await world.stack.settled()
    assert [names(row) for row in await world.requests()] == [("Acme", ""), ("Acme", "House")]


async def test_on_slack_a_limit_of_a_project_is_set_by_form(world: World) -> None:
    slack, boss = world.slack, world.boss
    await slack.open_home(boss)
    home = await slack.wait_for_home(boss, "For admins: budgets")
    await slack.click(boss, home, "Set a budget")
    form = await slack.wait_for_modal(boss, "User group")
    given = {"scope": "The project Beta two", "limit": "5", "window": "a month"}
    assert await slack.submit_view(boss, form, given) == {}
    await slack.wait_for_home(boss, "the project Beta two")
    [found] = await limits(world.core.store, f"slack:{world.team.id}")
    assert (found.scope, found.name) == (Scope.PROJECT, "Beta two")
