"""Backups of the embedded database: taken while the bot runs, restored while it does not.

`VACUUM INTO` reads one consistent state while writers go on, and writes a compact file. It is checked before
it gets its name, so a file that is there is a whole one. PostgreSQL has its own tools (docs/operating.md).
Fetched results (DATA_DIR/media) are copies of what the platforms were given and are not part of a backup.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from storage.statements import migrations

BUSY_S = 30.0
_SHARED_LOCK = 128
"""Byte of the `-shm` file that every open connection holds a lock on (SQLite, WAL-mode file format)."""


class BackupError(Exception):
    """Nothing was changed; the sentence says why and what to do."""


def backup(database: Path, to: Path, *, replace: bool = False) -> int:
    """Write a consistent copy of `database` to `to`; answers its size in bytes. Raises BackupError."""
    if not database.exists():
        raise BackupError(f"There is no database at {database}.")
    if to.exists() and not replace:
        raise BackupError(f"{to} exists; name another file.")
    part = to.with_name(f"{to.name}.part")
    part.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=BUSY_S)) as plain:
            os.close(os.open(part, os.O_CREAT | os.O_WRONLY, 0o600))
            plain.execute("VACUUM INTO ?", (str(part),))
        check(part)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(to)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise BackupError(f"The backup failed: {error}.") from error
    return to.stat().st_size


def check(file: Path) -> int:
    """How many migrations a backup has seen. Raises BackupError for a file that is damaged or not ours."""
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as plain:
            verdict = plain.execute("PRAGMA integrity_check").fetchone()[0]
            applied = dict(plain.execute("SELECT number, checksum FROM migrations"))
    except sqlite3.Error as error:
        raise BackupError(f"{file} is not a backup of this bot: {error}.") from error
    if verdict != "ok":
        raise BackupError(f"{file} is damaged: {str(verdict).splitlines()[0]}.")
    known = {migration.number: migration.checksum for migration in migrations("sqlite")}
    if not applied or any(known.get(number) != checksum for number, checksum in applied.items()):
        raise BackupError(f"{file} was made by another version of the bot; restore it with that version.")
    return len(applied)


def restore(file: Path, database: Path, *, force: bool = False) -> Path | None:
    """Put a backup in place; answers where the former database was moved to, if there was one.

    Raises BackupError for a bad file, a database in use, and an existing one without `force`.
    """
    if not file.exists():
        raise BackupError(f"There is no file {file}.")
    check(file)
    if in_use(database):
        raise BackupError("The database is in use. Stop the bot first, all of its processes.")
    if database.exists() and not force:
        raise BackupError(f"{database} exists; --force moves it aside and restores.")
    database.parent.mkdir(parents=True, exist_ok=True)
    part = database.with_name(f"{database.name}.part")
    try:
        shutil.copyfile(file, part)
        part.chmod(0o600)
        with part.open("rb") as copied:
            os.fsync(copied.fileno())
        kept = _move_aside(database) if database.exists() else None
        part.replace(database)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BackupError(f"The restore failed: {error}.") from error
    return kept


def _move_aside(database: Path) -> Path:
    """Rename the database with its log and index, so that nothing of it is mixed with the restored one."""
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    kept = database.with_name(f"{database.name}.before-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        old = database.with_name(database.name + suffix)
        if old.exists():
            old.replace(kept.with_name(kept.name + suffix))
    return kept


def in_use(database: Path) -> bool:
    """True while a process has the database open: then the lock of its index file cannot be had."""
    try:
        import fcntl
    except ImportError:  # not on Windows, where an open file cannot be renamed anyway
        return False
    index = database.with_name(f"{database.name}-shm")
    if not index.exists():
        return False
    with index.open("r+b") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _SHARED_LOCK)
        except OSError:
            return True
    return False
