"""The ledger beside the gateway's log, and a gateway whose account runs dry."""

from __future__ import annotations

import pytest

from bot.core.errors import NotAllowed
from bot.core.events import Delivered
from bot.core.request import ChatOrder
from bot.worker.reconciliation import reconcile
from tests.fakes.stack import generate, running_stack

EVER = {"since": 0, "until": 4_000_000_000_000_000}


async def test_an_honest_ledger_and_the_log_agree(tmp_path):
    async with running_stack(tmp_path) as stack:
        for _ in range(3):
            await stack.run(generate())
        await stack.settled()
        done = await reconcile(stack.core.store, stack.core.gateway, **EVER)
        assert done.mismatches == ()
        assert (done.compared, done.ours, done.theirs) == (3, 120_000, 120_000)


async def test_a_chat_booked_at_its_estimate_is_corrected_from_the_log(tmp_path):
    async with running_stack(tmp_path) as stack:
        stack.sandbox.set(usage_cost=False, request_log_lag=30.0)
        final = await stack.run(ChatOrder(model="google/gemini-3-flash-preview", prompt="Hello"))
        assert isinstance(final, Delivered)
        assert final.receipt.source == "estimate"
        await stack.told(final.request.id)
        stack.sandbox.set(request_log_lag=0.0)
        done = await reconcile(stack.core.store, stack.core.gateway, **EVER)
        assert [one.corrected for one in done.mismatches] == [True]
        row = await stack.row(final.request.id)
        assert (row.charged, row.charged_from) == (stack.sandbox.charged_micros, "log")
        assert await stack.core.store.verify() == []
        again = await reconcile(stack.core.store, stack.core.gateway, **EVER)
        assert again.mismatches == ()


async def test_a_charge_the_log_does_not_know_is_named(tmp_path):
    async with running_stack(tmp_path) as stack:
        final = await stack.run(generate())
        await stack.settled()
        stack.sandbox.reset()
        done = await reconcile(stack.core.store, stack.core.gateway, **EVER)
        assert [one.request_id for one in done.open] == [final.request.id]
        assert done.open[0].theirs is None


async def test_an_empty_account_at_the_gateway_refuses_kindly(tmp_path):
    async with running_stack(tmp_path) as stack:
        stack.sandbox.set(balance_micros=0)
        await stack.core.maintenance.check_balance()
        with pytest.raises(NotAllowed, match="Nothing was charged"):
            await stack.submit(generate())
        stack.sandbox.set(balance_micros=5_000_000)
        await stack.core.maintenance.check_balance()
        assert isinstance(await stack.run(generate()), Delivered)
