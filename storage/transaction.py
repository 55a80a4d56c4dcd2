"""Transactions as generators: they yield questions to the database and receive rows.

A transaction does not depend on drivers, threads or event loops, so the same code runs on SQLite and on
PostgreSQL, alone or in a group with others (`storage.group_commit`). The rules of money stay in
`bot.core.ledger`: a transaction reads, calls the rules, and writes their result.

    def rename(tenant: str, name: str) -> Transaction[bool]:
        rows = yield from ask("tenant_get", id=tenant)
        ...
        yield from tell("tenant_put", id=tenant, body=body)
        return True
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from bot.core.ledger import Balance, RunningSpend, Scope, Subject
from bot.core.money import Micros

T = TypeVar("T")
Row = dict[str, Any]
Params = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ask:
    """Run the named statement once for each of `params`; the answer is a list of all rows."""

    name: str
    params: Sequence[Params]


@dataclass(frozen=True, slots=True)
class Execute:
    """Run the named statement once for each of `params`; there is no answer."""

    name: str
    params: Sequence[Params]


@dataclass(frozen=True, slots=True)
class Batch:
    """Statements without rows, in any order, and all at once if the database can; there is no answer."""

    tells: Sequence[Execute]


@dataclass(frozen=True, slots=True)
class Lock:
    """Lock these subjects' balances until the transaction ends; the answer is a dict of the balances."""

    keys: Sequence[Subject]


@dataclass(frozen=True, slots=True)
class PutBalances:
    """Write new values of balances that were locked before."""

    balances: Sequence[Balance]


@dataclass(frozen=True, slots=True)
class Script:
    """SQL that is not a named statement: its parts run one by one, without rows."""

    parts: Sequence[str]


Step = Ask | Execute | Batch | Lock | PutBalances | Script
Transaction = Generator[Step, Any, T]
Work = Callable[[], Transaction[T]]
"""Makes a new transaction; called again when the database requires another try."""


def ended(transaction: Transaction[T], answer: Any) -> T:
    """The result of a transaction after its last answer. Raises RuntimeError when it does not end."""
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
    """Run one statement without rows."""
    yield Execute(name, (params,))


def lock(keys: Iterable[Subject]) -> Transaction[dict[Subject, Balance]]:
    """The balances of these subjects, locked until the end; new ones are created with zero.

    After this a transaction may only write.
    """
    found: dict[Subject, Balance] = yield Lock(tuple(keys))
    return found


def look(keys: Iterable[Subject]) -> Transaction[dict[Subject, Balance]]:
    """The balances of these subjects, without locking them; subjects without postings are missing."""
    rows: list[Row] = yield Ask("balance_get", [key._asdict() for key in sorted(set(keys))])
    return {balance.subject: balance for balance in map(balance_of, rows)}


_SCOPES = {str(scope): scope for scope in Scope}


def balance_of(row: Params) -> Balance:
    """A row of `subject_balances`."""
    return Balance(
        subject=Subject(_SCOPES[row["scope"]], row["tenant"], row["key"]),
        held=Micros(row["held"]),
        total=Micros(row["total"]),
        day=RunningSpend(row["day_start"], Micros(row["day_spent"])),
        week=RunningSpend(row["week_start"], Micros(row["week_spent"])),
        month=RunningSpend(row["month_start"], Micros(row["month_spent"])),
    )


def balance_params(balance: Balance) -> Row:
    """A balance as statement parameters."""
    scope, tenant, key = balance.subject
    return {
        "scope": scope,
        "tenant": tenant,
        "key": key,
        "held": balance.held,
        "total": balance.total,
        "day_start": balance.day.start,
        "day_spent": balance.day.spent,
        "week_start": balance.week.start,
        "week_spent": balance.week.spent,
        "month_start": balance.month.start,
        "month_spent": balance.month.spent,
    }


class Driver(Protocol):
    """A database that runs transactions."""

    async def transact(self, work: Work[T], *, key: str | None = None) -> T:
        """Run work that writes; durable on return. Work that locks balances needs a `key`."""
        ...

    async def read(self, work: Work[T], *, steps: bool = False, report: bool = False) -> T:
        """Run work that only reads, all on one state; `steps` when it asks more than once.

        A `report` may read a whole table, and does not delay short reads.
        """
        ...

    async def close(self) -> None:
        """Finish running work and disconnect."""
        ...
