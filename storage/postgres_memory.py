"""What this process last saw of the rows that groups need, so that a group can be one round trip.

A group is decided on what is remembered and sent as one statement, which first asks whether all of it is
still so (`unchanged`), with the same locks as ever, and writes only then. So a memory that is wrong or empty
costs time and nothing else: whoever is unsure takes the long way, which reads, locks and decides again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

from bot.core.ledger import BalanceKey
from storage.postgres_executor import columns
from storage.transaction import Ask, Batch, Params, Row, Step, key_of

REQUESTS = 2000
"""Unfinished requests of one process, with their texts a few kilobytes each."""
BALANCES = 10_000
RULES = 1000
"""People whose budgets are remembered."""
_RULES = ("rules", "settings", "budgets")

K = TypeVar("K", bound=Hashable)


class Unsure(Exception):
    """Something is not remembered, or not so any more. Nothing was written."""


class _Latest(OrderedDict[K, Row], Generic[K]):
    """Rows by their key; the one not seen for longest goes first."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, row: Row) -> None:
        super().__setitem__(key, row)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)

    def recall(self, key: K) -> Row:
        """The row. Raises Unsure."""
        row = self.get(key)
        if row is None:
            raise Unsure
        self.move_to_end(key)
        return row


Lesson = tuple[Step, Any]
"""A step and its answer, of a transaction that was committed."""


class Memory:
    """Rows as they were when a transaction of this process last read or wrote them."""

    def __init__(self) -> None:
        self.requests: _Latest[str] = _Latest(REQUESTS)
        self.balances: _Latest[BalanceKey] = _Latest(BALANCES)
        self.rules: _Latest[tuple[str, str]] = _Latest(RULES)

    def learn(self, lessons: Sequence[Lesson]) -> None:
        """Keep what a transaction read and wrote."""
        for step, answer in lessons:
            if isinstance(step, Batch):
                self._wrote(step, answer)
            elif isinstance(step, Ask) and step.name in ("request_lock", "claim_take"):
                for row in answer:
                    self._saw(row)
            elif isinstance(step, Ask) and step.name == "balance_lock":
                self.balances.update((key_of(row), row) for row in answer)

    def _saw(self, row: Row) -> None:
        if row.get("rules"):
            self.rules[row["tenant"], row["person"]] = {name: row[name] for name in _RULES}
        self.requests[row["id"]] = {name: value for name, value in row.items() if name not in _RULES}

    def _wrote(self, batch: Batch, version: int) -> None:
        for tell in batch.tells:
            for params in tell.params:
                news: Row = {name: params[name] for name in columns(tell.name)}
                news["version"] = version
                if tell.name == "request_update":
                    self._updated(params["id"], news)
                elif tell.name == "balance_put":
                    self.balances[key_of(params)] = news

    def _updated(self, request_id: str, news: Row) -> None:
        known = self.requests.pop(request_id, None)
        if known is not None and (news["unfinished"] or news["due_at"] is not None):
            self.requests[request_id] = known | news


@dataclass
class Recollection:
    """What one group was told out of memory."""

    memory: Memory
    requests: dict[str, Row] = field(default_factory=dict[str, Row])
    balances: dict[BalanceKey, Row] = field(default_factory=dict[BalanceKey, Row])
    rules: dict[tuple[str, str], Row] = field(default_factory=dict[tuple[str, str], Row])

    def answer(self, step: Ask) -> list[Row]:
        """What the database would have answered. Raises Unsure."""
        if step.name == "request_lock":
            return [self._request(params) for params in step.params]
        if step.name == "balance_lock":
            keys = [key_of(params) for params in step.params]
            self.balances.update((key, self.memory.balances.recall(key)) for key in keys)
            return [self.balances[key] for key in keys]
        raise Unsure

    def _request(self, params: Params) -> Row:
        row = self.memory.requests.recall(params["id"])
        self.requests[row["id"]] = row
        if not params["rules"]:
            return {**row, "rules": False}
        who = (row["tenant"], row["person"])
        self.rules[who] = self.memory.rules.recall(who)
        return row | self.rules[who]

    def forget(self) -> None:
        """Some of it is not so any more."""
        for known, used in (
            (self.memory.requests, self.requests),
            (self.memory.balances, self.balances),
            (self.memory.rules, self.rules),
        ):
            for key in used:
                cast(OrderedDict[Any, Row], known).pop(key, None)

    def expected(self) -> dict[str, list[Row]]:
        """The parameters of `unchanged`, each a list of rows in the order in which they are locked."""
        return {
            "requests": [
                {"id": key, "version": self.requests[key]["version"]} for key in sorted(self.requests)
            ],
            "balances": [
                {name: row[name] for name in ("budget_id", "subject", "window_start", "version")}
                for row in self.balances.values()
            ],
            "rules": [
                {"tenant": tenant, "person": person, "settings": row["settings"], "budgets": row["budgets"]}
                for (tenant, person), row in self.rules.items()
            ],
        }
