"""Budgets and the ledger: reading, changing, verifying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from gettext import gettext as _

from bot.core import ledger, limits
from bot.core.audit.changes import granted, limit_changed
from bot.core.budget_rules.starter_limits import StarterLimits
from bot.core.errors import NotFound
from bot.core.ledger import (
    INSTALLATION,
    Balance,
    Budget,
    BudgetLine,
    Entry,
    Grant,
    Scope,
    Subject,
    everywhere,
    subjects,
)
from bot.core.limits import ExplainedLine, Rules
from bot.core.money import ZERO, Micros
from bot.core.ports.for_adapters import SpendRow
from bot.core.ports.store import Difference
from bot.core.request import Actor, Request
from bot.core.tenant import local_time
from bot.core.wallets.limits import is_private, line_everywhere
from bot.core.wallets.members import linked_accounts
from bot.core.windows import QUARTER_US, ZoneHistory
from storage.audit.transactions import record
from storage.moves import charge_conversation, write, zones_now
from storage.notices.transactions import reached
from storage.postings import CLOSED, OPEN, LedgerPosting, entry_of
from storage.rows import budget_of, grant_of, named_budget, request_of, rules_of, update_params
from storage.tenants import tenant_of
from storage.transaction import Ask, Row, Transaction, ask, lock, look, tell
from storage.wallets.rules import wallet_of, with_wallet

PAGE = 1000
"""How many entries are read at a time."""
_PARTS = ("held", "total", "day", "week", "month")


def lines(actor: Actor, project: str, starters: StarterLimits, now: int) -> Transaction[list[BudgetLine]]:
    """`Store.lines`."""
    rules, balances = yield from _rules(actor, project, starters, now)
    return rules.lines(actor, balances, now, project)


def explained(
    actor: Actor, project: str, starters: StarterLimits, now: int
) -> Transaction[list[ExplainedLine]]:
    """`Store.explained`."""
    rules, balances = yield from _rules(actor, project, starters, now)
    return rules.explained(actor, balances, now, project)


def _rules(
    actor: Actor, project: str, starters: StarterLimits, now: int
) -> Transaction[tuple[Rules, dict[Subject, Balance]]]:
    rows = yield from ask("rules_of", tenant=actor.tenant, person=actor.person, now=now)
    rules = yield from with_wallet(rules_of(rows[0], actor.tenant, starters), actor.person, rows[0])
    balances = yield from look((*_looked_at(rules, actor, project), *rules.linked_subjects))
    return rules, balances


def _looked_at(rules: Rules, actor: Actor, project: str) -> list[Subject]:
    """The subjects that may bind the actor, and every project with a budget: a line may tell of it."""
    projects = [limits.subject_of(one, "") for one in rules.budgets if one.scope is Scope.PROJECT]
    return [*subjects(actor.tenant, actor.channel, actor.person, project), *projects]


def budgets(tenant: str, starters: StarterLimits, now: int) -> Transaction[list[BudgetLine]]:
    """`Store.budgets`."""
    place = tenant_of((yield from ask("tenant_get", id=tenant)), tenant)
    rows = yield from ask("budgets_of", tenant=tenant)
    if tenant != INSTALLATION:
        rows = rows + (yield from ask("budgets_of", tenant=INSTALLATION))
    known = [one for one in map(budget_of, rows) if tenant == INSTALLATION or not is_private(one)]
    found = [named_budget(one, place) for one in starters.added(tenant, known)]
    balances = yield from look(limits.subject_of(one, one.subject) for one in found if not one.per_person)
    asked: list[Row] = yield Ask("grants_of", [{"id": one.id, "now": now} for one in found])
    grants = [one for one in map(grant_of, asked) if not one.person]
    zones = place.zones
    lines = [limits.line(one, "", _shared(one, balances), grants, now=now, zones=zones) for one in found]
    for number, line in enumerate(lines):
        if is_private(line.budget):
            lines[number] = yield from _together(line.budget, grants, now)
    return lines


def _together(budget: Budget, grants: Sequence[Grant], now: int) -> Transaction[BudgetLine]:
    """One person's limit in all places, with what their accounts have spent of it together."""
    person = budget.subject
    linked = linked_accounts(person, (yield from wallet_of(person)))
    balances = yield from look(everywhere(one) for one in (person, *(one.person for one in linked)))
    more = limits.granted(grants, budget, person, now)
    return line_everywhere(budget, person, linked, balances, granted=more, now=now)


def _shared(budget: Budget, balances: dict[Subject, Balance]) -> Balance | None:
    return None if budget.per_person else balances.get(limits.subject_of(budget, budget.subject))


def set_budget(budget: Budget, *, by: Actor, now: int) -> Transaction[Budget]:
    """`Store.set_budget`."""
    if budget.limit is not None and budget.limit < 0:
        raise ValueError("a limit is not negative")
    if budget.limit is None and not budget.note:
        raise ValueError("a budget without a limit says why")
    place: Row = {
        "id": budget.id,
        "tenant": budget.tenant,
        "scope": budget.scope,
        "subject": budget.subject,
        "span": budget.window,
        "given_by": budget.given_by,
        "by": by.person,
        "now": now,
    }
    [locked] = yield from ask("budget_lock", **place)
    rows = yield from ask("budget_set", **place, ceiling=budget.limit, note=budget.note)
    made = budget_of(rows[0])
    known = None if locked["removed"] else budget_of(locked)
    yield from record(limit_changed(known, made, by), now)
    return made


def remove_budget(budget_id: str, *, by: Actor, now: int) -> Transaction[bool]:
    """`Store.remove_budget`."""
    rows = yield from ask("budget_remove", id=budget_id, by=by.person, now=now)
    yield from tell("grants_end", id=budget_id, now=now)
    for row in rows:
        yield from record(limit_changed(budget_of(row), None, by), now)
    return bool(rows)


def grant(budget: Budget, subject: str, amount: Micros, *, by: Actor, now: int) -> Transaction[None]:
    """`Store.grant`."""
    zones = tenant_of((yield from ask("tenant_get", id=budget.tenant)), budget.tenant).zones
    given = limits.grant(budget, subject, amount, now=now, zones=zones)
    if not (yield from ask("grant_add", **vars(given), now=now, by=by.person)):
        raise NotFound(_("That budget has been removed in the meantime."))
    yield from record([granted(budget, subject, amount, by)], now)


def adjust(
    request_id: str, charged: Micros, starters: StarterLimits, *, by: str, tell_person: bool, now: int
) -> Transaction[None]:
    """`Store.adjust`."""
    rows = yield from ask("request_lock", id=request_id, rules_at=now)
    if not rows:
        raise NotFound(_("There is no such request."))
    old, posted = request_of(rows[0]), LedgerPosting.of(rows[0])
    if posted.phase == OPEN:
        raise ValueError("a request that holds money is settled, not adjusted")
    held = yield from ask("last_hold", request_id=request_id)
    difference = Micros(charged - (old.charged or 0))
    if difference:
        rules = rules_of(rows[0], old.actor.tenant, starters)
        posted = yield from _correct(rules, old, posted, difference, by, now)
    overrun = Micros(max(0, charged - max((row["held"] for row in held), default=0)))
    new = replace(old, charged=charged, charged_from="log", overrun=overrun, updated_at=now)
    if tell_person and difference:
        new = replace(new, due_at=now, attempts=0)
    params = update_params(new, (rows[0], old))
    yield from tell("request_update", **params, **replace(posted, phase=CLOSED).params)


def _correct(
    rules: Rules, old: Request, posted: LedgerPosting, difference: Micros, by: str, now: int
) -> Transaction[LedgerPosting]:
    """Post the difference at the moment of the charge; at `now` if nothing was ever posted."""
    zones: ZoneHistory | None = None
    if posted.moment is None:
        zones = yield from zones_now(old)
        posted = replace(posted, moment=now)
    entry = ledger.adjust(posted.opening(replace(old, hold=ZERO), now), difference, by=by)
    after = yield from write(entry, (yield from lock(entry.subjects)), zones, now)
    yield from reached(rules, old, entry, after, now)
    yield from charge_conversation(old, difference)
    return posted


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
    """The next `PAGE` entries after a number, oldest first, each with its number."""
    rows = yield from ask("entries_after", after=after, since=since, limit=PAGE)
    return [(row["id"], entry_of(row)) for row in rows]


def verify() -> Transaction[list[Difference]]:
    """`Store.verify`."""
    balances = yield from ask("verify_balances")
    requests = yield from ask("verify_requests")
    orphans = yield from ask("verify_orphans")
    conversations = yield from ask("verify_conversations")
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
        *map(_conversation_difference, conversations),
    ]


def _balance_difference(row: Row) -> Difference:
    missing = row["total"] is None
    return Difference(
        where=f"balance {'/'.join(filter(None, (row['scope'], row['tenant'], row['key'])))}",
        stored="no balance" if missing else _figures({part: row[part] for part in _PARTS}),
        recomputed=_figures({part: row[f"{part}_again"] for part in _PARTS}),
    )


def _request_difference(row: Row) -> Difference:
    known = row["hold"] is not None
    return Difference(
        where=f"request {row['request_id']}",
        stored=f"hold {row['hold']}, charged {row['charged'] or 0}" if known else "no such request",
        recomputed=f"hold {row['held_again']}, charged {row['spent_again']}",
    )


def _conversation_difference(row: Row) -> Difference:
    return Difference(
        where=f"conversation {row['id']}",
        stored=f"charged {row['charged']}",
        recomputed=f"charged {row['charged_again']}",
    )


def _figures(parts: Row) -> str:
    return ", ".join(f"{name} {amount}" for name, amount in parts.items())
