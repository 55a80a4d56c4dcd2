"""Guessing is slow, and the right password gets in whoever guesses beside it."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from adapters.web.throttle import OVER_ALL, PER_ADDRESS, Throttle, client_address


class Turns:
    """A clock on which waiting costs nothing but its seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> int:
        return int(self.seconds * 1_000_000)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.seconds += seconds


@pytest.fixture(name="clock")
def clock_fixture() -> Turns:
    return Turns()


@pytest.fixture(name="throttle")
def throttle_fixture(clock: Turns) -> Throttle:
    return Throttle(clock)


async def guess(throttle: Throttle, address: str, times: int) -> None:
    for _ in range(times):
        if await throttle.enter(address):
            throttle.wrong(address)


async def test_after_ten_wrong_ones_the_right_one_waits_a_moment_and_gets_in(
    throttle: Throttle, clock: Turns
) -> None:
    await guess(throttle, "192.0.2.1", PER_ADDRESS.per_minute)
    assert clock.seconds == 0
    assert await throttle.enter("192.0.2.1")
    assert clock.seconds == PER_ADDRESS.pause_s
    assert await throttle.enter("192.0.2.2"), "nobody else waits"
    assert clock.seconds == PER_ADDRESS.pause_s


async def test_guesses_of_one_address_are_few_however_many_come_at_once(
    throttle: Throttle, clock: Turns
) -> None:
    await guess(throttle, "192.0.2.1", PER_ADDRESS.per_minute)
    entered = await asyncio.gather(*(throttle.enter("192.0.2.1") for _ in range(500)))
    assert sum(entered) == PER_ADDRESS.most
    assert clock.seconds == PER_ADDRESS.most * PER_ADDRESS.pause_s


async def test_guesses_from_many_addresses_slow_strangers_and_not_who_was_right_before(
    throttle: Throttle, clock: Turns
) -> None:
    throttle.right("198.51.100.7")
    for number in range(OVER_ALL.per_minute):
        await guess(throttle, f"2001:db8:{number:x}::1", 1)
    assert await throttle.enter("198.51.100.7")
    assert clock.seconds == 0
    assert await throttle.enter("203.0.113.9"), "slowly"
    assert clock.seconds == OVER_ALL.pause_s


async def test_a_minute_later_everything_is_quick_again(throttle: Throttle, clock: Turns) -> None:
    await guess(throttle, "192.0.2.1", PER_ADDRESS.per_minute)
    clock.seconds = 61
    assert await throttle.enter("192.0.2.1")
    assert clock.seconds == 61


async def test_one_ipv6_network_is_one_address(throttle: Throttle, clock: Turns) -> None:
    for number in range(PER_ADDRESS.per_minute):
        await guess(throttle, f"2001:db8::{number:x}", 1)
    assert await throttle.enter("2001:db8::ffff")
    assert clock.seconds == PER_ADDRESS.pause_s


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        ((), "203.0.113.9", "10.0.0.1"),
        (("10.0.0.0/8",), "203.0.113.9", "203.0.113.9"),
        (("10.0.0.0/8",), "6.6.6.6, 203.0.113.9, 10.9.9.9", "203.0.113.9"),
        (("10.0.0.0/8",), "10.3.3.3", "10.3.3.3"),
        (("10.0.0.0/8",), "", "10.0.0.1"),
        (("10.0.0.0/8",), "nonsense", "nonsense"),
        (("192.0.2.0/24",), "203.0.113.9", "10.0.0.1"),
    ],
)
def test_who_sent_it_is_believed_from_our_proxies_only(
    proxies: tuple[str, ...], forwarded: str, found: str
) -> None:
    headers = CIMultiDict({"X-Forwarded-For": forwarded} if forwarded else {})
    request = make_mocked_request("GET", "/", headers=headers).clone(remote="10.0.0.1")
    assert client_address(request, proxies) == found
