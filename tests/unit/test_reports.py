"""Sums of spending: people by id, days by the calendar of the tenant's zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.errors import InvalidOrder
from bot.core.money import Micros
from bot.core.ports.for_adapters import SpendRow
from bot.use_cases.reports import period, summed

NIGHT = int(datetime(2026, 3, 29, 22, 30, tzinfo=UTC).timestamp()) * 1_000_000
"""Half past midnight of 30 March in Berlin, where the clocks went forward the day before."""


def row(person: str, name: str, charged: int, **more) -> SpendRow:
    facts = {"day": "2026-03-30", "capability": "generate", "requests": 1, **more}
    return SpendRow(person=person, name=name, charged=Micros(charged), **facts)


@pytest.mark.parametrize(
    ("zone", "days", "dates", "since"),
    [
        ("Europe/Berlin", 1, ("2026-03-30",), "2026-03-29T22:00"),
        ("Europe/Berlin", 2, ("2026-03-29", "2026-03-30"), "2026-03-28T23:00"),
        ("UTC", 2, ("2026-03-28", "2026-03-29"), "2026-03-28T00:00"),
        ("Pacific/Kiritimati", 1, ("2026-03-30",), "2026-03-29T10:00"),
        ("America/Los_Angeles", 1, ("2026-03-29",), "2026-03-29T07:00"),
    ],
)
def test_a_period_is_calendar_days_that_end_today(zone: str, days: int, dates: tuple, since: str) -> None:
    found = period(days, NIGHT, zone)
    assert found.dates == dates
    assert datetime.fromtimestamp(found.since / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M") == since


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_period_is_bounded(days: int) -> None:
    with pytest.raises(InvalidOrder):
        period(days, NIGHT, "UTC")


def test_people_of_one_name_are_two_and_a_renamed_person_is_one() -> None:
    rows = [
        row("p:1", "Zed", 5, day="2026-03-29", named_at=1),
        row("p:1", "Sam", 3, capability="chat", named_at=9),
        row("p:1", "Old", 1, named_at=2),
        row("p:2", "Sam", 4, requests=2),
    ]
    found = summed(period(2, NIGHT, "Europe/Berlin"), rows)
    assert [(one.person, one.name, one.charged, one.requests) for one in found.people] == [
        ("p:1", "Sam", 9, 3),
        ("p:2", "Sam", 4, 2),
    ]
    assert [(one.capability, one.charged) for one in found.capabilities] == [("generate", 10), ("chat", 3)]
    assert [(one.day, one.person, one.name, one.charged) for one in found.days] == [
        ("2026-03-29", "p:1", "Sam", 5),
        ("2026-03-30", "p:1", "Sam", 4),
        ("2026-03-30", "p:2", "Sam", 4),
    ]
    assert (found.spent, found.requests) == (13, 5)
