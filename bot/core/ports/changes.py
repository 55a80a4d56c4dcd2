"""How a request's row is written: the change, the posting to the ledger that belongs to it, the lease's
proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.core.money import Micros
from bot.core.request import Request

Change = Callable[[Request], Request]
"""A pure function from the current row to the new one; may raise a Refusal, and then nothing is written."""


@dataclass(frozen=True, kw_only=True)
class Reserve:
    """Hold `hold` micros against every budget that binds the request's actor.

    A request that an admin `approved` counts for the tenant and the installation only, and needs room only
    there. A request whose hold was released may hold again.
    """

    hold: Micros
    approved: bool = False


@dataclass(frozen=True, kw_only=True)
class Settle:
    """Record `cost` micros as spent and release the hold."""

    cost: Micros


@dataclass(frozen=True, kw_only=True)
class Release:
    """Release the hold without spending, if there is one and the row has left the holding states.

    A row that `change` leaves in a holding state keeps its hold, so that a cancellation can be requested
    and decided in one transaction.
    """


Posting = Reserve | Settle | Release


@dataclass(frozen=True, kw_only=True)
class Fence:
    """Proof of a lease: a write with it fails when another worker has taken the row."""

    owner: str
    epoch: int
