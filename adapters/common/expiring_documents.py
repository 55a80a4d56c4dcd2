"""Small things remembered for a while in the database: a restart loses none of them, and another process may
read what this one wrote.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.ports.for_adapters import Clock, Documents


class ExpiringDocuments:
    """Bodies of one kind by key, each for `kept_s` seconds after it was last written.

    Every body carries `at`, when it was written, in UTC microseconds. One that also carries `until` ends
    then, whatever `kept_s` says.
    """

    def __init__(self, documents: Documents, clock: Clock, *, kind: str, kept_s: int) -> None:
        self._documents = documents
        self._clock = clock
        self._kind = kind
        self._kept_us = kept_s * 1_000_000

    async def put(self, key: str, body: Mapping[str, Any]) -> int:
        """Write or overwrite; answers until when it is kept, in UTC microseconds."""
        written = {**body, "at": self._clock.now()}
        await self._documents.put_document(self._kind, key, written)
        return self._end(written)

    async def get(self, key: str) -> Mapping[str, Any] | None:
        """What is kept and has not expired."""
        body = await self._documents.get_document(self._kind, key)
        return None if body is None or self._expired(body) else body

    async def take(self, key: str) -> Mapping[str, Any] | None:
        """The same, for the last time: it is deleted."""
        body = await self.get(key)
        await self.delete(key)
        return body

    async def delete(self, key: str) -> None:
        """Forget one."""
        await self._documents.delete_document(self._kind, key)

    async def delete_expired(self) -> int:
        """Forget what has expired; answers how many."""
        kept = await self._documents.documents(self._kind)
        expired = [key for key, body in kept.items() if self._expired(body)]
        for key in expired:
            await self.delete(key)
        return len(expired)

    def _expired(self, body: Mapping[str, Any]) -> bool:
        return self._end(body) <= self._clock.now()

    def _end(self, body: Mapping[str, Any]) -> int:
        return int(body["until"]) if "until" in body else int(body.get("at", 0)) + self._kept_us
