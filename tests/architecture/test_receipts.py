"""Every field of a receipt is shown on Discord, Slack, the web and the command line."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from bot.core.events import BudgetLeft, Receipt
from bot.core.ledger import Scope
from bot.core.money import Micros
from tests.fakes.receipts import NOW, OVER, RECEIPT, ROOM, everywhere

OTHER: dict[str, Any] = {
    "estimate": Micros(70_000),
    "charged": Micros(31_000),
    "overrun": Micros(9_000),
    "source": "estimate",
    "room": OVER,
    "elapsed_s": 61.0,
    "reading": Micros(1_100),
    "project": "Acme",
    "style": "House",
    "pictures": "The picture was scaled from 9000×10 to 8000×9 pixels.",
}
"""For each field of a receipt, a value that has to read differently."""
OTHER_LEFT: dict[str, Any] = {
    "budget": "The budget of this channel",
    "limit": Micros(3_000_000),
    "left": Micros(30_000),
    "resets_at": NOW + 86_400_000_000,
}
"""The same for what is left in the budget that a receipt names."""
NOT_SHOWN: dict[str, str] = {
    "scope": "decides who can raise the limit; its words are in `budget`",
    "spent": "is the limit less what is left and what is held",
    "held": "is shown by /balance, where several requests can be under way",
}
TERMINAL_LEAVES_OUT = {"room"}
"""The command line runs for the operator, who has no budget of a person."""


def surfaces_that_do_not_show(first: Receipt, second: Receipt) -> set[str]:
    before, after = everywhere(first), everywhere(second)
    assert before.keys() == {"discord", "slack", "web", "terminal"}
    return {surface for surface, text in before.items() if text == after[surface]}


@pytest.mark.parametrize("field", [field.name for field in fields(Receipt)])
def test_every_field_of_a_receipt_is_shown_everywhere(field: str) -> None:
    assert field in OTHER, f"{field} is new: show it on every surface and give it another value here"
    missing = surfaces_that_do_not_show(RECEIPT, replace(RECEIPT, **{field: OTHER[field]}))
    assert missing <= ({"terminal"} if field in TERMINAL_LEAVES_OUT else set()), (
        f"{field} is missing on {missing}"
    )


@pytest.mark.parametrize("field", [field.name for field in fields(BudgetLeft)])
def test_every_field_of_what_is_left_is_shown_or_said_why_not(field: str) -> None:
    assert (field in OTHER_LEFT) != (field in NOT_SHOWN), f"{field} is new: show it, or say why not"
    if field in OTHER_LEFT:
        changed = replace(RECEIPT, room=replace(ROOM, **{field: OTHER_LEFT[field]}))
        assert surfaces_that_do_not_show(RECEIPT, changed) <= {"terminal"}, field


def test_the_same_receipt_reads_the_same() -> None:
    """Otherwise the tests above could not fail."""
    assert len(surfaces_that_do_not_show(RECEIPT, replace(RECEIPT))) == 4
    assert ROOM.scope is Scope.PERSON
