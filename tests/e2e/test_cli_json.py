"""`--json` of the commands that change something: real values, and failures with a code for programs."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.composition import open_storage
from bot import __version__
from bot.core.errors import StoreUnavailable
from bot.core.request import State
from bot.settings import Settings
from storage.statements import migrations
from tests.contract.store_world import a_request, go, reserve
from tests.e2e.test_cli import server
from tests.fakes.discord_server.server import DiscordServer
from tests.fakes.sandbox import KEY, running_sandbox
from tests.fakes.typed import Typist, typist

PLACE, PERSON, OTHER = "discord:123", "discord:42", "slack:U7"
MONTH = f"budget:{PLACE}:tenant::month"


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Typist]:
    with typist({"DATA_DIR": str(tmp_path / "data"), "STARTER_PLACE": "20", "PORT": "1"}) as cli:
        yield cli


@pytest.fixture
async def asked(tmp_path: Path, cli: Typist) -> Typist:
    """After two people have asked for something."""
    async with open_storage(Settings(data_dir=tmp_path / "data")) as store:
        await store.accept(a_request(PERSON, tenant=PLACE, id="req_1"), {})
        unknown = a_request(OTHER, tenant=PLACE, id="req_2")
        await store.accept(unknown, {})
        held = await reserve(store, await go(store, unknown, State.PRICED), 40_000)
        await go(store, held, State.SUBMITTED, State.AMBIGUOUS)
    return cli


async def test_budgets(asked: Typist) -> None:
    [total] = await asked.facts("budget", "set", "25", "--tenant", PLACE)
    assert (total["scope"], total["window"], total["limit"]) == ("tenant", "month", 25_000_000)
    assert total["looser_than"]["limit"] == 20_000_000
    assert total["looser_than"]["given_by"] == "starter"
    [own] = await asked.facts("budget", "set", "2", "--window", "day", "--everywhere", PERSON)
    assert (own["scope"], own["subject"], own["limit"]) == ("everywhere", PERSON, 2_000_000)
    [given] = await asked.facts("grant", total["id"], "5", "--tenant", PLACE)
    assert given == {"budget": total["id"], "person": "", "amount": 5_000_000, "window": "month"}
    listed = {one["id"]: one for one in await asked.facts("budget", "list", "--tenant", PLACE)}
    assert (listed[total["id"]]["limit"], listed[total["id"]]["held"]) == (30_000_000, 40_000)
    [why] = await asked.facts("budget", "why", PLACE, PERSON)
    assert (why["person"], why["blocked"]) == (PERSON, False)
    assert {one["id"] for one in why["budgets"] if one["binds"]} >= {total["id"], own["id"]}
    [trusted] = await asked.facts("budget", "trust", PLACE)
    assert [one["id"] for one in trusted["ended"]] == [total["id"]]
    [again] = await asked.facts("budget", "starter", PLACE)
    assert [one["limit"] for one in again["ended"]] == [None]
    assert 20_000_000 in [one["limit"] for one in again["budgets"]]
    assert await asked.facts("budget", "remove", own["id"]) == [{"removed": own["id"]}]
    gone = await asked("budget", "remove", own["id"], "--json", expect=2)
    assert gone.error()["code"] == "usage"
    [report] = await asked.facts("budget", "report", "--tenant", PLACE)
    assert (report["spent"], report["people"], report["zone"]) == (0, [], "UTC")


async def test_places_and_their_lists(asked: Typist) -> None:
    assert await asked.facts("pause", PLACE) == [{"place": PLACE, "paused": True}]
    assert await asked.facts("resume", PLACE) == [{"place": PLACE, "paused": False}]
    changed = await asked.facts("settings", "set", PLACE, "zone", "Europe/Berlin")
    assert changed == [{"place": PLACE, "name": "zone", "value": "Europe/Berlin"}]
    await asked.facts("settings", "set", PLACE, "blocked", "+ 99")
    [project] = await asked.facts("project", "add", PLACE, "Acme")
    [renamed] = await asked.facts("project", "rename", PLACE, "Acme", "Acme 2")
    assert (renamed["id"], renamed["name"]) == (project["id"], "Acme 2")
    [default] = await asked.facts("project", "default", PLACE, "Acme 2", "--channel", "discord:9")
    assert (default["channel"], default["project"]["name"]) == ("discord:9", "Acme 2")
    assert [one["closed"] for one in await asked.facts("project", "close", PLACE, "Acme 2")] == [True]
    assert [one["closed"] for one in await asked.facts("project", "reopen", PLACE, "Acme 2")] == [False]
    options = ("--options", "--size 1024x1024")
    [style] = await asked.facts("style", "set", PLACE, "house", "{prompt}, in ink", *options)
    assert (style["words"], style["options"]) == ("{prompt}, in ink", {"size": "1024x1024"})
    assert await asked.facts("style", "remove", PLACE, "house") == [{"place": PLACE, "removed": "house"}]
    [month] = await asked.facts("statement", "create", "--tenant", PLACE)
    assert (month["tenant"], month["entries"], month["zone"]) == (PLACE, 0, "Europe/Berlin")
    people = {one["person"]: one for one in await asked.facts("people", "list")}
    assert people["discord:99"]["known_by"] == ["blocked"]
    assert people[PERSON]["known_by"] == ["asked"]
    assert people[PERSON]["places"] == [PLACE]


async def test_requests(asked: Typist, tmp_path: Path) -> None:
    [ended] = await asked.facts("requests", "req_1", "--end")
    assert ended == {"request": "req_1", "state": "cancelled", "asked": False}
    assert (await asked("requests", "req_1", "--end", "--json", expect=1)).error()["code"] == "too_late"
    assert (await asked("requests", "req_9", "--json", expect=1)).error()["code"] == "not_found"
    [settled] = await asked.facts("requests", "req_2", "--settle")
    assert (settled["request_id"], settled["charged_micros"]) == ("req_2", 40_000)
    entries = await asked.facts("export", "--since", "2020-01-01")
    assert [(one["kind"], one["spent"]) for one in entries] == [("reserve", 0), ("settle", 40_000)]
    [file] = await asked.facts("export", "--out", str(tmp_path / "ledger.csv"))
    assert file == {"file": str(tmp_path / "ledger.csv"), "entries": 2}
    late = await asked("export", "--since", "tomorrow", "--json", expect=2)
    assert late.error()["parameter"] == "since"
    [lines] = await asked.facts("audit", "--csv", str(tmp_path / "audit.csv"))
    assert lines["lines"] == len((tmp_path / "audit.csv").read_text().splitlines()) - 1 == 2


async def test_the_data_of_people_and_copies_of_all(asked: Typist, tmp_path: Path) -> None:
    file = tmp_path / "person.zip"
    assert await asked.facts("export-person", OTHER, "--out", str(file)) == [
        {"file": str(file), "requests": 1}
    ]
    with zipfile.ZipFile(file) as archive:
        assert json.loads(archive.read("data.json"))["person"] == OTHER
    copy = tmp_path / "copy.db"
    [kept] = await asked.facts("backup", str(copy))
    assert kept == {"file": str(copy), "bytes": copy.stat().st_size}
    assert "exists" in (await asked("backup", str(copy), "--json", expect=1)).error()["message"]
    [erased] = await asked.facts("erase", OTHER, "--yes", expect=1)
    assert (erased["person"], erased["unfinished"], erased["scrubbed"]) == (OTHER, 1, True)
    assert "--yes" in (await asked("erase", PERSON, "--json", expect=2)).error()["message"]
    [restored] = await asked.facts("restore", str(copy), "--force")
    assert Path(restored["former"]).is_file()
    assert restored["database"] == str(tmp_path / "data" / "lumenfall.db")
    assert (await asked("restore", str(copy), "--json", expect=1)).error()["code"] == "failed"
    with sqlite3.connect(restored["database"]) as plain:
        assert plain.execute("SELECT COUNT(*) FROM requests WHERE purged").fetchone() == (0,)
    plain.close()


async def test_set_up(cli: Typist, tmp_path: Path) -> None:
    newest = max(one.number for one in migrations("sqlite"))
    assert await cli.facts("migrate") == [{"database": "sqlite", "migrations": newest}]
    [version] = await cli.facts("version")
    assert version["version"] == __version__
    [key] = await cli.facts("tokens", "new-key")
    cli.environment["TOKEN_KEYS"] = key["key"]
    assert await cli.facts("tokens", "rotate") == [{"sealed": 0, "unreadable": 0}]
    [manifest] = await cli.facts("slack", "manifest", "--name", "Painter")
    assert manifest["display_information"]["name"] == "Painter"
    assert (await cli("discord", "sync", "--json", expect=2)).error()["code"] == "configuration"
    discord = await DiscordServer.start()
    try:
        cli.environment |= {
            "DISCORD_TOKEN": discord.token,
            "DISCORD_API_URL": discord.api_url,
            "DISCORD_GATEWAY_URL": discord.gateway_url,
        }
        [synced] = await cli.facts("discord", "sync")
        assert synced["commands"] > 5
        [invited] = await cli.facts("discord", "invite")
        assert "client_id=" in invited["url"]
        cli.environment["DISCORD_TOKEN"] = "another"
        assert (await cli("discord", "sync", "--json", expect=2)).error()["code"] == "platform"
    finally:
        await discord.stop()
    cli.environment["DATABASE_URL"] = "postgresql://nobody@127.0.0.1:1/none"
    away = (await cli("status", "--json", expect=2)).error()
    assert away["code"] == StoreUnavailable.code
    assert (
        "postgresql"
        in (await cli("backup", str(tmp_path / "x"), "--json", expect=2)).error()["message"].lower()
    )


async def test_what_asks_the_gateway(cli: Typist, tmp_path: Path) -> None:
    assert (await cli("reconcile", "--since", "2026-01-01", "--json", expect=2)).error()[
        "code"
    ] == "configuration"
    async with running_sandbox() as sandbox:
        cli.environment |= {"LUMENFALL_API_KEY": KEY, "LUMENFALL_BASE_URL": sandbox.base_url}
        order = ("ask", "/generate a fox --model seedream-4.5", "--out", str(tmp_path), "--json")
        assert (await cli(*order, expect=2)).error()["code"] == "usage"
        unknown = (await cli("ask", "/generate x --model none", "--yes", "--json", expect=1)).facts()[-1]
        assert unknown["requests"][0]["failure"]["code"] == "unknown_model"
        refused = await cli("ask", "/generat a fox", "--yes", "--json", expect=1)
        assert json.loads(refused.beside)["error"] == refused.facts()[-1]["error"]
        events = (await cli(*order, "--yes")).facts()
        assert [one["price"] for one in events if one["event"] == "price"] == [40_000]
        assert events[-1]["requests"][0]["charged_micros"] == 40_000
        answer = (await cli("ask", "/chat tell me about foxes", "--yes", "--json")).facts()
        pieces = [one for one in answer if one["event"] == "text"]
        assert "".join(one["added"] for one in pieces) == answer[-1]["requests"][0]["text"]
        [digest] = await cli.facts("digest", "--tenant", "cli:local", "--span", "month")
        assert digest["spent"] == sandbox.charged_micros
        [person] = await cli.facts("people", "list")
        assert (person["spent"], person["known_by"]) == (sandbox.charged_micros, ["asked"])
        [limit] = (await cli("ask", "/budget set $0.05 a day for everyone", "--json")).facts()
        assert 50_000 in [one["limit"]["micros"] for one in limit["answer"]["budgets"] if one["limit"]]
        last = (await cli(*order, "--yes", expect=1)).facts()[-1]
        assert (last["done"], last["charged_micros"]) == (False, 0)
        assert last["requests"][0]["failure"]["code"] == "budget_exceeded"


async def test_the_sandbox_says_where_it_is() -> None:
    async with server("sandbox", "--port", "0", "--json") as url:
        assert url.startswith("http://127.0.0.1:")
