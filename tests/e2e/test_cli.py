"""The commands as an operator types them, each in a process of its own; help alone needs none."""

from __future__ import annotations

import asyncio
import csv
import json
import re
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from PIL import Image
from typer.testing import CliRunner

from adapters.cli.main import app
from bot import __version__
from tests.e2e.test_core import picture
from tests.fakes.environment import bare
from tests.fakes.sandbox import KEY, running_sandbox

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "adapters.cli.main"]


def environment(**names: str) -> dict[str, str]:
    return {**bare(), "COLUMNS": "200", **names}


async def cli(*args: str, expect: int = 0, **names: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        *args,
        cwd=ROOT,
        env=environment(**names),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(process.communicate(), 90)
    text = out.decode()
    assert process.returncode == expect, text
    return text


@asynccontextmanager
async def server(
    *args: str, end: signal.Signals = signal.SIGTERM, more: list[str] | None = None, **names: str
) -> AsyncGenerator[str, None]:
    """A command that stays; gives the address it says it is ready at, and ends it with a signal.

    `more` is given the line after that.
    """
    process = await asyncio.create_subprocess_exec(
        *COMMAND, *args, cwd=ROOT, env=environment(**names), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(90):
            line = (await process.stdout.readline()).decode()
        if "--json" in args:
            line = f"ready: {json.loads(line)['url']}"
        assert line.startswith("ready: http://"), line
        if more is not None:
            more.append((await process.stdout.readline()).decode())
        yield line.removeprefix("ready: ").strip()
    finally:
        process.send_signal(end)
        code = await asyncio.wait_for(process.wait(), 60)
        assert code == (0 if end is signal.SIGTERM else -end)


@pytest.mark.parametrize(
    "command", ["run", "demo", "ask", "budget", "settings", "ledger", "reconcile", "sandbox"]
)
def test_each_command_says_how_it_is_used(command):
    said = CliRunner().invoke(app, [command, "--help"])
    assert said.exit_code == 0
    assert "Usage" in said.output


def test_a_budget_is_not_for_direct_messages():
    said = CliRunner().invoke(app, ["budget", "set", "5", "--tenant", "discord:dm:1", "--scope", "person"])
    assert said.exit_code == 2
    assert "the server that the person has chosen" in " ".join(said.output.replace("│", " ").split())


async def test_version_and_a_broken_setting(tmp_path):
    assert (await cli("version")).strip() == __version__
    said = await cli("demo", expect=2, PORT="banana", DATA_DIR=str(tmp_path))
    assert said.startswith("configuration: PORT:")
    assert len(said.strip().splitlines()) == 1
    assert "LUMENFALL_API_KEY" in await cli("run", expect=2, DATA_DIR=str(tmp_path))
    said = await cli("run", expect=2, DATA_DIR=str(tmp_path), LUMENFALL_API_KEY=KEY)
    assert "nothing to run" in said


async def test_ask_brings_a_picture_and_a_receipt(tmp_path):
    async with running_sandbox() as sandbox:
        names = {
            "DATA_DIR": str(tmp_path / "data"),
            "LUMENFALL_API_KEY": KEY,
            "LUMENFALL_BASE_URL": sandbox.base_url,
        }
        extras = 'guidance=7 tags=["dry ink", "dusk"] look={"paper": "old map", "grain": 2}'
        asked = f"/generate a capybara {extras}"
        said = await cli("ask", asked, "--yes", "--out", str(tmp_path / "out"), **names)
        assert "Charged $" in said
        for call in (one for one in sandbox.calls if one.endpoint == "generate"):
            assert call.fields["guidance"] == 7
            assert call.fields["tags"] == ["dry ink", "dusk"]
            assert call.fields["look"] == {"paper": "old map", "grain": 2}
        [made] = (tmp_path / "out").iterdir()
        assert Image.open(made).width > 0
        source = tmp_path / "in.png"
        source.write_bytes(picture())
        said = await cli(
            "ask", "/edit make it night", "-y", "--image", str(source), "--out", str(tmp_path), **names
        )
        assert "Charged $" in said
        said = await cli("ask", "/generate x --model nonsense", "--yes", expect=1, **names)
        assert "no model" in said
        said = await cli("reconcile", "--since", "2020-01-01", **names)
        assert "0 differ" in said


async def test_budgets_bind_are_listed_exported_and_proved(tmp_path):
    async with running_sandbox() as sandbox:
        data = tmp_path / "data"
        names = {"DATA_DIR": str(data), "LUMENFALL_API_KEY": KEY, "LUMENFALL_BASE_URL": sandbox.base_url}
        assert "up to date" in await cli("migrate", **names)
        await cli("budget", "set", "0.06", "--window", "day", **names)
        await cli("ask", "/generate one --model seedream-4.5", "--yes", "--out", str(tmp_path), **names)
        said = await cli("ask", "/generate two --model seedream-4.5", "--yes", expect=1, **names)
        assert "Nothing was charged" in said
        listed = await cli("budget", "list", **names)
        assert "$0.06" in listed
        assert "$0.02" in listed
        await cli("export", "--out", str(tmp_path / "ledger.csv"), **names)
        rows = list(csv.DictReader((tmp_path / "ledger.csv").open()))
        assert {row["kind"] for row in rows} == {"reserve", "settle"}
        assert {row["spent"] for row in rows if row["kind"] == "settle"} == {"0.040000"}
        assert "sound" in await cli("ledger", "verify", **names)
        with sqlite3.connect(data / "lumenfall.db") as plain:
            plain.execute("UPDATE subject_balances SET total = total + 1")
        plain.close()
        assert "balance" in await cli("ledger", "verify", expect=1, **names)


@pytest.mark.timeout(240)
async def test_the_demo_serves_all_five_capabilities_through_its_api(tmp_path):
    async with (
        server("demo", PORT="0", DATA_DIR=str(tmp_path)) as url,
        httpx.AsyncClient(base_url=url, headers={"X-Demo-Person": "ada"}, timeout=30) as http,
    ):
        ids = []
        for line in ("/generate a lighthouse", "/chat hello", "/video waves --seconds 2"):
            answer = await http.post("/api/orders", json={"text": line})
            assert answer.status_code == 202, answer.text
            ids.append(answer.json()["request_id"])
        for line in ("/edit make it night", "/upscale --scale 2"):
            answer = await http.post(
                "/api/orders", data={"text": line}, files={"image": ("a.png", picture(), "image/png")}
            )
            assert answer.status_code == 202, answer.text
            ids.append(answer.json()["request_id"])
        for request_id in ids:
            row = await _ended(http, request_id)
            assert row["state"] == "delivered", row
            assert row["charge"]["micros"] > 0
            if row["assets"]:
                media = await http.get(row["assets"][0]["url"])
                assert media.headers["content-type"].startswith(("image/", "video/"))
            else:
                assert row["text"]
    assert "sound" in await cli("ledger", "verify", DATA_DIR=str(tmp_path))


async def test_the_demo_asks_for_a_password_where_others_reach_it(tmp_path):
    more: list[str] = []
    async with (
        server("demo", PORT="0", HOST="0.0.0.0", DATA_DIR=str(tmp_path), more=more) as url,
        httpx.AsyncClient(base_url=url, headers={"X-Demo-Person": "ada"}, timeout=30) as http,
    ):
        assert (await http.get("/api/me")).status_code == 401
        password = re.fullmatch(r"password: (\S{16,})  \(.*\)\n", more[0])
        assert password, more
        known = await http.get("/api/me", headers={"Authorization": f"Bearer {password[1]}"})
        assert (known.status_code, known.json()["person"]["id"]) == (200, "web:ada")


@pytest.mark.timeout(240)
async def test_the_demo_killed_while_a_video_is_made_delivers_it_when_it_runs_again(tmp_path):
    person = {"X-Demo-Person": "ada"}
    async with (
        server("demo", PORT="0", DATA_DIR=str(tmp_path), end=signal.SIGKILL) as url,
        httpx.AsyncClient(base_url=url, headers=person, timeout=30) as http,
    ):
        answer = await http.post("/api/orders", json={"text": "/video waves --seconds 2"})
        request_id = answer.json()["request_id"]
        await _ended(http, request_id, "running")
    async with (
        server("demo", PORT="0", DATA_DIR=str(tmp_path)) as url,
        httpx.AsyncClient(base_url=url, headers=person, timeout=30) as http,
    ):
        row = await _ended(http, request_id)
        assert row["state"] == "delivered", row
        film = await http.get(row["assets"][0]["url"])
        assert film.headers["content-type"] == "video/mp4"
    assert "sound" in await cli("ledger", "verify", DATA_DIR=str(tmp_path))


async def _ended(
    http: httpx.AsyncClient, request_id: str, states: str = "delivered|failed|refused|cancelled"
) -> dict:
    async with asyncio.timeout(60):
        while True:
            row = (await http.get(f"/api/requests/{request_id}")).json()
            if row["state"] == "awaiting_confirmation":
                await http.post(f"/api/requests/{request_id}/confirm")
            if re.fullmatch(states, row["state"]):
                return row
            await asyncio.sleep(0.1)
