"""Guessing passwords is slow, and nobody's guesses keep the right password out.

Wrong tries are counted per network address and over all. Past a limit, further tries are not refused but wait
for their turn, one after another with a pause before each. Only where too many wait already is one refused.
An address that has given the right password is not slowed down by the tries of others.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass, field

from bot.core.ports.for_adapters import Clock

MINUTE_US = 60_000_000
ADDRESSES = 10_000
"""Addresses that are remembered; the ones not seen for longest are forgotten."""
IPV6_PREFIX = 64
"""One customer of a provider has at least so large a network (RFC 6177)."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """`per_minute` wrong tries are answered at once; then one each `pause_s`, while at most `most` wait."""

    per_minute: int
    pause_s: float
    most: int


PER_ADDRESS = Limit(per_minute=10, pause_s=3, most=10)
OVER_ALL = Limit(per_minute=100, pause_s=1, most=30)


@dataclass
class Tries:
    """The recent wrong tries (UTC micros) of one address, or of all, and those that wait for their turn."""

    limit: Limit
    wrong: list[int] = field(default_factory=list[int])
    trusted: bool = False
    waiting: int = 0
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def slow(self, now: int) -> bool:
        """Whether a try has to wait."""
        self.wrong = [at for at in self.wrong if now - at < MINUTE_US]
        return len(self.wrong) >= self.limit.per_minute

    async def wait(self, clock: Clock) -> bool:
        """Wait for a turn; False where too many wait already."""
        if self.waiting >= self.limit.most:
            return False
        self.waiting += 1
        try:
            async with self.turn:
                await clock.sleep(self.limit.pause_s)
        finally:
            self.waiting -= 1
        return True


class Throttle:
    """The tries at one password."""

    def __init__(self, clock: Clock, *, per_address: Limit = PER_ADDRESS, over_all: Limit = OVER_ALL) -> None:
        self._clock = clock
        self._per_address = per_address
        self._all = Tries(over_all)
        self._by_address: OrderedDict[str, Tries] = OrderedDict()

    async def enter(self, address: str) -> bool:
        """Wait until a password of this address may be looked at; False where too many wait already."""
        tries, now = self._of(address), self._clock.now()
        if tries.slow(now):
            return await tries.wait(self._clock)
        if self._all.slow(now) and not tries.trusted:
            return await self._all.wait(self._clock)
        return True

    def wrong(self, address: str) -> None:
        """A password of this address was wrong."""
        now = self._clock.now()
        for tries in (self._of(address), self._all):
            tries.slow(now)  # forgets the old ones
            tries.wrong.append(now)

    def right(self, address: str) -> None:
        """A password of this address was right."""
        self._of(address).trusted = True

    def _of(self, address: str) -> Tries:
        key = _network(address)
        tries = self._by_address.setdefault(key, Tries(self._per_address))
        self._by_address.move_to_end(key)
        while len(self._by_address) > ADDRESSES:
            self._by_address.popitem(last=False)
        return tries


def _network(address: str) -> str:
    """What counts as one address: an IPv6 customer has more of them than anybody can count."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
