"""Runs a transaction's steps on a connection to PostgreSQL; each step is one round trip."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from storage.statements import load
from storage.transaction import Ask, Batch, Execute, Params, Row, Script, Step, T, Transaction, ended

_STATEMENTS = load("postgres")


async def drive(connection: Any, transaction: Transaction[T]) -> T:
    """Run the transaction's steps; returns its result."""
    answer: Any = None
    while True:
        try:
            step = transaction.send(answer)
        except StopIteration as stop:
            result: T = stop.value
            return result
        answer = await _perform(connection, step)


async def drive_one(connection: Any, transaction: Transaction[T]) -> T:
    """Run a transaction of a single read, which sees one state without BEGIN and COMMIT."""
    return ended(transaction, await _perform(connection, next(transaction)))


async def end_transaction(connection: Any) -> None:
    """Roll back an unfinished transaction before the connection is used again; no other state is left."""
    if connection.is_in_transaction():
        await connection.execute("ROLLBACK;")


async def _perform(connection: Any, step: Step) -> Any:
    if isinstance(step, Ask):
        return await ask(connection, step.name, step.params)
    if isinstance(step, Batch):
        await _write(connection, step.tells)
    elif isinstance(step, Execute):
        await execute(connection, step.name, step.params)
    elif isinstance(step, Script):
        for part in step.parts:
            await connection.execute(part)
    else:
        raise TypeError("balances are locked in groups only")
    return None


async def ask(connection: Any, name: str, params: Sequence[Params]) -> list[Row]:
    """The rows of a statement, run once for each of `params` or for all of them together."""
    if not params:
        return []
    statement = _STATEMENTS[name]
    if statement.takes_all:
        return list(map(dict, await connection.fetch(statement.sql, statement.rows(params))))
    args = [[one[column] for column in statement.order] for one in params]
    if len(args) == 1:
        return list(map(dict, await connection.fetch(statement.sql, *args[0])))
    return list(map(dict, await connection.fetchmany(statement.sql, args)))


async def execute(connection: Any, name: str, params: Sequence[Params]) -> None:
    """Run a statement once for each of `params`."""
    statement = _STATEMENTS[name]
    if params and statement.takes_all:
        await _write(connection, [Execute(name, params)])
    elif params:
        args = [[one[column] for column in statement.order] for one in params]
        await connection.executemany(statement.sql, args)


async def _write(connection: Any, tells: Sequence[Execute]) -> None:
    """Run statements that take all their rows at once as parts of one statement.

    Each part sees the tables as they were before all of them, so no two may write to the same row. The
    order of the parts is fixed, so that few different statements are prepared.
    """
    ordered = sorted(tells, key=lambda tell: tell.name)
    rows = [_STATEMENTS[tell.name].rows(tell.params) for tell in ordered]
    await connection.execute(joined(tuple(tell.name for tell in ordered)), *rows)


@cache
def joined(names: tuple[str, ...]) -> str:
    """One statement that combines the named ones; its parameters are their rows, in the same order."""
    parts = [_part(name, number) for number, name in enumerate(names, start=1)]
    return f"WITH {', '.join(parts)} SELECT 1"


def _part(name: str, number: int) -> str:
    statement = _STATEMENTS[name]
    if not statement.takes_all:
        raise TypeError(f"{name} takes its rows one by one")
    return f"{name} AS ({statement.sql.rstrip('; ').replace('$1', f'${number}')})"
