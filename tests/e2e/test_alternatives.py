"""Refused, but this fits: what a budget refuses comes with cheaper ways to the same thing, as buttons."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.audit.entries import OPERATOR
from bot.core.capability import Capability
from bot.core.errors import BudgetExceeded
from bot.core.events import Delivered, Refused
from bot.core.ledger import Budget, Scope
from bot.core.money import Micros
from bot.core.order_rules import alternatives_of
from bot.core.ports.store import Store
from bot.core.request import State, VideoOrder
from bot.core.windows import Window
from tests.fakes.discord_server.handles import labels
from tests.fakes.discord_stage import CHEAP, staged
from tests.fakes.playground import running_playground
from tests.fakes.slack_world import slack_world
from tests.fakes.stack import ADA, Stack, generate, running_stack

LIMIT = Micros(100_000)
EACH = Micros(40_000)


async def limited(stack: Stack, limit: int = LIMIT) -> None:
    await stack.core.admin.set_budget(ADA, Scope.PERSON, "*", Window.DAY, Micros(limit))


def dry_runs(stack: Stack) -> int:
    return len([call for call in stack.sandbox.calls if call.dry_run])


async def test_fewer_pictures_first_then_the_models_most_like_it(tmp_path: Path) -> None:
    async with running_stack(tmp_path) as stack:
        await limited(stack)
        refused = await stack.run(generate(n=4))
        assert isinstance(refused, Refused)
        first, *others = alternatives_of(refused.request)
        assert (first.changes, first.price) == ({"n": 2}, 2 * EACH)
        assert 1 <= len(others) <= 2
        assert all(set(one.changes) == {"model"} for one in others)
        assert all(one.price is not None and 0 < one.price <= LIMIT for one in others)
        assert stack.sandbox.paid_calls == []


async def test_a_shorter_video(tmp_path: Path) -> None:
    async with running_stack(tmp_path) as stack:
        order = VideoOrder(model="veo-3.1-fast", prompt="a fox runs", seconds=8)
        priced = await stack.core.service.quotes.estimate(ADA, order)
        await stack.core.admin.change(ADA, threshold=Micros(50_000_000))
        await limited(stack, priced.price // 2 + 1)
        refused = await stack.run(order)
        assert isinstance(refused, Refused)
        (shorter,) = [one for one in alternatives_of(refused.request) if "seconds" in one.changes]
        assert shorter.changes == {"seconds": 4}
        assert shorter.price == priced.price // 2


async def test_each_is_checked_again_when_it_is_pressed(tmp_path: Path) -> None:
    """What fitted when it was offered may not fit any more."""
    async with running_stack(tmp_path, headroom_percent=0) as stack:
        await limited(stack)
        refused = await stack.run(generate(n=4))
        changes = alternatives_of(refused.request)[0].changes
        assert isinstance(await stack.run(generate(prompt="meanwhile")), Delivered)

        async def press(key: str) -> str:
            repeated = await stack.core.service.repeat(
                refused.request.actor,
                refused.request.id,
                origin="test",
                reply_to={},
                dedupe_key=key,
                changes=changes,
            )
            return (await stack.ended(repeated.id)).request.state

        assert await press("one") == State.REFUSED


async def test_a_person_gets_them_once_a_minute(tmp_path: Path) -> None:
    async with running_stack(tmp_path) as stack:
        await limited(stack)
        first = await stack.run(generate(n=4))
        asked = dry_runs(stack)
        second = await stack.run(generate(n=4))
        assert alternatives_of(first.request)
        assert alternatives_of(second.request) == ()
        assert dry_runs(stack) == asked + 1


async def test_nothing_is_offered_when_nothing_is_left_or_nothing_cheaper_may_be_used(tmp_path: Path) -> None:
    async with running_stack(tmp_path, headroom_percent=0) as stack:
        await limited(stack, EACH)
        await stack.core.admin.change(ADA, allowed_models=("seedream-4.5",))
        assert isinstance(await stack.run(generate()), Delivered)
        refused = await stack.run(generate())
        assert isinstance(refused, Refused)
        assert isinstance(refused.refusal, BudgetExceeded)
        assert alternatives_of(refused.request) == ()


async def test_what_is_above_the_cap_for_one_request_has_them_too(tmp_path: Path) -> None:
    async with running_stack(tmp_path) as stack:
        await stack.core.admin.change(ADA, cap=EACH)
        refused = await stack.run(generate(n=4))
        assert alternatives_of(refused.request)[0].changes == {"n": 1}


@pytest.mark.parametrize("fault", ["500", "hang"])
async def test_without_their_prices_the_refusal_comes_alone(tmp_path: Path, fault: str) -> None:
    async with running_stack(tmp_path, headroom_percent=0) as stack:
        await limited(stack, EACH - 1)
        for model in stack.core.catalog.search("", Capability.GENERATE, None):
            if model.id != CHEAP:
                stack.sandbox.fail(fault, model=model.id, dry_run=True, times=None)
        refused = await stack.run(generate())
        assert refused.request.state is State.REFUSED
        assert alternatives_of(refused.request) == ()
        assert await stack.core.store.verify() == []


async def set_limit(store: Store, tenant: str) -> None:
    """Ten cents a day for each person of a place."""
    limit = Budget(id="own", tenant=tenant, scope=Scope.PERSON, subject="*", window=Window.DAY, limit=LIMIT)
    await store.set_budget(limit, by=OPERATOR)


async def test_on_discord(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await set_limit(stage.stack.core.store, f"discord:{stage.guild.id}")
        asked = await stage.slash("generate", prompt="a fox", model=CHEAP, n=4)
        refused = await asked.followup("Not this time", timeout=30)
        assert refused.ephemeral
        assert "2 instead of 4 ($0.08)" in labels(refused)
        pressed = await stage.server.click(stage.mira, refused, "2 instead of 4 ($0.08)")
        assert "charged **$0.08**" in stage.server.render(await pressed.message("charged **", timeout=30))


async def test_on_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        await set_limit(world.core.store, f"slack:{world.team.id}")
        await world.slack.mention(world.ana, world.art, "/generate a red fox --model seedream-4.5 --n 4")
        refused = await world.art.wait_for_text("2 instead of 4 ($0.08)")
        await world.slack.click(world.ana, refused, "2 instead of 4 ($0.08)")
        shown = await world.result(world.art, "red fox")
        assert "$0.08" in shown.rendered


async def test_on_the_page(tmp_path: Path) -> None:
    async with running_playground(tmp_path) as site:
        await set_limit(site.stack.core.store, "web:demo")
        refused = await site.run("/generate a cat --model seedream-4.5 --n 4", who="mia")
        first = refused["error"]["alternatives"][0]
        assert (first["label"], first["changes"]) == ("2 instead of 4 ($0.08)", {"n": 2})
        assert first["price"] == {"micros": 80_000, "shown": "$0.08"}
