"""What may be spent: agreed to by flags, or by the person at the terminal."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import typer

from adapters.common.amounts import amount_of
from bot.core.errors import InvalidOrder
from bot.core.money import ZERO, Micros


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How a price is agreed to: without a question (`yes`), and up to how much (`most`, None: any)."""

    yes: bool = False
    most: Micros | None = None

    def too_high(self, price: Micros) -> bool:
        """True for a price above the most that was named."""
        return self.most is not None and price > self.most


@dataclass(kw_only=True)
class Spending:
    """What one command has spent or agreed to so far, by request, in micro-dollars."""

    _of: dict[str, Micros] = field(default_factory=dict[str, Micros])

    def note(self, request_id: str, amount: Micros) -> None:
        """A request costs this: its agreed price at first, its charge in the end."""
        self._of[request_id] = amount

    @property
    def total(self) -> Micros:
        """All of it."""
        return Micros(sum(self._of.values(), ZERO))


def agreement(*, yes: bool, most: str, spends: bool = True) -> Agreement:
    """What the flags say. Exits with 2 where what `spends` money needs a yes that nobody could type."""
    try:
        limit = amount_of(most, "max") if most else None
    except InvalidOrder as error:
        raise typer.BadParameter(error.message, param_hint="--max") from None
    if spends and not yes and not sys.stdin.isatty():
        text = "The price is asked about, and there is no terminal to answer. Nothing was sent."
        raise typer.BadParameter(
            f"{text} Add --yes to agree to it, and --max $0.10 to agree up to an amount."
        )
    return Agreement(yes=yes, most=limit)
