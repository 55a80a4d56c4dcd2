"""Implements `bot.core.ports.statements.Statements`; a part of the Store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from bot.core.ports.for_adapters import Clock
from bot.core.ports.statements import ClosedMonth, StatementLine, StatementRequest, StatementSum
from storage import documents as document_queries
from storage.closed_months import transactions
from storage.transaction import Driver


class StatementStore:
    """The docstrings of the port apply here."""

    _driver: Driver
    _clock: Clock

    async def close_month(
        self, tenant: str, month: str, *, zone: str, start: int, end: int, by: str
    ) -> ClosedMonth:
        work = partial(
            transactions.close_month,
            tenant,
            month,
            zone=zone,
            start=start,
            end=end,
            by=by,
            now=self._clock.now(),
        )
        return await self._driver.transact(work)

    async def statement(self, tenant: str, month: str) -> ClosedMonth | None:
        return await self._driver.read(partial(transactions.one, tenant, month))

    async def statements(self, tenant: str) -> list[ClosedMonth]:
        return await self._driver.read(partial(transactions.every, tenant))

    async def statement_lines(self, statement: ClosedMonth) -> AsyncIterator[StatementLine]:
        after = statement.after_id
        while page := await self._driver.read(partial(transactions.lines, statement, after), report=True):
            for line in page:
                yield line
            after = page[-1].id

    async def statement_sum(self, statement: ClosedMonth) -> StatementSum:
        return await self._driver.read(partial(transactions.sum_again, statement), report=True)

    async def statement_requests(self, statement: ClosedMonth) -> AsyncIterator[StatementRequest]:
        after = ""
        while page := await self._driver.read(partial(transactions.requests, statement, after), report=True):
            for request in page:
                yield request
            after = page[-1].request_id

    async def note_erased(self, person_hash: str) -> None:
        work = partial(document_queries.do, "erased_note", person_hash=person_hash, at=self._clock.now())
        await self._driver.transact(work)

    async def erased_people(self) -> dict[str, int]:
        return await self._driver.read(transactions.erased)
