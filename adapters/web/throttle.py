"""Guessing passwords is slow, and nobody's guesses keep the right password out.

Wrong tries are counted per network address and over all. Past a limit, further tries are not refused but wait
for their turn, one after another with a pause before each. Only where too many wait already is one refused.
An address that has given the right password is not slowed down by the tries of others.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from aiohttp import web

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
class Lane:
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
        self._all = Lane(over_all)
        self._lanes: OrderedDict[str, Lane] = OrderedDict()

    async def enter(self, address: str) -> bool:
        """Wait until a password of this address may be looked at; False where too many wait already."""
        lane, now = self._lane(address), self._clock.now()
        if lane.slow(now):
            return await lane.wait(self._clock)
        if self._all.slow(now) and not lane.trusted:
            return await self._all.wait(self._clock)
        return True

    def wrong(self, address: str) -> None:
        """A password of this address was wrong."""
        now = self._clock.now()
        self._lane(address).wrong.append(now)
        self._all.wrong.append(now)

    def right(self, address: str) -> None:
        """A password of this address was right."""
        self._lane(address).trusted = True

    def _lane(self, address: str) -> Lane:
        key = _network(address)
        lane = self._lanes.setdefault(key, Lane(self._per_address))
        self._lanes.move_to_end(key)
        while len(self._lanes) > ADDRESSES:
            self._lanes.popitem(last=False)
        return lane


def _network(address: str) -> str:
    """What counts as one address: an IPv6 customer has more of them than anybody can count."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))


def client_address(request: web.Request, proxies: Sequence[str]) -> str:
    """Who sent it: the peer or, behind `proxies` (addresses or networks), who their X-Forwarded-For names."""
    networks = [ipaddress.ip_network(proxy, strict=False) for proxy in proxies]
    hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",")]
    found = request.remote or ""
    for hop in (*reversed(hops), ""):
        if not _within(found, networks):
            break
        found = hop or found
    return found


def _within(address: str, networks: Sequence[ipaddress.IPv4Network | ipaddress.IPv6Network]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
