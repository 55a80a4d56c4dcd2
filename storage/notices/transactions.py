"""Notices and digests as rows: written with the posting that caused them, claimed, ended."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from bot.core.ledger import Balance, Budget, Entry, GivenBy, Scope, Subject
from bot.core.limits import Rules
from bot.core.money import Micros
from bot.core.notices.digest import DigestEnd, DigestPeriod, DigestRow, DigestSums
from bot.core.notices.thresholds import Notice, NoticeOutcome, notices_of
from bot.core.request import Request
from bot.core.tenant import Tenant
from bot.core.windows import Window
from storage.rows import named_budget
from storage.tenants import tenant_from
from storage.transaction import Execute, Row, Transaction, ask, tell


def reached(
    rules: Rules, request: Request, entry: Entry, balances: Mapping[Subject, Balance], now: int
) -> Transaction[None]:
    """Write what people are to be told once this entry is posted; `balances` are those after it.

    It reads nothing: the same statement leaves out what was told before.
    """
    if entry.spent <= 0:
        return
    lines = rules.lines(request.actor, balances, now, entry.project)
    found = notices_of(lines, entry, origin=request.origin, zones=rules.tenant.zones, now=now)
    if found:
        yield Execute("notice_add", [notice_params(one) for one in found])


def notice_params(notice: Notice) -> Row:
    """A new row of `notices`."""
    budget = notice.budget
    return {
        "id": notice.id,
        "budget_id": budget.id,
        "scope": budget.scope,
        "subject": budget.subject,
        "span": budget.window,
        "given_by": budget.given_by,
        "tenant": notice.tenant,
        "person": notice.person,
        "origin": notice.origin,
        "threshold": notice.threshold,
        "starts": notice.starts,
        "ceiling": notice.limit,
        "spent": notice.spent,
        "resets_at": notice.resets_at,
        "request_id": notice.request_id,
        "at": notice.at,
    }


def notice_of(row: Row) -> Notice:
    """A row of `notices`."""
    scope = Scope(row["scope"])
    budget = Budget(
        id=row["budget_id"],
        tenant="*" if scope is Scope.INSTALLATION else row["tenant"],
        scope=scope,
        subject=row["subject"],
        window=Window(row["span"]),
        limit=Micros(row["ceiling"]),
        given_by=GivenBy(row["given_by"]),
    )
    if settings := row.get("settings"):
        budget = named_budget(budget, tenant_from(settings))
    return Notice(
        id=row["id"],
        budget=budget,
        person=row["person"],
        threshold=row["threshold"],
        starts=row["starts"],
        resets_at=row["resets_at"],
        limit=Micros(row["ceiling"]),
        spent=Micros(row["spent"]),
        tenant=row["tenant"],
        origin=row["origin"],
        request_id=row["request_id"],
        at=row["at"],
        attempts=row["attempts"],
        outcome=NoticeOutcome(row["outcome"]),
        set_by=row["set_by"] or "",
        reply_to=json.loads(row["reply_to"] or "{}"),
    )


def listed(name: str, /, **params: object) -> Transaction[list[Notice]]:
    """The notices that a statement finds."""
    return list(map(notice_of, (yield from ask(name, **params))))


def claim(origins: Sequence[str], now: int, until: int, most: int) -> Transaction[list[Notice]]:
    """`Notices.claim_notices`."""
    named = f",{','.join(origins)},"
    return (yield from listed("notices_claim", origins=named, now=now, until=until, most=most))


# digests


def digest_places() -> Transaction[list[Tenant]]:
    """`Notices.digest_places`."""
    return [tenant_from(row["body"]) for row in (yield from ask("digest_places"))]


def digest_add(period: DigestPeriod, now: int) -> Transaction[None]:
    """`Notices.add_digest`."""
    origin = period.tenant.partition(":")[0]
    yield from tell("digest_add", **_period_params(period), ends=period.until, origin=origin, now=now)


def _period_params(period: DigestPeriod) -> Row:
    return {"tenant": period.tenant, "span": period.window, "starts": period.since}


def digests_claim(origins: Sequence[str], now: int, until: int, most: int) -> Transaction[list[DigestPeriod]]:
    """`Notices.claim_digests`."""
    named = f",{','.join(origins)},"
    rows = yield from ask("digests_claim", origins=named, now=now, until=until, most=most)
    return [
        DigestPeriod(
            tenant=row["tenant"],
            window=Window(row["span"]),
            since=row["starts"],
            until=row["ends"],
            attempts=row["attempts"],
        )
        for row in rows
    ]


def digest_end(period: DigestPeriod, outcome: NoticeOutcome) -> Transaction[None]:
    """`Notices.end_digest`."""
    yield from tell("digest_end", **_period_params(period), outcome=outcome)


def digest_later(period: DigestPeriod, due: int) -> Transaction[None]:
    """`Notices.digest_later`."""
    yield from tell("digest_later", **_period_params(period), due=due)


def digest_sums(tenant: str, since: int, until: int) -> Transaction[DigestSums]:
    """`Notices.digest_sums`."""
    params = {"tenant": tenant, "since": since, "until": until}
    rows = yield from ask("digest_spending", **params)
    days = yield from ask("digest_days", **params)
    ends = yield from ask("digest_ends", **params)
    return DigestSums(
        rows=tuple(_digest_row(row) for row in rows),
        quarters=tuple((row["bucket"], Micros(row["spent"])) for row in days),
        ends=tuple(_digest_end(row) for row in ends),
    )


def _digest_row(row: Row) -> DigestRow:
    return DigestRow(
        person=row["person"],
        name=row["name"],
        channel=row["channel"],
        capability=row["capability"],
        model=row["model"],
        spent=Micros(row["spent"]),
        requests=row["requests"],
        project=row["project"],
    )


def _digest_end(row: Row) -> DigestEnd:
    failure: dict[str, str] = json.loads(row["failure"]) or {}
    return DigestEnd(state=row["state"], code=failure.get("code", ""), requests=row["requests"])
