"""App Home and an admin's tools."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from tests.fakes.slack_world import TRANSPORTS, World, slack_world

FOX = "/generate a red fox --model seedream-4.5"


@pytest.fixture(params=TRANSPORTS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path, request.param) as world:
        yield world


@pytest.fixture
async def socket(tmp_path: Path) -> AsyncIterator[World]:
    async with slack_world(tmp_path) as world:
        yield world


async def test_home_shows_budgets_with_bars_and_recent_requests_with_links(world: World) -> None:
    await world.slack.slash(world.boss, world.art, "/lumen", "budget everyone 1 day")
    await world.art.wait_for_text("*$1.00 a day* for each person")
    await world.slack.mention(world.ana, world.art, FOX)
    shown = await world.result(world.art)
    await world.stack.settled()
    await world.slack.open_home(world.ana)
    home = await world.slack.wait_for_home(world.ana, "$0.96 left")
    assert "4%" in home.rendered
    assert f"/archives/{world.art.id}/p{shown.ts.replace('.', '')}" in home.rendered
    assert "For admins" not in home.rendered


async def test_home_creates_and_posts_where_the_person_chooses(world: World) -> None:
    await world.slack.open_home(world.ana)
    home = await world.slack.wait_for_home(world.ana, "Recent")
    await world.slack.click(world.ana, home, "Create")
    form = await world.slack.wait_for_modal(world.ana, "Where to post it")
    await world.slack.submit_view(world.ana, form, {"prompt": "a red fox", "place": world.art})
    await world.result(world.art, "red fox")


async def test_an_admin_sets_a_budget_from_home(world: World) -> None:
    await world.slack.open_home(world.boss)
    home = await world.slack.wait_for_home(world.boss, "For admins: budgets")
    await world.slack.click(world.boss, home, "Set a budget")
    form = await world.slack.wait_for_modal(world.boss, "Dollars")
    wrong = await world.slack.submit_view(
        world.boss, form, {"scope": "One person", "person": world.ana, "limit": "lots", "window": "A day"}
    )
    assert wrong["errors"] == {"limit": "“lots” is not an amount in US dollars, such as 5 or 0.50."}
    await world.slack.submit_view(world.boss, form, {"limit": "5"})
    await world.slack.wait_for_home(world.boss, "$5.00 a day* for")
    [line] = await world.core.store.budgets(f"slack:{world.team.id}")
    assert (line.budget.scope, line.budget.subject) == (Scope.PERSON, f"slack:{world.ana.id}")
    home = await world.slack.wait_for_home(world.boss, "$5.00 a day* for")
    await world.slack.click(world.boss, home, "Remove")
    await world.slack.wait_for_home(world.boss, "Nothing limits everybody here")


async def test_an_admin_changes_settings_from_home(socket: World) -> None:
    await socket.slack.open_home(socket.boss)
    home = await socket.slack.wait_for_home(socket.boss, "For admins: budgets")
    await socket.slack.click(socket.boss, home, "Change settings")
    form = await socket.slack.wait_for_modal(socket.boss, "Time zone")
    wrong = await socket.slack.submit_view(socket.boss, form, {"zone": "Atlantis"})
    assert "not a time zone" in wrong["errors"]["zone"]
    await socket.slack.submit_view(
        socket.boss, form, {"zone": "Europe/Vienna", "threshold": "0.01", "admin_channel": socket.art}
    )
    await socket.slack.wait_for_home(socket.boss, "Europe/Vienna")
    tenant = await socket.core.store.tenant(f"slack:{socket.team.id}")
    assert tenant.threshold == 10_000
    assert tenant.admin_channel == f"slack:{socket.art.id}"


async def test_a_running_request_is_cancelled_from_home(socket: World) -> None:
    socket.stack.sandbox.set(video_seconds=60.0)
    await socket.slack.mention(socket.ana, socket.art, "/video waves --model kling-v3 --seconds 3")
    promise = await socket.art.wait_for_text("Filming your video")
    await socket.slack.open_home(socket.ana)
    home = await socket.slack.wait_for_home(socket.ana, "Running")
    await socket.slack.click(socket.ana, home, "cancel")
    await socket.art.wait_for(lambda m: m is promise and "cancelled" in m.rendered, 30)


async def test_budgets_are_set_listed_granted_and_removed_by_command(world: World) -> None:
    async def say(text: str, shown: str) -> None:
        before = len(world.art.messages)
        await world.slack.slash(world.boss, world.art, "/lumen", text)
        answer = await world.art.wait_for(
            lambda m: m in world.art.messages[before:] and m.is_bot and shown in m.rendered
        )
        assert answer.ephemeral_to is world.boss

    ana = f"<@{world.ana.id}|ana>"
    await say("budget", "No budget is set yet")
    await say("budget everyone 1 day", "*$1.00 a day* for each person without a limit of their own")
    await say(f"budget {ana} 5 month", "*$5.00 a month* for @ana")
    await say(f"budget <#{world.art.id}|art> 9 week", "*$9.00 a week* for #art")
    await say("budget workspace 50 month", "*$50.00 a month* for the whole workspace together")
    await say(f"budget grant {ana} 2", "$2.00 granted on top")
    await say(f"budget remove {ana} month", "*$50.00 a month* for the whole workspace together")
    await say("budget nobody 5", "I do not know who “nobody” is")
    await say("settings threshold 0.50", "Ask before a price above: $0.50")
    await say("settings pause on", "Pause: on")
    await say("settings pause off", "Pause: off")
    await say("settings default generate seedream-4.5", "generate=`seedream-4.5`")
    await say("settings default generate nonsense", "There is no model called “nonsense”")
    await say(f"settings block {ana}", "Blocked people: @ana")
    await say(f"settings unblock {ana}", "Blocked people: nobody")
    await say("report 7", "$0.00 spent in 7 days")
    subjects = {line.budget.subject for line in await world.core.store.budgets(f"slack:{world.team.id}")}
    assert subjects == {EVERYONE, "", f"slack:{world.art.id}"}


async def test_members_do_not_govern(world: World) -> None:
    for text in ("budget everyone 100 day", "settings pause on", "report"):
        before = len(world.art.messages)
        await world.slack.slash(world.ana, world.art, "/lumen", text)
        told = await world.art.wait_for(
            lambda m, before=before: m in world.art.messages[before:] and "Only admins" in m.rendered
        )
        assert told.ephemeral_to is world.ana
    assert await world.core.store.budgets(f"slack:{world.team.id}") == []


async def test_an_admin_who_was_demoted_governs_no_more(socket: World) -> None:
    await socket.slack.slash(socket.boss, socket.art, "/lumen", "budget everyone 1 day")
    await socket.art.wait_for_text("*$1.00 a day* for each person")
    socket.boss.is_admin = False
    await socket.slack.slash(socket.boss, socket.art, "/lumen", "budget everyone 100 day")
    await socket.art.wait_for_text("Only admins can do that here")
    [line] = await socket.core.store.budgets(f"slack:{socket.team.id}")
    assert line.limit == Micros(1_000_000)


async def test_the_operators_list_makes_admins(tmp_path: Path) -> None:
    async with slack_world(tmp_path, slack_admins=("U000000002",)) as world:
        assert world.ana.id == "U000000002"
        await world.slack.slash(world.ana, world.art, "/lumen", "budget everyone 1 day")
        await world.art.wait_for_text("*$1.00 a day* for each person")


async def test_the_agents_view_offers_something_to_begin_with(world: World) -> None:
    await world.slack.open_agent(world.ana, looking_at=world.art)
    direct = world.slack.direct(world.ana)
    await world.slack.wait_for(lambda: direct.prompts)
    root = await world.slack.start_assistant_thread(world.ana)
    await world.slack.wait_for(lambda: root.ts in direct.prompts)
    assert len(direct.prompts[root.ts]) == 4
    world.stack.sandbox.set(chat_chunk_seconds=0.1)
    said = await world.slack.dm(world.ana, "what is a fox?", thread_ts=root)
    await world.slack.wait_for(lambda: world.slack.status(said) == "is thinking…")
    answer = await direct.wait_for(lambda m: m.is_bot and "charged" in m.rendered, 20)
    assert answer.thread_ts == root.ts
    assert world.slack.status(said) is None
