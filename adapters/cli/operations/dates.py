"""Times on the command line: as they are typed, and as this machine's clock shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer


def on_this_clock(micros: int) -> str:
    """A moment (UTC microseconds) by the time zone of this machine, to the minute."""
    return datetime.fromtimestamp(micros / 1_000_000).astimezone().strftime("%Y-%m-%d %H:%M")


def moment(typed: str | int) -> int:
    """A date or time in UTC microseconds; UTC where it names no zone. Raises BadParameter."""
    if isinstance(typed, int):
        return typed
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        text = f"“{typed[:40]}” is not a date; write one such as 2026-01-31 or 2026-01-31T18:00 (UTC)."
        raise typer.BadParameter(text) from None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return int(found.timestamp() * 1_000_000)


Since = Annotated[
    int,
    typer.Option(
        "--since",
        parser=moment,
        metavar="DATE",
        show_default=False,
        help="From then on: 2026-01-31 or 2026-01-31T18:00, UTC.",
    ),
]
Until = Annotated[
    int,
    typer.Option(
        "--until",
        parser=moment,
        metavar="DATE",
        show_default=False,
        help="Before then, written likewise; default: now.",
    ),
]
