"""The operator's view across places and people, and what they change, as it is typed."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.composition import open_storage
from bot import __version__
from bot.core.audit.entries import Act, AuditFilter
from bot.core.clock import SystemClock
from bot.core.request import State
from bot.settings import Settings
from tests.contract.store_world import a_request
from tests.fakes.commands import Commands, commands
from tests.fakes.sandbox import KEY, running_sandbox

PLACE, OTHER = "discord:123", "slack:T9"
PERSON = "discord:42"


@pytest.fixture
async def cli(tmp_path: Path) -> AsyncIterator[Commands]:
    async with commands(tmp_path / "said") as cli:
        yield cli


@pytest.fixture
def names(tmp_path: Path) -> dict[str, Any]:
    return {"DATA_DIR": str(tmp_path), "STARTER_PLACE": "20", "PORT": "1"}


async def fill(folder: Path) -> None:
    now = SystemClock().now()
    rows = [("req_1", PLACE, PERSON), ("req_2", PLACE, PERSON), ("req_3", OTHER, "slack:U1")]
    async with open_storage(Settings(data_dir=folder)) as store:
        for ident, place, person in rows:
            await store.accept(a_request(person, tenant=place, id=ident, created_at=now), {})


def lines(said: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


async def test_status_and_lists(tmp_path: Path, cli: Commands, names: dict[str, Any]) -> None:
    empty = lines(await cli("status", "--json", **names))[0]
    assert (empty["places"], empty["people_today"], empty["waiting"], empty["held"]) == (0, 0, 0, 0)
    assert "No place has used the bot yet." in await cli("places", **names)
    assert "Nobody is known here yet." in await cli("people", "list", **names)
    await fill(tmp_path)
    [found] = lines(await cli("status", "--json", **names, DISCORD_TOKEN="x"))
    assert found["version"] == __version__
    assert (found["places"], found["people_today"], found["requests_today"]) == (2, 2, 3)
    assert (found["waiting"], found["running"], found["unknown_outcomes"]) == (3, 0, 0)
    assert sum(found["unfinished_by_platform"].values()) == 3
    assert (found["platforms"], found["process"]) == (["discord"], {})
    said = await cli("status", **names)
    assert "2 people, 3 requests" in said
    assert "none answers on this machine" in said
    places = {one["place"]: one for one in lines(await cli("places", "--json", **names))}
    assert {name: one["unfinished"] for name, one in places.items()} == {PLACE: 2, OTHER: 1}
    assert PLACE in await cli("places", **names)
    [person] = lines(await cli("people", "list", "--tenant", PLACE, "--json", **names))
    assert (person["person"], person["spent"], person["known_by"]) == (PERSON, 0, ["asked"])
    await cli("people", "list", "--tenant", "discord:404", expect=2, **names)
    every = lines(await cli("budget", "list", "--all", "--json", **names))
    assert {one["tenant"] for one in every} >= {PLACE, OTHER}
    assert len({(one["tenant"], one["id"]) for one in every}) == len(every)


async def test_changes_leave_a_line_of_the_audit_log(
    tmp_path: Path, cli: Commands, names: dict[str, Any]
) -> None:
    await fill(tmp_path)
    assert f"{PLACE} is paused." in await cli("pause", PLACE, **names)
    assert lines(await cli("resume", PLACE, "--json", **names)) == [{"place": PLACE, "paused": False}]
    await cli("pause", "discord:404", expect=2, **names)
    await cli("pause", "*", expect=2, **names)
    await cli("budget", "set", "5", "--tenant", PLACE, **names)
    budget = f"budget:{PLACE}:tenant::month"
    known = {one["id"] for one in lines(await cli("budget", "list", "--tenant", PLACE, "--json", **names))}
    [mine] = [one for one in known if one.startswith(budget)]
    said = await cli("grant", mine, "2.50", "--tenant", PLACE, **names)
    assert "$2.50 more until its month ends" in said
    for wrong in ((mine, "much"), (mine, "1", "--person", PERSON), ("budget:nope", "1")):
        await cli("grant", *wrong, "--tenant", PLACE, expect=2, **names)
    [ended] = lines(await cli("requests", "req_1", "--end", "--json", **names))
    assert (ended["request"], ended["state"]) == ("req_1", "cancelled")
    assert "has already ended" in await cli("requests", "req_1", "--end", expect=1, **names)
    assert "no such request" in await cli("requests", "req_404", "--end", expect=1, **names)
    await cli("requests", "--end", expect=2, **names)
    async with open_storage(Settings(data_dir=tmp_path)) as store:
        entries = await store.audit(PLACE, AuditFilter(), limit=20)
        row = await store.get("req_1")
        limits = [line for line in await store.budgets(PLACE) if line.budget.id == mine]
    assert {entry.by for entry in entries} == {"operator"}
    assert {Act.SETTING, Act.GRANT, Act.STOPPED} <= {entry.act for entry in entries}
    assert row is not None
    assert (row.state, row.hold) == (State.CANCELLED, 0)
    assert [line.limit for line in limits] == [7_500_000]


@pytest.mark.parametrize("words", [("--version",), ("version",)])
async def test_the_version_is_said_alike(words: tuple[str, ...], cli: Commands) -> None:
    assert (await cli(*words)).strip() == __version__


async def test_help_is_short_and_shells_complete(cli: Commands, names: dict[str, Any]) -> None:
    for words in (("-h",), ("budget", "-h"), ("status", "-h"), ("people", "list", "-h")):
        assert "--help" in await cli(*words, **names)
    assert "--show-completion" in await cli("-h", **names)


async def test_people_are_listed_with_what_they_spent(tmp_path: Path, cli: Commands) -> None:
    async with running_sandbox() as sandbox:
        names = {"LUMENFALL_API_KEY": KEY, "LUMENFALL_BASE_URL": sandbox.base_url}
        names |= {"DATA_DIR": str(tmp_path / "data")}
        order = "/generate a fox --model seedream-4.5"
        await cli("ask", order, "--yes", "--out", str(tmp_path), **names)
        [found] = lines(await cli("people", "list", "--json", **names))
    assert (found["spent"], found["requests"]) == (40_000, 1)
    assert found["places"] == [one["place"] for one in lines(await cli("places", "--json", **names))]
    assert found["person"] in await cli("people", "list", "--tenant", found["places"][0], **names)


async def test_what_can_be_read_is_there_for_programs(
    tmp_path: Path, cli: Commands, names: dict[str, Any]
) -> None:
    new = {**names, "DATA_DIR": str(tmp_path / "new")}
    assert await cli("budget", "list", "--json", **new) == "", "a database that is made says nothing"
    await fill(tmp_path)
    assert lines(await cli("ledger", "verify", "--json", **names)) == [{"sound": True, "differences": []}]
    settings = {
        one["name"]: one["value"] for one in lines(await cli("settings", "show", PLACE, "--json", **names))
    }
    assert (settings["zone"], settings["language"]) == ("UTC", "en")
    await cli("project", "add", PLACE, "Acme", **names)
    [project] = lines(await cli("project", "list", PLACE, "--json", **names))
    assert (project["name"], project["closed"]) == ("Acme", False)
    await cli("style", "set", PLACE, "house", "{prompt}, in ink", **names)
    [style] = lines(await cli("style", "list", PLACE, "--json", **names))
    assert (style["name"], style["words"]) == ("house", "{prompt}, in ink")
    await cli("statement", "create", "--tenant", PLACE, **names)
    [month] = lines(await cli("statement", "list", "--tenant", PLACE, "--json", **names))
    assert (month["tenant"], month["spent"], month["entries"]) == (PLACE, 0, 0)
    check = ("statement", "verify", "--tenant", PLACE, "--month", month["month"], "--ledger-only", "--json")
    [verified] = lines(await cli(*check, **names))
    assert verified["sound"] is True
    async with running_sandbox() as sandbox:
        gateway = {"LUMENFALL_API_KEY": KEY, "LUMENFALL_BASE_URL": sandbox.base_url}
        [done] = lines(await cli("reconcile", "--since", "2026-01-01", "--json", **names, **gateway))
    assert (done["compared"], done["ours"], done["mismatches"]) == (0, 0, [])
