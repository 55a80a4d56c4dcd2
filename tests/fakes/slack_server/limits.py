"""Failures on demand, and Slack's rate limits for those who want them enforced."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.fakes.slack_server.state import Clock


@dataclass(eq=False, kw_only=True)
class Fault:
    """One planned failure of a method (or of `upload`, `download`, `response_url`).

    One of `error` (an `ok: false` answer), `status` (an HTTP status), `reset` (the connection is cut) and
    `hang` (no answer until released) is set. `after`: Slack did the thing, and then failed to say so.
    """

    method: str
    error: str | None = None
    status: int | None = None
    reset: bool = False
    hang: bool = False
    after: bool = False
    retry_after: int | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    times: int = 1
    when: Callable[[Any], bool] = lambda _call: True
    hits: int = 0
    release: asyncio.Event = field(default_factory=asyncio.Event)


class Faults:
    """The planned failures, first come first served."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        self.planned.append(fault)
        return fault

    def take(self, method: str, call: Any) -> Fault | None:
        for fault in self.planned:
            if fault.method in (method, "*") and fault.hits < fault.times and fault.when(call):
                fault.hits += 1
                return fault
        return None

    def clear(self) -> None:
        for fault in self.planned:
            fault.release.set()
        self.planned.clear()


TIERS: dict[str, int] = {
    "apps.connections.open": 20,
    "chat.update": 50,
    "chat.delete": 50,
    "chat.postEphemeral": 100,
    "chat.startStream": 20,
    "chat.appendStream": 100,
    "chat.stopStream": 20,
    "chat.getPermalink": 600,
    "conversations.history": 50,
    "conversations.replies": 50,
    "conversations.info": 50,
    "conversations.open": 50,
    "conversations.members": 100,
    "conversations.join": 50,
    "conversations.list": 20,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "files.info": 100,
    "files.delete": 50,
    "reactions.add": 50,
    "reactions.remove": 20,
    "team.info": 50,
    "usergroups.list": 20,
    "usergroups.users.list": 20,
    "users.info": 100,
    "users.list": 20,
    "users.conversations": 50,
    "views.open": 100,
    "views.push": 100,
    "views.update": 100,
    "views.publish": 100,
}
"""Calls a minute that each method's documented tier guarantees (tier 1: 1, 2: 20, 3: 50, 4: 100)."""


class RateLimits:
    """Per method and team within a minute; chat.postMessage one a second per channel, with short bursts.

    Off until `enforced`. `channel_burst` posts may come at once; after that, one a second.
    """

    def __init__(self, clock: Clock) -> None:
        self.enforced = False
        self.channel_burst = 5
        self.tiers = dict(TIERS)
        self._clock = clock
        self._seen: dict[tuple[str, ...], deque[float]] = defaultdict(deque)
        self.refused: list[str] = []

    def check(self, method: str, team_id: str, channel: str | None, distributed: bool) -> int | None:
        """Seconds to wait, or None when the call may pass."""
        if distributed and method in ("conversations.history", "conversations.replies"):
            return self._window((method, team_id), 1, 60.0)
        if not self.enforced:
            return None
        if method == "chat.postMessage" and channel:
            return self._window((method, team_id, channel), self.channel_burst, float(self.channel_burst))
        if method in self.tiers:
            return self._window((method, team_id), self.tiers[method], 60.0)
        return None

    def _window(self, key: tuple[str, ...], allowed: int, period: float) -> int | None:
        now, seen = self._clock.now(), self._seen[key]
        while seen and seen[0] <= now - period:
            seen.popleft()
        if len(seen) >= allowed:
            self.refused.append(key[0])
            return max(1, round(seen[0] + period - now))
        seen.append(now)
        return None
