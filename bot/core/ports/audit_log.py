"""Reading the audit log; a part of the Store. Lines are written by the methods that change something."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from bot.core.audit.entries import AuditEntry, AuditFilter


class AuditLog(Protocol):
    """Who changed what. Nothing here is ever changed or deleted."""

    async def audit(self, tenant: str, wanted: AuditFilter, *, limit: int) -> list[AuditEntry]:
        """A page of a tenant's lines (empty: everybody's), newest first."""
        ...

    async def names(self, people: Iterable[str]) -> dict[str, str]:
        """The newest names of those people who have asked for anything and were not erased since."""
        ...
