"""A statement as CSV (RFC 4180), line by line: docs/statements.md says what the columns mean.

Text that a spreadsheet would take for a formula gets an apostrophe in front. People who were erased are named
by a keyed hash; their amounts stay.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace

from bot.core.identity import person_hash
from bot.core.ledger import Kind
from bot.core.money import plain
from bot.core.place_lists.projects import name_of
from bot.core.ports.statements import ClosedMonth, StatementLine, Statements
from bot.core.tenant import Tenant, local_time
from bot.core.text.spreadsheets import disarmed

COLUMNS = (
    *(
        "entry",
        "booked",
        "charged_on",
        "kind",
        "request",
        "person",
        "name",
        "channel",
        "project_id",
        "project",
    ),
    *("capability", "model", "provider", "gateway_request", "approved", "dollars"),
)
_CHUNK = 64 * 1024
"""Characters that are handed over at a time."""


async def csv_chunks(
    store: Statements, statement: ClosedMonth, tenant: Tenant, identity_key: bytes
) -> AsyncIterator[bytes]:
    """The file in parts, the header first."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(COLUMNS)
    async for line in shown_lines(store, statement, identity_key):
        table.writerow(_cells(line, statement, tenant))
        if out.tell() >= _CHUNK:
            yield out.getvalue().encode()
            out.seek(0)
            out.truncate()
    yield out.getvalue().encode()


async def shown_lines(
    store: Statements, statement: ClosedMonth, identity_key: bytes
) -> AsyncIterator[StatementLine]:
    """The lines as they may be shown: one from before its person was erased has the hash alone."""
    erased = await store.erased_people()
    async for line in store.statement_lines(statement):
        hashed = person_hash(identity_key, line.person) if erased else ""
        if line.booked_at <= erased.get(hashed, -1):
            yield replace(line, person=f"erased:{hashed}", name="")
        else:
            yield line


def _cells(line: StatementLine, statement: ClosedMonth, tenant: Tenant) -> tuple[str, ...]:
    text = (
        "correction" if line.kind == Kind.ADJUST else "charge",
        line.request_id,
        line.person,
        line.name,
        line.channel,
        line.project,
        name_of(tenant.projects, line.project) if line.project else "",
        line.capability,
        line.model,
        line.provider,
        line.gateway_id,
    )
    return (
        str(line.id),
        local_time(line.booked_at, statement.zone).isoformat(timespec="seconds"),
        local_time(line.moment, statement.zone).isoformat(timespec="seconds"),
        *map(disarmed, text),
        "yes" if line.approved else "no",
        plain(line.spent),
    )
