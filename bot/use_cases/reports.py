"""What was spent: by person, by capability, by day. All surfaces show these sums.

A report of N days covers the last N calendar days, today included, in the tenant's time zone. People are
identified by their ids and shown with their newest name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from bot.core.audit.entries import AuditEntry, AuditFilter
from bot.core.errors import InvalidOrder
from bot.core.events import Receipt, receipt_of, room_of
from bot.core.ledger import tightest
from bot.core.money import Micros
from bot.core.ports.for_adapters import SpendRow
from bot.core.ports.store import Store
from bot.core.request import Request
from bot.core.tenant import local_time
from bot.core.text.translation import gettext as _

MOST_DAYS = 366
AUDIT_MAX = 5_000
"""The most lines of the audit log in one file."""
K = TypeVar("K")


@dataclass(frozen=True, kw_only=True)
class Period:
    """Calendar days (`YYYY-MM-DD`, oldest first, today last), and when the first day begins (UTC micros)."""

    dates: tuple[str, ...]
    since: int
    zone: str


@dataclass(frozen=True, kw_only=True)
class AuditPage:
    """Lines of the audit log, newest first, and the names of the people in them that are known.

    `older` is the number to ask for the next page with, 0 where there is none.
    """

    entries: Sequence[AuditEntry]
    names: Mapping[str, str]
    older: int = 0


async def audit_page(store: Store, tenant: str, wanted: AuditFilter, *, limit: int) -> AuditPage:
    """A page of a tenant's audit log; an empty tenant is the whole installation."""
    found = await store.audit(tenant, wanted, limit=limit + 1)
    shown = found[:limit]
    people = {person for one in shown for person in (one.by, one.subject)}
    older = shown[-1].number if len(found) > limit else 0
    return AuditPage(entries=shown, names=await store.names(people), older=older)


@dataclass(frozen=True, kw_only=True)
class PersonSpent:
    """What one person spent."""

    person: str
    name: str
    charged: Micros
    requests: int


@dataclass(frozen=True, kw_only=True)
class CapabilitySpent:
    """What was spent on one capability."""

    capability: str
    charged: Micros
    requests: int


@dataclass(frozen=True, kw_only=True)
class DaySpent:
    """What one person spent on one day."""

    day: str
    person: str
    name: str
    charged: Micros


@dataclass(frozen=True, kw_only=True)
class Spending:
    """The sums of a period. People and capabilities are sorted by amount, largest first; days oldest first.

    `rows` are the figures behind the sums: per day, person and capability.
    """

    period: Period
    people: Sequence[PersonSpent]
    capabilities: Sequence[CapabilitySpent]
    days: Sequence[DaySpent]
    rows: Sequence[SpendRow]
    spent: Micros
    requests: int


def period(days: int, now: int, zone: str) -> Period:
    """The `days` (1 to 366) calendar days that end today. Raises InvalidOrder."""
    if not 1 <= days <= MOST_DAYS:
        text = _("A report can cover 1 to {most} days.")
        raise InvalidOrder(text.format(most=MOST_DAYS), field="days")
    today = local_time(now, zone).date()
    dates = [today - timedelta(days=back) for back in reversed(range(days))]
    first = datetime.combine(dates[0], time(), ZoneInfo(zone))
    return Period(
        dates=tuple(date.isoformat() for date in dates),
        since=int(first.timestamp()) * 1_000_000,
        zone=zone,
    )


async def spending(store: Store, tenant: str, *, days: int, now: int, person: str | None = None) -> Spending:
    """What a tenant, or one `person` in it, spent in the last `days`. Raises InvalidOrder."""
    covered = period(days, now, (await store.tenant(tenant)).zone)
    rows = await store.spending(tenant, since=covered.since)
    return summed(covered, [row for row in rows if person in (None, row.person)])


def summed(covered: Period, rows: Sequence[SpendRow]) -> Spending:
    """The sums of these rows."""
    names = {row.person: row.name for row in sorted(rows, key=lambda row: (row.day, row.named_at))}
    people = [
        PersonSpent(person=person, name=names[person], charged=charged, requests=count)
        for person, (charged, count) in _sums(rows, lambda row: row.person).items()
    ]
    capabilities = [
        CapabilitySpent(capability=capability, charged=charged, requests=count)
        for capability, (charged, count) in _sums(rows, lambda row: row.capability).items()
    ]
    return Spending(
        period=covered,
        people=sorted(people, key=lambda one: (-one.charged, one.person)),
        capabilities=sorted(capabilities, key=lambda one: (-one.charged, one.capability)),
        days=[
            DaySpent(day=day, person=person, name=names[person], charged=charged)
            for (day, person), (charged, _) in sorted(_sums(rows, lambda row: (row.day, row.person)).items())
        ],
        rows=rows,
        spent=Micros(sum(row.charged for row in rows)),
        requests=sum(row.requests for row in rows),
    )


def _sums(rows: Iterable[SpendRow], key: Callable[[SpendRow], K]) -> dict[K, tuple[Micros, int]]:
    """The amount charged and the number of requests, grouped by a key of the rows."""
    sums: dict[K, tuple[Micros, int]] = {}
    for row in rows:
        charged, count = sums.get(key(row), (0, 0))
        sums[key(row)] = (Micros(charged + row.charged), count + row.requests)
    return sums


async def receipt_now(store: Store, request: Request) -> Receipt:
    """What the request has cost according to its row, and what is left in the tightest budget."""
    line = tightest(await store.lines(request.actor, request.order.project or ""))
    return receipt_of(request, room_of(line) if line else None)
