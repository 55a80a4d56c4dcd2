"""A database that version 0.1.0 wrote is opened, read whole, and its ledger adds up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from adapters.composition import open_storage
from bot.core.capability import Capability
from bot.core.request import State
from bot.settings import Settings
from tests.fakes.clocks import WarpClock
from tests.fakes.databases import database, postgres_server, postgres_url
from tests.fakes.kept import V0_1_0, old_database

__all__ = ["database", "old_database", "postgres_server", "postgres_url"]

KINDS = {
    "discord_commands",
    "discord_offer",
    "discord_target",
    "installation",
    "slack_approval",
    "slack_installation",
    "slack_oauth_state",
    "slack_post",
    "web.sessions",
}


@pytest.fixture
async def store(old_database: dict[str, Any], tmp_path: Path) -> AsyncIterator[Any]:
    settings = Settings(**{"data_dir": tmp_path, **old_database})
    async with open_storage(settings, WarpClock()) as found:
        yield found


def agrees(new: Any, old: Any) -> bool:
    """Whether everything that was written then is read the same now; what is new may stand beside it."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(name in new and agrees(new[name], old[name]) for name in old)
    if isinstance(old, list):
        return (
            isinstance(new, list)
            and len(new) == len(old)
            and all(agrees(a, b) for a, b in zip(new, old, strict=True))
        )
    return new == old


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(asdict(value), default=list))


async def test_every_row_is_read_as_it_was_written(store: Any) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    for old in V0_1_0.rows():
        row = await store.get(old["id"])
        assert agrees(as_json(row), old), (as_json(row), old)
        assert await store.by_dedupe_key(old["dedupe_key"]) == row
        seen[old["state"], old["order"]["capability"]] += 1
    assert {state for state, _ in seen} == set(State)
    assert {capability for _, capability in seen} == set(Capability)
    assert {old["origin"] for old in V0_1_0.rows()} == {"discord", "slack", "web"}
    assert len(seen) == 11 * len(Capability) + 1, "each capability in each state; only videos run on"


async def test_the_ledger_adds_up(store: Any) -> None:
    assert await store.verify() == []
    kinds = Counter([str(entry.kind) async for entry in store.entries()])
    assert kinds.keys() == {"reserve", "settle", "release", "adjust"}
    held = sum(line.held for line in await store.budgets(V0_1_0.rows()[0]["actor"]["tenant"]))
    assert held > 0, "holds are open"


async def test_pictures_are_found(store: Any) -> None:
    digests = {
        upload["digest"]
        for old in V0_1_0.rows()
        for upload in [*old["order"].get("images", []), *filter(None, [old["order"].get("image")])]
    }
    assert digests
    for digest in digests:
        assert (await store.upload(digest) or b"").startswith(b"\x89PNG")


async def test_settings_and_budgets_are_as_they_were(store: Any) -> None:
    kept = V0_1_0.json("rows.json.gz")
    for old in kept["tenants"]:
        assert agrees(as_json(await store.tenant(old["id"])), old)
    scopes = set()
    for tenant, lines in kept["lines"].items():
        now = {line.budget.id: as_json(line.budget) for line in await store.budgets(tenant)}
        for old in lines:
            assert agrees(now[old["budget"]["id"]], old["budget"])
            scopes.add((old["budget"]["scope"], old["budget"]["window"]))
    assert len(scopes) == 5 * 4


async def test_documents_of_every_kind_are_there(store: Any) -> None:
    for kind in KINDS:
        assert await store.documents(kind), kind
    turns = V0_1_0.json("rows.json.gz")["turns"]
    assert turns
    for conversation, old in turns.items():
        assert agrees([as_json(turn) for turn in await store.turns(conversation, limit=100, since=0)], old)
    assert len(await store.inbox_pending("slack", older_than=2**60)) == 1


async def test_opening_it_twice_changes_nothing(
    store: Any, old_database: dict[str, Any], tmp_path: Path
) -> None:
    settings = Settings(**{"data_dir": tmp_path, **old_database})
    before = [entry async for entry in store.entries()]
    async with open_storage(settings, WarpClock()) as again:
        assert [entry async for entry in again.entries()] == before
        assert await again.verify() == []
