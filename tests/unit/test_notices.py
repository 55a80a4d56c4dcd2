"""When a limit is worth a notice, what it says, and how the operator hears of it."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from adapters.common.notices import words
from adapters.discord.views import notices as discord_view
from adapters.server.operator_notices import OperatorNotices, body_of
from adapters.slack.views import notices as slack_view
from bot.core.errors.outside import DeliveryFinal, DeliveryPassing
from bot.core.ledger import Budget, Scope
from bot.core.money import Micros
from bot.core.notices.thresholds import THRESHOLDS, Notice, gateway_notice, notice_id, reached
from bot.core.ports.for_adapters import NoticeAddress
from bot.core.text.dates import utc
from bot.core.windows import Window
from bot.worker.notices.gateway_balance import GatewayBalanceNotices
from storage import open_store
from tests.contract.store_world import SteppedClock


def a_notice(scope: Scope = Scope.PERSON, window: Window = Window.DAY, threshold: int = 80) -> Notice:
    spent = Micros(threshold * 10_000)
    budget = Budget(id="b", tenant="x:1", scope=scope, subject="x:7", window=window, limit=Micros(1_000_000))
    return Notice(
        id=notice_id("b", "x:p", 0, Micros(1_000_000), threshold),
        budget=budget,
        person="x:p" if scope in (Scope.PERSON, Scope.ROLE) else "",
        threshold=threshold,
        starts=0,
        resets_at=None if window is Window.TOTAL else 1_772_150_400_000_000,
        limit=Micros(1_000_000),
        spent=spent,
        tenant="x:1",
        origin="x",
    )


@given(st.integers(0, 2 * 10**9), st.integers(1, 10**9))
def test_the_highest_threshold_is_exact(spent, limit):
    found = reached(Micros(spent), Micros(limit))
    passed = [one for one in THRESHOLDS if spent >= limit * one / 100]
    assert found == (passed[0] if passed else 0)


@pytest.mark.parametrize("limit", [None, 0, -5])
def test_no_limit_and_a_limit_of_nothing_have_no_threshold(limit):
    assert reached(Micros(100), limit) == 0


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("window", list(Window))
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_every_notice_names_its_limit_and_what_follows(scope, window, threshold):
    told = a_notice(scope, window, threshold)
    said = f"{words.headline(told, '#art')} {words.consequence(told, utc)}"
    assert "{" not in said
    assert "$1.00" in said
    assert ("used up" in said) == (threshold == 100)
    assert ("again" in said) == (window is not Window.TOTAL or threshold < 100)
    assert "percent" in repr(discord_view.notice(told).to_components()) or threshold == 100
    assert slack_view.notice(told, "/lumen").blocks[-1]["block_id"] == told.id
    assert len(told.id) <= 25


async def test_the_balance_is_told_at_each_threshold_once_until_the_next_payment(tmp_path):
    clock = SteppedClock()
    async with open_store(database_url=None, path=tmp_path / "store.db", pool=2, clock=clock) as store:
        balances = GatewayBalanceNotices(store=store, clock=clock)
        for dollars in (100, 60, 49.9, 49.8, 19, 60, 31, 29, 0):
            clock.moment += 1
            await balances.looked(Micros(int(dollars * 1_000_000)))
        told = sorted(await store.notices_of_tenant("*"), key=lambda one: one.at)
        assert [(one.threshold, one.limit // 1_000_000) for one in told] == [
            (50, 100), (80, 100), (50, 60), (100, 60),
        ]  # fmt: skip
        again = GatewayBalanceNotices(store=store, clock=clock)
        await again.looked(Micros(0))
        assert len(await store.notices_of_tenant("*")) == 4


async def listening(statuses: list[int]) -> tuple[web.AppRunner, str, list[tuple[str, Any]]]:
    heard: list[tuple[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        heard.append((request.headers["Idempotency-Key"], await request.json()))
        return web.Response(status=statuses.pop(0))

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}/hook", heard


async def test_the_operators_webhook_is_tried_again_and_carries_one_key():
    runner, url, heard = await listening([503, 204, 404])
    told = gateway_notice(round_=3, spent=Micros(80_000_000), had=Micros(100_000_000), threshold=80, now=1)
    sender, nowhere = OperatorNotices(SecretStr(url)), NoticeAddress(tenant="*")
    try:
        with pytest.raises(DeliveryPassing):
            await sender.notice(told, nowhere, again=False)
        await sender.notice(told, nowhere, again=True)
        with pytest.raises(DeliveryFinal):
            await sender.notice(told, nowhere, again=True)
    finally:
        await runner.cleanup()
    assert {key for key, _ in heard} == {told.id}
    body = heard[0][1]
    assert body["text"] == (
        "Of lumenfall-bot: The gateway's balance since the last payment: 80 percent are used, $80.00 of"
        " $100.00."
        " Every order fails while it is empty. Pay in more in good time."
    )
    assert (body["percent"], body["spent"], body["of"]) == (80, "80.000000", "100.000000")


def test_the_addresses_of_slack_and_discord_get_what_they_take():
    told = a_notice(Scope.INSTALLATION)
    assert body_of(told, "https://hooks.slack.com/services/T/B/x").keys() == {"text"}
    discord = body_of(told, "https://discord.com/api/webhooks/1/x")
    assert discord["allowed_mentions"] == {"parse": []}
    assert "limit" in body_of(told, "https://example.org/slack.com")
