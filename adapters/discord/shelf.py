"""Small things remembered for a while between two presses, in the database, so that a restart in between
loses nothing and another process may serve the second press.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.core.ports.for_adapters import Clock, Documents


class Shelf:
    """Bodies by subject, each for `kept_s` seconds."""

    def __init__(self, documents: Documents, clock: Clock, *, kind: str, kept_s: int) -> None:
        self._documents = documents
        self._clock = clock
        self._kind = kind
        self._kept_us = kept_s * 1_000_000

    async def put(self, subject: str, body: Mapping[str, Any]) -> int:
        """Keep it; answers until when, in UTC microseconds."""
        now = self._clock.now()
        await self._documents.put_document(self._kind, subject, {**body, "at": now})
        return now + self._kept_us

    async def get(self, subject: str) -> Mapping[str, Any] | None:
        """What is kept and has not expired."""
        body = await self._documents.get_document(self._kind, subject)
        return None if body is None or self._expired(body) else body

    async def tidy(self) -> None:
        """Forget what has expired."""
        for subject, body in (await self._documents.documents(self._kind)).items():
            if self._expired(body):
                await self._documents.delete_document(self._kind, subject)

    def _expired(self, body: Mapping[str, Any]) -> bool:
        return int(body["at"]) < self._clock.now() - self._kept_us
