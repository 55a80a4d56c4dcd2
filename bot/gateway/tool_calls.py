"""Tool calls of a chat's answer, put together from the pieces of a stream (Lumenfall API, tool calls).

A piece has the index of its call; the id and the name come once, the arguments in pieces. Nothing is checked
here: arguments may be broken, and tools may not exist.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from bot.core.said import ToolCall
from bot.gateway.loose import text, whole

CALLS_MAX = 20
ARGUMENTS_MAX = 200_000
"""Characters of all arguments of one answer; what is longer breaks off, so that it cannot be read."""


@dataclass
class _Call:
    id: str = ""
    name: str = ""
    arguments: str = ""


class CallPieces:
    """The calls of one answer so far."""

    def __init__(self) -> None:
        self._calls: dict[int, _Call] = {}
        self._size = 0

    def take(self, pieces: Iterable[Mapping[str, Any]]) -> None:
        """Add the calls, or pieces of calls, of one message or chunk."""
        for piece in pieces:
            call = self._call(piece)
            function = piece.get("function")
            if call is None or not isinstance(function, Mapping):
                continue
            given = cast("Mapping[str, Any]", function)
            call.id = call.id or text(piece.get("id"))
            call.name = call.name or text(given.get("name"))
            more = _arguments(given.get("arguments"))[: ARGUMENTS_MAX - self._size]
            self._size += len(more)
            call.arguments += more

    def _call(self, piece: Mapping[str, Any]) -> _Call | None:
        """The call that a piece belongs to; without an index a new id begins a new call."""
        index = whole(piece.get("index"))
        if index is None:
            last = max(self._calls, default=-1)
            known = self._calls.get(last)
            continues = known is not None and text(piece.get("id")) in ("", known.id) and known.id != ""
            index = last if continues else last + 1
        if index not in self._calls and len(self._calls) >= CALLS_MAX:
            return None
        return self._calls.setdefault(index, _Call())

    def __bool__(self) -> bool:
        return bool(self._calls)

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """The calls as they arrived, in their order."""
        found = [call for _index, call in sorted(self._calls.items())]
        return tuple(ToolCall(id=call.id, name=call.name, arguments=call.arguments) for call in found)


def _arguments(value: object) -> str:
    """Arguments as text; some models send the object itself."""
    if isinstance(value, dict | list):
        return json.dumps(value, default=float)
    return value if isinstance(value, str) else ""
