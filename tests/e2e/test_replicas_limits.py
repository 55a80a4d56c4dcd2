"""Limits and fair turns over several replicas, and what happens when everybody comes at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import pytest

from adapters.composition import identity_key
from bot.core.errors.bounds import QueueFull
from bot.core.identity import person_hash
from bot.core.request import State
from sandbox.requestlog import Row
from tests.fakes.databases import postgres_server, postgres_url, shared_db
from tests.fakes.fleet import Fleet, fleet
from tests.fakes.trial import trial

__all__ = ["postgres_server", "postgres_url", "shared_db"]


def most_at_once(calls: Iterable[Row]) -> int:
    """How many of the calls were under way at the same time, at most."""
    events = sorted(
        (at, step)
        for call in calls
        for at, step in ((call.created_at, 1), (call.ended_at or float("inf"), -1))
    )
    running = most = 0
    for _, step in events:
        running += step
        most = max(most, running)
    return most


def by(calls: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for call in calls:
        found.setdefault(key(call), []).append(call)
    return found


async def tenants(ships: Fleet) -> dict[str, str]:
    return {row.trace_id: row.actor.tenant for row in await ships.rows()}


@pytest.mark.timeout(180)
async def test_limits_hold_over_three_replicas(tmp_path, shared_db):
    async with fleet(
        tmp_path, shared_db, per_person=3, per_tenant=7, sandbox_options={"image_seconds": 2.0}
    ) as ships:
        await ships.launch(3)
        for _ in range(12):
            for person in ("mia", "ada", "kim", "lou"):
                await ships.ask("generate", person)
            await ships.ask("generate", "zoe", tenant="test:2")
        await ships.verdict()
        calls = list(ships.sandbox.state.log)
        persons = by(calls, lambda call: call.user or "")
        assert {len(found) for found in persons.values()} == {12}
        assert {most_at_once(found) for found in persons.values()} <= {1, 2, 3}
        assert max(most_at_once(found) for found in persons.values()) == 3
        of = await tenants(ships)
        crowds = by(calls, lambda call: of[call.trace_id or ""])
        assert most_at_once(crowds["test:1"]) <= 7
        assert most_at_once(crowds["test:1"]) > 3
        assert most_at_once(crowds["test:2"]) == 3


@pytest.mark.timeout(180)
async def test_fifty_orders_of_one_do_not_starve_the_one_of_another(tmp_path, shared_db):
    # Each replica does two things at a time, so it is the turns that must be fair, not the limits.
    async with fleet(tmp_path, shared_db, concurrency=2, sandbox_options={"image_seconds": 1.0}) as ships:
        for _ in range(50):
            await ships.ask("generate", "mia")
        late = await ships.ask("generate", "kim")
        await ships.launch(2)
        await ships.verdict()
        order = [word.request_id for word in ships.board.words]
        assert order.index(late.id) < 8
        key = await identity_key(ships.front.store, ships.front.settings)
        assert len([c for c in ships.sandbox.paid_calls if c.user == person_hash(key, "test:kim")]) == 1


async def test_a_full_queue_refuses_kindly_before_money_moves(tmp_path, shared_db):
    async with trial(tmp_path, queue_limit=20, sandbox_options={"image_seconds": 20.0}, **shared_db) as stage:
        answers = await asyncio.gather(*(stage.ask("generate") for _ in range(200)), return_exceptions=True)
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        assert all(isinstance(answer, QueueFull) for answer in refused), refused[:3]
        assert 180 <= len(refused) < 190
        assert all(f"{answer.length} requests are already waiting" in str(answer) for answer in refused)  # type: ignore[attr-defined]
        assert all("Nothing was charged" in str(answer) for answer in refused)
        await stage.verdict()
        assert len(stage.sandbox.paid_calls) == 200 - len(refused)
        again = await stage.ask("generate")
        await stage.verdict()
        assert (await stage.row(again)).state is State.DELIVERED
