"""The audit log as a table for spreadsheets, and as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.core.audit.entries import AuditEntry
from bot.core.text.spreadsheets import disarmed

COLUMNS = ("at", "tenant", "by", "name", "surface", "channel", "act", "what", "subject", "old", "new")


def facts(entry: AuditEntry, names: Mapping[str, str]) -> dict[str, Any]:
    """One line as JSON: the time in ISO 8601, amounts in micro-dollars as they are stored."""
    at = datetime.fromtimestamp(entry.at / 1_000_000, UTC).isoformat()
    found = {**vars(entry), "at": at, "act": str(entry.act), "name": names.get(entry.by, "")}
    return {name: found[name] for name in ("number", *COLUMNS)}


def audit_csv(entries: Iterable[AuditEntry], names: Mapping[str, str]) -> bytes:
    """All lines."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for entry in entries:
        row = facts(entry, names)
        table.writerow([disarmed(str(row[name])) for name in COLUMNS])
    return out.getvalue().encode()
