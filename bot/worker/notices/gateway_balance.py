"""Tells the operator how much of the gateway's balance is used since the last payment, as of any limit."""

from __future__ import annotations

from bot.core.money import Micros
from bot.core.notices.thresholds import gateway_notice, reached
from bot.core.ports.for_adapters import Clock
from bot.core.ports.store import Store

KEPT = ("maintenance", "gateway_account")
"""The stored document: how many payments were seen, what the account had after the last, and what is left."""
PAYMENT = Micros(500_000)
"""A rise of at least half a dollar is a payment; smaller ones are corrections."""


class GatewayBalanceNotices:
    """50, 80 and 100 percent of what the account had after a payment, each once until the next."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def looked(self, left: Micros) -> None:
        """The balance was looked at. Two replicas that look at once write the same."""
        kept = await self._store.get_document(*KEPT)
        if kept is None or left - int(kept["left"]) >= PAYMENT:
            kept = {"round": int(kept["round"]) + 1 if kept else 1, "had": left, "left": left}
            await self._store.put_document(*KEPT, kept)
        elif left != int(kept["left"]):
            kept = {**kept, "left": left}
            await self._store.put_document(*KEPT, kept)
        had = Micros(int(kept["had"]))
        spent = Micros(had - left)
        if threshold := reached(spent, had):
            number, now = int(kept["round"]), self._clock.now()
            await self._store.add_notice(
                gateway_notice(round_=number, spent=spent, had=had, threshold=threshold, now=now)
            )
