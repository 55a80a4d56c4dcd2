"""Closed months of a place: made once, listed, and compared with the ledger and the gateway's log."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import structlog

from bot.core.errors import InvalidOrder, NotAllowed, NotFound
from bot.core.money import ZERO, Micros
from bot.core.ports.for_adapters import Clock
from bot.core.ports.gateway import Gateway, LogEntry
from bot.core.ports.statements import ClosedMonth, StatementRequest
from bot.core.ports.store import Store
from bot.core.request import Actor
from bot.core.tenant import Tenant, local_time
from bot.core.text.translation import gettext as _

log = structlog.get_logger(__name__)

_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_MARGIN_US = 3600 * 1_000_000
"""The log is read for an hour more on both sides: its clock may differ."""


@dataclass(frozen=True, kw_only=True)
class LogDifference:
    """A request whose cost in the ledger differs from the gateway's log; `theirs` None: it is not there."""

    request_id: str
    ours: Micros
    theirs: Micros | None


@dataclass(frozen=True, kw_only=True)
class StatementCheck:
    """How a statement stands to the ledger, and to the gateway's log where that was asked.

    `again` is its cut added up again. `elsewhere` is what was booked for its requests in other statements or
    since the last one; the log's figure `theirs` covers both.
    """

    statement: ClosedMonth
    again: Micros
    entries_again: int
    joined: bool
    elsewhere: Micros = ZERO
    theirs: Micros | None = None
    differences: tuple[LogDifference, ...] = ()

    @property
    def sound(self) -> bool:
        """True when the sums are the same, and no statement leaves out or repeats a line of its neighbour."""
        same = (self.again, self.entries_again) == (self.statement.spent, self.statement.entries)
        return same and self.joined and not self.differences


def month_bounds(month: str, zone: str) -> tuple[int, int]:
    """Start and end of a month (`2026-10`) by the clock of a zone, UTC microseconds. Raises InvalidOrder."""
    found = _MONTH.fullmatch(month.strip())
    if found is None:
        raise InvalidOrder(_("A month is written as 2026-10."), field="month")
    year, number = int(found[1]), int(found[2])
    start = datetime(year, number, 1, tzinfo=ZoneInfo(zone))
    end = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=ZoneInfo(zone))
    return int(start.timestamp()) * 1_000_000, int(end.timestamp()) * 1_000_000


def last_month(now: int, zone: str) -> str:
    """The month before the running one by the clock of a zone."""
    today = local_time(now, zone)
    year, number = (today.year, today.month - 1) if today.month > 1 else (today.year - 1, 12)
    return f"{year:04}-{number:02}"


async def close_month(store: Store, tenant_id: str, month: str, *, by: str, now: int) -> ClosedMonth:
    """The statement of a month that is over. Raises InvalidOrder."""
    zone = (await store.tenant(tenant_id)).zone
    month = month.strip() or last_month(now, zone)
    start, end = month_bounds(month, zone)
    if now < end:
        text = _("The month {month} is not over yet in {zone}.")
        raise InvalidOrder(text.format(month=month, zone=zone), field="month")
    made = await store.close_month(tenant_id, month, zone=zone, start=start, end=end, by=by)
    log.info("month_closed", tenant=tenant_id, month=month, entries=made.entries, by=by)
    return made


async def found(store: Store, tenant_id: str, month: str) -> ClosedMonth:
    """The statement of a closed month. Raises NotFound."""
    statement = await store.statement(tenant_id, month.strip())
    if statement is None:
        text = _("There is no statement of {month} yet.")
        raise NotFound(text.format(month=month.strip()[:20]))
    return statement


async def check(store: Store, statement: ClosedMonth, gateway: Gateway | None = None) -> StatementCheck:
    """Add a statement up again; with a `gateway`, compare it with its log too. Raises GatewayError."""
    again = await store.statement_sum(statement)
    joined = _joined(await store.statements(statement.tenant))
    if gateway is None:
        return StatementCheck(
            statement=statement, again=again.spent, entries_again=again.entries, joined=joined
        )
    requests = [one async for one in store.statement_requests(statement)]
    entries = await _log_of(requests, gateway)
    pairs = [(one, entries.get(one.trace_id)) for one in requests]
    return StatementCheck(
        statement=statement,
        again=again.spent,
        entries_again=again.entries,
        joined=joined,
        elsewhere=Micros(sum(one.altogether - one.here for one in requests)),
        theirs=Micros(sum(entry.cost or 0 for entry in entries.values())),
        differences=tuple(
            LogDifference(
                request_id=one.request_id, ours=one.altogether, theirs=entry.cost if entry else None
            )
            for one, entry in pairs
            if one.altogether != ((entry.cost or ZERO) if entry else ZERO)
        ),
    )


async def _log_of(requests: Sequence[StatementRequest], gateway: Gateway) -> dict[str, LogEntry]:
    sent = [one.submitted_at for one in requests if one.submitted_at is not None]
    if not sent:
        return {}
    traces = {one.trace_id for one in requests if one.trace_id}
    rows = gateway.log(since=min(sent) - _MARGIN_US, until=max(sent) + _MARGIN_US)
    return {row.trace_id: row async for row in rows if row.trace_id in traces}


def _joined(statements: Sequence[ClosedMonth]) -> bool:
    """Whether no two statements share a line, and none misses one behind the month before it."""
    ordered = sorted(statements, key=lambda one: one.month)
    for one, following in pairwise(ordered):
        adjacent = month_bounds(one.month, "UTC")[1] == month_bounds(following.month, "UTC")[0]
        if following.after_id < one.last_id or (adjacent and following.after_id != one.last_id):
            return False
    return True


class StatementList:
    """Statements for the admins of a place. All raise NotAllowed for people who are not admins."""

    def __init__(self, store: Store, clock: Clock, identity_key: bytes) -> None:
        self.store = store
        self._clock = clock
        self.identity_key = identity_key

    async def _admin(self, actor: Actor) -> Tenant:
        tenant = await self.store.tenant(actor.tenant)
        if not tenant.administers(actor):
            raise NotAllowed(_("Only admins can do that here."))
        return tenant

    async def all(self, actor: Actor) -> list[ClosedMonth]:
        """The newest month first."""
        await self._admin(actor)
        return await self.store.statements(actor.tenant)

    async def create(self, actor: Actor, month: str = "") -> ClosedMonth:
        """Close a month that is over, by default the last one; once made it stays. Raises InvalidOrder."""
        await self._admin(actor)
        return await close_month(self.store, actor.tenant, month, by=actor.person, now=self._clock.now())

    async def show(self, actor: Actor, month: str) -> tuple[ClosedMonth, Tenant]:
        """A statement, and the place with the names of its projects. Raises NotFound."""
        tenant = await self._admin(actor)
        return await found(self.store, actor.tenant, month), tenant

    async def check(self, actor: Actor, month: str) -> StatementCheck:
        """Add a statement up again from the ledger. Raises NotFound."""
        await self._admin(actor)
        return await check(self.store, await found(self.store, actor.tenant, month))
