"""Compare our ledger with the gateway's request log, and repair what differs.

Rows are matched by the trace id that was sent with each paid call. What the log says replaces the charge, up
or down, wherever the charge came from; the person is told. What was booked at its hold and is missing from a
log that can be trusted never ran, and is free. A difference that the log does not explain is reported for
the operator to look at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from bot.core.events import SMALL
from bot.core.money import ZERO, Micros
from bot.core.ports.gateway import Gateway, JobStatus, LogEntry
from bot.core.ports.store import Store
from bot.core.request import TERMINAL, Request

log = structlog.get_logger(__name__)

GUESSED = frozenset(("estimate", "hold", ""))
"""Sources of charges that the gateway did not name; empty for a request that ended free for now."""
RAN = frozenset(("gateway", "log", "estimate"))
"""Sources of charges of calls that ran."""
MARGIN_US = 3600 * 1_000_000
"""The log is read for an hour more on both sides: its clock may differ, and videos may end later."""


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """One request whose charge differs. `theirs` is None when the log does not name a cost."""

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
    """Compare the requests submitted between two times (UTC micros). Raises GatewayError.

    Each correction is one transaction, so a comparison that is killed goes on with the rest when it is run
    again, and what was corrected is not corrected twice.
    """
    requests = [row for row in await store.submitted(since=since, until=until) if _over(row)]
    entries: dict[str, LogEntry] = {}
    foreign = 0
    known = {row.trace_id for row in requests}
    async for entry in gateway.log(since=since - MARGIN_US, until=until + MARGIN_US):
        if entry.trace_id in known:
            entries[entry.trace_id] = entry
        else:
            foreign += 1
    trusted = _trusted(requests, entries)
    found = [one for one in (_compare(row, entries, trusted) for row in requests) if one is not None]
    settled = [await _correct(store, one) if correct else one for one in found]
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


def _trusted(requests: list[Request], entries: Mapping[str, LogEntry]) -> bool:
    """Whether a call that the log does not have never ran.

    The log has been read to its end. It is trusted if it has some of our calls, and also if no call of ours
    ran that it should have: when every connection broke, an empty log is what there is to expect.
    """
    return bool(entries) or not any(row.charged and row.charged_from in RAN for row in requests)


def _compare(row: Request, entries: Mapping[str, LogEntry], trusted: bool) -> Mismatch | None:
    entry, ours = entries.get(row.trace_id), row.charged or ZERO
    if entry is None:
        if ours == ZERO:
            return None
        theirs = ZERO if trusted and row.charged_from == "hold" else None
        return _mismatch(row, theirs, "the gateway's log does not have it")
    if entry.status == JobStatus.RUNNING:
        return _mismatch(row, None, "still running at the gateway")
    theirs = _cost(entry, row)
    if theirs is None or theirs == ours:
        return None
    guessed = row.charged_from in GUESSED
    why = f"booked from our {row.charged_from}" if guessed and row.charged_from else "differs"
    return _mismatch(row, theirs, why)


def _cost(entry: LogEntry, row: Request) -> Micros | None:
    """The log's figure, None where there is nothing to compare; a failed call without a figure was free,
    unless its answer named a cost.
    """
    free = entry.status != JobStatus.COMPLETED and row.charged_from in GUESSED
    return ZERO if entry.cost is None and free else entry.cost


def _mismatch(row: Request, theirs: Micros | None, why: str) -> Mismatch:
    return Mismatch(
        request_id=row.id, trace_id=row.trace_id, ours=row.charged or ZERO, theirs=theirs, why=why
    )


async def _correct(store: Store, one: Mismatch) -> Mismatch:
    if one.theirs is None:
        return one
    notable = abs(one.theirs - one.ours) >= SMALL
    await store.adjust(one.request_id, one.theirs, by="reconcile", tell=notable)
    log.info("charge_corrected", request_id=one.request_id, ours=one.ours, theirs=one.theirs)
    return replace(one, corrected=True)
