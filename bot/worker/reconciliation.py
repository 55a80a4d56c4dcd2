"""Compare our ledger with the gateway's request log.

Rows are matched by the trace id that was sent with each paid call. A request that was charged our estimate or
our hold, or that ended free because the gateway said so, is corrected to the log's figure and made due, so
that its person is told. Any other difference is reported for the operator to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from bot.core.money import ZERO, Micros
from bot.core.ports.gateway import Gateway, JobStatus, LogEntry
from bot.core.ports.store import Store
from bot.core.request import TERMINAL, Request

log = structlog.get_logger(__name__)

GUESSED = frozenset(("estimate", "hold", ""))
"""Sources of charges that the gateway did not name; empty for a request that ended free for now."""
MARGIN_US = 3600 * 1_000_000
"""The log is read for an hour more on both sides: its clock may differ, and videos may end later."""


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """One request whose charge differs. `theirs` is None when the log does not have it."""

    request_id: str
    trace_id: str
    ours: Micros
    theirs: Micros | None
    why: str
    corrected: bool = False


@dataclass(frozen=True, kw_only=True)
class Reconciliation:
    """The result of the comparison. `foreign` counts log rows of other programs on the same account."""

    mismatches: tuple[Mismatch, ...]
    compared: int
    ours: Micros
    theirs: Micros
    foreign: int

    @property
    def open(self) -> tuple[Mismatch, ...]:
        """The mismatches that were not corrected."""
        return tuple(one for one in self.mismatches if not one.corrected)


async def reconcile(
    store: Store, gateway: Gateway, *, since: int, until: int, correct: bool = True
) -> Reconciliation:
    """Compare the requests submitted between two times (UTC micros). Raises GatewayError."""
    requests = [row for row in await store.submitted(since=since, until=until) if _over(row)]
    entries: dict[str, LogEntry] = {}
    foreign = 0
    known = {row.trace_id for row in requests}
    async for entry in gateway.log(since=since - MARGIN_US, until=until + MARGIN_US):
        if entry.trace_id in known:
            entries[entry.trace_id] = entry
        else:
            foreign += 1
    found = [one for one in (_compare(row, entries) for row in requests) if one is not None]
    settled = [await _correct(store, one, requests) if correct else one for one in found]
    return Reconciliation(
        mismatches=tuple(settled),
        compared=len(requests),
        ours=Micros(sum(row.charged or 0 for row in requests)),
        theirs=Micros(sum(entry.cost or 0 for entry in entries.values())),
        foreign=foreign,
    )


def _over(row: Request) -> bool:
    """True when the person has been told of the end; until then the row belongs to the worker."""
    return row.state in TERMINAL and row.notified == row.state


def _compare(row: Request, entries: Mapping[str, LogEntry]) -> Mismatch | None:
    entry, ours = entries.get(row.trace_id), row.charged or ZERO
    if entry is None:
        if ours == ZERO:
            return None
        # A log that has other calls of ours but not this one means that this one never ran.
        theirs = ZERO if entries and row.charged_from == "hold" else None
        return _mismatch(row, theirs, "the gateway's log does not have it")
    if entry.status == JobStatus.RUNNING:
        return _mismatch(row, entry.cost, "still running at the gateway")
    if (entry.cost or ZERO) == ours:
        return None
    guessed = row.charged_from in GUESSED
    why = f"booked from our {row.charged_from}" if guessed and row.charged_from else "differs"
    return _mismatch(row, entry.cost or ZERO, why)


def _mismatch(row: Request, theirs: Micros | None, why: str) -> Mismatch:
    return Mismatch(
        request_id=row.id, trace_id=row.trace_id, ours=row.charged or ZERO, theirs=theirs, why=why
    )


async def _correct(store: Store, one: Mismatch, requests: list[Request]) -> Mismatch:
    row = next(row for row in requests if row.id == one.request_id)
    if one.theirs is None or row.charged_from not in GUESSED:
        return one
    await store.adjust(row.id, one.theirs, by="reconcile")
    await store.move(row.id, lambda now: replace(now, due_at=now.updated_at, attempts=0))
    log.info("charge_corrected", request_id=row.id, ours=one.ours, theirs=one.theirs)
    return replace(one, corrected=True)
