"""What does not answer, a model or a platform, keeps nobody waiting who asks for something else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from bot.core.errors.bounds import ModelNotAnswering
from bot.core.events import Delivered, Failed, Final, Refused
from bot.core.order_rules import alternatives_of
from bot.core.request import Actor, ReplyTo, State
from sandbox.faults import Match, Rule
from tests.fakes.clocks import WarpClock
from tests.fakes.stack import MIA, RecordingAdapter, Stack, generate, running_stack

HANGS, WORKS = "seedream-4.5", "flux.2-pro"
MANY = 40
OTHER = Actor(tenant="test:other", person="test:zoe", name="Zoe", channel="test:c")
SMALL = {"concurrency": 8, "per_model": 3, "per_provider": 8, "per_platform": 3, "drain_s": 0.2}


def somebody(number: int) -> Actor:
    return Actor(tenant=f"test:{number % 4}", person=f"test:p{number}", name="P", channel="test:c")


class NeverPosts(RecordingAdapter):
    """A platform that takes results and never answers."""

    ORIGIN = "stuck"

    def __init__(self) -> None:
        super().__init__()
        self.waiting = 0

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        self.waiting += 1
        await asyncio.Event().wait()
        return {}


async def until(stack: Stack, states: Sequence[State], count: int) -> None:
    """Wait until so many requests are in one of the states."""
    async with asyncio.timeout(20):
        while sum(row.state in states for row in await stack.core.store.recent(limit=200)) < count:
            await asyncio.sleep(0.02)


async def test_forty_orders_on_a_model_that_hangs_leave_room_for_the_others(tmp_path):
    async with running_stack(tmp_path, **SMALL) as stack:
        stack.sandbox.state.faults.add(
            Rule(fault="hang", match=Match(model=HANGS), times=None, options={"seconds": 600})
        )
        for number in range(MANY):
            await stack.submit(generate(model=HANGS), somebody(number))
        await until(stack, [State.SUBMITTED], 3)
        async with asyncio.timeout(10):
            final = await stack.run(generate(model=WORKS), OTHER)
        assert isinstance(final, Delivered)
        assert sum(row.state is State.SUBMITTED for row in await stack.core.store.recent(limit=200)) == 3


async def test_three_models_that_hang_at_once_leave_room_for_the_others(tmp_path):
    """Each has its share, and the shares of all three are more than there are slots."""
    hang = ("seedream-4.5", "gpt-image-1.5", "gpt-image-2")
    async with running_stack(tmp_path, **SMALL) as stack:
        for model in hang:
            stack.sandbox.state.faults.add(
                Rule(fault="hang", match=Match(model=model), times=None, options={"seconds": 600})
            )
        for number in range(MANY):
            await stack.submit(generate(model=hang[number % 3]), somebody(number))
        await until(stack, [State.SUBMITTED], 6)
        async with asyncio.timeout(10):
            finals = [await stack.run(generate(model=WORKS), OTHER) for _ in range(3)]
        assert all(isinstance(final, Delivered) for final in finals)
        waiting = [row for row in await stack.core.store.recent(limit=200) if row.state is State.SUBMITTED]
        assert len(waiting) <= SMALL["concurrency"] - SMALL["concurrency"] // 4


async def test_a_platform_that_never_answers_leaves_room_for_the_others(tmp_path):
    stuck = NeverPosts()
    async with running_stack(tmp_path, adapters=[lambda _: stuck], **SMALL) as stack:
        for number in range(MANY // 2):
            model = (HANGS, WORKS)[number % 2]
            await stack.submit(generate(model=model), somebody(number), origin="stuck")
        async with asyncio.timeout(20):
            while stuck.waiting < SMALL["per_platform"]:
                await asyncio.sleep(0.02)
        async with asyncio.timeout(10):
            final = await stack.run(generate(model=WORKS), OTHER)
        assert isinstance(final, Delivered)
        assert stuck.waiting == SMALL["per_platform"]


async def test_a_post_that_is_never_answered_is_tried_again_later(tmp_path):
    stuck = NeverPosts()
    quick = {**SMALL, "delivery_timeout_s": 0.05}
    async with running_stack(tmp_path, adapters=[lambda _: stuck], **quick) as stack:
        request = await stack.submit(generate(), origin="stuck")
        async with asyncio.timeout(20):
            while stuck.waiting < 2:
                await asyncio.sleep(0.02)
        row = await stack.row(request.id)
        assert row.state is State.SETTLED
        assert row.charged is not None
        assert len(stack.sandbox.state.log) == 1


def call_fails(stack: Stack, **match: str) -> None:
    stack.sandbox.state.faults.add(Rule(fault="502", match=Match(model=HANGS, **match), times=None))


async def test_a_model_that_does_not_answer_is_left_alone_before_money_is_held(tmp_path):
    async with running_stack(tmp_path, **{**SMALL, "per_model": 1, "breaker_after": 3}) as stack:
        call_fails(stack)
        rows = [await stack.submit(generate(model=HANGS), somebody(number)) for number in range(5)]
        finals = [await stack.ended(row.id) for row in rows]
        assert all(isinstance(final, Failed) for final in finals[:3])
        for final in finals[3:]:
            assert isinstance(final, Refused)
            assert final.refusal.code == "model_not_answering"
            assert alternatives_of(final.request)
            assert State.RESERVED not in {change.state for change in final.request.state_changes}
        assert len([call for call in stack.sandbox.state.log if call.model == HANGS]) == 3  # each once
        with pytest.raises(ModelNotAnswering, match=r"Nothing was charged\. Try "):
            await stack.submit(generate(model=HANGS), OTHER)
        assert isinstance(await stack.run(generate(model=WORKS), OTHER), Delivered)


async def test_one_probe_finds_that_the_model_answers_again(tmp_path):
    clock = WarpClock()
    quick = {**SMALL, "per_model": 1, "breaker_after": 2}
    async with running_stack(tmp_path, clock=clock, **quick) as stack:
        call_fails(stack)
        for number in range(2):
            assert isinstance(await stack.run(generate(model=HANGS), somebody(number)), Failed)
        with pytest.raises(ModelNotAnswering):
            await stack.submit(generate(model=HANGS), OTHER)
        stack.sandbox.state.faults.clear()
        clock.jump(61)
        assert isinstance(await stack.run(generate(model=HANGS), OTHER), Delivered)
        assert isinstance(await stack.run(generate(model=HANGS), MIA), Delivered)
