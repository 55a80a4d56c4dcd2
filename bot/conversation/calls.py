"""What a chat model called, once it was read (see `reading`): typed values that nothing has run yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.core.drafts import Draft

ORDERS_MAX = 4
"""The most orders of one message."""
STEPS_MAX = 20
CHOICES_MAX = 5

Reason = Literal["unknown_tool", "not_allowed", "broken", "invalid", "too_many"]


@dataclass(frozen=True, kw_only=True)
class OrderCall:
    """Something to make. `draft` makes the order once the pictures are known.

    `pictures` are handles; empty means that the model named none. `ignored` are arguments that do not exist.
    """

    draft: Draft
    pictures: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RepeatCall:
    """The last order again, or the one that made `picture`. `changes` are options by public name, as given:
    `drafts.changes_of` reads them once the order's capability is known.
    """

    picture: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EstimateCall:
    """The price of something, which is not made."""

    order: OrderCall


@dataclass(frozen=True, kw_only=True)
class CompareCall:
    """The price of something with each of these models."""

    order: OrderCall
    models: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class UndoCall:
    """Back to an earlier picture, 1 to `STEPS_MAX` steps."""

    steps: int = 1


@dataclass(frozen=True, kw_only=True)
class AskCall:
    """A question to the speaker, with up to `CHOICES_MAX` answers to choose from."""

    question: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class BalanceCall:
    """What the speaker has left; answered in private."""


Call = OrderCall | RepeatCall | EstimateCall | CompareCall | UndoCall | AskCall | BalanceCall


@dataclass(frozen=True, kw_only=True)
class NotUnderstood:
    """A call from which nothing was made. `message` is for the speaker; `tool` as the model named it."""

    tool: str
    reason: Reason
    message: str


@dataclass(frozen=True, kw_only=True)
class Understood:
    """Everything that one answer called, in its order."""

    calls: tuple[Call, ...] = ()
    not_understood: tuple[NotUnderstood, ...] = ()

    @property
    def orders(self) -> tuple[OrderCall | RepeatCall, ...]:
        """What costs money when it runs."""
        return tuple(call for call in self.calls if isinstance(call, OrderCall | RepeatCall))

    @property
    def single(self) -> bool:
        """True for one order, nothing besides, and nothing of it ignored: no other runs without a press."""
        one = len(self.calls) == len(self.orders) == 1 and not self.not_understood
        return one and not self.orders[0].ignored
