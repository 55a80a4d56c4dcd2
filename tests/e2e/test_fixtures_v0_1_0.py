"""Today's bot goes on where a process of version 0.1.0 was killed: open requests come to their ends."""

from __future__ import annotations

import asyncio
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from bot.core.request import TERMINAL, State
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.kept import V0_1_0, Kept, kept_bot, old_database
from tests.fakes.kept_gateway import KeptGateway

__all__ = ["database", "old_database", "postgres_server", "postgres_url"]

SPEED = 120.0
"""The results that could not be posted are tried again after an hour."""
pytestmark = pytest.mark.timeout(300)


async def test_open_requests_come_to_their_ends(old_database: dict[str, Any], tmp_path: Path) -> None:
    gateway = KeptGateway(V0_1_0, old_database, tmp_path)
    before = {old["id"]: old for old in V0_1_0.rows()}
    # On this clock a lease of a minute would be over in half a second, however busy the machine.
    async with kept_bot(tmp_path, old_database, speed=SPEED, known=gateway, lease_s=3600) as kept:
        rows = {row.id: row for row in await kept.ended()}
        assert {row.state for row in rows.values()} <= TERMINAL
        assert {row.hold for row in rows.values()} == {0}
        assert await kept.store.verify() == []
        assert await kept.store.inbox_pending("slack", older_than=2**60) == []
        for row in rows.values():
            ended_as_it_must(before[row.id], row, gateway.charged)
        posted_where_they_were_asked(kept, before, rows)
        named = [row for row in rows.values() if row.charged_from in ("gateway", "log")]
        assert sum(row.charged or 0 for row in named if before[row.id]["state"] in UNPAID) == (
            kept.stack.sandbox.charged_micros
        )
    nothing_is_left_open(tmp_path, old_database)


UNPAID = ("received", "priced", "reserved", "submitted", "running", "ambiguous")
"""States in which version 0.1.0 had not booked a cost yet."""


def ended_as_it_must(old: dict[str, Any], row: Any, charged: dict[str, int]) -> None:
    """One request, from where it stood to its end."""
    state = old["state"]
    if state in TERMINAL:
        assert (row.state, row.charged) == (state, old["charged"]), row
    elif state == "settled":
        assert (row.state, row.charged) == (State.DELIVERED, old["charged"]), row
    elif state == "awaiting_confirmation":
        assert (row.state, row.charged or 0) == (State.CANCELLED, 0), row
    elif row.id in charged:
        assert row.charged == charged[row.id], row
    elif state in ("received", "priced", "reserved", "running"):
        assert row.state is State.DELIVERED, row
    else:
        assert 0 <= (row.charged or 0) <= max(old["hold"], row.hold), row


def posted_where_they_were_asked(kept: Kept, before: dict[str, Any], rows: dict[str, Any]) -> None:
    """Each result that was open stands on its platform once."""
    for row in rows.values():
        if before[row.id]["state"] in TERMINAL or row.state is not State.DELIVERED or row.origin == "web":
            continue
        shown = discord_messages(kept) if row.origin == "discord" else slack_messages(kept)
        assert len([one for one in shown if re.search(f"(details|more):{row.id}", one)]) == 1, row


def discord_messages(kept: Kept) -> list[str]:
    places = kept.server.world.channels.values()
    return [str(m.components) for one in places for m in one.messages.values() if not m.deleted]


def slack_messages(kept: Kept) -> list[str]:
    places = kept.team.channels.values()
    return [str(m.blocks) for one in places for m in one.messages if not m.deleted]


def nothing_is_left_open(folder: Path, database: dict[str, Any]) -> None:
    """After an orderly end no task of ours runs and SQLite's journal is gone."""
    ours = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    assert not [task for task in ours if not task.done()], ours
    if "database_url" not in database:
        assert not list(folder.glob("lumenfall.db-*"))
        with sqlite3.connect(folder / "lumenfall.db") as file:
            assert file.execute("SELECT count(*) FROM requests WHERE lease_owner <> ''").fetchone() == (0,)
        file.close()
