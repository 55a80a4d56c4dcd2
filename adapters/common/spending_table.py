"""The figures of a report as a table for spreadsheets."""

from __future__ import annotations

import csv
import io

from bot.core.money import plain
from bot.use_cases.reports import Spending

COLUMNS = ("day", "person", "name", "capability", "dollars", "requests")


def as_csv(found: Spending) -> bytes:
    """One line per day, person and capability; a leading sign that would make a formula is disarmed."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in found.rows:
        name = "'" + row.name if row.name[:1] in "=+-@\t\r" and row.name else row.name
        table.writerow((row.day, row.person, name, row.capability, plain(row.charged), row.requests))
    return out.getvalue().encode()
