"""What the doctor can see from here: settings that do not go together, the disk, the database, the ledger."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from adapters.cli.doctor.findings import Finding, Installation, ok, problem, warning
from adapters.cli.doctor.limit_checks import limit_findings
from adapters.cli.doctor.people_checks import home_findings, notice_findings, volume_findings
from adapters.composition import VENDOR_HOST, open_storage
from bot.core.errors import BotError
from bot.settings import Settings
from storage.statements import Dialect, SchemaMismatch, migrations

LITTLE_BYTES = 1_000_000_000
POSTGRES = ("postgresql://", "postgres://")
HARDLY_BYTES = 100_000_000
"""A video of a minute is some 50 MB, and SQLite needs room to commit."""


async def configuration(installation: Installation) -> list[Finding]:
    """Settings that can be read but do not make a bot."""
    found = [*misfits(installation.settings), *_elsewhere(installation.settings)]
    return found or [ok("configuration", "readable, and its parts go together")]


def misfits(settings: Settings) -> list[Finding]:
    """What keeps a bot with these settings from starting, or makes it leave out what was meant to run."""
    return [*_platforms(settings), *_shards(settings), *_keys(settings)]


def _platforms(settings: Settings) -> list[Finding]:
    slack = settings.slack_bot_token is not None or bool(settings.slack_client_id)
    found: list[Finding] = []
    if not slack and settings.discord_token is None and settings.playground_password is None:
        found.append(
            problem(
                "configuration",
                "There is nothing to run: no platform has credentials.",
                "Set DISCORD_TOKEN, or SLACK_BOT_TOKEN with SLACK_APP_TOKEN or SLACK_SIGNING_SECRET,"
                " or PLAYGROUND_PASSWORD.",
            )
        )
    if slack and settings.slack_app_token is None and settings.slack_signing_secret is None:
        found.append(
            problem(
                "configuration",
                "Slack has a token but no way to send events.",
                "Set SLACK_APP_TOKEN for Socket Mode or SLACK_SIGNING_SECRET for HTTP.",
            )
        )
    many = bool(settings.slack_client_id) and settings.slack_bot_token is None
    if many and (settings.slack_client_secret is None or not settings.token_keys):
        found.append(
            problem(
                "configuration",
                "Installing Slack into many workspaces needs more than a client id.",
                "Set SLACK_CLIENT_SECRET and TOKEN_KEYS.",
            )
        )
    return found


def _shards(settings: Settings) -> list[Finding]:
    remedy = "Set SHARD_COUNT to the number of all shards and SHARD_IDS to this process's, from 0 on."
    ids = settings.shard_ids
    if not ids:
        return []
    if settings.shard_count is None:
        return [problem("configuration", "SHARD_IDS is set without SHARD_COUNT.", remedy)]
    bad = [item for item in ids if not item.isdecimal() or int(item) >= settings.shard_count]
    if bad:
        text = f"SHARD_IDS has {', '.join(bad)}, but SHARD_COUNT is {settings.shard_count}."
        return [problem("configuration", text, remedy)]
    return []


def _keys(settings: Settings) -> list[Finding]:
    if settings.token_keys and not _are_keys(settings.token_keys):
        remedy = "Make one with `lumenfall-bot tokens new-key` and set it; keep old keys behind the new one."
        return [problem("configuration", "TOKEN_KEYS holds something that is no Fernet key.", remedy)]
    url = settings.database_url.get_secret_value() if settings.database_url else ""
    if url and not url.startswith(POSTGRES):
        remedy = "Unset it for SQLite in DATA_DIR."
        return [problem("configuration", "DATABASE_URL must begin with postgresql://.", remedy)]
    return []


def _are_keys(texts: Sequence[str]) -> bool:
    from cryptography.fernet import Fernet  # most starts need no key

    try:
        return all(Fernet(text) for text in texts)
    except ValueError:
        return False


def _elsewhere(settings: Settings) -> list[Finding]:
    host = urlsplit(settings.lumenfall_base_url).hostname
    if host != VENDOR_HOST:
        text = f"LUMENFALL_BASE_URL points to {host}, not to the vendor."
        return [warning("configuration", text, "Right for a sandbox or a proxy; otherwise unset it.")]
    return []


# disk


async def disk(installation: Installation) -> list[Finding]:
    """Whether DATA_DIR can be written, and how much fits."""
    found = await asyncio.to_thread(_disk, installation.settings.data_dir)
    return [*found, *await asyncio.to_thread(volume_findings, installation.settings)]


def _disk(folder: Path) -> list[Finding]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as error:
        remedy = "Give the bot a folder it may write (in the container: a volume on /data for uid 10001)."
        return [problem("disk", f"DATA_DIR cannot be written: {error.strerror}.", remedy)]
    free = shutil.disk_usage(folder).free
    text = f"{free / 1e9:.1f} GB free in DATA_DIR"
    remedy = "Make room, or lower RETENTION_DAYS: fetched results are the bulk."
    if free < HARDLY_BYTES:
        return [problem("disk", text, remedy)]
    if free < LITTLE_BYTES:
        return [warning("disk", text, remedy)]
    return [ok("disk", text)]


# database


async def database(installation: Installation) -> list[Finding]:
    """Reachable, of this version, and the ledger adds up. Nothing is migrated here."""
    settings = installation.settings
    try:
        applied = await _applied(settings)
    except (OSError, sqlite3.Error, ValueError, TimeoutError) as error:
        remedy = "Check DATABASE_URL, that the server runs, and that its user may use the database."
        return [problem("database", f"It cannot be opened: {_short(error)}", remedy)]
    except Exception as error:  # asyncpg's own tree
        remedy = "Check the user, the password and the database's name in DATABASE_URL."
        return [problem("database", f"It refuses us: {type(error).__name__}", remedy)]
    if applied is None:
        return [ok("database", "none yet; it is made at the first start")]
    stale = _compare("postgres" if settings.database_url else "sqlite", applied)
    return stale or [ok("database", f"{len(applied)} migrations, up to date"), *await _ledger(installation)]


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0][:200]


async def _applied(settings: Settings) -> Mapping[int, str] | None:
    """Numbers and checksums of the migrations that ran; None where there is no database yet."""
    if settings.database_url is None:
        return await asyncio.to_thread(_applied_sqlite, settings.database_path)
    return await _applied_postgres(settings.database_url.get_secret_value())


def _applied_sqlite(path: Path) -> Mapping[int, str] | None:
    if not path.exists():
        return None
    plain = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return dict(plain.execute("SELECT number, checksum FROM migrations"))
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            return {}
        raise
    finally:
        plain.close()


async def _applied_postgres(url: str) -> Mapping[int, str] | None:
    if not url.startswith(POSTGRES):
        raise ValueError("DATABASE_URL must begin with postgresql://")
    import asyncpg  # pyright: ignore[reportMissingTypeStubs]

    from storage.postgres_connections import connect

    connection = await connect(url)
    try:
        rows = await connection.fetch("SELECT number, checksum FROM migrations")
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
    return {row["number"]: row["checksum"] for row in rows}


def _compare(dialect: Dialect, applied: Mapping[int, str]) -> list[Finding]:
    known = {migration.number: migration.checksum for migration in migrations(dialect)}
    if any(known.get(number) != checksum for number, checksum in applied.items()):
        text = "It was made by a newer or a different version."
        return [problem("database", text, "Run the version that made it, or restore a backup.")]
    missing = len(known.keys() - applied.keys())
    if missing:
        text = f"{missing} migrations have not run yet."
        remedy = "Take a backup, then run `lumenfall-bot migrate`; a start of the bot runs them too."
        return [warning("database", text, remedy)]
    return []


async def _ledger(installation: Installation) -> list[Finding]:
    try:
        async with open_storage(installation.settings, installation.clock) as store:
            differences = await store.verify()
            more = await limit_findings(store, installation.settings)
            more += await notice_findings(store, installation.settings)
            more += await home_findings(store)
    except (BotError, SchemaMismatch) as error:
        return [problem("ledger", f"It cannot be read: {_short(error)}", "See the database's own log.")]
    if not differences:
        return [ok("ledger", "every balance follows from its entries"), *more]
    first = differences[0]
    text = f"{len(differences)} balances differ; the first is {first.where}."
    remedy = "Run `lumenfall-bot ledger verify` for all of them and restore the last sound backup."
    return [problem("ledger", text, remedy), *more]
