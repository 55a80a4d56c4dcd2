"""Runs many small transactions as one: read together, decide one after another, write together.

Each transaction costs a disk flush for its commit and a round trip for each statement on a server. So moves
that wait at the same time share both. Each member reads what it needs and then locks balances. The balances
of all members are locked in one order (unordered locking deadlocks), and the members decide one after
another, each with the result of the one before. Their writes are sent at the end, and each balance is written
once even if several members changed it. Nothing is written of a member that raises; the others continue.

Members of one group must not change the same request: `in_turns` puts those into different groups.
"""

from __future__ import annotations

from collections.abc import Generator, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from bot.core.ledger import Balance, Subject
from storage.transaction import (
    Ask,
    Batch,
    Execute,
    Lock,
    Params,
    PutBalances,
    Row,
    Step,
    T,
    Transaction,
    Work,
    balance_of,
    balance_params,
)


@dataclass(frozen=True, slots=True)
class Returned(Generic[T]):
    """What a transaction returned."""

    value: T


@dataclass(frozen=True, slots=True)
class Raised:
    """What a transaction raised; nothing of that transaction was written."""

    error: Exception


Outcome = Returned[Any] | Raised
_Question = tuple[str, tuple[tuple[str, Any], ...]]


@dataclass(slots=True)
class _Member:
    transaction: Transaction[Any]
    step: Step | None = None
    outcome: Outcome | None = None
    writes: list[Execute] = field(default_factory=list[Execute])
    puts: list[Balance] = field(default_factory=list[Balance])

    def advance(self, answer: Any) -> None:
        """Go on to the next question; writes are collected for later."""
        try:
            step = self.transaction.send(answer)
            while isinstance(step, Execute | PutBalances):
                if isinstance(step, PutBalances):
                    self.puts.extend(step.balances)
                else:
                    self.writes.append(step)
                step = self.transaction.send(None)
            self.step = step
        except StopIteration as stop:
            self.step, self.outcome = None, Returned(stop.value)
        except Exception as error:
            self.step, self.outcome = None, Raised(error)


def together(works: Sequence[Work[Any]]) -> Generator[Step, Any, list[Outcome]]:
    """One transaction that runs all of `works`; returns an outcome for each, in order."""
    members = [_Member(work()) for work in works]
    for member in members:
        member.advance(None)
    yield from _read(members)
    yield from _decide(members)
    yield from _write(members)
    return [_outcome(member) for member in members]


def _outcome(member: _Member) -> Outcome:
    if member.outcome is None:
        raise RuntimeError("a grouped transaction may only write after it has locked")
    return member.outcome


def _read(members: Sequence[_Member]) -> Generator[Step, Any, None]:
    """Answer the members' questions in rounds until every member waits for its lock or has ended."""
    answers: dict[_Question, list[Row]] = {}
    while asking := [member for member in members if isinstance(member.step, Ask)]:
        asked = [_questions(member) for member in asking]
        yield from _answer({question for questions in asked for question in questions}, answers)
        for member, questions in zip(asking, asked, strict=True):
            member.advance([row for question in questions for row in answers[question]])


def _questions(member: _Member) -> list[_Question]:
    step = member.step
    return [(step.name, tuple(one.items())) for one in step.params] if isinstance(step, Ask) else []


def _answer(questions: set[_Question], answers: dict[_Question, list[Row]]) -> Generator[Step, Any, None]:
    """Ask each question once, questions of one kind in one step; rows are assigned by the columns
    asked for.
    """
    new: dict[str, list[_Question]] = {}
    for question in sorted(questions - answers.keys()):
        answers[question] = []
        new.setdefault(question[0], []).append(question)
    for name, kind in new.items():
        rows: list[Row] = yield Ask(name, [dict(params) for _, params in kind])
        columns = [column for column, _ in kind[0][1]]
        for row in rows:
            answers[name, tuple((column, row[column]) for column in columns)].append(row)


def _decide(members: Sequence[_Member]) -> Generator[Step, Any, None]:
    wanted = {key for member in members if isinstance(member.step, Lock) for key in member.step.keys}
    balances = yield from _locked(wanted)
    for member in members:
        if isinstance(member.step, Lock):
            member.advance({key: balances[key] for key in member.step.keys})
            if isinstance(member.outcome, Returned):
                balances.update((balance.subject, balance) for balance in member.puts)


def _locked(wanted: Iterable[Subject]) -> Generator[Step, Any, dict[Subject, Balance]]:
    params = [subject._asdict() for subject in sorted(wanted)]
    if not params:
        return {}
    rows: list[Row] = yield Ask("balance_lock", params)
    if len(rows) < len(params):
        yield Execute("balance_open", params)
        rows = yield Ask("balance_lock", params)
    return {balance.subject: balance for balance in map(balance_of, rows)}


def _write(members: Sequence[_Member]) -> Generator[Step, Any, None]:
    kept = [member for member in members if isinstance(member.outcome, Returned)]
    tells: dict[str, list[Params]] = {}
    final: dict[Subject, Balance] = {}
    for member in kept:
        for tell in member.writes:
            tells.setdefault(tell.name, []).extend(tell.params)
        final.update((balance.subject, balance) for balance in member.puts)
    if final:
        tells["balance_put"] = [balance_params(final[subject]) for subject in sorted(final)]
    if tells:
        yield Batch([Execute(name, params) for name, params in tells.items()])


class KeyedCall(Protocol):
    """Work with a key; two with the same key may not be in one group."""

    @property
    def key(self) -> Hashable: ...


K = TypeVar("K", bound=KeyedCall)


def in_turns(jobs: Iterable[K]) -> list[list[K]]:
    """Split into groups without repeated keys, keeping the order of equal keys."""
    turns: list[list[K]] = []
    seen: dict[Hashable, int] = {}
    for job in jobs:
        turn = seen.get(job.key, 0)
        seen[job.key] = turn + 1
        if turn == len(turns):
            turns.append([])
        turns[turn].append(job)
    return turns
