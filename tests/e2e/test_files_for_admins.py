"""Tables that admins are handed as files: the audit log, a report, a statement too large for one file."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import zipfile
from pathlib import Path

import pytest

from adapters.common.place_lists.statement_files import FILE_MOST
from tests.fakes.discord_stage import staged
from tests.fakes.slack_server.files import SlackFile
from tests.fakes.slack_world import World, slack_world

JANUARY_2020_US = 1_578_000_000_000_000
LINES = 70_000


def book(folder: Path, tenant: str, count: int = LINES) -> None:
    """Charges of a month long ago, as the ledger has them."""
    rows = [
        (10_000_000 + n, f"req_{n:020}", JANUARY_2020_US + n, tenant, "x:channel", f"x:person{n % 50:06}", n)
        for n in range(1, count + 1)
    ]
    with sqlite3.connect(folder / "lumenfall.db", timeout=30) as database:
        database.executemany(
            "INSERT INTO postings (id, request_id, round, phase, kind, moment, at, tenant, channel, person,"
            " held, spent, overrun, approved, by)"
            " VALUES (?1, ?2, 1, 'closed', 'settle', ?3, ?3, ?4, ?5, ?6, 0, ?7, 0, FALSE, '')",
            rows,
        )
    database.close()


def table_in(data: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        [name] = archive.namelist()
        return archive.read(name).decode().splitlines()


async def files_of(world: World) -> list[SlackFile]:
    """The files in the admin's direct messages, once there are any."""
    told = await world.slack.direct(world.boss).wait_for(lambda m: bool(m.files))
    return list(told.files)


async def test_the_audit_log_is_a_file_on_slack_as_on_discord(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        for line in ("settings cap 5", "settings threshold 0.50"):
            await world.slack.slash(world.boss, world.art, "/lumen", line)
            await world.art.wait_for_text("Settings")
        await world.slack.slash(world.boss, world.art, "/lumen", "audit")
        shown = await world.art.wait_for_text("Who changed what")
        await world.slack.click(world.boss, shown, "As a file (CSV)")
        [file] = await files_of(world)
        assert file.name == "audit.csv"
        head, *lines = (file.content or b"").decode().splitlines()
        assert head.startswith("at,tenant,by,name,surface")
        assert [line.split(",")[7] for line in lines] == ["threshold", "cap"]
        told = await world.art.wait_for_text("in your direct messages")
        assert told.ephemeral_to is world.boss


async def test_a_report_is_a_file_on_slack_as_on_discord(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        await world.slack.slash(world.ana, world.art, "/lumen", "generate a fox --model seedream-4.5")
        await world.result(world.art)
        await world.slack.slash(world.boss, world.art, "/lumen", "report 7")
        shown = await world.art.wait_for_text("spent in 7 days")
        await world.slack.click(world.boss, shown, "As a file (CSV)")
        [file] = await files_of(world)
        assert file.name == "spending.csv"
        assert b",generate,0.040000,1" in (file.content or b"")


async def test_a_file_of_the_audit_log_is_for_admins_alone(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        await world.slack.slash(world.boss, world.art, "/lumen", "settings cap 5")
        await world.art.wait_for_text("Settings")
        await world.slack.slash(world.boss, world.art, "/lumen", "audit")
        shown = await world.art.wait_for_text("Who changed what")
        world.boss.is_admin = False
        await world.slack.click(world.boss, shown, "As a file (CSV)")
        await world.art.wait_for_text("Only admins")
        assert not [m for m in world.slack.direct(world.boss).messages if m.files]


@pytest.mark.deep
async def test_a_statement_above_eight_megabytes_comes_packed_on_discord(tmp_path: Path) -> None:
    async with staged(tmp_path) as stage:
        await asyncio.to_thread(book, tmp_path, f"discord:{stage.guild.id}")
        await (await stage.admin("statement create", month="2020-01")).message(f"{LINES} lines", timeout=60)
        shown = await (await stage.admin("statement show", month="2020-01")).message("packed", timeout=60)
        [file] = shown.attachments
        assert file.filename == f"statement-discord-{stage.guild.id}-2020-01.zip"
        assert ".zip application/zip" in stage.server.render(shown), "a file that is not named is not shown"
        lines = table_in(file.data)
        assert sum(map(len, lines)) > FILE_MOST >= len(file.data)
        assert len(lines) == LINES + 1


@pytest.mark.deep
async def test_a_statement_above_eight_megabytes_comes_packed_on_slack(tmp_path: Path) -> None:
    async with slack_world(tmp_path) as world:
        await asyncio.to_thread(book, tmp_path, f"slack:{world.team.id}")
        await world.slack.slash(world.boss, world.art, "/lumen", "statement create 2020-01")
        await world.art.wait_for_text(f"{LINES} lines", timeout=60)
        await world.slack.slash(world.boss, world.art, "/lumen", "statement show 2020-01")
        await world.art.wait_for_text("in your direct messages", timeout=60)
        [file] = await files_of(world)
        assert file.name == f"statement-slack-{world.team.id}-2020-01.zip"
        assert len(table_in(file.content or b"")) == LINES + 1
