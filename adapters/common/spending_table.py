"""The figures of a report as a table for spreadsheets."""

from __future__ import annotations

import csv
import io

from bot.core.money import plain
from bot.core.text.spreadsheets import disarmed
from bot.use_cases.reports import Spending

COLUMNS = ("day", "person", "name", "capability", "dollars", "requests")


def as_csv(found: Spending) -> bytes:
    """One line per day, person and capability."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(COLUMNS)
    for row in found.rows:
        table.writerow(
            (row.day, row.person, disarmed(row.name), row.capability, plain(row.charged), row.requests)
        )
    return out.getvalue().encode()
