"""A place's week or month in figures, beside the one before.

Periods are the calendar weeks and months of the place's own windows (`bot.core.windows`), so their borders
are those of its budgets, in its time zone. Only figures: no word of what was asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from bot.core.money import ZERO, Micros
from bot.core.tenant import DigestPace, Tenant, local_time
from bot.core.windows import QUARTER_US, Window, ZoneHistory, bounds

DIGEST_WINDOWS = {"week": Window.WEEK, "month": Window.MONTH}
"""What a digest can cover, by the word for it."""
MOST_ROWS = 8
"""Lines of each part of a digest; the others are one line together."""


class Dimension(StrEnum):
    """What spending is divided by."""

    PERSON = "person"
    CAPABILITY = "capability"
    MODEL = "model"
    CHANNEL = "channel"
    PROJECT = "project"


@dataclass(frozen=True, kw_only=True)
class DigestPeriod:
    """One week or month of a tenant: from `since` until before `until`, UTC microseconds."""

    tenant: str
    window: Window
    since: int
    until: int
    attempts: int = 0


@dataclass(frozen=True, kw_only=True)
class DigestRow:
    """What was charged for one person, channel, capability and model together."""

    person: str
    name: str
    channel: str
    capability: str
    model: str
    spent: Micros
    requests: int
    project: str = ""

    def key(self, dimension: Dimension) -> str:
        """Its value in one dimension."""
        match dimension:
            case Dimension.PERSON:
                return self.person
            case Dimension.CAPABILITY:
                return self.capability
            case Dimension.MODEL:
                return self.model
            case Dimension.CHANNEL:
                return self.channel
            case Dimension.PROJECT:
                return self.project


@dataclass(frozen=True, kw_only=True)
class DigestEnd:
    """How many requests ended without a result, in one state and for one reason."""

    state: str
    code: str
    requests: int


@dataclass(frozen=True, kw_only=True)
class DigestSums:
    """The figures of one period as the database has them; `quarters` are spending by quarter of an hour."""

    rows: Sequence[DigestRow] = ()
    quarters: Sequence[tuple[int, Micros]] = ()
    ends: Sequence[DigestEnd] = ()

    @property
    def spent(self) -> Micros:
        """All of it."""
        return Micros(sum(row.spent for row in self.rows))

    @property
    def requests(self) -> int:
        """How many requests were charged."""
        return sum(row.requests for row in self.rows)

    def ended(self, state: str) -> dict[str, int]:
        """How many requests ended in a state, by their reason, the most frequent first."""
        counts: dict[str, int] = {}
        for end in self.ends:
            if end.state == state:
                counts[end.code] = counts.get(end.code, 0) + end.requests
        return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


@dataclass(frozen=True, kw_only=True)
class DigestLine:
    """One row of a part: what was spent now and in the period before. An empty `key` is all others."""

    key: str
    spent: Micros
    before: Micros
    others: int = 0


@dataclass(frozen=True, kw_only=True)
class Digest:
    """What is posted. `days` has each date with what was spent then and on the same day of the period before.

    `names` are people's newest names and the names of projects, by id. A place without projects has no part
    for them.
    """

    period: DigestPeriod
    zone: str
    spent: Micros
    before: Micros
    requests: int
    requests_before: int
    parts: Mapping[Dimension, Sequence[DigestLine]]
    days: Sequence[tuple[str, Micros, Micros]]
    names: Mapping[str, str] = field(default_factory=dict[str, str])
    failed: Mapping[str, int] = field(default_factory=dict[str, int])
    refused: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def marker(self) -> str:
        """24 characters that name a place's digest of one period: short enough for a nonce on Discord."""
        name = f"{self.period.tenant}\n{self.period.window}\n{self.period.since}"
        return f"dig_{hashlib.sha256(name.encode()).hexdigest()[:20]}"

    @property
    def dates(self) -> tuple[str, str]:
        """The first and the last day (`YYYY-MM-DD`)."""
        return self.days[0][0], self.days[-1][0]


def window_of(pace: DigestPace) -> Window | None:
    """The window that a digest covers; None where there is none."""
    match pace:
        case DigestPace.WEEKLY:
            return Window.WEEK
        case DigestPace.MONTHLY:
            return Window.MONTH
        case DigestPace.NEVER:
            return None


def last_period(tenant: Tenant, window: Window, now: int) -> DigestPeriod:
    """The newest period that is over at `now` (UTC micros)."""
    until, _ = bounds(window, now, tenant.zones)
    return _period_before(tenant.id, window, until, tenant.zones)


def running_period(tenant: Tenant, window: Window, now: int) -> DigestPeriod:
    """The period around `now`, as far as it has come."""
    since, _ = bounds(window, now, tenant.zones)
    return DigestPeriod(tenant=tenant.id, window=window, since=since, until=max(now, since + 1))


def period_before(period: DigestPeriod, zones: ZoneHistory) -> DigestPeriod:
    """The one that ended when this began."""
    return _period_before(period.tenant, period.window, period.since, zones)


def _period_before(tenant: str, window: Window, until: int, zones: ZoneHistory) -> DigestPeriod:
    since, _ = bounds(window, until - 1, zones)
    return DigestPeriod(tenant=tenant, window=window, since=since, until=until)


def due_period(tenant: Tenant, now: int) -> DigestPeriod | None:
    """The period whose digest is to be posted at `now`: the last one, if it ended after the digest was
    switched on. Earlier ones that were missed are not made up for.
    """
    window = window_of(tenant.digest)
    if window is None or not tenant.digest_channel:
        return None
    period = last_period(tenant, window, now)
    return period if period.until > tenant.digest_since else None


def digest_of(tenant: Tenant, period: DigestPeriod, sums: DigestSums, before: DigestSums) -> Digest:
    """The figures of a period beside those of the one before."""
    return Digest(
        period=period,
        zone=tenant.zone,
        spent=sums.spent,
        before=before.spent,
        requests=sums.requests,
        requests_before=before.requests,
        parts=_parts(sums.rows, before.rows),
        days=_days(period, sums, before, tenant),
        names={
            **{row.person: row.name for row in (*before.rows, *sums.rows) if row.name},
            **{one.id: one.name for one in tenant.projects},
        },
        failed=sums.ended("failed"),
        refused=sums.ended("refused"),
    )


def _parts(rows: Sequence[DigestRow], before: Sequence[DigestRow]) -> dict[Dimension, tuple[DigestLine, ...]]:
    parts = {one: _part(one, rows, before) for one in Dimension}
    if not any(line.key for line in parts[Dimension.PROJECT]):
        del parts[Dimension.PROJECT]
    return parts


def _part(
    dimension: Dimension, rows: Iterable[DigestRow], before: Iterable[DigestRow]
) -> tuple[DigestLine, ...]:
    """The largest first; what does not fit is summed up in a last line."""
    key: Callable[[DigestRow], str] = lambda row: row.key(dimension)  # noqa: E731
    now, then = _sums(rows, key), _sums(before, key)
    lines = [
        DigestLine(key=name, spent=now.get(name, ZERO), before=then.get(name, ZERO))
        for name in sorted(now.keys() | then.keys(), key=lambda name: (-now.get(name, 0), name))
    ]
    shown = [line for line in lines if line.spent or line.before]
    rest = shown[MOST_ROWS:]
    if len(rest) < 2:
        return tuple(shown)
    return (*shown[:MOST_ROWS], DigestLine(key="", spent=_all(rest), before=_before(rest), others=len(rest)))


def _sums(rows: Iterable[DigestRow], key: Callable[[DigestRow], str]) -> dict[str, Micros]:
    sums: dict[str, Micros] = {}
    for row in rows:
        sums[key(row)] = Micros(sums.get(key(row), ZERO) + row.spent)
    return sums


def _all(lines: Iterable[DigestLine]) -> Micros:
    return Micros(sum(line.spent for line in lines))


def _before(lines: Iterable[DigestLine]) -> Micros:
    return Micros(sum(line.before for line in lines))


def _days(
    period: DigestPeriod, sums: DigestSums, before: DigestSums, tenant: Tenant
) -> tuple[tuple[str, Micros, Micros], ...]:
    """Each local day of the period; the n-th stands beside the n-th of the period before."""
    earlier = period_before(period, tenant.zones)
    now, then = _by_day(sums, tenant.zone), _by_day(before, tenant.zone)
    dates, others = _dates(period, tenant.zone), _dates(earlier, tenant.zone)
    return tuple(
        (
            day.isoformat(),
            now.get(day, ZERO),
            then.get(others[number], ZERO) if number < len(others) else ZERO,
        )
        for number, day in enumerate(dates)
    )


def _by_day(sums: DigestSums, zone: str) -> dict[date, Micros]:
    days: dict[date, Micros] = {}
    for bucket, spent in sums.quarters:
        day = local_time(bucket * QUARTER_US, zone).date()
        days[day] = Micros(days.get(day, ZERO) + spent)
    return days


def _dates(period: DigestPeriod, zone: str) -> list[date]:
    first = local_time(period.since, zone).date()
    last = local_time(period.until - 1, zone).date()
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
