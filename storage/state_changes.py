"""A request's way through its states, as it is stored: `[[state, UTC microseconds, micro-dollars], …]`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.core.money import Micros
from bot.core.request import State, StateChange

NONE = "[]"


def state_changes_of(text: str) -> tuple[StateChange, ...]:
    """What was stored; nothing for a request from before it was kept."""
    if text == NONE:
        return ()
    return tuple(
        StateChange(state=State(state), at=at, held=Micros(held)) for state, at, held in json.loads(text)
    )


def state_changes_text(changes: Sequence[StateChange]) -> str:
    """As stored."""
    return json.dumps([(change.state, change.at, change.held) for change in changes], separators=(",", ":"))
