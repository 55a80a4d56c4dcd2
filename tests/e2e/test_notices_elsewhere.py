"""Notices and the digest on the page and on the command line."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.cli.main import app
from tests.fakes.environment import bare
from tests.fakes.playground import Site, running_playground

FOX = "/generate a fox --model seedream-4.5"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running_playground(tmp_path) as running:
        yield running


async def spend(site: Site) -> None:
    _, accepted = await site.call("POST", "/api/orders", json={"text": FOX})
    await site.ended(accepted["request_id"])


async def test_the_page_tells_its_own_people_and_admins_of_what_is_shared(site: Site) -> None:
    await site.post("/api/admin/budgets", {"who": "everyone", "limit": "0.05", "window": "day"}, who="ada")
    await site.post("/api/admin/budgets", {"who": "all", "limit": "0.08", "window": "day"}, who="ada")
    await spend(site)
    _, told = await site.call("GET", "/api/notices")
    assert told["wanted"] is True
    assert [one["text"] for one in told["notices"]] == [
        "Your budget for today: 80 percent are used, $0.04 of $0.05."
    ]
    _, shared = await site.call("GET", "/api/notices", who="ada")
    assert [one["percent"] for one in shared["notices"]] == [50]
    _, off = await site.call("POST", "/api/commands", json={"text": "/notices off"})
    assert (off["kind"], off["wanted"]) == ("notices", False)
    status, on = await site.call("POST", "/api/notices", json={"wanted": True})
    assert (status, on["wanted"]) == (200, True)
    status, refused = await site.call("POST", "/api/notices", json={"wanted": "yes"})
    assert (status, refused["error"]["field"]) == (400, "wanted")


async def test_admins_read_the_digest_and_its_chart(site: Site) -> None:
    await spend(site)
    status, refused = await site.call("GET", "/api/admin/digest")
    assert status == 403, refused
    _, found = await site.call("GET", "/api/admin/digest?span=week", who="ada")
    assert (found["window"], found["spent"]["shown"], found["orders"]) == ("week", "$0.04", 1)
    assert [line["name"] for line in found["by"]["person"]] == ["Mia"]
    assert "a fox" not in json.dumps(found)
    _, typed = await site.call("POST", "/api/commands", json={"text": "/digest last"}, who="ada")
    assert typed["digest"]["spent"]["micros"] == 0
    status, refused = await site.call("POST", "/api/commands", json={"text": "/digest year"}, who="ada")
    assert (status, refused["error"]["field"]) == (400, "digest")


def test_the_command_line_prints_both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ.keys() - bare().keys():
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    runner = CliRunner()
    shown = runner.invoke(app, ["digest", "--tenant", "discord:1"])
    assert shown.exit_code == 0, shown.output
    assert "Spent here from" in shown.output
    told = runner.invoke(app, ["digest", "--tenant", "discord:1", "--span", "week", "--last", "--json"])
    found = json.loads(told.output)
    assert (found["window"], len(found["days"]), found["spent"]) == ("week", 7, 0)
    nothing = runner.invoke(app, ["digest", "--tenant", "discord:1", "--png", str(tmp_path / "chart.png")])
    assert nothing.exit_code == 1
    assert not (tmp_path / "chart.png").exists()
    assert runner.invoke(app, ["digest", "--tenant", "discord:1", "--span", "year"]).exit_code == 2
    assert "No notices." in runner.invoke(app, ["notices", "discord:7", "--off"]).output
    assert runner.invoke(app, ["notices", "gateway", "--json"]).output == ""
