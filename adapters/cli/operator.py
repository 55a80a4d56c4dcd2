"""The operator's commands: `doctor`, `backup`, `restore`, `erase`, `export-person`, `tokens`."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from adapters.cli import backup as backups
from adapters.cli import privacy
from adapters.cli.configuration import load_settings
from adapters.cli.doctor.findings import Finding, Status
from adapters.cli.known_ids import check_person
from adapters.cli.operations.as_json import Json, say, say_json, warn
from adapters.cli.operations.counts import counted
from adapters.cli.operations.failures import CommandFailed, misconfigured
from adapters.composition import open_storage
from adapters.server.health import BACKUP_MARK
from bot.core.ports.store import Store
from bot.settings import Settings
from bot.telemetry import logging
from storage.media_folder import MediaFolder

tokens_app = typer.Typer(no_args_is_help=True, help="Keys that seal the tokens of installed workspaces.")

PG_BACKUP = 'pg_dump --format=custom --file=FILE "$DATABASE_URL"'
PG_RESTORE = 'pg_restore --clean --if-exists --dbname="$DATABASE_URL" FILE'
_COLOUR = {"ok": "green", "warning": "yellow", "problem": "bold red"}

Person = Annotated[str, typer.Argument(help="Id with its platform, such as discord:123 or slack:U123.")]


def doctor(
    channel: Annotated[
        list[int] | None, typer.Option(help="Id of a Discord channel to check permissions in; repeatable.")
    ] = None,
    json: Json = False,
) -> None:
    """Check everything a running bot needs, without spending; exit 1 when there is a problem."""
    logging.configure(level="critical")
    from adapters.cli.doctor.run import (
        read_settings,  # imports both chat libraries, as nothing else here does
    )

    settings, findings = read_settings()
    for finding in findings:
        _show(finding, as_json=json)
    if settings is not None:
        findings += asyncio.run(_examine(settings, channel or [], as_json=json))
    if any(finding.status is Status.PROBLEM for finding in findings):
        raise typer.Exit(1)


async def _examine(settings: Settings, channels: list[int], *, as_json: bool) -> list[Finding]:
    from adapters.cli.doctor.run import examine

    found: list[Finding] = []
    async for finding in examine(settings, channels=channels):
        _show(finding, as_json=as_json)
        found.append(finding)
    return found


def _show(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        say_json(finding.as_json())
        return
    console = Console(soft_wrap=True)
    line = Text(f"{finding.status:<8} ", style=_COLOUR[finding.status])
    console.print(line + Text(f"{finding.check}: {finding.text}", style="default"))
    if finding.remedy:
        console.print(Text(f"         → {finding.remedy}", style="dim"))


def backup(
    file: Annotated[Path, typer.Argument(help="New file; FILE.part while it is written.")],
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite FILE.")] = False,
    json: Json = False,
) -> None:
    """Write a consistent copy of the SQLite database, also while the bot runs."""
    settings = _embedded(PG_BACKUP)
    try:
        size = backups.backup(settings.database_path, file, replace=replace)
    except backups.BackupError as error:
        raise CommandFailed(str(error)) from None
    with suppress(OSError):  # the folder of data may be mounted to be read only; the copy is there
        settings.database_path.with_name(BACKUP_MARK).touch()
    say(f"{file}: {counted(size, 'byte')}, checked", {"file": str(file), "bytes": size}, json=json)


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.")],
    force: Annotated[bool, typer.Option("--force", help="Move an existing database aside.")] = False,
    json: Json = False,
) -> None:
    """Put a backup in the place of the SQLite database; the bot must be stopped."""
    settings = _embedded(PG_RESTORE)
    try:
        kept = backups.restore(file, settings.database_path, force=force)
    except backups.BackupError as error:
        raise CommandFailed(str(error)) from None
    said = f"restored {settings.database_path}"
    said += f"\nthe former database is {kept}" if kept else ""
    facts = {"database": str(settings.database_path), "former": str(kept) if kept else None}
    say(said, facts, json=json)


def _embedded(tool: str) -> Settings:
    settings = load_settings()
    if settings.database_url is not None:
        raise CommandFailed(f"The database is PostgreSQL; use its own tool: {tool}", exit_code=2)
    return settings


def erase(
    person: Person,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Erase a person's words, pictures, results and name; amounts stay in the ledger."""
    if json and not yes:
        raise typer.BadParameter("With --json nobody is asked: add --yes. Nothing was erased.")
    settings = load_settings()
    asyncio.run(_known(settings, person))
    if not yes:
        typer.confirm(f"Erase everything that {person} said and got?", abort=True)

    async def work() -> privacy.Erasure:
        async with open_storage(settings) as store:
            return await privacy.erase(store, MediaFolder(settings.media_dir), settings, person)

    done = asyncio.run(work())
    counts = (counted(done.requests, "request"), counted(done.turns, "turn"), counted(done.files, "file"))
    say("erased: " + ", ".join(counts), {"person": person, **asdict(done)}, json=json)
    if not done.scrubbed:
        warn("The database was busy; run it again to overwrite the freed pages.", json=json)
    if done.unfinished:
        warn(_still_running(person, done.unfinished), json=json)
    if done.unfinished or not done.scrubbed:
        raise typer.Exit(1)


def _still_running(person: str, count: int) -> str:
    rest = "1 request still runs" if count == 1 else f"{count} requests still run"
    return (
        f"{rest}. What that needs is kept until its end; everything else is erased. See `lumenfall-bot"
        f" requests --person {person}`, or stop it with `lumenfall-bot requests ID --end`; then run it again."
    )


async def _known(settings: Settings, person: str) -> None:
    async with open_storage(settings) as store:
        await check_person(store, person)


def export_person(
    person: Person,
    out: Annotated[Path, typer.Option(help="New ZIP file.")] = Path("person.zip"),
    json: Json = False,
) -> None:
    """Write everything that is known of a person to a ZIP file."""
    settings = load_settings()

    async def work() -> int:
        async with open_storage(settings) as store:
            await check_person(store, person)
            return await privacy.export(
                store,
                MediaFolder(settings.media_dir),
                person,
                out,
                retention_days=settings.retention_days,
            )

    try:
        count = asyncio.run(work())
    except FileExistsError:
        raise CommandFailed(f"{out} exists; name another file.") from None
    say(f"{out}: {counted(count, 'request')}", {"file": str(out), "requests": count}, json=json)


@tokens_app.command("new-key")
def new_key(json: Json = False) -> None:
    """Print a new key for TOKEN_KEYS."""
    from cryptography.fernet import Fernet

    key = Fernet.generate_key().decode()
    say(key, {"key": key}, json=json)


@tokens_app.command("rotate")
def rotate(json: Json = False) -> None:
    """Seal every stored token with the first of TOKEN_KEYS; afterwards the others can go."""
    settings = load_settings()
    if not settings.token_keys:
        raise misconfigured("TOKEN_KEYS is not set.")

    async def work() -> tuple[int, int]:
        async with open_storage(settings) as store:
            return await _rotate(store, settings.token_keys)

    sealed, unreadable = asyncio.run(work())
    say(f"{counted(sealed, 'token')} sealed again", {"sealed": sealed, "unreadable": unreadable}, json=json)
    if unreadable:
        warn(f"{unreadable} cannot be opened with any key and were left alone.", json=json)
        raise typer.Exit(1)


async def _rotate(store: Store, keys: tuple[str, ...]) -> tuple[int, int]:
    from cryptography.fernet import InvalidToken

    from adapters.slack.installation import KIND, TokenCipher

    cipher = TokenCipher(keys)
    sealed = unreadable = 0
    for key, body in (await store.documents(KIND)).items():
        try:
            fields = cipher.open(body["sealed"])
        except InvalidToken:
            unreadable += 1
            continue
        await store.put_document(KIND, key, {**body, "sealed": cipher.seal(fields)})
        sealed += 1
    return sealed, unreadable
