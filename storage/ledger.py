"""Budgets and the ledger: reading, changing, proving."""

from __future__ import annotations

from dataclasses import replace

from bot.core import ledger
from bot.core.errors import NotFound
from bot.core.ledger import INSTALLATION, Budget, Entry, Kind, Line
from bot.core.money import Micros
from bot.core.ports.for_adapters import SpendRow
from bot.core.ports.store import Difference
from bot.core.request import Request
from bot.core.tenant import local_time
from storage.moves import QUARTER_US, applicable, bound, with_balances, write_entries
from storage.rows import (
    CLOSED,
    OPEN,
    budget_of,
    entry_of,
    postings_text,
    request_of,
    tenant_of,
    update_params,
)
from storage.transaction import Row, Transaction, ask, lock, look, tell

PAGE = 1000
"""Entries read at a time."""


def budgets(tenant: str, now: int) -> Transaction[list[Line]]:
    """`Store.budgets`."""
    zone = tenant_of((yield from ask("tenant_get", id=tenant)), tenant).zone
    rows = yield from ask("budgets_of", tenant=tenant)
    if tenant != INSTALLATION:
        rows = rows + (yield from ask("budgets_of", tenant=INSTALLATION))
    found = [budget_of(row) for row in rows]
    return (
        yield from with_balances(
            [bound(one, _counted_for(one, one.subject), zone, now) for one in found], look
        )
    )


def set_budget(budget: Budget, *, by: str, now: int) -> Transaction[Budget]:
    """`Store.set_budget`."""
    if budget.limit is None or budget.limit < 0:
        raise ValueError("a budget has a limit of zero or more")
    rows = yield from ask(
        "budget_set",
        id=budget.id,
        tenant=budget.tenant,
        scope=budget.scope,
        subject=budget.subject,
        span=budget.window,
        ceiling=budget.limit,
        by=by,
        now=now,
    )
    return budget_of(rows[0])


def grant(budget: Budget, subject: str, amount: Micros, *, by: str, now: int) -> Transaction[None]:
    """`Store.grant`."""
    zone = tenant_of((yield from ask("tenant_get", id=budget.tenant)), budget.tenant).zone
    _, key, _ = bound(budget, _counted_for(budget, subject), zone, now)
    balances = yield from lock([key])
    yield from write_entries([Entry(key=key, kind=Kind.GRANT, granted=amount, by=by)], balances, now)


def _counted_for(budget: Budget, subject: str) -> str:
    """Budgets of all together have one balance, whoever is named."""
    return "" if budget.shared else subject


def adjust(request_id: str, charged: Micros, *, by: str, now: int) -> Transaction[None]:
    """`Store.adjust`."""
    rows = yield from ask("request_lock", id=request_id, rules=False)
    if not rows:
        raise NotFound("There is no such request.")
    old = request_of(rows[0])
    if rows[0]["phase"] == OPEN:
        raise ValueError("a request that holds money is settled, not adjusted")
    opening = yield from _opened(old, now)
    balances = yield from lock([entry.key for entry in opening])
    difference = Micros(charged - (old.charged or 0))
    if difference:
        yield from write_entries(ledger.adjust(opening, difference, by=by), balances, now)
    overrun = Micros(max(0, charged - max((entry.held for entry in opening), default=0)))
    new = replace(old, charged=charged, charged_from="log", overrun=overrun, updated_at=now)
    posted = {"phase": CLOSED, "posted": postings_text([entry.key for entry in opening])}
    yield from tell("request_update", **update_params(new, (rows[0], old)), **posted)


def _opened(request: Request, now: int) -> Transaction[list[Entry]]:
    """What the request once held; where it never did, nothing on every budget that applies."""
    rows = yield from ask("postings_of_request", request_id=request.id)
    held = [entry for entry in map(entry_of, rows) if entry.kind is Kind.RESERVE]
    if held:
        return held
    keys = {entry.key for entry in map(entry_of, rows)}
    if not keys:
        keys = {key for _, key, _ in (yield from applicable(request.actor, now))}
    return [Entry(key=key, kind=Kind.RESERVE, request_id=request.id, by=request.actor.person) for key in keys]


def spending(tenant: str, since: int) -> Transaction[list[SpendRow]]:
    """`Store.spending`."""
    zone = tenant_of((yield from ask("tenant_get", id=tenant)), tenant).zone
    rows = yield from ask("spending", tenant=tenant, since=since)
    days: dict[tuple[str, str, str], SpendRow] = {}
    for row in rows:
        day = local_time(row["bucket"] * QUARTER_US, zone).date().isoformat()
        key = (day, row["person"], row["capability"])
        before = days.get(key)
        days[key] = SpendRow(
            day=day,
            person=row["person"],
            name=row["name"],
            capability=row["capability"],
            charged=Micros(row["charged"] + (before.charged if before else 0)),
            requests=row["requests"] + (before.requests if before else 0),
            named_at=row["named_at"],
        )
    return [days[key] for key in sorted(days)]


def entries_page(after: int, since: int) -> Transaction[list[tuple[int, Entry]]]:
    """Some entries after a number, oldest first, each with its number."""
    rows = yield from ask("entries_after", after=after, since=since, limit=PAGE)
    return [(row["id"], entry_of(row)) for row in rows]


def verify() -> Transaction[list[Difference]]:
    """`Store.verify`."""
    balances = yield from ask("verify_balances")
    requests = yield from ask("verify_requests")
    orphans = yield from ask("verify_orphans")
    return [
        *map(_balance_difference, balances),
        *map(_request_difference, requests),
        *(
            Difference(
                where=f"request {row['id']}",
                stored=f"hold {row['hold']}, charged {row['charged']}",
                recomputed="no entries",
            )
            for row in orphans
        ),
    ]


def _balance_difference(row: Row) -> Difference:
    again = {name: row[f"{name}_again"] for name in ("spent", "held", "granted")}
    return Difference(
        where=f"balance {_name(row)}",
        stored=_totals(row),
        recomputed=_totals(again),
    )


def _request_difference(row: Row) -> Difference:
    known = row["hold"] is not None
    return Difference(
        where=f"request {row['request_id']} on balance {_name(row)}",
        stored=f"hold {row['hold']}, charged {row['charged'] or 0}" if known else "no such request",
        recomputed=f"hold {row['held_again']}, charged {row['spent_again']}",
    )


def _name(row: Row) -> str:
    return "/".join(filter(None, (row["budget_id"], row["subject"], str(row["window_start"]))))


def _totals(row: Row) -> str:
    return f"spent {row['spent']}, held {row['held']}, granted {row['granted']}"
