"""Shares of this worker's slots: what waits for one model, provider or platform takes only a part of them.

A claim leaves out rows whose share is used up (`Store.claim`). A row in hand that goes on to wait for
something else, such as a platform after its model, takes a place in that share or is released.

Several models that hang at once would fill all slots, each with its share. So the last quarter of the slots
is for models of which little is in hand (`models_share`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from bot.core.ports.load import WaitsFor, waits_for
from bot.core.request import Request, State
from bot.settings import Settings

Key = tuple[WaitsFor, str]


def models_share(free: int, settings: Settings) -> tuple[int, int]:
    """How many rows to claim with so many `free` slots, and the most in hand on one model.

    The last quarter of `concurrency` takes models with less than an eighth of it in hand: as long as fewer
    than eight models hang, one that answers finds a slot.
    """
    kept, few = settings.concurrency // 4, max(1, settings.concurrency // 8)
    if free > kept:
        return free - kept, settings.per_model
    return free, min(settings.per_model, few) if kept else settings.per_model


class Shares:
    """What each row in hand waits for, by request id."""

    def __init__(self, settings: Settings) -> None:
        self._most: Mapping[WaitsFor, int] = {
            WaitsFor.MODEL: settings.per_model,
            WaitsFor.PROVIDER: settings.per_provider,
            WaitsFor.PLATFORM: settings.per_platform,
        }
        self._held: dict[str, tuple[Key, ...]] = {}
        self._running: Counter[Key] = Counter()

    def take(self, request: Request, *, claimed: bool) -> bool:
        """Take the places that the next step of the request needs; False, and nothing is changed, when a
        share is used up.

        The claim has counted a row that was just claimed; a row that holds money is not made to wait.
        """
        before, needed = self._held.get(request.id, ()), waits_for(request)
        firm = claimed or request.state is State.RESERVED
        if not firm and any(self._is_full(key) for key in needed if key not in before):
            return False
        self._running.subtract(before)
        self._running.update(needed)
        self._held[request.id] = needed
        return True

    def give_back(self, request_id: str) -> None:
        """Free the places of a request that is no longer in hand."""
        self._running.subtract(self._held.pop(request_id, ()))
        self._running = +self._running  # without those of zero, so that names do not collect

    def full(self) -> Mapping[WaitsFor, int]:
        """How many models, providers and platforms have used up their share."""
        counts = Counter(kind for kind, name in self._running if self._is_full((kind, name)))
        return {kind: counts[kind] for kind in WaitsFor}

    def _is_full(self, key: Key) -> bool:
        return self._running[key] >= self._most[key[0]]
