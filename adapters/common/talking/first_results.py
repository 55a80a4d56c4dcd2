"""Whether a result is the first of its place: that one says how to go on talking, and no other does."""

from __future__ import annotations

from bot.core.ports.for_adapters import Documents
from bot.core.request import Request

KIND = "first_result"


class FirstResults:
    """Remembers by place which request brought its first result; the same one delivered again still is it."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def is_first(self, request: Request) -> bool:
        """True for the first result of a place."""
        place = request.actor.place_id
        kept = await self._documents.get_document(KIND, place)
        if kept is None:
            await self._documents.put_document(KIND, place, {"request": request.id})
        return kept is None or kept.get("request") == request.id
