"""Which rows of this process wait for something of their conversation; `wakeups` makes them due."""

from __future__ import annotations

from collections import OrderedDict

from bot.core.request import Request

CONVERSATIONS_MAX = 10_000
"""The most conversations that are remembered; of those dropped, rows look by themselves."""


class Waiting:
    """The ids of waiting rows by conversation."""

    def __init__(self) -> None:
        self._rows: OrderedDict[str, set[str]] = OrderedDict()

    def add(self, request: Request) -> None:
        """A row is about to look whether it must wait; to be called before it looks."""
        self._rows.setdefault(request.conversation, set()).add(request.id)
        while len(self._rows) > CONVERSATIONS_MAX:
            self._rows.popitem(last=False)

    def waits(self, request: Request) -> bool:
        """Whether nothing has happened in its conversation since it was added."""
        return request.id in self._rows.get(request.conversation, ())

    def remove(self, request: Request) -> None:
        """It goes on."""
        rows = self._rows.get(request.conversation, set())
        rows.discard(request.id)
        if not rows:
            self._rows.pop(request.conversation, None)

    def release(self, conversation: str) -> list[str]:
        """All that waited in a conversation, which wait no longer."""
        return sorted(self._rows.pop(conversation, ()))
