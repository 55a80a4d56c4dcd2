"""Buttons, menus and forms that version 0.1.0 had sent are answered by today's bot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.core.request import State
from tests.fakes.databases import mostly_sqlite as database
from tests.fakes.databases import postgres_server, postgres_url
from tests.fakes.discord_server.handles import InteractionHandle
from tests.fakes.kept import V0_1_0, Kept, kept_bot, old_database
from tests.fakes.kept_gateway import KeptGateway

__all__ = ["database", "old_database", "postgres_server", "postgres_url"]

RECORDED = V0_1_0.recorded
DISCORD, SLACK = RECORDED["presses"]["discord"], RECORDED["presses"]["slack"]
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def kept(old_database: dict[str, Any], tmp_path: Path) -> AsyncIterator[Kept]:
    gateway = KeptGateway(V0_1_0, old_database, tmp_path)
    async with kept_bot(tmp_path, old_database, known=gateway) as found:
        yield found


async def reaches(kept: Kept, request_id: str, *states: State, timeout: float = 40) -> Any:
    async with asyncio.timeout(timeout):
        while (row := await kept.store.get(request_id)).state not in states:
            await asyncio.sleep(0.02)
    return row


def subject(pressed: dict[str, Any]) -> str:
    return (pressed.get("custom_id") or pressed["value"]).split(":")[1]


# Discord


async def click(kept: Kept, verb: str) -> Any:
    recorded = DISCORD[verb]
    places = kept.server.world.channels.values()
    [message] = [one.messages[recorded["message"]] for one in places if recorded["message"] in one.messages]
    return await kept.server.click(kept.discord_people[recorded["by"]], message, recorded["custom_id"])


async def test_discord_buttons_under_a_result(kept: Kept) -> None:
    for verb in ("upscale", "vary", "again", "run"):
        await (await click(kept, verb)).message("charged **", timeout=40)
    told = await (await click(kept, "details")).message("Prompt")
    assert told.ephemeral
    for verb in ("edit", "remix", "animate", "set money", "set defaults", "set rules", "set places"):
        assert await (await click(kept, verb)).shown_modal()
    shown = message_of(kept, "delete")
    await (await click(kept, "delete")).acknowledged()
    await kept.server.wait_for(lambda: shown.deleted)


def message_of(kept: Kept, verb: str) -> Any:
    number = DISCORD[verb]["message"]
    return next(one.messages[number] for one in kept.server.world.channels.values() if number in one.messages)


async def test_discord_buttons_of_what_waits_or_runs(kept: Kept) -> None:
    await (await click(kept, "confirm")).acknowledged()
    await reaches(kept, subject(DISCORD["confirm"]), State.DELIVERED)
    await (await click(kept, "approve")).acknowledged()
    row = await reaches(kept, subject(DISCORD["approve"]), State.DELIVERED)
    assert row.approved_by == f"discord:{kept.discord_people['ada'].id}"
    await (await click(kept, "ask")).acknowledged()
    await kept.server.wait_message(
        kept.discord_people["lounge"], lambda m: f"approve:{subject(DISCORD['ask'])}" in str(m.components)
    )
    await (await click(kept, "set pause")).acknowledged()
    assert await kept.store.verify() == []


async def test_a_discord_film_is_stopped(old_database: dict[str, Any], tmp_path: Path) -> None:
    gateway = KeptGateway(V0_1_0, old_database, tmp_path)
    async with kept_bot(tmp_path, old_database, known=gateway, film_s=600.0) as kept:
        await (await click(kept, "cancel")).acknowledged()
        await reaches(kept, subject(DISCORD["cancel"]), State.CANCELLED)


async def test_a_discord_approval_is_declined(kept: Kept) -> None:
    await (await click(kept, "deny")).acknowledged()
    await kept.server.wait_until(message_of(kept, "deny"), lambda m: "approve:" not in str(m.components))
    assert (await kept.store.get(subject(DISCORD["deny"]))).state is State.REFUSED


DISCORD_FORMS = {
    "edit": {"What should change?": "add a hat"},
    "remix": {"Prompt": "a red fox in snow"},
    "animate": {"What should happen?": "it runs", "Seconds": "4"},
    "edit_at": {"What should change?": "night"},
    "animate_at": {"Seconds": "4"},
    "ask_at": {},
}


async def test_discord_forms_that_lead_to_results(kept: Kept) -> None:
    for form, values in DISCORD_FORMS.items():
        sent = await kept.server.submit_modal(opened(kept, form), values)
        await sent.message("charged **", timeout=40)


def opened(kept: Kept, form: str) -> InteractionHandle:
    recorded = RECORDED["forms"]["discord"][form]
    record = kept.server.world.interactions[recorded["interaction"]]
    assert record.modal["custom_id"] == recorded["custom_id"]
    return InteractionHandle(record, kept.server.renderer)


async def test_discord_forms_of_admins(kept: Kept) -> None:
    tenant = f"discord:{kept.discord_people['art'].guild.id}"
    sent = await kept.server.submit_modal(opened(kept, "budget"), {"Amount": "7"})
    await sent.message("$7.00")
    await (
        await kept.server.submit_modal(opened(kept, "set money"), {"Ask first above": "0.5"})
    ).acknowledged()
    async with asyncio.timeout(20):
        while (await kept.store.tenant(tenant)).threshold != 500_000:
            await asyncio.sleep(0.02)
    for form in ("set defaults", "set rules", "set places"):
        answered = await kept.server.submit_modal(opened(kept, form), {})
        await answered.acknowledged()
        assert "Not this time" not in answered.text()


# Slack


def place(kept: Kept, recorded: dict[str, Any]) -> Any:
    if "home" in recorded:
        return kept.slack_people[recorded["home"]].home
    return kept.team.channels[recorded["channel"]].find(recorded["ts"])


async def press(kept: Kept, action: str) -> Any:
    recorded = SLACK[action]
    where = place(kept, recorded)
    assert not recorded.get("value") or recorded["value"] in str(where.blocks)
    await kept.slack.click(kept.slack_people[recorded["by"]], where, action)
    return where


async def new_result(kept: Kept, text: str, known: set[str]) -> Any:
    room = kept.slack_people["room"]
    return await room.wait_for(
        lambda m: m.is_bot and m.files and m.ts not in known and text in m.rendered, 40
    )


def known(kept: Kept) -> set[str]:
    return {one.ts for one in kept.slack_people["room"].messages}


async def test_slack_buttons_under_a_result(kept: Kept) -> None:
    for action, text in (("upscale", "Upscale*"), ("vary", "red fox"), ("again", "red fox")):
        before = known(kept)
        await press(kept, action)
        await new_result(kept, text, before)
    before = known(kept)
    [option] = [one for one in SLACK["pick"]["options"] if one["value"].startswith("upscale:")][:1]
    ana = kept.slack_people["ana"]
    await kept.slack.select(ana, place(kept, SLACK["pick"]), "pick", option["value"])
    await new_result(kept, "Upscale*", before)
    await press(kept, "details")
    told = await kept.slack_people["room"].wait_for_text("Asked by", 20)
    assert told.ephemeral_to is ana
    for action, text in (("edit", "What should change"), ("animate", "What should happen")):
        await press(kept, action)
        await kept.slack.wait_for_modal(ana, text)
        ana.modals.clear()
    shown = await press(kept, "delete")
    await kept.slack.wait_for(lambda: shown.deleted)


async def test_slack_buttons_of_what_waits_or_runs(kept: Kept) -> None:
    await press(kept, "confirm")
    await reaches(kept, subject(SLACK["confirm"]), State.DELIVERED)
    await press(kept, "approve")
    row = await reaches(kept, subject(SLACK["approve"]), State.DELIVERED)
    assert row.approved_by == f"slack:{kept.slack_people['boss'].id}"
    await press(kept, "plead")
    await kept.slack.direct(kept.slack_people["boss"]).wait_for(
        lambda m: f"approve:{subject(SLACK['plead'])}" in str(m.blocks), 20
    )
    assert await kept.store.verify() == []


async def test_a_slack_price_is_turned_down(kept: Kept) -> None:
    await press(kept, "cancel")
    assert (await reaches(kept, subject(SLACK["cancel"]), State.CANCELLED)).charged in (0, None)


async def test_a_slack_approval_is_declined(kept: Kept) -> None:
    card = await press(kept, "deny")
    await kept.slack.wait_for(lambda: "denied by" in card.rendered, 20)
    assert (await kept.store.get(subject(SLACK["deny"]))).state is State.REFUSED


async def test_slack_home_and_bare_pictures(kept: Kept) -> None:
    boss, ana = kept.slack_people["boss"], kept.slack_people["ana"]
    for action, text in (
        ("form_new", "What you would like to see"),
        ("budget_form", "Dollars"),
        ("settings_form", "Time zone"),
    ):
        await press(kept, action)
        await kept.slack.wait_for_modal(boss, text, 20)
        boss.modals.clear()
    gone = subject_of_budget(SLACK["budget_remove"]["value"])
    await press(kept, "budget_remove")
    async with asyncio.timeout(20):
        while gone in {line.budget.id for line in await kept.store.budgets(f"slack:{kept.team.id}")}:
            await asyncio.sleep(0.02)
    await press(kept, "picture_edit")
    await kept.slack.wait_for_modal(ana, "What should change", 20)
    before = known(kept)
    await press(kept, "picture_upscale")
    await new_result(kept, "Upscale*", before)


def subject_of_budget(value: str) -> str:
    return value.partition(":")[2]


SLACK_FORMS = {
    "edit result": {"prompt": "make it night"},
    "animate result": {"seconds": "4"},
    "edit message": {"prompt": "make it noon"},
    "create": {"prompt": "a red hare"},
    "budget": {"limit": "7"},
    "settings": {"threshold": "0.50"},
}


async def test_slack_forms(kept: Kept) -> None:
    for form, values in SLACK_FORMS.items():
        before = known(kept)
        await submit(kept, form, values)
        await has_effect(kept, form, before)


async def submit(kept: Kept, form: str, values: dict[str, str]) -> None:
    recorded = RECORDED["forms"]["slack"][form]
    view, user = kept.slack.views[recorded["view"]], kept.slack_people[recorded["by"]]
    assert view.payload.get("private_metadata", "") == recorded["private_metadata"]
    view.open, user.modals[:] = True, [view]
    answer = await kept.slack.submit_view(user, view, values)
    assert answer.get("response_action") != "errors", answer


async def has_effect(kept: Kept, form: str, before: set[str]) -> None:
    """Wait for the limit, the setting, or a result that was not there before."""
    tenant = f"slack:{kept.team.id}"
    async with asyncio.timeout(40):
        if form == "budget":
            while not [one for one in await kept.store.budgets(tenant) if one.budget.limit == 7_000_000]:
                await asyncio.sleep(0.02)
        elif form == "settings":
            while (await kept.store.tenant(tenant)).threshold != 500_000:
                await asyncio.sleep(0.02)
        else:
            await new_result(kept, "", before)


async def test_the_token_that_lay_sealed_opens(kept: Kept) -> None:
    """Nothing else says which token to use: it comes from the database, with the key of the fixture."""
    before, room = known(kept), kept.slack_people["room"]
    await kept.slack.mention(kept.slack_people["ana"], room, "help")
    await room.wait_for(lambda m: m.is_bot and m.ts not in before and "generate a red fox" in m.rendered, 20)
    await kept.slack.wait_for(lambda: kept.slack.calls_of("chat.postMessage"))
    assert {call.token for call in kept.slack.calls_of("chat.postMessage")} == {RECORDED["slack_token"]}


# the playground


async def test_a_session_of_the_playground_goes_on(kept: Kept) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookies=RECORDED["web"]["cookies"], cookie_jar=jar) as http:
        asking = [old for old in V0_1_0.rows() if old["origin"] == "web"]
        waiting = next(old for old in asking if old["state"] == "awaiting_confirmation")
        async with http.get(f"{kept.site.url}/api/channel") as answer:
            assert answer.status == 200, await answer.text()
            assert waiting["id"] in await answer.text()
        async with http.post(f"{kept.site.url}/api/requests/{waiting['id']}/confirm", json={}) as answer:
            assert answer.status == 200, await answer.text()
        await reaches(kept, waiting["id"], State.DELIVERED)
