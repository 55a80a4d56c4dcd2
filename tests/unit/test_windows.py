"""Calendar windows, and what a new time zone does to them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.windows import RUNNING, Window, ZoneHistory, bounds
from tests.fakes.examples import examples

HOUR = 3_600_000_000
NOMINAL = {Window.DAY: 24 * HOUR, Window.WEEK: 7 * 24 * HOUR, Window.MONTH: 30 * 24 * HOUR}
NAMES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia"]


def window_bounds(window: Window, now: int, zone: str) -> tuple[int, int | None]:
    """The calendar's window in a zone that never changed."""
    return bounds(window, now, ZoneHistory(zone=zone))


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("window", "moment", "zone", "start", "end"),
    [
        (Window.DAY, "2026-02-25T00:00", "UTC", "2026-02-25T00:00", "2026-02-26T00:00"),
        (Window.DAY, "2026-03-29T12:00", "Europe/Berlin", "2026-03-29T00:00", "2026-03-30T00:00"),
        (Window.DAY, "2026-10-25T23:59", "Europe/Berlin", "2026-10-25T00:00", "2026-10-26T00:00"),
        (Window.DAY, "2026-02-25T23:59", "Asia/Kathmandu", "2026-02-25T00:00", "2026-02-26T00:00"),
        (Window.WEEK, "2026-03-01T23:00", "UTC", "2026-02-23T00:00", "2026-03-02T00:00"),
        (Window.WEEK, "2026-03-02T00:00", "UTC", "2026-03-02T00:00", "2026-03-09T00:00"),
        (Window.WEEK, "2026-04-01T00:00", "Europe/Berlin", "2026-03-30T00:00", "2026-04-06T00:00"),
        (Window.MONTH, "2026-02-28T12:00", "UTC", "2026-02-01T00:00", "2026-03-01T00:00"),
        (Window.MONTH, "2026-12-31T23:59", "Pacific/Auckland", "2026-12-01T00:00", "2027-01-01T00:00"),
    ],
)
def test_windows_are_the_wall_clocks(window: Window, moment: str, zone: str, start: str, end: str) -> None:
    assert window_bounds(window, at(moment, zone), zone) == (at(start, zone), at(end, zone))


def test_a_day_that_loses_an_hour_is_short() -> None:
    start, end = window_bounds(Window.DAY, at("2026-03-29T12:00", "Europe/Berlin"), "Europe/Berlin")
    assert end is not None
    assert (end - start) // HOUR == 23


def test_a_total_never_ends() -> None:
    assert window_bounds(Window.TOTAL, 123, "UTC") == (0, None)


MOMENTS = st.integers(at("2020-01-01T00:00"), at("2037-01-01T00:00"))


@given(st.sampled_from(RUNNING), MOMENTS, st.sampled_from(NAMES))
def test_every_moment_lies_in_its_window_and_windows_touch(window: Window, now: int, zone: str) -> None:
    start, end = window_bounds(window, now, zone)
    assert end is not None
    assert start <= now < end
    assert window_bounds(window, start, zone) == (start, end)
    assert window_bounds(window, end, zone)[0] == end
    assert window_bounds(window, start - 1, zone)[1] == start


# a new zone


def test_a_new_zone_waits_for_the_end_of_each_window() -> None:
    """Wednesday noon in UTC, then Berlin, an hour ahead."""
    zones = ZoneHistory().moved("Europe/Berlin", at("2026-02-25T12:00"))
    day, week, month = (bounds(window, at("2026-02-25T12:00"), zones) for window in RUNNING)
    assert day == (at("2026-02-25T00:00"), at("2026-02-26T00:00"))
    assert week == (at("2026-02-23T00:00"), at("2026-03-02T00:00"))
    assert month == (at("2026-02-01T00:00"), at("2026-03-01T00:00"))
    after = [bounds(window, at("2026-03-02T12:00"), zones) for window in RUNNING]
    berlin = "Europe/Berlin"
    assert after[0] == (at("2026-03-02T00:00", berlin), at("2026-03-03T00:00", berlin))
    assert after[1] == (at("2026-03-02T00:00"), at("2026-03-09T00:00", berlin))
    assert after[2] == (at("2026-03-01T00:00"), at("2026-04-01T00:00", berlin))


@pytest.mark.parametrize(
    ("zone", "end"),
    [
        ("Asia/Tokyo", "2026-02-26T15:00"),  # 00:00 there, 15 hours on
        ("America/New_York", "2026-02-27T05:00"),  # 5 hours would be too short
        ("Pacific/Auckland", "2026-02-27T11:00"),  # so would 11
    ],
)
def test_the_first_window_of_a_new_zone_is_at_least_half_a_window_long(zone: str, end: str) -> None:
    zones = ZoneHistory().moved(zone, at("2026-02-25T12:00"))
    assert bounds(Window.DAY, at("2026-02-26T03:00"), zones) == (at("2026-02-26T00:00"), at(end))
    assert bounds(Window.DAY, at(end), zones) == window_bounds(Window.DAY, at(end), zone)


def test_a_zone_that_has_not_begun_gives_way_to_another() -> None:
    now = at("2026-02-25T12:00")
    once = ZoneHistory().moved("Asia/Tokyo", now).moved("Europe/Berlin", now + HOUR)
    assert once == ZoneHistory().moved("Europe/Berlin", now)
    back = ZoneHistory().moved("Asia/Tokyo", now).moved("UTC", now + HOUR)
    assert [bounds(w, now + 99 * HOUR, back) for w in RUNNING] == [
        bounds(w, now + 99 * HOUR, ZoneHistory()) for w in RUNNING
    ]


CHANGES = st.lists(st.tuples(st.integers(1, 60 * 24 * 40), st.sampled_from(NAMES)), min_size=1, max_size=6)


@given(st.sampled_from(RUNNING), MOMENTS, CHANGES, st.integers(0, 60 * 24 * 90))
def test_however_often_the_zone_changes_windows_touch_and_none_is_short(
    window: Window, start: int, changes: list[tuple[int, str]], later: int
) -> None:
    now, zones = start, ZoneHistory()
    for minutes, zone in changes:
        now += minutes * 60_000_000
        running = bounds(window, now, zones)
        zones = zones.moved(zone, now)
        assert bounds(window, now, zones) == running, "a change ended a window that was running"
    begin, end = bounds(window, now + later * 60_000_000, zones)
    assert end is not None
    assert begin <= now + later * 60_000_000 < end
    assert bounds(window, end, zones)[0] == end
    assert NOMINAL[window] // 2 <= end - begin <= NOMINAL[window] * 3 // 2 + 26 * HOUR


@examples(40, deadline=None)
@given(MOMENTS, CHANGES)
def test_forgetting_old_changes_changes_no_window(start: int, changes: list[tuple[int, str]]) -> None:
    now, zones = start, ZoneHistory()
    for minutes, zone in changes:
        now += minutes * 60_000_000
        zones = zones.moved(zone, now)
    for days in range(0, 100, 3):
        later = now + days * 24 * HOUR
        shorter = zones.moved(zones.zone, later)
        for ahead in range(0, 100, 7):
            moment = later + ahead * 24 * HOUR
            assert [bounds(w, moment, shorter) for w in RUNNING] == [
                bounds(w, moment, zones) for w in RUNNING
            ]
    assert zones.moved(zones.zone, now + 100 * 24 * HOUR).changes == ()
