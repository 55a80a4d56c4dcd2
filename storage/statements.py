"""The SQL, read from files: numbered migrations and named queries, in the dialect of one database.

The files are written for both. PostgreSQL gets them unchanged; SQLite, which has only one writer at a time,
gets them without row locks and with its own JSON functions. Statements that differ are in a folder
with the dialect's name (queries) or in a file with that name before the suffix (migrations).
"""

from __future__ import annotations

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Literal, cast

import aiosql

from bot.core.errors import StoreUnavailable
from storage.transaction import Params, Script, Transaction, ask, tell

Dialect = Literal["sqlite", "postgres"]
Upgrades = Mapping[int, Callable[[int], Transaction[None]]]

_HERE = Path(__file__).parent
_SERIAL = "/* serial */ BIGINT NOT NULL PRIMARY KEY"
_SERIAL_AS: Mapping[Dialect, str] = {
    "sqlite": "INTEGER PRIMARY KEY",
    "postgres": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
}
_ADAPTER: Mapping[Dialect, str] = {"sqlite": "sqlite3", "postgres": "asyncpg"}
_JSON_AS: Mapping[str, str] = {"json_agg": "json_group_array", "json_build_array": "json_array"}
_ROW_LOCK = re.compile(r"\bFOR UPDATE(?: SKIP LOCKED)?\b")
_LOCKS_IN_ORDER = re.compile(r"\bORDER BY [\w., ]+ FOR UPDATE OF \w+")
_ROWS = re.compile(r"\bjson_to_recordset\(:rows\) AS x \(([^)]*)\)")
_TYPED = re.compile(r"(\w+) (?:TEXT|BIGINT)")
_COLUMN = re.compile(r"\bx\.(\w+)")
_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, kw_only=True)
class Statement:
    """SQL for its driver; `order` has the names of the parameters `$1`, `$2` … on PostgreSQL.

    One with `takes_all` takes its rows as one JSON text `:rows` and calls each of them `x`.
    """

    sql: str
    order: tuple[str, ...] = ()
    takes_all: bool = False

    def rows(self, params: Sequence[Params]) -> str:
        """The columns that the statement uses of each of its rows, as `:rows`."""
        return _encode([{column: one[column] for column in self._columns} for one in params])

    @cached_property
    def _columns(self) -> frozenset[str]:
        return frozenset(_COLUMN.findall(self.sql))


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One numbered script. `checksum` shows whether a script was changed after it ran."""

    number: int
    name: str
    script: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the script, hex."""
        return hashlib.sha256(self.script.encode()).hexdigest()

    def parts(self, dialect: Dialect) -> list[str]:
        """The script in parts that the driver can run: for SQLite one part per statement."""
        if dialect != "sqlite":
            return [self.script]
        found: list[str] = []
        rest = ""
        for line in self.script.splitlines(keepends=True):
            rest += line
            if sqlite3.complete_statement(rest):
                found.append(rest)
                rest = ""
        return [*found, rest] if rest.strip() else found


@cache
def load(dialect: Dialect) -> Mapping[str, Statement]:
    """Every named query."""
    folder = _HERE / "queries"
    paths = [*sorted(folder.glob("*.sql")), *sorted((folder / dialect).glob("*.sql"))]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    if dialect == "sqlite":
        text = _for_sqlite(text)
    queries = cast(Any, aiosql).from_str(text, _ADAPTER[dialect], mandatory_parameters=False)
    orders: Mapping[str, list[str]] = getattr(queries.driver_adapter, "var_sorted", {})
    names = [name for name in queries.available_queries if not name.endswith("_cursor")]
    return {name: _statement(getattr(queries, name).sql, tuple(orders.get(name, ()))) for name in names}


def _for_sqlite(text: str) -> str:
    """Without row locks and the order in which they are taken, and with its own names of JSON functions."""
    text = _ROW_LOCK.sub("", _LOCKS_IN_ORDER.sub("", text))
    for name, other in _JSON_AS.items():
        text = text.replace(name, other)
    return _ROWS.sub(_of_each_row, text)


def _of_each_row(found: re.Match[str]) -> str:
    """The columns `name TYPE, name TYPE` of `found`, read from each row of `:rows`."""
    columns = _TYPED.sub(r"value ->> '\1' AS \1", found[1])
    return f"(SELECT {columns} FROM json_each(:rows)) AS x"  # noqa: S608


def _statement(sql: str, order: tuple[str, ...]) -> Statement:
    return Statement(sql=sql, order=order, takes_all=order == ("rows",) or ":rows" in sql)


@cache
def migrations(dialect: Dialect) -> tuple[Migration, ...]:
    """All migrations in order; raises ValueError when two have the same number."""
    found: dict[int, Migration] = {}
    for path in sorted((_HERE / "migrations").glob("*.sql")):
        stem, _, only = path.name.removesuffix(".sql").partition(".")
        if only not in ("", dialect):
            continue
        number = int(stem.split("_", 1)[0])
        if number in found:
            raise ValueError(f"two migrations are numbered {number}")
        script = path.read_text(encoding="utf-8").replace(_SERIAL, _SERIAL_AS[dialect])
        found[number] = Migration(number=number, name=stem, script=script)
    return tuple(found[number] for number in sorted(found))


@cache
def _newest() -> int:
    """The highest number of any migration, for either database."""
    return max(int(path.name.split("_", 1)[0]) for path in (_HERE / "migrations").glob("*.sql"))


def check_schema(number: int) -> None:
    """Raise SchemaMismatch when a newer version of the bot has migrated the database."""
    if number > _newest():
        raise SchemaMismatch(
            "A newer version of the bot has migrated this database. Stop this one and start that version."
        )


def migrate(dialect: Dialect, upgrades: Upgrades, now: int) -> Transaction[list[str]]:
    """Run the migrations that have not run yet, one process at a time; returns their names.

    `upgrades` complete some of the scripts, as of `now` (UTC micros).

    Raises SchemaMismatch when the database was made by newer or by changed scripts.
    """
    yield from ask("migrations_lock")
    yield from tell("migrations_table")
    rows = yield from ask("migrations_applied")
    todo = _outstanding(dialect, {row["number"]: row["checksum"] for row in rows})
    for migration in todo:
        yield Script(migration.parts(dialect))
        yield from tell(
            "migration_record", number=migration.number, name=migration.name, checksum=migration.checksum
        )
        if migration.number in upgrades:
            yield from upgrades[migration.number](now)
    return [migration.name for migration in todo]


def _outstanding(dialect: Dialect, applied: Mapping[int, str]) -> list[Migration]:
    known = {migration.number: migration for migration in migrations(dialect)}
    for number, checksum in applied.items():
        if number not in known:
            raise SchemaMismatch(
                f"The database has migration {number}, which this version does not know."
                " Run the version that wrote it, or a newer one."
            )
        if known[number].checksum != checksum:
            raise SchemaMismatch(
                f"Migration {known[number].name} differs from the one this database was made with."
            )
    return [migration for number, migration in known.items() if number not in applied]


class SchemaMismatch(StoreUnavailable):
    """The database was not created by the migrations of this version or of an older one."""
