"""The part of the store's port for closed months: what was booked in a month of a place.

A statement is a cut of the ledger: the postings with a cost whose number is above `after_id` and up to
`last_id`. The cut is made once and never moves, and the statement of the next month begins where this one
ends. So every posting is in exactly one statement, and what is booked after a month was closed is in a later
one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from bot.core.money import ZERO, Micros


@dataclass(frozen=True, kw_only=True)
class ClosedMonth:
    """A closed month (`YYYY-MM`, by the clock of `zone`): its cut, and what it sums up to.

    `entries` are its lines; `created_at` in UTC microseconds.
    """

    tenant: str
    month: str
    zone: str
    after_id: int
    last_id: int
    entries: int
    spent: Micros
    created_at: int = 0
    created_by: str = ""


@dataclass(frozen=True, kw_only=True)
class StatementLine:
    """One posting with a cost. `booked_at` is when it was written, `moment` that of its charge (UTC micros).

    `spent` is negative for a correction downwards. The facts of its request are empty where it is gone.
    """

    id: int
    booked_at: int
    moment: int
    kind: str
    request_id: str
    person: str
    name: str
    channel: str
    project: str
    capability: str
    model: str
    provider: str
    gateway_id: str
    approved: bool
    spent: Micros


@dataclass(frozen=True, kw_only=True)
class StatementRequest:
    """What a statement has of one request, and what was booked for it at any time.

    `submitted_at` in UTC microseconds, None for a request whose call never left.
    """

    request_id: str
    trace_id: str
    submitted_at: int | None
    here: Micros
    altogether: Micros


@dataclass(frozen=True, kw_only=True)
class StatementSum:
    """Lines and sum of a cut."""

    entries: int = 0
    spent: Micros = ZERO


class Statements(Protocol):
    """Closed months of places."""

    async def close_month(
        self, tenant: str, month: str, *, zone: str, start: int, end: int, by: str
    ) -> ClosedMonth:
        """The statement of a month that is over, made when there is none yet.

        `start` and `end` are the month's bounds in UTC microseconds. No posting is being written while the
        cut is found, so that none with a lower number can appear behind it.
        """
        ...

    async def statement(self, tenant: str, month: str) -> ClosedMonth | None: ...

    async def statements(self, tenant: str) -> list[ClosedMonth]:
        """Those of a place, the newest month first."""
        ...

    def statement_lines(self, statement: ClosedMonth) -> AsyncIterator[StatementLine]:
        """Its lines in the order in which they were booked, read in pages."""
        ...

    async def statement_sum(self, statement: ClosedMonth) -> StatementSum:
        """Its cut, added up again from the ledger."""
        ...

    def statement_requests(self, statement: ClosedMonth) -> AsyncIterator[StatementRequest]:
        """The requests that it has lines of, read in pages."""
        ...

    async def note_erased(self, person_hash: str) -> None:
        """Write down that a person was erased: statements name them by this hash from then on."""
        ...

    async def erased_people(self) -> dict[str, int]:
        """The hashes of erased people, and when each was erased (UTC microseconds)."""
        ...
