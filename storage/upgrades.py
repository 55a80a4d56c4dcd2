"""The parts of migrations that need Python: sums that depend on when windows begin.

Each runs once per database, in the transaction of its migration, right after the script of the same number.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.core import limits
from bot.core.ledger import (
    COMMON,
    EVERYONE,
    INSTALLATION,
    KEPT,
    GivenBy,
    Scope,
    Subject,
    budget_id,
    starts,
)
from bot.core.money import DOLLAR, Micros
from bot.core.tenant import Tenant
from bot.core.windows import Window, ZoneHistory
from storage.rows import budget_of, to_json
from storage.tenants import tenant_of, tenant_text
from storage.transaction import Execute, Row, Script, Transaction, ask, tell


def spending_by_subject(now: int) -> Transaction[None]:
    """Compute balances from the postings, and convert the old ledger's grants, as of `now` (UTC micros)."""
    latest = yield from ask("upgrade_latest")
    moment = max(now, latest[0]["at"])
    tenants = yield from ask("upgrade_tenants")
    zones = {INSTALLATION: ZoneHistory()} | {row["id"]: _zones(row, row["id"]) for row in tenants}
    yield Execute(
        "upgrade_windows_add",
        [
            {"tenant": tenant, **starts(Subject(Scope.TENANT, tenant), moment, zones[tenant])._asdict()}
            for tenant in sorted(zones)
        ],
    )
    yield from tell("upgrade_balances")
    yield Script(("DROP TABLE upgrade_windows",))
    yield from _keep_grants(moment)


def _keep_grants(now: int) -> Transaction[None]:
    for row in (yield from ask("upgrade_grants")):
        budget, zones = budget_of(row), _zones(row, row["tenant"])
        start, _ = limits.running_window(budget, now, zones)
        if row["window_start"] == start:
            given = limits.grant(budget, row["granted_to"], Micros(row["granted"]), now=now, zones=zones)
            yield from tell("upgrade_grant_add", **vars(given), at=row["at"], by=row["by"])


def keep_without_limits(now: int) -> Transaction[None]:
    """Places and installations from before starter limits keep what they had, as rows that say so: no limit
    where there was none, and the price above which a place is asked.
    """
    places = yield from ask("upgrade_places")
    given = {row["tenant"] for row in (yield from ask("upgrade_operators"))}
    for row in places:
        place = row["id"]
        if place not in given:
            yield from _no_limit(place, Scope.TENANT, "", Window.MONTH, now)
        yield from _no_limit(place, Scope.PERSON, EVERYONE, Window.DAY, now)
        if row["body"] is None:
            yield from tell("upgrade_tenant", id=place, body=tenant_text(Tenant(id=place, threshold=DOLLAR)))
    if places and INSTALLATION not in given:
        yield from _no_limit(INSTALLATION, Scope.INSTALLATION, "", Window.MONTH, now)


def _no_limit(tenant: str, scope: Scope, subject: str, window: Window, now: int) -> Transaction[None]:
    yield from tell(
        "upgrade_no_limit",
        id=budget_id(tenant, scope, subject, window, GivenBy.OPERATOR),
        tenant=tenant,
        scope=scope,
        subject=subject,
        span=window,
        note=KEPT,
        now=now,
    )


def people_everywhere(now: int) -> Transaction[None]:
    """Each person's balance in all places, added up from the postings, and the key of hashes of accounts."""
    latest = yield from ask("upgrade_latest")
    began = starts(COMMON, max(now, latest[0]["at"]), ZoneHistory())
    yield from tell("upgrade_everywhere", **began._asdict())
    key = to_json({"hex": secrets.token_hex(32)})
    yield from tell("upgrade_document", kind="wallet", key="key", body=key)


def _zones(row: Row, tenant: str) -> ZoneHistory:
    return tenant_of([row] if row["body"] else [], tenant).zones


AFTER: Mapping[int, Callable[[int], Transaction[None]]] = MappingProxyType(
    {8: spending_by_subject, 12: keep_without_limits, 17: people_everywhere}
)
"""The upgrades by the number of the migration that they complete."""
