"""A receipt as the one line under a result; the rest is under its details."""

from __future__ import annotations

from dataclasses import replace
from gettext import gettext as _

from adapters.common import wording
from bot.core.events import BudgetLeft, Receipt
from bot.core.money import dollars


def receipt_line(found: Receipt, model: str, strong: wording.Strong = str, *, answer: str = "") -> str:
    """A receipt in one line: the model, what was charged, what is left; the platform escapes `model`.

    It is never longer than an `answer` in words: the model goes first, then what is left.
    """
    left_now = _left(found.room) if found.room else ""
    parts = [model, wording.receipt(found, strong), left_now]
    short = [wording.receipt(replace(found, estimate=None), strong), left_now]
    lines = [" · ".join(filter(None, kept)) for kept in (parts, short, short[:1])]
    return next((line for line in lines if not answer or len(line) <= len(answer)), lines[-1])


def _left(found: BudgetLeft) -> str:
    """What is left under a budget, without the limit."""
    if found.left < 0:
        return wording.budget_left(found)
    return _("{budget}: {left} left").format(budget=found.budget, left=dollars(found.left))
