"""How often people may ask for prices: a dry run costs nothing, so no budget bounds it."""

from __future__ import annotations

from collections.abc import Callable

from cachetools import TTLCache

from bot.core.errors.bounds import TooOften
from bot.core.request import Actor
from bot.settings import Settings

MINUTE_US = 60_000_000
_KEPT = 10_000
"""The most people and tenants in memory; who is forgotten may ask again."""


class DryRunPace:
    """Dry runs in the minute since a person's or a tenant's first, in the memory of this process."""

    def __init__(self, now: Callable[[], int], settings: Settings) -> None:
        self._asked: TTLCache[str, list[int]] = TTLCache(_KEPT, MINUTE_US, now)
        self._most = (settings.dry_runs_per_person, settings.dry_runs_per_tenant)

    def check(self, actor: Actor, count: int = 1) -> None:
        """Raise TooOften when so many more dry runs would be too many."""
        for key, most in self._keys(actor):
            if sum(self._asked.get(key, ())) + count > most:
                raise TooOften

    def spend(self, actor: Actor, count: int = 1) -> None:
        """Count so many dry runs. Raises TooOften, and then counts nothing."""
        self.check(actor, count)
        for key, _ in self._keys(actor):
            self._asked.setdefault(key, []).append(count)

    def _keys(self, actor: Actor) -> tuple[tuple[str, int], tuple[str, int]]:
        person, tenant = self._most
        return (f"person {actor.person}", person), (f"tenant {actor.tenant}", tenant)
