"""Calendar windows: when a tenant's day, week or month begins and ends.

A new time zone takes effect separately for each window, when the running window of the old zone ends. The
first window of the new zone ends at that zone's next boundary that is at least half a window away, so that
nobody gets a whole allowance for a few hours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo


class Window(StrEnum):
    """Calendar windows in a tenant's time zone; weeks start on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    TOTAL = "total"


RUNNING = (Window.DAY, Window.WEEK, Window.MONTH)
"""Windows that end."""
QUARTER_US = 900_000_000
"""A quarter of an hour in microseconds. In every current time zone windows begin on a quarter of an hour."""


@dataclass(frozen=True, kw_only=True)
class ZoneChange:
    """At this moment (UTC microseconds) a tenant left the zone `before`."""

    at: int
    before: str


@dataclass(frozen=True, kw_only=True)
class ZoneHistory:
    """A tenant's time zone, and the changes to it that still affect a window, oldest first."""

    zone: str = "UTC"
    changes: tuple[ZoneChange, ...] = ()

    def moved(self, zone: str, now: int) -> ZoneHistory:
        """The zones after a change at `now`; changes that no longer affect a window are dropped."""
        changes = self.changes
        if zone != self.zone and not self._waits(now):
            changes = (*changes, ZoneChange(at=now, before=self.zone))
        found = ZoneHistory(zone=zone, changes=changes)
        while found.changes:
            shorter = replace(found, changes=found.changes[1:])
            if any(_ahead(window, found, now) != _ahead(window, shorter, now) for window in RUNNING):
                break
            found = shorter
        return found

    def _waits(self, now: int) -> bool:
        """Whether the zone has not begun in any window yet, so that another can simply replace it."""
        starts = [_parts(window, self)[-1].start for window in RUNNING]
        return all(start is not None and now < start for start in starts)


UTC_ALWAYS = ZoneHistory()
"""The zone of the installation."""


@dataclass(frozen=True)
class _Part:
    """A zone, and when its first window begins; None for the first zone."""

    start: int | None
    zone: str

    def around(self, window: Window, moment: int) -> tuple[int, int]:
        """The window of this part around the moment."""
        if self.start is not None and moment < (end := self._first_end(window)):
            return self.start, end
        return _calendar(window, moment, self.zone)

    def _first_end(self, window: Window) -> int:
        soonest = (self.start or 0) + _nominal_us(window) // 2
        start, end = _calendar(window, soonest, self.zone)
        return start if start == soonest else end


def bounds(window: Window, now: int, zones: ZoneHistory) -> tuple[int, int | None]:
    """Start and end of the window around `now`, UTC microseconds; a total starts at 0 and never ends."""
    if window is Window.TOTAL:
        return 0, None
    return _bounds(window, now - now % QUARTER_US, zones)


@lru_cache(maxsize=4096)
def _bounds(window: Window, now: int, zones: ZoneHistory) -> tuple[int, int]:
    return _part_at(window, now, zones).around(window, now)


def _part_at(window: Window, now: int, zones: ZoneHistory) -> _Part:
    return next(part for part in reversed(_parts(window, zones)) if part.start is None or part.start <= now)


@lru_cache(maxsize=1024)
def _parts(window: Window, zones: ZoneHistory) -> tuple[_Part, ...]:
    names = [*(change.before for change in zones.changes), zones.zone]
    parts = [_Part(None, names[0])]
    for change, (_, zone) in zip(zones.changes, pairwise(names), strict=True):
        last = parts[-1]
        if last.start is not None and change.at < last.start:
            parts[-1] = _Part(last.start, zone)
        else:
            parts.append(_Part(last.around(window, change.at)[1], zone))
    return tuple(parts)


def _ahead(window: Window, zones: ZoneHistory, now: int) -> tuple[object, ...]:
    """Everything that decides the window around `now` and every later one."""
    later = [part for part in _parts(window, zones) if part.start is not None and part.start > now]
    return bounds(window, now, zones), _part_at(window, now, zones).zone, later


def _calendar(window: Window, moment: int, zone: str) -> tuple[int, int]:
    """Midnight is local time, so a day with a change to or from summer time has 23 or 25 hours."""
    local = datetime.fromtimestamp(moment // 1_000_000, UTC).astimezone(ZoneInfo(zone))
    start = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    match window:
        case Window.DAY:
            end = start + timedelta(days=1)
        case Window.WEEK:
            start -= timedelta(days=start.weekday())
            end = start + timedelta(days=7)
        case Window.MONTH:
            start = start.replace(day=1)
            end = (start + timedelta(days=32)).replace(day=1)
        case Window.TOTAL:
            raise ValueError("a total has no calendar")
    return _micros(start), _micros(end)


def _nominal_us(window: Window) -> int:
    match window:
        case Window.DAY:
            days = 1
        case Window.WEEK:
            days = 7
        case Window.MONTH:
            days = 30
        case Window.TOTAL:
            raise ValueError("a total has no length")
    return days * 86_400_000_000


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
