"""Tenants, conversations, the inbox, adapters' documents, and statements too small for a function."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.core.audit.changes import home_changed, settings_changed
from bot.core.budget_rules.starter_limits import StarterLimits
from bot.core.errors import TooLate
from bot.core.identity import DAY_US, ONCE_A_DAY, Home
from bot.core.ports.for_adapters import InboxItem
from bot.core.request import Actor, Turn
from bot.core.tenant import Tenant
from storage.audit.transactions import record
from storage.rows import to_json, turn_of
from storage.statements import check_schema
from storage.tenants import tenant_of, tenant_text
from storage.transaction import Transaction, ask, tell
from storage.wallets import transactions as wallets

CHECK_CHARS = 16_000


def do(name: str, /, **params: Any) -> Transaction[None]:
    """Run one statement that returns no rows."""
    yield from tell(name, **params)


def value(name: str, column: str, /, **params: Any) -> Transaction[Any]:
    """One column of the first row; None if there is no row."""
    rows = yield from ask(name, **params)
    return rows[0][column] if rows else None


def values(name: str, column: str, /, **params: Any) -> Transaction[list[Any]]:
    """One column of all rows."""
    rows = yield from ask(name, **params)
    return [row[column] for row in rows]


def count(name: str, /, **params: Any) -> Transaction[int]:
    """How many rows a statement returns."""
    rows = yield from ask(name, **params)
    return len(rows)


def tenant(tenant_id: str, starters: StarterLimits) -> Transaction[Tenant]:
    """`Store.tenant`."""
    rows = yield from ask("tenant_get", id=tenant_id)
    return tenant_of(rows, tenant_id, starters)


def change_tenant(
    tenant_id: str, change: Callable[[Tenant], Tenant], starters: StarterLimits, *, by: Actor, now: int
) -> Transaction[Tenant]:
    """`Store.change_tenant`."""
    rows = yield from ask("tenant_lock", id=tenant_id, body=tenant_text(starters.new_place(tenant_id)))
    old = tenant_of(rows, tenant_id)
    changed = change(old).after(old, now)
    yield from tell("tenant_put", id=tenant_id, body=tenant_text(changed))
    yield from record(settings_changed(old, changed, by), now)
    return changed


def home(person: str) -> Transaction[Home | None]:
    """`Store.home`."""
    rows = yield from ask("home_get", person=person)
    return Home(**rows[0]) if rows else None


def choose_home(person: str, tenant_id: str, now: int) -> Transaction[Home]:
    """`Store.choose_home`."""
    known = yield from home(person)
    rows = yield from ask("home_choose", person=person, tenant=tenant_id, now=now, before=now - DAY_US)
    if not rows:
        raise TooLate(ONCE_A_DAY)
    chosen = Home(**rows[0])
    yield from record(home_changed(known, chosen), now)
    return chosen


def ping() -> Transaction[None]:
    """`Store.ping`."""
    rows = yield from ask("schema")
    check_schema(rows[0]["number"])


def turns(conversation: str, limit: int, since: int) -> Transaction[list[Turn]]:
    """`Store.turns`."""
    rows = yield from ask("turns_last", conversation=conversation, limit=limit, since=since)
    return [turn_of(row) for row in reversed(rows)]


def inbox_put(source: str, key: str, payload: Mapping[str, Any], now: int) -> Transaction[bool]:
    """`Store.inbox_put`."""
    rows = yield from ask("inbox_put", source=source, key=key, payload=to_json(payload), now=now)
    return bool(rows)


def inbox_pending(source: str, older_than: int) -> Transaction[list[InboxItem]]:
    """`Store.inbox_pending`."""
    rows = yield from ask("inbox_pending", source=source, older_than=older_than)
    return [
        InboxItem(
            source=row["source"],
            key=row["key"],
            payload=json.loads(row["payload"]),
            received_at=row["received_at"],
        )
        for row in rows
    ]


def put_document(kind: str, key: str, body: Mapping[str, Any]) -> Transaction[None]:
    """`Store.put_document`."""
    yield from tell("document_put", kind=kind, key=key, body=to_json(body))


def check() -> Transaction[None]:
    """`Store.check`: more than fits into the room that is left in a page, and gone again at the end."""
    yield from tell("document_put", kind="check", key="check", body=to_json({"filler": "x" * CHECK_CHARS}))
    yield from tell("document_delete", kind="check", key="check")


def documents(kind: str) -> Transaction[dict[str, Mapping[str, Any]]]:
    """`Store.documents`."""
    rows = yield from ask("documents_of", kind=kind)
    return {row["key"]: json.loads(row["body"]) for row in rows}


def purge(before: int, now: int) -> Transaction[int]:
    """Delete old turns and inbox rows, and what is over of links between accounts."""
    said = yield from ask("turns_purge", before=before)
    yield from tell("pictures_purge", before=before)
    events = yield from ask("inbox_purge", before=before)
    yield from wallets.purge(now)
    told = yield from ask("notices_purge", before=before)
    told += yield from ask("digests_purge", before=before)
    return len(said) + len(events) + len(told)
