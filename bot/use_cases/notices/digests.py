"""The figures of a digest, as they are at the moment of asking."""

from __future__ import annotations

from bot.core.notices.digest import (
    Digest,
    DigestPeriod,
    digest_of,
    last_period,
    period_before,
    running_period,
    window_of,
)
from bot.core.ports.store import Store
from bot.core.tenant import Tenant
from bot.core.windows import Window


async def digest_for(store: Store, tenant: Tenant, period: DigestPeriod) -> Digest:
    """A period beside the one before."""
    before = period_before(period, tenant.zones)
    return digest_of(
        tenant,
        period,
        await store.digest_sums(tenant.id, since=period.since, until=period.until),
        await store.digest_sums(tenant.id, since=before.since, until=before.until),
    )


async def digest_preview(
    store: Store, tenant: Tenant, now: int, *, window: Window | None = None, last: bool = False
) -> Digest:
    """The running week or month so far, or the `last` one that is over; the place's own where none is said.

    A place that gets no digest is shown its month.
    """
    wanted = window or window_of(tenant.digest) or Window.MONTH
    period = last_period(tenant, wanted, now) if last else running_period(tenant, wanted, now)
    return await digest_for(store, tenant, period)
