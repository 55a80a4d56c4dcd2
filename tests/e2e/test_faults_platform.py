"""A platform that does not take what it is told, at every end a request can have."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.core.errors.outside import DeliveryFinal, DeliveryPassing
from bot.core.ledger import Scope
from bot.core.money import Micros
from bot.core.request import Request, State
from bot.core.windows import Window
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import mostly_sqlite, postgres_server, postgres_url
from tests.fakes.trial import CAPABILITIES, Stage, calm_fixture, trial

__all__ = ["calm_fixture", "mostly_sqlite", "postgres_server", "postgres_url"]

ERRORS: dict[str, Callable[[], Exception]] = {
    "passing": lambda: DeliveryPassing("busy"),
    "limited": lambda: DeliveryPassing("slow down", retry_after=3),
    "final": lambda: DeliveryFinal("gone"),
    "crash": lambda: KeyError("channel"),
}
ENDS = ("delivered", "refused", "failed", "declined", "expired")


def failing(kind: str, error: str, times: int | None) -> Callable[[str, Any], Exception | None]:
    """Trouble at one kind of post, so often (None: always)."""
    left = [times]

    def trouble(at: str, _event: Any) -> Exception | None:
        if at != kind or left[0] == 0:
            return None
        left[0] = None if left[0] is None else left[0] - 1
        return ERRORS[error]()

    return trouble


async def to_its_end(stage: Stage, end: str) -> Request:
    """A request that is to end in a given way."""
    asks = end in ("declined", "expired")
    await stage.core.admin.change(stage.ada, threshold=Micros(0 if asks else 1_000_000_000))
    limit = Micros(10_000 if end == "refused" else 10_000_000_000)
    await stage.core.admin.set_budget(stage.ada, Scope.PERSON, "*", Window.DAY, limit)
    if end == "failed":
        stage.sandbox.fail("content_policy", endpoint="generate")
    request = await stage.ask("generate")
    if end == "declined":
        await stage.until(lambda row: row.state is State.AWAITING_CONFIRMATION, request)
        await stage.core.service.cancel(stage.mia, request.id)
    return request


STATE = {
    "delivered": State.DELIVERED,
    "refused": State.REFUSED,
    "failed": State.FAILED,
    "declined": State.CANCELLED,
    "expired": State.CANCELLED,
}


@pytest.mark.parametrize("error", ["passing", "limited", "crash"])
async def test_what_is_not_taken_at_first_is_told_later(tmp_path, mostly_sqlite, error):
    async def told_later(end: str) -> None:
        async with trial(tmp_path / end, clock=WarpClock(speed=400), **mostly_sqlite) as stage:
            stage.adapter.trouble = failing("finish", error, 4)
            request = await to_its_end(stage, end)
            await stage.verdict()
            assert (await stage.row(request)).state is STATE[end], end

    await asyncio.gather(*map(told_later, ENDS))


@pytest.mark.parametrize("error", ["passing", "final", "crash"])
async def test_what_is_never_taken_still_ends_with_the_right_charge(tmp_path, mostly_sqlite, error):
    async def never_told(end: str) -> None:
        clock, cost = WarpClock(speed=30_000), 40_000 if end == "delivered" else 0
        async with trial(tmp_path / end, clock=clock, confirm_minutes=1440, **mostly_sqlite) as stage:
            stage.adapter.trouble = failing("finish", error, None)
            request = await to_its_end(stage, end)
            await stage.verdict(silent=(request.id,))
            row = await stage.row(request)
            assert row.state is (State.FAILED if end == "delivered" else STATE[end])
            assert (row.charged or 0) == stage.sandbox.charged_micros == cost

    await asyncio.gather(*map(never_told, ENDS))


@pytest.mark.parametrize("capability", CAPABILITIES)
async def test_a_result_that_cannot_be_posted_is_said_so(tmp_path, mostly_sqlite, capability):
    async with trial(tmp_path, **mostly_sqlite) as stage:
        stage.adapter.trouble = failing("finish", "final", 1)
        request = await stage.ask(capability)
        await stage.verdict()
        row = await stage.row(request)
        assert (row.state, row.failure.code) == (State.FAILED, "undeliverable")
        assert [word.kind for word in stage.adapter.words] == ["Failed"]


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("times", [1, None])
async def test_a_price_that_cannot_be_asked_buys_nothing_by_itself(tmp_path, mostly_sqlite, error, times):
    # What crashes every time is given up, long before a price that waits for a day expires.
    minutes, code = (1440, "internal_error") if (error, times) == ("crash", None) else (15, "expired")
    quick: dict[str, Any] = {"clock": WarpClock(speed=600), "threshold": 0, "confirm_minutes": minutes}
    async with trial(tmp_path, **quick, **mostly_sqlite) as stage:
        stage.adapter.trouble = failing("ask", error, times)
        request = await stage.ask("generate")
        if times and error != "final":
            await stage.until(lambda row: row.notified == State.AWAITING_CONFIRMATION, request)
            assert len(stage.adapter.asked) == 1
        await stage.verdict()
        row = await stage.row(request)
        assert (row.state, row.failure.code) == (State.CANCELLED, code)
        assert stage.sandbox.paid_calls == []


@pytest.mark.parametrize("error", ERRORS)
async def test_progress_that_fails_stops_nothing(tmp_path, mostly_sqlite, error):
    async with trial(tmp_path, sandbox_options={"chat_chunk_seconds": 5.0}, **mostly_sqlite) as stage:
        stage.adapter.trouble = failing("progress", error, None)
        for capability in CAPABILITIES:
            await stage.ask(capability)
        await stage.verdict()
        rows = [await stage.core.store.get(one) for one in stage.accepted]
        assert {row.state for row in rows if row} == {State.DELIVERED}


async def test_a_post_whose_answer_is_lost_is_made_again_and_says_the_same(tmp_path, mostly_sqlite):
    async with trial(tmp_path, **mostly_sqlite) as stage:
        finish = stage.adapter.finish
        lost = [2]

        async def forgetful(reply_to: Any, event: Any) -> Any:
            went = await finish(reply_to, event)
            if lost[0]:
                lost[0] -= 1
                raise DeliveryPassing("no answer")
            return went

        stage.adapter.finish = forgetful  # type: ignore[method-assign]
        await stage.ask("generate")
        await stage.verdict()
        assert [word.kind for word in stage.adapter.words] == ["Delivered"] * 3


async def test_a_person_whose_adapter_does_not_run_here_is_waited_for(tmp_path, mostly_sqlite):
    async with trial(tmp_path, **mostly_sqlite) as stage:
        order, pictures = stage.order("generate")
        request = await stage.core.service.submit(
            replace(stage.mia), order, origin="elsewhere", reply_to={}, dedupe_key="away", pictures=pictures
        )
        await stage.ask("generate")
        await stage.verdict()
        assert (await stage.row(request)).state is State.RECEIVED
