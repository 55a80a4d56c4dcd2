"""Transactions as generators: they yield what they want from the database and receive rows.

A transaction knows nothing of drivers, threads or event loops, so the same code runs on SQLite and on
PostgreSQL, alone or in a group with others (`storage.group_commit`). The rules of money stay in
`bot.core.ledger`: a transaction reads, asks the rules, and writes what they answered.

    def rename(tenant: str, name: str) -> Transaction[bool]:
        rows = yield from ask("tenant_get", id=tenant)
        ...
        yield from tell("tenant_put", id=tenant, body=body)
        return True
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.core.ledger import Balance, BalanceKey
from bot.core.money import Micros

T = TypeVar("T")
Row = dict[str, Any]
Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """Run the named statement once for each of `params`; answered by all rows in one list."""

    name: str
    params: Sequence[Params]


@dataclass(frozen=True, slots=True)
class Tell:
    """Run the named statement once for each of `params`; answered by no rows."""

    name: str
    params: Sequence[Params]


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements without rows, in any order: all at once where the database can; not to be answered."""

    tells: Sequence[Tell]


@dataclass(frozen=True, slots=True)
class Lock:
    """Hold these balances until the transaction ends; answered by a dict of them as they are now."""

    keys: Sequence[BalanceKey]


@dataclass(frozen=True, slots=True)
class Put:
    """New figures for balances locked before."""

    balances: Sequence[Balance]


@dataclass(frozen=True, slots=True)
class Script:
    """SQL that is no named statement: its parts one by one, no rows."""

    parts: Sequence[str]


Step = Ask | Tell | Batch | Lock | Put | Script
Transaction = Generator[Step, Any, T]
Work = Callable[[], Transaction[T]]
"""Makes a fresh transaction; called again when the database asks for another try."""


def ended(transaction: Transaction[T], answer: Any) -> T:
    """What a transaction returns when this is its last answer. Raises RuntimeError when it goes on."""
    try:
        transaction.send(answer)
    except StopIteration as stop:
        result: T = stop.value
        return result
    raise RuntimeError("a transaction went on after its last step")


def ask(name: str, /, **params: Any) -> Transaction[list[Row]]:
    """The rows of one statement."""
    rows: list[Row] = yield Ask(name, (params,))
    return rows


def tell(name: str, /, **params: Any) -> Transaction[None]:
    """One statement without rows."""
    yield Tell(name, (params,))


def lock(keys: Iterable[BalanceKey]) -> Transaction[dict[BalanceKey, Balance]]:
    """The balances of these keys, held until the end; those that never were begin at zero.

    After it a transaction may only write.
    """
    found: dict[BalanceKey, Balance] = yield Lock(tuple(keys))
    return found


def look(keys: Iterable[BalanceKey]) -> Transaction[dict[BalanceKey, Balance]]:
    """The balances of these keys without holding them."""
    wanted = tuple(keys)
    rows: list[Row] = yield Ask("balance_get", [key_params(key) for key in wanted])
    known = {balance.key: balance for balance in map(balance_of, rows)}
    return {key: known.get(key, Balance(key=key)) for key in wanted}


def key_params(key: BalanceKey) -> Row:
    """A balance's key as statement parameters."""
    return {"budget_id": key.budget_id, "subject": key.subject, "window_start": key.window_start}


def key_of(row: Params) -> BalanceKey:
    """The balance a row belongs to."""
    return BalanceKey(budget_id=row["budget_id"], subject=row["subject"], window_start=row["window_start"])


def balance_of(row: Params) -> Balance:
    """A row of `balances`."""
    return Balance(
        key=key_of(row),
        spent=Micros(row["spent"]),
        held=Micros(row["held"]),
        granted=Micros(row["granted"]),
    )


def balance_params(balance: Balance) -> Row:
    """A balance as statement parameters."""
    return {
        **key_params(balance.key),
        "spent": balance.spent,
        "held": balance.held,
        "granted": balance.granted,
    }
