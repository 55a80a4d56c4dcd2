"""Lines of the audit log. `record` belongs into the transaction of the change that it records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields

from bot.core.audit.entries import Act, AuditEntry, AuditFilter
from storage.rows import storable
from storage.transaction import Ask, Execute, Row, Transaction, ask

_COLUMNS = {"by": "person", "old": "old_value", "new": "new_value"}
"""Columns that are named otherwise than the fields of `AuditEntry`."""


def record(entries: Iterable[AuditEntry], now: int) -> Transaction[None]:
    """Write lines, in the caller's transaction."""
    if lines := [_params(one, now) for one in entries]:
        yield Execute("audit_add", lines)


def _params(entry: AuditEntry, now: int) -> Row:
    texts = {name: value for name, value in vars(entry).items() if isinstance(value, str)}
    return {"at": now} | {_COLUMNS.get(name, name): storable(value) for name, value in texts.items()}


def page(tenant: str, wanted: AuditFilter, limit: int) -> Transaction[list[AuditEntry]]:
    """`AuditLog.audit`."""
    rows = yield from ask(
        "audit_page", **{**vars(wanted), "act": wanted.act or ""}, tenant=tenant, limit=limit
    )
    return [_entry(row) for row in rows]


def _entry(row: Row) -> AuditEntry:
    facts: Row = {field.name: row[_COLUMNS.get(field.name, field.name)] for field in fields(AuditEntry)}
    facts["act"] = Act(row["act"])
    return AuditEntry(**facts)


def names(people: Iterable[str]) -> Transaction[dict[str, str]]:
    """`AuditLog.names`."""
    rows: list[Row] = yield Ask("newest_name", [{"person": one} for one in sorted(set(people))])
    return {row["person"]: row["name"] for row in rows}
