"""The clock a process lives by, while the machine's own is set wrong and right again."""

from __future__ import annotations

import time

import pytest

from bot.core.clock import SystemClock

SECOND = 1_000_000_000
HOUR = 3600 * SECOND


class Machine:
    """A machine whose wall clock can be set."""

    def __init__(self) -> None:
        self.steady = 5 * SECOND
        self.wall = 1_700_000_000 * SECOND

    def clock(self) -> SystemClock:
        return SystemClock(wall_ns=lambda: self.wall, steady_ns=lambda: self.steady)

    def passes(self, ns: int) -> None:
        self.steady += ns
        self.wall += ns


def test_it_tells_the_time():
    assert abs(SystemClock().now() - time.time_ns() // 1000) < 50_000


@pytest.mark.parametrize("leap", [HOUR, -HOUR])
def test_an_hours_leap_of_the_machine_is_not_an_hours_leap_of_ours(leap):
    machine = Machine()
    clock = machine.clock()
    before = clock.now()
    machine.wall += leap
    machine.passes(60 * SECOND)
    assert abs(clock.now() - before - 60_000_000) <= 3_000_000


@pytest.mark.parametrize("leap", [HOUR, -HOUR])
def test_it_never_goes_backwards_and_is_right_in_the_end(leap):
    machine = Machine()
    clock = machine.clock()
    machine.wall += leap
    seen = [clock.now()]
    for _ in range(24 * 60):
        machine.passes(60 * SECOND)
        seen.append(clock.now())
    assert seen == sorted(seen)
    assert seen[-1] == machine.wall // 1000


def test_a_new_process_starts_at_the_machines_time():
    machine = Machine()
    machine.clock().now()
    machine.wall += HOUR
    assert machine.clock().now() == machine.wall // 1000
