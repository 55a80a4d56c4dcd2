"""How the price of a request came about, and what it may cost without another question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.core.money import Micros

FRESH_US = 60_000_000
"""A price is valid for one minute; an older one is asked again before money is held."""
LEAST_TOKENS = 256
"""The fewest `max_tokens` to which a chat is lowered so that it fits the budget."""
APPROVAL_US = 24 * 3600 * 1_000_000
"""How long an admin can approve a refused request, and how long an approval is valid: one day."""


class AskPrice(StrEnum):
    """When an order's price is put on a button first: always, for the person's first picture or video, or
    only above the place's own threshold. The threshold holds in every case.
    """

    ALWAYS = "always"
    FIRST = "first"
    ABOVE = "above"


@dataclass(frozen=True, kw_only=True)
class Pricing:
    """Stored with the request; old rows have the defaults.

    `at` is when the price was asked (UTC micros); 0 means that it must be asked again. `model` is the one
    that the dry run named, empty if it named none. `per_call` is true for a price that is known before the
    call, unlike one per token. `agreed` is the most that the person or an admin has agreed to, None without
    an agreement; an admin's ends at `agreed_until` (UTC micros). `provider` is the provider that the call is
    forced to, so that nothing more than the estimate is held. `max_tokens` replaces the chat's own, so that
    it fits. `fell_back` is true once a forced provider has failed; then none is forced again.
    """

    at: int = 0
    model: str = ""
    per_call: bool = False
    agreed: Micros | None = None
    agreed_until: int | None = None
    provider: str = ""
    max_tokens: int | None = None
    fell_back: bool = False

    def is_stale(self, now: int) -> bool:
        """Whether the price must be asked again before money is held at `now` (UTC micros)."""
        return abs(now - self.at) > FRESH_US


UNPRICED = Pricing()
"""Of requests whose price has not been asked yet, and of old rows."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """What to change in a refused order (values by field) so that it may run, and its price then.

    `price` is None where no price was asked, as for the names that are most like that of an unknown model.
    """

    changes: Mapping[str, str | int | float]
    price: Micros | None = None
