"""Implements `bot.core.ports.audit_log.AuditLog`; a part of the Store."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from bot.core.audit.entries import AuditEntry, AuditFilter
from storage.audit import transactions
from storage.transaction import Driver


class AuditStore:
    """The docstrings of the port apply here."""

    _driver: Driver

    async def audit(self, tenant: str, wanted: AuditFilter, *, limit: int) -> list[AuditEntry]:
        return await self._driver.read(partial(transactions.page, tenant, wanted, limit), report=True)

    async def names(self, people: Iterable[str]) -> dict[str, str]:
        return await self._driver.read(partial(transactions.names, tuple(people)), report=True)
