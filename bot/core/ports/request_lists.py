"""The part of the store's port that lists requests."""

from __future__ import annotations

from typing import Protocol

from bot.core.request import Request


class RequestLists(Protocol):
    """Lists of requests, for showing them."""

    async def history(
        self,
        tenant: str,
        *,
        person: str | None = None,
        limit: int = 20,
        before: str = "",
        project: str = "",
    ) -> list[Request]:
        """Newest first; `before` is a request id, `project` the id of the only one that counts.

        Of a `person`, what was asked in this place; else all that the tenant pays for, also what its members
        have asked elsewhere.
        """
        ...

    async def unfinished(self, tenant: str, *, person: str | None = None) -> list[Request]:
        """Requests that have not ended, with the same meaning of `tenant` and `person`."""
        ...

    async def of_person(self, person: str) -> list[Request]:
        """Every request of a person, in all tenants, oldest first."""
        ...

    async def recent(
        self, *, since: int = 0, tenant: str = "", person: str = "", state: str = "", limit: int = 20
    ) -> list[Request]:
        """Requests of the whole installation, newest first; an empty filter matches all."""
        ...
