"""The same facts read the same on Discord, Slack, the web and the terminal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from adapters.cli.operations.limit_rows import budget_row
from adapters.common import receipt_words, wording
from adapters.discord.handlers import approvals
from adapters.discord.views import lists as discord_lists
from adapters.discord.views import request as discord_render
from adapters.slack.views import admin as admin_view
from adapters.slack.views import lists as slack_lists
from adapters.slack.views import request as slack_render
from adapters.web.view import request_view, room_view
from bot.core.budget_rules.refusals import can_be_granted
from bot.core.errors import BudgetExceeded
from bot.core.events import Cancelled, Failed, Progressed
from bot.core.ledger import Budget, BudgetLine, Scope
from bot.core.money import ZERO, Micros
from bot.core.request import Failure, State
from bot.core.windows import Window
from bot.worker import delivery
from storage.rows import _FAILURE
from tests.fakes.receipts import NOW, OVER, RECEIPT, everywhere, on_discord, on_slack, request


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "estimated $0.04 → charged $0.038"),
        ({"estimate": None}, "charged $0.038"),
        ({"estimate": Micros(38_000)}, "charged $0.038"),
        ({"source": "log"}, "charged $0.038 (by the gateway's log)"),
        ({"source": "estimate"}, "charged $0.038 (the estimate; the gateway named no price)"),
        ({"source": "hold"}, "charged $0.038 (the amount set aside; the gateway named no price)"),
        ({"overrun": Micros(8_000)}, "charged $0.038, $0.008 more than was set aside"),
        ({"charged": ZERO}, "nothing was charged"),
    ],
)
def test_every_surface_says_what_it_cost_who_said_so_and_how_far_it_went_over(
    changes: dict[str, Any], words: str
) -> None:
    for surface, said in everywhere(replace(RECEIPT, **changes)).items():
        assert words in said, surface


def test_a_receipt_never_outweighs_its_answer() -> None:
    whole = "seedream-4.5 · estimated $0.04 → charged $0.038 · Your budget for today: $0.04 left"
    assert receipt_words.receipt_line(RECEIPT, "seedream-4.5") == whole
    assert receipt_words.receipt_line(RECEIPT, "seedream-4.5", answer="w" * len(whole)) == whole
    shorter = receipt_words.receipt_line(RECEIPT, "seedream-4.5", answer="w" * (len(whole) - 1))
    assert shorter == "charged $0.038 · Your budget for today: $0.04 left"
    assert receipt_words.receipt_line(RECEIPT, "seedream-4.5", answer="Yes.") == "charged $0.038"


def test_every_surface_says_how_long_it_took_and_what_is_left() -> None:
    for surface, said in everywhere(RECEIPT).items():
        assert "4.2" in said, surface
        assert "$0.04 of $1.00 left" in said, surface
    for surface, said in everywhere(replace(RECEIPT, room=OVER)).items():
        assert "your budget for today: $0.02 over its limit of $1.00" in said, surface
    for surface, said in everywhere(replace(RECEIPT, room=None)).items():
        assert "your budget" not in said, surface


def test_what_is_left_below_zero_is_over_wherever_it_stands() -> None:
    budget = Budget(
        id="b", tenant="t:1", scope=Scope.TENANT, subject="", window=Window.DAY, limit=Micros(1_000_000)
    )
    line = BudgetLine(budget=budget, spent=OVER.spent, resets_at=NOW)
    said = {
        "discord's balance": on_discord(discord_lists.balance([OVER], [])),
        "slack's balance": on_slack(slack_lists.balance([OVER])),
        "slack's budgets": on_slack(admin_view.budgets([line])),
        "the command line": " ".join(budget_row(line)),
        "the web": room_view(OVER)["words"],
    }
    for where, text in said.items():
        assert "$0.02 over" in text, where
        assert "-$" not in text, where


def test_admins_read_the_same_of_the_budget_that_refused() -> None:
    refused = request(
        state=State.REFUSED, refused_budget="Your budget for today", left=Micros(-20_000), resets_at=NOW
    )
    words = "Their budget for today is $0.02 over its limit"
    assert words in on_discord(approvals.approval_card(refused, Micros(50_000)))
    assert words in on_slack(admin_view.approval(refused, "U1", Micros(50_000)))
    refusal = BudgetExceeded(
        budget_id="b", budget="Your budget for today", price=Micros(1), left=Micros(-20_000), resets_at=None
    )
    assert refusal.message.startswith(
        "Your budget for today is $0.02 over its limit and this needs $0.000001"
    )


@pytest.mark.parametrize("charged", [ZERO, Micros(38_000)])
def test_an_end_without_a_result_reads_the_same(charged: Micros) -> None:
    receipt = replace(RECEIPT, charged=charged, overrun=Micros(8_000) if charged else ZERO)
    sentence = wording.receipt_sentence(receipt)
    failed = Failed(request=request(state=State.FAILED, failure=None), receipt=receipt)
    expired = Failure(code="expired", message="")
    cancelled = Cancelled(request=request(state=State.CANCELLED, failure=expired), receipt=receipt)
    for discord, slack, words in (
        (discord_render.failed(failed), slack_render.ended(failed), "The gateway could not do this."),
        (
            discord_render.cancelled(cancelled),
            slack_render.ended(cancelled),
            "The price was not confirmed in time.",
        ),
    ):
        for text in (on_discord(discord).replace("**", ""), on_slack(slack)):
            assert sentence in text
            assert words in text


def test_the_queue_reads_the_same() -> None:
    event = Progressed(
        request=request(state=State.RESERVED, estimate=Micros(40_000)), position=3, percent=40, elapsed_s=4
    )
    for text in (
        on_discord(discord_render.progress(event)),
        on_slack(slack_render.progress(event.request, event)),
    ):
        for words in ("umber 3 in the queue", "40 %", "about $0.04"):
            assert words in text


@pytest.mark.parametrize(
    ("scope", "budget", "grantable"),
    [
        (Scope.PERSON, "Your budget for today", True),
        (Scope.TENANT, "The budget of everyone here", True),
        (Scope.INSTALLATION, "The bot's own budget", False),
        ("", "Your budget for today", True),
        ("", "The bot's own budget for this month", False),
    ],
)
def test_an_admin_is_offered_only_where_one_can_grant_it(scope: str, budget: str, grantable: bool) -> None:
    row = request(
        state=State.REFUSED,
        refused_budget=budget,
        left=ZERO,
        failure=Failure(code="budget_exceeded", message="No.", scope=scope),
    )
    refusal = delivery.refusal_of(row, 0)
    assert can_be_granted(row) is grantable
    assert request_view(row)["approval"]["possible"] is grantable
    assert ("Ask an admin" in on_slack(slack_render.refused(refusal, row))) is grantable
    assert (wording.ask_operator() in on_discord(discord_render.refused(refusal))) is not grantable
    assert (wording.ask_operator() in on_slack(slack_render.refused(refusal, row))) is not grantable


def test_a_failure_that_was_stored_without_a_scope_still_reads() -> None:
    assert _FAILURE.validate_json('{"code":"budget_exceeded","message":"No."}') == Failure(
        code="budget_exceeded", message="No."
    )


def test_amounts_and_counts_have_a_singular() -> None:
    assert wording.requests(1) == "1 request"
    assert wording.requests(0) == "0 requests"
    assert wording.spent_in(Micros(40_000), 1) == "$0.04 spent in 1 day"
    assert wording.spent_in(Micros(-40_000), 7) == "$0.04 given back in 7 days"
    assert [wording.duration(seconds) for seconds in (4.25, 38, 125)] == ["4.2 s", "38 s", "2 min 5 s"]
