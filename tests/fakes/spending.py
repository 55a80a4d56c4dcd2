"""Spending as it stands in a database: two people of one name, before and after a midnight.

The tenant's zone is chosen so that it is about noon there, whatever the time is here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.audit.entries import OPERATOR
from bot.core.identity import new_request_id
from bot.core.ports.store import Reserve, Settle, Store
from bot.core.request import Actor, GenerateOrder, Request, State

CENT = 10_000
NAME = "Sam"


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Who spent in a tenant, and the days that were written."""

    zone: str
    today: str
    yesterday: str


async def two_of_one_name(store: Store, tenant: str, first: str, second: str) -> Spent:
    """`first` spends 3 cents at today's midnight and `second` 4; the second before, 8 and 16.

    `first` was called otherwise yesterday.
    """
    zone = noon_zone()
    await store.change_tenant(tenant, lambda now: replace(now, zone=zone), by=OPERATOR)
    midnight = datetime.now(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    before = midnight - timedelta(seconds=1)
    for moment, person, name, cents in (
        (before, first, "Zed", 8),
        (before, second, NAME, 16),
        (midnight, first, NAME, 3),
        (midnight, second, NAME, 4),
    ):
        actor = Actor(tenant=tenant, person=person, name=name)
        await _charged(store, actor, int(moment.timestamp()) * 1_000_000, cents * CENT)
    return Spent(zone=zone, today=midnight.date().isoformat(), yesterday=before.date().isoformat())


def noon_zone() -> str:
    """A zone in which it is between eleven and one o'clock now."""
    ahead = 12 - datetime.now(UTC).hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"


async def _charged(store: Store, actor: Actor, created: int, cost: int) -> None:
    row = Request(
        id=new_request_id(),
        dedupe_key=new_request_id(),
        origin="nowhere",
        actor=actor,
        order=GenerateOrder(model="seedream-4.5", prompt="a fox"),
        reply_to={},
        state=State.RECEIVED,
        created_at=created,
        updated_at=created,
        due_at=None,
    )
    await store.accept(row, {})
    for state, posting in (
        (State.PRICED, None),
        (State.RESERVED, Reserve(hold=cost)),
        (State.SUBMITTED, None),
        (State.SETTLED, Settle(cost=cost)),
        (State.DELIVERED, None),
    ):
        await store.move(row.id, lambda old, state=state: replace(old, state=state), posting=posting)
