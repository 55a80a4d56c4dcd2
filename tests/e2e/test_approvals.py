"""An approval is for one request, up to a maximum, for a day; everything else is asked again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.core.budget_rules.refusals import can_be_granted
from bot.core.errors import ApprovalEnded, BudgetExceeded, TooLate
from bot.core.events import Refused
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import Request, State
from bot.core.windows import Window
from tests.e2e.test_prices import CHEAP, asked_times, budget, in_state, movable
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.stack import ADA, MIA, Stack, generate

__all__ = ["database", "postgres_server", "postgres_url"]

DAY = 24 * 3600


async def refused(stack: Stack) -> Request:
    """A request of four cents that a budget of one has refused."""
    await budget(stack, 10_000)
    final = await stack.run(generate())
    assert isinstance(final, Refused)
    return await stack.told(final.request.id)


async def ends(stack: Stack, request_id: str) -> Request:
    await stack.settled()
    return await stack.row(request_id)


async def test_it_runs_up_to_what_was_asked_for_and_leaves_nothing_behind(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, _):
        row = await refused(stack)
        stack.sandbox.set(prices={CHEAP: 50_000})
        approved = await stack.core.admin.approve(ADA, row.id)
        assert approved.pricing.agreed == 50_000
        done = await ends(stack, row.id)
        assert (done.state, done.charged) == (State.DELIVERED, 50_000)
        assert max(change.held for change in done.state_changes) == 50_000
        [line] = await stack.core.store.lines(MIA)
        assert (line.spent, line.held, line.granted) == (0, 0, 0)
        assert isinstance(await stack.run(generate()), Refused)


async def test_dearer_than_that_it_is_refused_again_and_can_be_asked_about_again(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, _):
        row = await refused(stack)
        stack.sandbox.set(prices={CHEAP: 50_001})
        await stack.core.admin.approve(ADA, row.id)
        again = await ends(stack, row.id)
        assert (again.state, again.approved_by, again.estimate) == (State.REFUSED, "", 50_001)
        assert can_be_granted(again)
        assert stack.sandbox.paid_calls == []
        await stack.core.admin.approve(ADA, row.id)
        assert (await ends(stack, row.id)).charged == 50_001


async def test_dearer_than_that_it_waits_for_its_asker_where_there_is_room_by_now(tmp_path):
    async with movable(tmp_path) as (stack, _):
        row = await refused(stack)
        await budget(stack, 10_000_000)
        stack.sandbox.set(prices={CHEAP: 2_000_000})
        await stack.core.admin.approve(ADA, row.id)
        asked = await asked_times(stack, row.id, 1)
        assert asked.price == 2_000_000
        assert (await stack.row(row.id)).approved_by == ""
        await stack.core.service.confirm(MIA, row.id, asked.price)
        assert (await ends(stack, row.id)).charged == 2_000_000
        [line] = await stack.core.store.lines(MIA)
        assert line.spent == 2_000_000


async def test_after_a_day_it_can_no_longer_be_given(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, clock):
        row = await refused(stack)
        clock.jump(DAY + 60)
        with pytest.raises(ApprovalEnded, match="more than a day ago"):
            await stack.core.admin.approve(ADA, row.id)
        assert (await stack.row(row.id)).state is State.REFUSED


async def test_after_a_day_it_is_no_longer_valid(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, clock):
        row = await refused(stack)
        stack.sandbox.fail("429", endpoint="generate", retry_after=600)
        await stack.core.admin.approve(ADA, row.id)
        await in_state(stack, row.id, State.RESERVED)
        clock.jump(DAY + 60)
        stack.core.worker.wake()
        end = await ends(stack, row.id)
        assert (end.state, end.failure.code, end.hold) == (State.REFUSED, "approval_ended", 0)
        assert stack.sandbox.charged_micros == 0
        with pytest.raises(TooLate):
            await stack.core.admin.approve(ADA, row.id)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"blocked_people": (MIA.person,)}, "blocked you"),
        ({"paused": True}, "paused new requests"),
        ({"denied_models": (CHEAP,)}, "turned off seedream-4.5"),
        ({"cap": Micros(39_999)}, "one request may cost at most"),
    ],
)
async def test_what_is_forbidden_stays_forbidden(
    tmp_path: Path, database: dict[str, Any], change: dict[str, Any], words: str
):
    async with movable(tmp_path, **database) as (stack, _):
        row = await refused(stack)
        await stack.core.admin.change(ADA, **change)
        await stack.core.admin.approve(ADA, row.id)
        end = await ends(stack, row.id)
        assert end.state is State.REFUSED
        assert words in end.failure.message
        assert stack.sandbox.paid_calls == []


async def test_after_an_erasure_nothing_is_sent(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, _):
        row = await refused(stack)
        await stack.core.store.erase(MIA.person)
        calls = len(stack.sandbox.calls)
        with pytest.raises(ApprovalEnded, match="has been erased"):
            await stack.core.admin.approve(ADA, row.id)
        await stack.settled()
        assert len(stack.sandbox.calls) == calls
        assert (await stack.row(row.id)).state is State.REFUSED


async def test_the_place_must_have_room_and_its_total_counts_it(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, _):
        row = await refused(stack)
        admin = stack.core.admin
        await admin.set_budget(ADA, Scope.TENANT, "", Window.DAY, Micros(49_999))
        with pytest.raises(BudgetExceeded, match="budget of everyone here"):
            await admin.approve(ADA, row.id)
        await admin.set_budget(ADA, Scope.TENANT, "", Window.DAY, Micros(50_000))
        await admin.approve(ADA, row.id)
        assert (await ends(stack, row.id)).state is State.DELIVERED
        spent = {line.budget.scope: line.spent for line in await stack.core.store.lines(MIA)}
        assert spent == {Scope.TENANT: 40_000, Scope.PERSON: 0}


async def test_it_ends_with_its_request(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, _):
        row = await refused(stack)
        stack.sandbox.fail("429", endpoint="generate", retry_after=600)
        await stack.core.admin.approve(ADA, row.id)
        await in_state(stack, row.id, State.RESERVED)
        await stack.core.service.cancel(MIA, row.id)
        assert (await ends(stack, row.id)).state is State.CANCELLED
        for _ in range(2):
            assert isinstance(await stack.run(generate()), Refused)
        assert stack.sandbox.charged_micros == 0
        [line] = await stack.core.store.lines(MIA)
        assert (line.spent, line.held, line.granted, line.left) == (0, 0, 0, 10_000)
