"""Times of the ledger as this machine's clock shows them."""

from __future__ import annotations

from datetime import datetime


def on_this_clock(micros: int) -> str:
    """A moment (UTC microseconds) by the time zone of this machine, to the minute."""
    return datetime.fromtimestamp(micros / 1_000_000).astimezone().strftime("%Y-%m-%d %H:%M")
