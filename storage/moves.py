"""A request's move: the row, its posting and its conversation, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from gettext import gettext as _

from bot.core import ledger
from bot.core.audit.entries import AuditEntry
from bot.core.budget_rules.starter_limits import NO_STARTERS, StarterLimits
from bot.core.errors import LeaseLost, NoHome, NotFound
from bot.core.ledger import Balance, Entry, Subject, starts
from bot.core.limits import Rules
from bot.core.money import ZERO, Micros
from bot.core.order_rules import pictures_until
from bot.core.ports.store import Change, Fence, Posting, Release, Reserve, Settle
from bot.core.request import HOLDING, MOVES, Actor, Request, State, Turn, uploads_of, with_state_change
from bot.core.windows import ZoneHistory
from storage.audit.transactions import record
from storage.notices.transactions import reached
from storage.postings import CLOSED, OPEN, RELEASED, LedgerPosting, posting_params
from storage.rows import request_of, rules_of, storable, update_params
from storage.statements import check_schema
from storage.tenants import tenant_of
from storage.transaction import Execute, PutBalances, Row, Transaction, ask, lock, tell
from storage.wallets.rules import with_wallet

Turns = tuple[str, Sequence[Turn]]


def move(
    request_id: str,
    change: Change,
    *,
    fence: Fence | None,
    posting: Posting | None,
    turns: Turns | None,
    audit: AuditEntry | None = None,
    starters: StarterLimits = NO_STARTERS,
    now: int,
) -> Transaction[Request]:
    """`Store.move`."""
    rules_at = now if _needs_rules(posting) else 0
    rows = yield from ask("request_lock", id=request_id, rules_at=rules_at)
    if not rows:
        raise NotFound(_("There is no such request."))
    row = rows[0]
    check_schema(row["schema"])
    old = request_of(row)
    if fence is not None and (old.lease_owner, old.lease_epoch) != (fence.owner, fence.epoch):
        raise LeaseLost("Another worker has taken this request.")
    wanted = change(old)
    _check(old, wanted, settles=isinstance(posting, Settle))
    facts, posted = {}, LedgerPosting.of(row)
    if posting is not None:
        rules = None
        if rules_at:
            rules = yield from with_wallet(rules_of(row, old.actor.tenant, starters), old.actor.person, row)
        facts, posted = yield from _post(rules, wanted, posting, posted, now)
    new = with_state_change(old, wanted, updated_at=now, **facts)
    yield from tell("request_update", **update_params(new, (row, old)), **posted.params)
    yield from _remember(old, new, turns, now)
    yield from _keep_pictures(old, new, now)
    yield from record([audit] if audit else [], now)
    return new


def _needs_rules(posting: Posting | None) -> bool:
    """A hold is made under rules, and a cost may reach a threshold of one."""
    return isinstance(posting, Reserve) or (isinstance(posting, Settle) and posting.cost > 0)


def _keep_pictures(old: Request, new: Request, now: int) -> Transaction[None]:
    """Say how long the pictures are kept after an end before the call, or again as long as the words."""
    if new.state is old.state or not uploads_of(new.order):
        return
    until = pictures_until(new, now)
    if until is not None or old.state is State.REFUSED:
        yield from tell("references_keep", request_id=new.id, keep_until=until)


def _check(old: Request, new: Request, *, settles: bool) -> None:
    """Raise ValueError for changes that no caller may make: an illegal move, another order, another actor."""
    if new.state is not old.state and new.state not in MOVES[old.state]:
        raise ValueError(f"no request moves from {old.state} to {new.state}")
    fixed = ("id", "dedupe_key", "origin", "created_at", "parent_id", "conversation", "part", "order")
    for name in fixed:
        if getattr(new, name) is not getattr(old, name) and getattr(new, name) != getattr(old, name):
            raise ValueError(f"{name} of a request does not change")
    if new.actor is not old.actor and _person(new) != _person(old):
        raise ValueError("actor of a request does not change")
    if new.hold != old.hold:
        raise ValueError("a hold changes by postings alone")
    if not settles and (new.charged or 0) != (old.charged or 0):
        raise ValueError("a charge changes by postings alone")


def _person(request: Request) -> Actor:
    """Who asked, without what may change while a request waits."""
    return replace(request.actor, roles=(), guest=False)


_Facts = tuple[Row, LedgerPosting]
"""What a posting changes of the request, for callers and for the ledger."""


def _post(
    rules: Rules | None, new: Request, posting: Posting, posted: LedgerPosting, now: int
) -> Transaction[_Facts]:
    """Post to the ledger; a Reserve and a cost need `rules`. A release without a hold changes nothing."""
    match posting:
        case Reserve():
            if rules is None:
                raise ValueError("a hold is made under rules")
            return (yield from _reserve(rules, new, posting, posted, now))
        case Release():
            if posted.phase != OPEN or new.state in HOLDING:
                return {}, posted
            entry = ledger.release(posted.opening(new, now))
            yield from write(entry, (yield from lock(entry.subjects)), None, now)
            return {"hold": ZERO}, replace(posted, phase=RELEASED)
        case Settle():
            return (yield from _settle(rules, new, posting.cost, posted, now))


def _reserve(
    rules: Rules, new: Request, posting: Reserve, posted: LedgerPosting, now: int
) -> Transaction[_Facts]:
    if posting.hold < 0:
        raise ValueError("a hold is not negative")
    if new.actor.unpaid:
        raise NoHome
    if posted.phase in (OPEN, CLOSED):
        raise ValueError("this request holds money or was settled before")
    opened = LedgerPosting(
        phase=OPEN,
        moment=now if posted.moment is None else posted.moment,
        round=posted.round + 1,
        approved=posting.approved,
    )
    opening = opened.opening(new, now, hold=posting.hold)
    balances = yield from lock({*opening.subjects, *rules.linked_subjects})
    entry = ledger.reserve(rules.lines(new.actor, balances, now, opening.project), opening)
    yield from write(entry, balances, rules.tenant.zones, now)
    return {"hold": entry.held}, opened


def _settle(
    rules: Rules | None, new: Request, cost: Micros, posted: LedgerPosting, now: int
) -> Transaction[_Facts]:
    if cost < 0:
        raise ValueError("a cost is not negative")
    if posted.phase in (RELEASED, CLOSED):
        raise ValueError("this request was settled or released before")
    zones = None
    if posted.phase != OPEN:
        zones = yield from zones_now(new)
        posted = replace(posted, moment=now, round=posted.round + 1)
    entry = ledger.settle(posted.opening(new, now), cost)
    linked = rules.linked_subjects if rules else []
    balances = yield from lock({*entry.subjects, *linked})
    after = yield from write(entry, balances, zones, now)
    if rules is not None:
        yield from reached(rules, new, entry, {**balances, **after}, now)
    yield from charge_conversation(new, cost)
    facts = {"hold": ZERO, "charged": cost, "overrun": entry.overrun}
    return facts, replace(posted, phase=CLOSED)


def charge_conversation(request: Request, amount: Micros) -> Transaction[None]:
    """Add a cost, or the difference to one, to the running total of the request's conversation."""
    if request.conversation and amount:
        yield from tell("conversation_charge", conversation=request.conversation, amount=amount)


def zones_now(request: Request) -> Transaction[ZoneHistory]:
    """The time zones of the request's tenant, needed when no hold has moved the balances to its moment."""
    row = yield from ask("tenant_get", id=request.actor.tenant)
    return tenant_of(row, request.actor.tenant).zones


def write(
    entry: Entry, balances: Mapping[Subject, Balance], zones: ZoneHistory | None, now: int
) -> Transaction[dict[Subject, Balance]]:
    """Append the entry and post it to its (locked) balances; with `zones`, their windows move on to `now`.

    Returns the balances after it.
    """
    after = {
        one: ledger.post(balances[one], entry, None if zones is None else starts(one, now, zones))
        for one in entry.subjects
    }
    yield PutBalances(list(after.values()))
    yield from tell("posting_add", **posting_params(entry, now))
    return after


def _remember(old: Request, new: Request, turns: Turns | None, now: int) -> Transaction[None]:
    """Record how long the model took, and store the conversation."""
    if new.state is State.SETTLED and old.state is not State.SETTLED and new.submitted_at is not None:
        elapsed = max(0, (new.finished_at or now) - new.submitted_at)
        yield from tell("timing_add", model=new.order.model, capability=new.capability, elapsed_us=elapsed)
    if turns is not None and turns[1]:
        conversation, said = turns
        yield Execute(
            "turn_add",
            [
                {
                    "conversation": conversation,
                    "at": now,
                    "request_id": new.id,
                    "place": place,
                    "role": turn.role,
                    "content": storable(turn.content),
                    "author": turn.author,
                    "name": storable(turn.name),
                }
                for place, turn in enumerate(said)
            ],
        )
