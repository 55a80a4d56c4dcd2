"""A tenant's settings, as they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pydantic import TypeAdapter

from bot.core.budget_rules.starter_limits import NO_STARTERS, StarterLimits
from bot.core.tenant import Tenant
from storage.transaction import Row

_TENANT = TypeAdapter(Tenant)


def tenant_of(rows: Sequence[Row], tenant_id: str, starters: StarterLimits = NO_STARTERS) -> Tenant:
    """A tenant's settings, or those of a new place if none were saved."""
    return tenant_from(rows[0]["body"]) if rows else starters.new_place(tenant_id)


@lru_cache(maxsize=256)
def tenant_from(text: str) -> Tenant:
    return _TENANT.validate_json(text)


def tenant_text(tenant: Tenant) -> str:
    """A tenant's settings as they are stored."""
    return _TENANT.dump_json(tenant).decode()
