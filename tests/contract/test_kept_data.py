"""No table is added without saying how long it is kept, and what erasing and exporting do with it."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from storage import open_store
from storage.privacy.kept_data import TABLES, as_markdown
from tests.architecture.test_house_rules import ROOT
from tests.contract.store_world import SteppedClock, connected, postgres_server, postgres_url, replica

__all__ = ["postgres_server", "postgres_url"]
NAMES = {table.name for table in TABLES}


async def test_every_table_of_a_new_sqlite_database_is_listed(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    async with open_store(database_url=None, path=file, pool=1, clock=SteppedClock()):
        pass
    with sqlite3.connect(file) as plain:
        rows = plain.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        )
        found = {name for (name,) in rows}
    plain.close()
    assert found == NAMES - {"writers"}


@pytest.mark.postgres
async def test_every_table_of_a_new_postgres_database_is_listed(postgres_url: str) -> None:
    async with replica(postgres_url), connected(postgres_url) as plain:
        rows = await plain.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        )
    assert {row["table_name"] for row in rows} == NAMES


def test_the_documentation_has_the_same_list() -> None:
    assert as_markdown() in (ROOT / "docs" / "privacy.md").read_text()
    assert all(all(vars(table).values()) for table in TABLES), "every table says all of it"
