"""A receipt as the one line under a result; the rest is under its details."""

from __future__ import annotations

from dataclasses import replace

from adapters.common import wording
from adapters.common.talking import words as talk_words
from bot.core.events import BudgetLeft, Receipt
from bot.core.money import Micros, dollars
from bot.core.text.translation import gettext as _


def receipt_line(
    found: Receipt, model: str, strong: wording.Strong = str, *, answer: str = "", spent: Micros | None = None
) -> str:
    """A receipt in one line: the model, what was charged, what the conversation has `spent`, what is left.

    The platform escapes `model`. It is never longer than an `answer` in words: the model goes first, then all
    but the charge.
    """
    left_now = _left(found.room) if found.room else ""
    first = (spent or 0) <= found.charged + found.reading
    total = "" if first else talk_words.spent(spent)
    parts = [model, wording.receipt(found, strong), total, left_now]
    short = [wording.receipt(replace(found, estimate=None), strong), total, left_now]
    lines = [" · ".join(filter(None, kept)) for kept in (parts, short, short[:1])]
    return next((line for line in lines if not answer or len(line) <= len(answer)), lines[-1])


def _left(found: BudgetLeft) -> str:
    """What is left under a budget, without the limit."""
    if found.left < 0:
        return wording.budget_left(found)
    return _("{budget}: {left} left").format(budget=found.budget, left=dollars(found.left))
