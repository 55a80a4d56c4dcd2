"""Prices that move: asked again before money is held; what somebody agreed to is a maximum."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import PriceMoved
from bot.core.events import AwaitingConfirmation, Delivered, Failed, Refused
from bot.core.ledger import Scope
from bot.core.money import Micros, with_headroom
from bot.core.prices.pricing import LEAST_TOKENS
from bot.core.request import ChatOrder, Request, State
from bot.core.windows import Window
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.stack import ADA, MIA, Stack, generate, running_stack

__all__ = ["database", "postgres_server", "postgres_url"]

CHEAP = "seedream-4.5"
PRO = "nano-banana-pro"
TALKER = "google/gemini-3-flash-preview"
ALLOWED = Micros(10_000)


@asynccontextmanager
async def movable(folder: Path, **changes: Any) -> AsyncGenerator[tuple[Stack, WarpClock]]:
    """A stack whose clock can be moved on."""
    clock = WarpClock()
    async with running_stack(folder, clock=clock, **changes) as stack:
        yield stack, clock


async def budget(stack: Stack, limit: int, subject: str = "*") -> None:
    await stack.core.admin.set_budget(ADA, Scope.PERSON, subject, Window.DAY, Micros(limit))


async def asked_times(stack: Stack, request_id: str, times: int) -> AwaitingConfirmation:
    """The newest question about a request, once there have been so many."""
    async with asyncio.timeout(30):
        while len(found := [one for one in stack.test.asked if one.request.id == request_id]) < times:
            await asyncio.sleep(0.01)
    await in_state(stack, request_id, State.AWAITING_CONFIRMATION)
    return found[-1]


async def in_state(stack: Stack, request_id: str, state: State) -> Request:
    """The row once it rests in that state."""
    async with asyncio.timeout(30):
        while (row := await stack.row(request_id)).state is not state or row.lease_owner:
            await asyncio.sleep(0.01)
    return row


async def resting(stack: Stack) -> Request:
    """A request that holds money and waits to be called again, for ten minutes."""
    stack.sandbox.fail("429", endpoint="generate", retry_after=600)
    request = await stack.submit(generate())
    row = await in_state(stack, request.id, State.RESERVED)
    assert row.hold == with_headroom(Micros(40_000), 25)
    return row


# a press is a maximum


async def test_fifty_times_the_price_on_the_button_is_asked_about_again(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, _):
        await stack.core.admin.change(ADA, threshold=ALLOWED)
        request = await stack.submit(generate())
        assert (await asked_times(stack, request.id, 1)).price == 40_000
        stack.sandbox.set(prices={CHEAP: 2_000_000})
        await stack.core.service.confirm(MIA, request.id, Micros(40_000))
        again = await asked_times(stack, request.id, 2)
        assert again.price == 2_000_000
        assert again.request.pricing.agreed == 40_000
        with pytest.raises(PriceMoved, match=r"now \$2\.00, and your button said \$0\.04"):
            await stack.core.service.confirm(MIA, request.id, Micros(40_000))
        assert stack.sandbox.paid_calls == []
        await stack.core.service.confirm(MIA, request.id, again.price)
        final = await stack.ended(request.id)
        assert isinstance(final, Delivered)
        assert final.receipt.charged == 2_000_000
        assert await stack.core.store.verify() == []


async def test_up_to_what_was_agreed_nobody_is_asked_again(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, _):
        await stack.core.admin.change(ADA, threshold=ALLOWED)
        request = await stack.submit(generate())
        await asked_times(stack, request.id, 1)
        stack.sandbox.set(prices={CHEAP: 45_000})
        await stack.core.service.confirm(MIA, request.id, Micros(45_000))
        final = await stack.ended(request.id)
        assert isinstance(final, Delivered)
        assert (final.receipt.estimate, final.receipt.charged) == (45_000, 45_000)
        assert len(stack.test.asked) == 1


async def test_a_press_that_does_not_say_what_it_showed_agrees_to_the_price_in_the_row(tmp_path):
    async with movable(tmp_path) as (stack, _):
        await stack.core.admin.change(ADA, threshold=ALLOWED)
        request = await stack.submit(generate())
        await asked_times(stack, request.id, 1)
        await stack.core.service.confirm(MIA, request.id)
        assert isinstance(await stack.ended(request.id), Delivered)
        assert (await stack.row(request.id)).pricing.agreed == 40_000


# priced again


async def test_what_rested_with_its_hold_is_priced_and_held_again(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, clock):
        row = await resting(stack)
        stack.sandbox.set(prices={CHEAP: 80_000})
        clock.jump(3 * 24 * 3600)
        stack.core.worker.wake()
        final = await stack.ended(row.id)
        assert isinstance(final, Delivered)
        assert (final.receipt.estimate, final.receipt.charged, final.receipt.overrun) == (80_000, 80_000, 0)
        states = [(one.state, one.held) for one in (await stack.row(row.id)).state_changes]
        assert states[2:7] == [
            (State.SUBMITTED, 50_000),
            (State.RESERVED, 50_000),
            (State.PRICED, 0),
            (State.RESERVED, 100_000),
            (State.SUBMITTED, 100_000),
        ]
        assert await stack.core.store.verify() == []


async def test_what_rested_does_not_run_above_the_budget(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, clock):
        await budget(stack, 60_000)
        row = await resting(stack)
        stack.sandbox.set(prices={CHEAP: 80_000})
        clock.jump(900)
        stack.core.worker.wake()
        final = await stack.ended(row.id)
        assert isinstance(final, Refused)
        assert final.refusal.code == "budget_exceeded"
        assert stack.sandbox.charged_micros == 0
        assert (await stack.row(row.id)).hold == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"blocked_people": (MIA.person,)}, "blocked you"),
        ({"paused": True}, "paused new requests"),
        ({"denied_models": ("seedream*",)}, "turned off seedream-4.5"),
        ({"cap": Micros(39_999)}, "one request may cost at most"),
    ],
)
async def test_what_rested_does_not_run_for_whom_it_is_forbidden_by_now(
    tmp_path, database, change: dict[str, Any], words: str
):
    async with movable(tmp_path, **database) as (stack, clock):
        row = await resting(stack)
        await stack.core.admin.change(ADA, **change)
        clock.jump(3 * 24 * 3600)
        stack.core.worker.wake()
        final = await stack.ended(row.id)
        assert isinstance(final, Refused)
        assert words in final.refusal.message
        assert stack.sandbox.charged_micros == 0
        assert (await stack.row(row.id)).hold == 0
        assert await stack.core.store.verify() == []


async def test_a_call_that_is_refused_for_ever_ends_although_it_is_priced_again_each_time(tmp_path):
    async with movable(tmp_path) as (stack, clock):
        stack.sandbox.fail("429", endpoint="generate", retry_after=600, times=None)
        request = await stack.submit(generate())
        async with asyncio.timeout(30):
            while (await stack.row(request.id)).state is not State.FAILED:
                clock.jump(601)
                stack.core.worker.wake()
                await asyncio.sleep(0.05)
        assert (await stack.row(request.id)).hold == 0


async def test_a_price_of_nothing_is_not_believed(tmp_path):
    async with movable(tmp_path) as (stack, _):
        stack.sandbox.set(prices={CHEAP: 0})
        final = await stack.run(generate())
        assert isinstance(final, Refused)
        assert final.refusal.code == "price_unknown"
        assert stack.sandbox.paid_calls == []


# what fits


async def test_with_fourteen_cents_left_a_picture_of_thirteen_runs_where_it_costs_that(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, _):
        await budget(stack, 140_000)
        stack.sandbox.set(provider_switch=True)  # a free choice would end at the dearer provider
        final = await stack.run(generate(model=PRO))
        assert isinstance(final, Delivered)
        assert (final.receipt.estimate, final.receipt.charged, final.receipt.overrun) == (134_000, 134_000, 0)
        [paid] = [call for call in stack.sandbox.calls if call.endpoint == "generate" and not call.dry_run]
        assert paid.fields["model"] == f"vertex/{PRO}"
        assert (await stack.row(final.request.id)).order.model == PRO


async def test_a_price_per_token_is_not_forced_anywhere(tmp_path):
    async with movable(tmp_path) as (stack, _):
        asked = await stack.core.service.quotes.estimate(MIA, generate(model="gpt-image-2"))
        assert not asked.per_call
        await budget(stack, asked.price)
        final = await stack.run(generate(model="gpt-image-2"))
        assert isinstance(final, Refused)
        assert stack.sandbox.paid_calls == []


async def test_a_forced_provider_that_fails_is_replaced_where_there_is_room(tmp_path, database):
    async with running_stack(tmp_path, clock=WarpClock(speed=5), **database) as stack:
        await budget(stack, 140_000)
        stack.sandbox.set(request_log_lag=1.0)
        stack.sandbox.fail("502", endpoint="generate")
        request = await stack.submit(generate(model=PRO))
        row = await in_state(stack, request.id, State.AMBIGUOUS)
        assert row.pricing.provider == "vertex"
        await budget(stack, 1_000_000)
        final = await stack.ended(request.id)
        assert isinstance(final, Delivered)
        models = [call.fields["model"] for call in stack.sandbox.calls if not call.dry_run and call.fields]
        assert models == [f"vertex/{PRO}", PRO]
        await stack.settled()
        assert stack.sandbox.charged_micros == 134_000
        assert (await stack.row(request.id)).pricing.fell_back
        assert await stack.core.store.verify() == []


async def test_a_forced_provider_that_fails_without_room_ends_free(tmp_path, database):
    async with running_stack(tmp_path, clock=WarpClock(speed=5), **database) as stack:
        await budget(stack, 140_000)
        stack.sandbox.fail("502", endpoint="generate", times=None)
        final = await stack.run(generate(model=PRO))
        assert isinstance(final, Failed)
        assert final.receipt.charged == 0
        assert final.request.failure.code == "ALL_PROVIDERS_EXHAUSTED"
        assert len([call for call in stack.sandbox.calls if not call.dry_run and call.fields]) == 1


def chat(**fields: Any) -> ChatOrder:
    return ChatOrder(**{"model": TALKER, "prompt": "Say hello", "max_tokens": 2000, **fields})


async def test_a_chat_is_shortened_until_it_fits_and_says_so(tmp_path, database):
    async with movable(tmp_path, **database) as (stack, _):
        most = (await stack.core.service.quotes.estimate(MIA, chat())).price
        await budget(stack, most)
        final = await stack.run(chat())
        assert isinstance(final, Delivered)
        tokens = final.request.pricing.max_tokens
        assert tokens is not None
        assert LEAST_TOKENS < tokens < 2000
        hold = max(change.held for change in final.request.state_changes)
        assert most * 0.95 < hold <= most
        [paid] = [call for call in stack.sandbox.calls if call.endpoint == "chat" and not call.dry_run]
        assert paid.fields["max_tokens"] == tokens
        assert f"limited to {tokens} tokens" in final.request.cut


async def test_a_chat_that_does_not_fit_with_the_fewest_tokens_is_refused(tmp_path):
    async with movable(tmp_path) as (stack, _):
        least = (await stack.core.service.quotes.estimate(MIA, chat(max_tokens=LEAST_TOKENS))).price
        await budget(stack, least)
        final = await stack.run(chat())
        assert isinstance(final, Refused)
        assert final.refusal.code == "budget_exceeded"
        assert stack.sandbox.paid_calls == []
