"""Projects and styles through the whole product: what is sent, priced, counted, refused and shown."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.errors import InvalidOrder, NotAllowed, WordsBlocked
from bot.core.events import Delivered, Refused
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import ChatOrder, VideoOrder
from bot.core.windows import Window
from tests.e2e.test_talk import Thread
from tests.fakes.discord_stage import staged
from tests.fakes.playground import running_playground
from tests.fakes.slack_world import slack_world
from tests.fakes.stack import ADA, MIA, Stack, generate, running_stack


@pytest.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with running_stack(tmp_path) as running:
        await running.core.admin.projects.add(ADA, "Acme")
        await running.core.admin.projects.add(ADA, "Beta  two")
        yield running


async def test_a_project_s_limit_holds_for_everybody_and_is_named(stack: Stack) -> None:
    await stack.core.admin.set_budget(ADA, Scope.PROJECT, "acme", Window.MONTH, Micros(90_000))
    orders = [stack.submit(generate(project="ACME"), actor) for actor in (MIA, ADA) * 5]
    requests = await asyncio.gather(*orders)
    ended = [await stack.ended(one.id) for one in requests]
    assert [type(one) for one in ended].count(Delivered) <= 2
    refused = [one for one in ended if isinstance(one, Refused)]
    assert len(refused) >= 8
    assert all("The budget of the project Acme for this month" in one.refusal.message for one in refused)
    done = await stack.run(generate(project="beta two"))
    assert isinstance(done, Delivered)
    assert done.receipt.project == "Beta two"
    assert isinstance(await stack.run(generate()), Delivered)
    lines = {line.budget.name: line for line in await stack.core.admin.budgets(ADA)}
    assert lines["Acme"].spent <= Micros(90_000)
    assert lines["Acme"].held == 0
    assert await stack.core.store.verify() == []


async def test_an_unknown_or_closed_project_is_refused_before_any_money(stack: Stack) -> None:
    with pytest.raises(InvalidOrder, match="Did you mean Acme"):
        await stack.submit(generate(project="Acne"))
    waiting = generate(project="Acme")
    await stack.core.admin.change(ADA, threshold=Micros(1))
    asked = await stack.submit(waiting)
    await stack.test.asked_about(asked.id)
    await stack.core.admin.projects.close(ADA, "Acme")
    with pytest.raises(InvalidOrder, match="closed"):
        await stack.submit(waiting)
    await stack.core.service.confirm(MIA, asked.id)
    ended = await stack.ended(asked.id)
    assert isinstance(ended, Refused)
    assert "closed" in ended.refusal.message
    assert stack.sandbox.charged_micros == 0
    with pytest.raises(NotAllowed):
        await stack.core.admin.projects.add(MIA, "Mine")


async def test_a_channel_has_a_project_and_a_new_name_keeps_the_history(stack: Stack) -> None:
    await stack.core.admin.projects.set_default(ADA, MIA.channel, "acme")
    first = await stack.run(generate())
    none = await stack.run(generate(project="none"))
    other = await stack.run(generate(), replace(MIA, channel="test:other"))
    assert isinstance(first, Delivered)
    assert isinstance(none, Delivered)
    assert isinstance(other, Delivered)
    assert [one.receipt.project for one in (first, none, other)] == ["Acme", "", ""]
    await stack.core.admin.projects.rename(ADA, "Acme", "Acme Ltd.")
    found = await stack.core.service.history(MIA, project="acme ltd.")
    assert [row.id for row in found] == [first.request.id]
    again = await stack.core.service.repeat(
        MIA, first.request.id, origin="test", reply_to={}, dedupe_key="again"
    )
    assert again.order.project_name == "Acme Ltd."
    why = await stack.core.admin.why(ADA, MIA, "Acme Ltd.")
    assert why.person == MIA.person


async def test_a_style_is_sent_priced_and_kept_as_it_was_agreed_to(stack: Stack) -> None:
    styles = stack.core.admin.styles
    await styles.set(
        ADA, "House", "a poster of {prompt} in teal", model="seedream-4.5", options={"size": "512x512"}
    )
    await stack.core.admin.change(ADA, threshold=Micros(1))
    asked = await stack.submit(generate("a fox", model="", style="house"))
    await stack.test.asked_about(asked.id)
    assert (asked.order.model, asked.order.prompt) == ("seedream-4.5", "a fox")
    await styles.remove(ADA, "HOUSE")
    await stack.core.service.confirm(MIA, asked.id)
    done = await stack.ended(asked.id)
    assert isinstance(done, Delivered)
    assert done.receipt.style == "House"
    calls = [call for call in stack.sandbox.calls if call.path.endswith("images/generations")]
    assert {call.dry_run for call in calls} == {True, False}
    for call in calls:
        assert (call.fields["prompt"], call.fields["size"]) == ("a poster of a fox in teal", "512x512")
    with pytest.raises(InvalidOrder, match="no style “house”"):
        await stack.submit(generate(style="house"))


async def test_the_gateway_s_own_styles_stay_and_cannot_be_named(stack: Stack) -> None:
    done = await stack.run(generate(model="gpt-image-1.5", style="vivid"))
    assert done.request.order.style == "vivid"  # type: ignore[union-attr]
    with pytest.raises(InvalidOrder, match="gateway's own"):
        await stack.core.admin.styles.set(ADA, "Vivid", "bright")
    with pytest.raises(InvalidOrder):
        await stack.core.admin.styles.set(ADA, "Two", "{prompt} and {prompt}")
    with pytest.raises(InvalidOrder):
        await stack.core.admin.styles.set(ADA, "Mine", "nice", options={"prompt": "x"})


async def test_blocked_words_are_looked_for_in_the_words_of_a_style_too(stack: Stack) -> None:
    await stack.core.admin.styles.set(ADA, "Grim", "{prompt} covered in blood")
    await stack.core.admin.change(ADA, blocked_words=("blood",))
    with pytest.raises(WordsBlocked):
        await stack.submit(generate("a fox", style="Grim"))
    with pytest.raises(WordsBlocked):
        await stack.core.admin.styles.set(ADA, "Worse", "blood and {prompt}")


async def test_chats_and_videos_take_styles_and_no_value_of_the_gateway(stack: Stack) -> None:
    await stack.core.admin.styles.set(ADA, "Plain", "Answer in one sentence: {prompt}")
    chat = await stack.run(ChatOrder(model="google/gemini-3-flash-preview", prompt="Hello", style="plain"))
    assert isinstance(chat, Delivered)
    assert chat.receipt.style == "Plain"
    with pytest.raises(InvalidOrder, match="no style “vivid”"):
        await stack.submit(VideoOrder(model="sora-2", prompt="waves", style="vivid"))


async def test_words_name_a_project_and_a_style(stack: Stack) -> None:
    await stack.core.admin.styles.set(ADA, "House", "{prompt}, in soft light")
    thread = Thread(stack)
    message = await thread.say("Draw a red fox for the Acme project in our House style")
    [order] = await stack.core.store.orders_of(message)
    assert (order.order.project_name, order.order.styled and order.order.styled.name) == ("Acme", "House")


async def test_admins_of_discord_keep_projects_styles_and_statements(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await (await stage.admin("project add", name="Acme")).message("Projects: Acme")
        words = {"name": "House", "words": "{prompt}, in teal", "options": "--size 512x512"}
        await (await stage.admin("style set", **words)).message("House: {prompt}, in teal")
        await (await stage.admin("budget set", amount="5", project="acme")).message("the project Acme")
        found = await stage.server.autocomplete(stage.mira, stage.art, "generate", "project", "ac")
        assert [item["name"] for item in found] == ["Acme"]
        found = await stage.server.autocomplete(stage.mira, stage.art, "generate", "style", "")
        assert [item["name"] for item in found] == ["House", "vivid", "natural"]
        done = await stage.result("a fox", project="Acme", style="House")
        shown = stage.server.render(done)
        assert "project Acme" in shown
        assert "style House" in shown
        assert "teal" not in shown
        history = await stage.slash("history", project="Acme")
        assert "a fox" in stage.server.render(await history.message("Your"))
        why = await stage.admin("budget why", member=stage.mira, project="Acme")
        assert "ordered for this project" in stage.server.render(await why.message("These limits"))
        await (await stage.admin("project rename", project="Acme", name="Acme 2")).message("Acme 2")
        await (await stage.admin("project default", project="Acme 2")).message("for Acme 2")
        await (await stage.admin("project close", project="Acme 2")).message("Closed: Acme 2")
        refused = await stage.slash("generate", prompt="a fox", project="Acme 2")
        await refused.message("closed")
        await (await stage.admin("statement create", month="2020-01")).message("2020-01: $0.00, 0 lines")
        file = await (await stage.admin("statement show", month="2020-01")).message("2020-01")
        assert [one.filename for one in file.attachments] == [
            f"statement-discord-{stage.guild.id}-2020-01.csv"
        ]
        assert "2020-01.csv text/csv" in stage.server.render(file), "a file that is not named is not shown"
        await (await stage.admin("statement verify", month="2020-01")).message("sum of its entries")


async def test_admins_of_slack_keep_projects_styles_and_statements(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:

        async def admin(line: str, expected: str) -> None:
            await world.slack.slash(world.boss, world.art, "/lumen", line)
            told = await world.art.wait_for_text(expected)
            assert told.ephemeral_to is world.boss

        await admin("project add Acme", "Projects: Acme")
        await admin("style set House = {prompt}, in teal --size 512x512", "House: {prompt}, in teal")
        await admin("budget project:acme 5 month", "the project Acme")
        order = "generate a fox --model seedream-4.5 --project acme --style house"
        await world.slack.slash(world.ana, world.art, "/lumen", order)
        shown = await world.result(world.art)
        assert "project Acme" in shown.rendered
        assert "style House" in shown.rendered
        assert "teal" not in shown.rendered
        await world.slack.slash(world.ana, world.art, "/lumen", "history --project acme")
        await world.art.wait_for_text("Your requests")
        await admin("project rename Acme to Acme 2", "Projects: Acme 2")
        await admin("project close Acme 2", "Closed: Acme 2")
        await world.slack.slash(world.ana, world.art, "/lumen", 'generate a fox --project "Acme 2"')
        await world.art.wait_for_text("takes no more orders")
        await admin("statement create 2020-01", "2020-01: $0.00, 0 lines")
        await admin("statement show 2020-01", "in your direct messages")
        await admin("statement verify 2020-01", "sum of its entries")
        await world.slack.slash(world.ana, world.art, "/lumen", "project add Mine")
        await world.art.wait_for_text("Only admins")


async def test_the_page_keeps_them_and_hands_out_a_statement(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        made = await site.post("/api/admin/projects", {"action": "add", "project": "Acme"}, who="ada")
        assert [one["name"] for one in made["projects"]] == ["Acme"]
        body = {"action": "set", "name": "House", "words": "{prompt}, in teal"}
        assert (await site.post("/api/admin/styles", body, who="ada"))["styles"][0]["name"] == "House"
        await site.post(
            "/api/admin/budgets", {"who": "project acme", "limit": "5", "window": "day"}, who="ada"
        )
        text = "/generate a fox --model seedream-4.5 --project acme --style house"
        _status, accepted = await site.call("POST", "/api/orders", json={"text": text})
        done = await site.ended(accepted["request_id"])
        assert "project Acme · style House" in done["receipt"]
        assert done["prompt"] == "a fox"
        _status, found = await site.call("GET", "/api/history?project=acme")
        assert [row["id"] for row in found["requests"]] == [done["id"]]
        closed = await site.post("/api/commands", {"text": "/statement create 2020-01"}, who="ada")
        assert "2020-01: $0.00" in closed["text"]
        status, _refused = await site.call("GET", "/api/admin/statements", who="mia")
        assert status == 403
