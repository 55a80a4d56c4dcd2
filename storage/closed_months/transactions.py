"""Statements as transactions."""

from __future__ import annotations

from bot.core.money import Micros
from bot.core.ports.statements import ClosedMonth, StatementLine, StatementRequest, StatementSum
from storage.transaction import Row, Transaction, ask, tell

PAGE = 1000
"""Lines that are read at a time."""
SKEW_US = 3600 * 1_000_000
"""Clocks of replicas differ by less than this: postings of the first hour show where a month begins."""


def close_month(
    tenant: str, month: str, *, zone: str, start: int, end: int, by: str, now: int
) -> Transaction[ClosedMonth]:
    """`Statements.close_month`.

    On PostgreSQL numbers are given out before they are committed, in any order. The lock waits for every
    transaction that has taken one and keeps others from taking one, so that nothing appears behind the cut.
    """
    yield from tell("statements_lock")
    known = [statement_of(row) for row in (yield from ask("statements_of", tenant=tenant))]
    if made := next((one for one in known if one.month == month), None):
        return made
    before = max((one for one in known if one.month < month), key=lambda one: one.month, default=None)
    after = min((one for one in known if one.month > month), key=lambda one: one.month, default=None)
    first = yield from _edge(tenant, start, before, before is not None and follows(before.month, month))
    last = yield from _edge(tenant, end, None, False)
    if after is not None:
        last = after.after_id if follows(month, after.month) else min(last, after.after_id)
    first = min(first, last)
    sums = yield from _sum(tenant, first, last)
    made = ClosedMonth(
        tenant=tenant,
        month=month,
        zone=zone,
        after_id=first,
        last_id=last,
        entries=sums.entries,
        spent=sums.spent,
        created_at=now,
        created_by=by,
    )
    yield from tell("statement_add", **vars(made))
    return made


def _edge(tenant: str, moment: int, before: ClosedMonth | None, adjacent: bool) -> Transaction[int]:
    """The number behind which what was booked from `moment` on begins, behind every statement before."""
    if before is not None and adjacent:
        return before.last_id
    rows = yield from ask("statement_edge", tenant=tenant, moment=moment, until=moment + SKEW_US)
    return max(rows[0]["edge"], before.last_id if before else 0)


def follows(month: str, other: str) -> bool:
    """Whether `other` is the month after."""
    year, number = map(int, month.split("-"))
    return other == (f"{year + 1:04}-01" if number == 12 else f"{year:04}-{number + 1:02}")


def _sum(tenant: str, first: int, last: int) -> Transaction[StatementSum]:
    rows = yield from ask("statement_sum", tenant=tenant, first=first, last=last)
    return StatementSum(entries=rows[0]["entries"], spent=Micros(rows[0]["spent"]))


def sum_again(statement: ClosedMonth) -> Transaction[StatementSum]:
    """`Statements.statement_sum`."""
    return (yield from _sum(statement.tenant, statement.after_id, statement.last_id))


def one(tenant: str, month: str) -> Transaction[ClosedMonth | None]:
    """`Statements.statement`."""
    return next((each for each in (yield from every(tenant)) if each.month == month), None)


def every(tenant: str) -> Transaction[list[ClosedMonth]]:
    """`Statements.statements`."""
    return [statement_of(row) for row in (yield from ask("statements_of", tenant=tenant))]


def lines(statement: ClosedMonth, after: int) -> Transaction[list[StatementLine]]:
    """The next page of lines behind a number."""
    rows = yield from ask(
        "statement_lines", tenant=statement.tenant, after=after, last=statement.last_id, limit=PAGE
    )
    return [line_of(row) for row in rows]


def requests(statement: ClosedMonth, after: str) -> Transaction[list[StatementRequest]]:
    """The next page of requests behind an id."""
    rows = yield from ask(
        "statement_requests",
        tenant=statement.tenant,
        first=statement.after_id,
        last=statement.last_id,
        after=after,
        limit=PAGE,
    )
    return [
        StatementRequest(
            request_id=row["request_id"],
            trace_id=row["trace_id"],
            submitted_at=row["submitted_at"],
            here=Micros(row["here"]),
            altogether=Micros(row["altogether"]),
        )
        for row in rows
    ]


def erased() -> Transaction[dict[str, int]]:
    """`Statements.erased_people`."""
    return {row["person_hash"]: row["at"] for row in (yield from ask("erased_people"))}


def statement_of(row: Row) -> ClosedMonth:
    """A row of `statements`."""
    facts: Row = {**row, "spent": Micros(row["spent"])}
    return ClosedMonth(**facts)


def line_of(row: Row) -> StatementLine:
    """A row of `statement_lines`."""
    facts: Row = {**row, "spent": Micros(row["spent"]), "approved": bool(row["approved"])}
    return StatementLine(**facts)
