"""Ledger entries as rows, and the state of each request in the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.ledger import Entry, Kind
from bot.core.money import Micros
from bot.core.request import Request
from storage.transaction import Row

OPEN, RELEASED, CLOSED = "open", "released", "closed"
"""Values of a request's `phase`: its hold is open, was released, was settled; empty before the first hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerPosting:
    """What a request has posted to the ledger: the columns of its row that are not in `Request`.

    `moment` is the moment of the charge (None before the first posting); `round` counts its holds; `approved`
    is true when they count for the tenant and the installation only.
    """

    phase: str
    moment: int | None
    round: int
    approved: bool

    @staticmethod
    def of(row: Row) -> LedgerPosting:
        """From a row of `requests`."""
        return LedgerPosting(
            phase=row["phase"], moment=row["moment"], round=row["round"], approved=bool(row["approved"])
        )

    @property
    def params(self) -> Row:
        """As statement parameters."""
        return {
            "phase": self.phase,
            "moment": self.moment,
            "round": self.round,
            "approved": self.approved,
        }

    def opening(self, request: Request, moment: int, hold: Micros | None = None) -> Entry:
        """The request's hold, or `hold`, as an opening entry; `moment` counts if the request has none yet."""
        actor = request.actor
        return Entry(
            kind=Kind.RESERVE,
            request_id=request.id,
            round=self.round,
            moment=moment if self.moment is None else self.moment,
            tenant=actor.tenant,
            channel=actor.channel,
            person=actor.person,
            held=request.hold if hold is None else hold,
            approved=self.approved,
            by=actor.person,
            project=request.order.project or "",
        )


def _phase(kind: Kind) -> str | None:
    match kind:
        case Kind.RESERVE:
            return "open"
        case Kind.SETTLE | Kind.RELEASE:
            return "closed"
        case Kind.ADJUST:
            return None


def posting_params(entry: Entry, now: int) -> Row:
    """A new row of `postings`; the phase makes a second opening or closing of one round impossible."""
    return {**vars(entry), "phase": _phase(entry.kind), "at": now}


def entry_of(row: Row) -> Entry:
    """A row of `postings`."""
    return Entry(
        kind=Kind(row["kind"]),
        request_id=row["request_id"],
        moment=row["moment"],
        tenant=row["tenant"],
        channel=row["channel"],
        person=row["person"],
        round=row["round"],
        held=Micros(row["held"]),
        spent=Micros(row["spent"]),
        overrun=Micros(row["overrun"]),
        approved=bool(row["approved"]),
        at=row["at"],
        by=row["by"],
        project=row["project"],
    )
