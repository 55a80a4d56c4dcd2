"""When a limit is worth a notice: at 50, 80 and 100 percent of it, once each in a window.

What counts is what was spent, and it is looked at whenever something is spent. Money that is held for running
orders does not count: it may come back. At 100 percent nothing is left, and the next order is refused.

A notice is named after its limit, whose spending it is, the beginning of the window, the amount and the
threshold. A limit that is raised has another amount, so its thresholds are told again when they are reached
again; going back to an amount repeats nothing. Where one order passes several, only the highest is told, and
none below one that was told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bot.core.ledger import INSTALLATION, OPERATORS, Budget, BudgetLine, Entry, GivenBy, Scope
from bot.core.money import ZERO, Micros
from bot.core.windows import Window, ZoneHistory, bounds

THRESHOLDS = (100, 80, 50)
"""In percent, the highest first."""
NOTICE_CHOICE = "notice_choice"
"""Kind of the stored document that says whether a person wants to be told; its key is the person."""
UNASKED_S = 86_400
"""How long a notice is tried, in seconds; later it is no news."""


class Audience(StrEnum):
    """Who is told: the person whose limit it is, the admins of a place, or the operator of the bot."""

    PERSON = "person"
    ADMINS = "admins"
    OPERATOR = "operator"


class NoticeOutcome(StrEnum):
    """What became of a notice."""

    WAITING = ""
    TOLD = "told"
    UNWANTED = "unwanted"
    """Notices are switched off there."""
    UNDELIVERABLE = "undeliverable"
    LATE = "late"
    """Its window, or a day, was over before it could be told."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A limit of which `threshold` percent are spent. Times in UTC microseconds.

    `starts` and `resets_at` are the window's ends; `person` is empty where the limit is shared. `request_id`
    names the order that reached it and `origin` its platform; `reply_to` is where that was asked, and
    `set_by` who set the limit. `attempts` counts deliveries that were begun.
    """

    id: str
    budget: Budget
    person: str
    threshold: int
    starts: int
    resets_at: int | None
    limit: Micros
    spent: Micros
    tenant: str
    origin: str
    request_id: str = ""
    at: int = 0
    attempts: int = 0
    outcome: NoticeOutcome = NoticeOutcome.WAITING
    set_by: str = ""
    reply_to: dict[str, Any] = field(default_factory=dict[str, Any])

    @property
    def audience(self) -> Audience:
        """Who is told."""
        return audience_of(self.budget.scope)

    @property
    def left(self) -> Micros:
        """What is left; not less than nothing."""
        return max(ZERO, Micros(self.limit - self.spent))


def audience_of(scope: Scope) -> Audience:
    """Who is told about a limit of this scope."""
    match scope:
        case Scope.PERSON | Scope.ROLE | Scope.EVERYWHERE:
            return Audience.PERSON
        case Scope.CHANNEL | Scope.PROJECT | Scope.TENANT:
            return Audience.ADMINS
        case Scope.INSTALLATION:
            return Audience.OPERATOR


def reached(spent: Micros, limit: Micros | None) -> int:
    """The highest threshold that is reached, in percent; 0 for none. A limit of nothing has none."""
    if not limit or limit < 0:
        return 0
    return next((one for one in THRESHOLDS if spent * 100 >= limit * one), 0)


def notices_of(
    lines: Iterable[BudgetLine], entry: Entry, *, origin: str, zones: ZoneHistory, now: int
) -> list[Notice]:
    """One notice for each limit that stands at a threshold after this entry; the store leaves out those
    that were told. `zones` are the tenant's.
    """
    counted = [line for line in lines if not entry.approved or line.budget.scope in OPERATORS]
    found = ((line, reached(line.spent, line.limit)) for line in counted)
    return [_notice(line, threshold, entry, origin, zones, now) for line, threshold in found if threshold]


def _notice(
    line: BudgetLine, threshold: int, entry: Entry, origin: str, zones: ZoneHistory, now: int
) -> Notice:
    budget, limit = line.budget, line.limit or ZERO
    private = audience_of(budget.scope) is Audience.PERSON
    person = entry.person if private else ""
    starts, ends = bounds(budget.window, now, ZoneHistory() if budget.tenant == INSTALLATION else zones)
    return Notice(
        id=notice_id(budget.id, person, starts, limit, threshold),
        budget=budget,
        person=person,
        threshold=threshold,
        starts=starts,
        resets_at=ends,
        limit=limit,
        spent=line.spent,
        tenant=entry.tenant if private else budget.tenant,
        origin="" if budget.scope is Scope.INSTALLATION else origin,
        request_id=entry.request_id,
        at=now,
    )


def notice_id(budget: str, person: str, starts: int, limit: Micros, threshold: int) -> str:
    """24 characters: short enough for a nonce on Discord."""
    name = "\n".join((budget, person, str(starts), str(limit), str(threshold)))
    return f"ntc_{hashlib.sha256(name.encode()).hexdigest()[:20]}"


GATEWAY_BUDGET = "gateway:balance"


def gateway_notice(*, round_: int, spent: Micros, had: Micros, threshold: int, now: int) -> Notice:
    """A notice that so much is used of what the gateway's account had after its last payment, the
    `round_`th that was seen.
    """
    budget = Budget(
        id=GATEWAY_BUDGET,
        tenant="*",
        scope=Scope.INSTALLATION,
        subject="",
        window=Window.TOTAL,
        limit=had,
        given_by=GivenBy.OPERATOR,
    )
    return Notice(
        id=notice_id(budget.id, "", round_, had, threshold),
        budget=budget,
        person="",
        threshold=threshold,
        starts=round_,
        resets_at=None,
        limit=had,
        spent=spent,
        tenant="*",
        origin="",
        at=now,
    )
