"""Many workspaces: installed by OAuth, each with its own budgets, gone when it is uninstalled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet

from adapters.slack.installation import KIND, TokenCipher
from bot.core.ledger import EVERYONE, Scope
from bot.core.money import Micros
from bot.core.request import Actor, State
from bot.core.windows import Window
from tests.fakes.slack_many import KEY, Many, install, oauth_settings, place, running
from tests.fakes.slack_server.server import SlackServer
from tests.fakes.slack_world import adapter_running

FOX = "/generate a red fox --model seedream-4.5"


@pytest.fixture
async def many(tmp_path: Path) -> AsyncIterator[Many]:
    async with running(tmp_path) as many:
        yield many


async def test_two_workspaces_have_their_own_tokens_and_budgets(many: Many) -> None:
    await install(many, many.acme)
    await install(many, many.bolt)
    admin = Actor(tenant=f"slack:{many.acme.team.id}", person="slack:x", is_admin=True)
    await many.stack.core.admin.set_budget(admin, Scope.PERSON, EVERYONE, Window.DAY, Micros(10_000))
    await many.slack.mention(many.acme.boss, many.acme.room, FOX)
    await many.slack.mention(many.bolt.boss, many.bolt.room, FOX)
    refused = await many.acme.room.wait_for_text("Your budget for today has $0.01 left")
    assert refused.ephemeral_to is many.acme.boss
    await many.bolt.room.wait_for(lambda m: m.files, 20)
    tokens = {call.token for call in many.slack.calls_of("files.completeUploadExternal")}
    assert tokens == {many.bolt.team.token}


async def test_uninstalling_one_leaves_the_other_alone(many: Many) -> None:
    await install(many, many.acme)
    await install(many, many.bolt)
    many.stack.sandbox.set(video_seconds=60.0)
    await many.slack.mention(many.acme.boss, many.acme.room, "/video waves --model kling-v3 --seconds 3")
    await many.acme.room.wait_for_text("Filming your video")
    gone = many.acme.team.token
    await many.slack.uninstall(many.acme.team)
    await many.slack.all_acked()
    await many.stack.settled(30)
    kept = await many.stack.core.store.documents(KIND)
    assert list(kept) == [f":{many.bolt.team.id}"], "the token is forgotten"
    [stopped] = await many.stack.core.store.history(f"slack:{many.acme.team.id}")
    assert stopped.state is State.CANCELLED
    calls = len([call for call in many.slack.calls if call.token == gone])
    await many.slack.mention(many.bolt.boss, many.bolt.room, FOX)
    await many.bolt.room.wait_for(lambda m: m.files, 20)
    assert len([call for call in many.slack.calls if call.token == gone]) == calls


async def test_work_stops_even_where_a_call_found_the_token_dead_first(many: Many) -> None:
    await install(many, many.acme)
    many.stack.sandbox.set(video_seconds=60.0)
    await many.slack.mention(many.acme.boss, many.acme.room, "/video waves --model kling-v3 --seconds 3")
    await many.acme.room.wait_for_text("Filming your video")
    await many.app._installations.remove(many.acme.team.id)
    await many.slack.uninstall(many.acme.team)
    await many.stack.settled(30)
    [stopped] = await many.stack.core.store.history(f"slack:{many.acme.team.id}")
    assert stopped.state is State.CANCELLED


async def test_an_organisations_token_finds_admins_and_groups_of_the_workspace(tmp_path: Path) -> None:
    async with running(tmp_path, enterprise="E000000001") as many:
        await install(many, many.acme)
        boss, room = many.acme.boss, many.acme.room
        group = many.slack.usergroup(many.acme.team, "designers", [boss])
        admin = Actor(tenant="slack:E000000001", person="slack:x", is_admin=True)
        set_budget = many.stack.core.admin.set_budget
        await set_budget(admin, Scope.ROLE, f"slack:{group.id}", Window.DAY, Micros(10_000))
        await many.slack.mention(boss, room, FOX)
        refused = await room.wait_for_text("Your role's budget for today")
        await many.slack.click(boss, refused, "Ask an admin")
        card = await many.slack.direct(boss).wait_for_text("May this run?")
        await many.slack.click(boss, card, "Approve")
        await room.wait_for(lambda m: m.files, 20)


async def test_reinstalling_brings_a_new_token_that_works_at_once(many: Many) -> None:
    await install(many, many.acme)
    await many.slack.mention(many.acme.boss, many.acme.room, "help")
    await many.acme.room.wait_for_text("generate a red fox")
    await many.slack.uninstall(many.acme.team)
    async with asyncio.timeout(10):
        while await many.stack.core.store.documents(KIND):
            await asyncio.sleep(0.02)
    await install(many, many.acme)
    await many.slack.mention(many.acme.boss, many.acme.room, FOX)
    await many.acme.room.wait_for(lambda m: m.files, 20)


async def test_revoked_tokens_are_forgotten(many: Many) -> None:
    await install(many, many.acme)
    await many.slack.revoke_tokens(many.acme.team)
    async with asyncio.timeout(10):
        while await many.stack.core.store.documents(KIND):
            await asyncio.sleep(0.02)


async def test_tokens_lie_sealed_on_disk_and_keys_can_be_rotated(tmp_path: Path) -> None:
    new = Fernet.generate_key().decode()
    async with await SlackServer.start() as slack:
        acme = place(slack, "acme")
        async with adapter_running(slack, tmp_path, "http", team=None, **oauth_settings(slack)) as (
            _,
            _,
            url,
        ):
            await slack.install(acme.team, acme.boss, url)
        raw = b"".join(path.read_bytes() for path in tmp_path.glob("lumenfall.db*"))
        assert acme.team.token.encode() not in raw
        settings = oauth_settings(slack, new, KEY)
        async with adapter_running(slack, tmp_path, "http", team=None, **settings) as (stack, _, _):
            await slack.mention(acme.boss, acme.room, "help")
            await acme.room.wait_for_text("generate a red fox")
            [body] = (await stack.core.store.documents(KIND)).values()
        assert TokenCipher((KEY,)).open(body["sealed"])["token"] == acme.team.token
        assert acme.team.token not in json.dumps(body)


@pytest.mark.parametrize(
    ("forged", "status"),
    [({"state": "made-up"}, 400), ({"with_cookie": False}, 400), ({"denied": True}, 200)],
)
async def test_a_forged_or_cancelled_installation_installs_nothing(
    many: Many, forged: dict[str, Any], status: int
) -> None:
    got, _ = await many.slack.install(many.acme.team, many.acme.boss, many.url, **forged)
    assert got == status
    assert await many.stack.core.store.documents(KIND) == {}


async def test_authorizing_asks_slack_nothing_before_the_acknowledgement(many: Many) -> None:
    await install(many, many.acme)
    tested = len(many.slack.calls_of("auth.test"))
    for _ in range(20):
        await many.slack.mention(many.acme.boss, many.acme.room, "/balance")
    await many.slack.all_acked()
    assert len(many.slack.calls_of("auth.test")) == tested


async def test_a_workspace_that_never_installed_the_app_is_not_served(many: Many) -> None:
    await install(many, many.acme)
    stranger = place(many.slack, "stranger")
    stranger.team.installed = True
    payload = {"team_id": stranger.team.id, "type": "event_callback", "event_id": "Ev1", "event_time": 1}
    event = {"type": "app_mention", "user": stranger.boss.id, "text": FOX, "ts": "1.1", "event_ts": "1.1"}
    body = json.dumps({**payload, "api_app_id": "A1", "token": "x", "event": event | {"channel": "C1"}})
    await many.slack.requests.post(body, target=f"{many.url}/slack/events")
    assert await many.stack.core.store.history(f"slack:{stranger.team.id}") == []


async def test_credentials_that_do_not_go_together_are_refused_at_once(tmp_path: Path) -> None:
    async with await SlackServer.start() as slack:
        settings = {**oauth_settings(slack), "token_keys": ()}
        with pytest.raises(ValueError, match="TOKEN_KEYS"):
            async with adapter_running(slack, tmp_path, "http", team=None, **settings):
                pass


@pytest.mark.parametrize(("age", "secret"), [(360.0, None), (0.0, "another secret")])
async def test_unsigned_or_old_payloads_are_turned_away(many: Many, age: float, secret: str | None) -> None:
    await install(many, many.acme)
    said = many.slack.post(many.acme.room, many.acme.boss, text=f"{many.acme.team.bot.mention} {FOX}")
    event = {"type": "app_mention", "user": many.acme.boss.id, "text": said.text, "ts": said.ts}
    body = json.dumps(
        {
            "type": "event_callback",
            "team_id": many.acme.team.id,
            "api_app_id": many.slack.app.id,
            "event_id": "Ev1",
            "event_time": 1,
            "event": event | {"channel": many.acme.room.id, "event_ts": said.ts},
        }
    )
    status, _, _ = await many.slack.requests.post(
        body, age=age, secret=secret, target=f"{many.url}/slack/events"
    )
    assert status == 401
    assert await many.slack.requests.post(body, target=f"{many.url}/slack/events")
    await many.acme.room.wait_for(lambda m: m.files, 20)
    assert await many.slack.requests.verify_url(f"{many.url}/slack/events")
