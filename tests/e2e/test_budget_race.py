"""A budget under 200 orders at once: what must run runs, and never a cent more."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.events import Refused
from bot.core.ledger import Scope
from bot.core.money import DOLLAR, Micros
from bot.core.request import State, VideoOrder
from bot.core.windows import Window
from tests.fakes.stack import ADA, MIA, generate, running_stack

VIDEO = VideoOrder(model="sora-2", prompt="waves", seconds=4)


@pytest.mark.parametrize(
    ("order", "model", "unit", "headroom", "at_least", "at_most"),
    [
        (generate(), "seedream-4.5", 50_000, 0, 20, 20),
        (generate(), "seedream-4.5", 50_000, 25, 1, 20),
        (VIDEO, "sora-2", 100_000, 0, 2, 2),
        (VIDEO, "sora-2", 100_000, 25, 1, 2),
    ],
    ids=["pictures", "pictures-with-headroom", "videos", "videos-with-headroom"],
)
async def test_a_dollar_holds_against_two_hundred_at_once(
    tmp_path, order, model, unit, headroom, at_least, at_most
):
    limits = {"headroom_percent": headroom, "per_person": 200, "per_tenant": 200, "concurrency": 64}
    async with running_stack(tmp_path, **limits) as stack:
        stack.sandbox.set(prices={model: unit})
        await stack.core.admin.set_budget(ADA, Scope.TENANT, "", Window.DAY, DOLLAR)
        requests = await asyncio.gather(*(stack.submit(order) for _ in range(200)))
        await stack.settled(150)
        states = [(await stack.row(request.id)).state for request in requests]
        ran = states.count(State.DELIVERED)
        assert at_least <= ran <= at_most
        assert states.count(State.REFUSED) == 200 - ran
        [line] = [line for line in await stack.core.store.budgets(MIA.tenant) if line.limit is not None]
        price = unit * (4 if order is VIDEO else 1)
        assert (line.spent, line.held) == (Micros(ran * price), 0)
        assert stack.sandbox.charged_micros == ran * price <= DOLLAR
        for event in stack.test.finished:
            if isinstance(event, Refused):
                assert event.refusal.code == "budget_exceeded"
                assert event.refusal.budget
                assert event.refusal.resets_at
        assert await stack.core.store.verify() == []
