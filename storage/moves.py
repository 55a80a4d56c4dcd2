"""A request's move: the row, its postings and its conversation, together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from bot.core import ledger
from bot.core.errors import LeaseLost, NotFound
from bot.core.ledger import INSTALLATION, Balance, BalanceKey, Budget, Entry, Kind, Line
from bot.core.money import ZERO, Micros
from bot.core.ports.store import Change, Fence, Grant, Posting, Release, Reserve, Settle
from bot.core.request import HOLDING, MOVES, Actor, Request, State, Turn
from storage.rows import (
    CLOSED,
    OPEN,
    entry_params,
    postings_of,
    postings_text,
    request_of,
    rules_of,
    storable,
    update_params,
)
from storage.transaction import Put, Row, Tell, Transaction, ask, lock, tell

Fetch = Callable[[Sequence[BalanceKey]], Transaction[dict[BalanceKey, Balance]]]
"""`lock` or `look`."""
Turns = tuple[str, Sequence[Turn]]


def move(
    request_id: str,
    change: Change,
    *,
    fence: Fence | None,
    posting: Posting | None,
    turns: Turns | None,
    now: int,
) -> Transaction[Request]:
    """`Store.move`."""
    rows = yield from ask("request_lock", id=request_id, rules=isinstance(posting, Reserve | Grant))
    if not rows:
        raise NotFound("There is no such request.")
    row = rows[0]
    old = request_of(row)
    if fence is not None and (old.lease_owner, old.lease_epoch) != (fence.owner, fence.epoch):
        raise LeaseLost("Another worker has taken this request.")
    wanted = change(old)
    _check(old, wanted, settles=isinstance(posting, Settle))
    facts, phase, keys = {}, row["phase"], row["posted"]
    if posting is not None and (posted := (yield from _post(row, wanted, posting, now))):
        facts, phase, keys = posted
    new = replace(wanted, updated_at=now, **facts)
    params = update_params(new, (row, old))
    yield from tell("request_update", phase=phase, posted=keys, **params)
    yield from _remember(old, new, turns, now)
    return new


def _check(old: Request, new: Request, *, settles: bool) -> None:
    """Refuse what no caller may do: a move that is not in the table, another order, another actor."""
    if new.state is not old.state and new.state not in MOVES[old.state]:
        raise ValueError(f"no request moves from {old.state} to {new.state}")
    fixed = ("id", "dedupe_key", "origin", "created_at", "parent_id", "actor", "order")
    for name in fixed:
        if getattr(new, name) is not getattr(old, name) and getattr(new, name) != getattr(old, name):
            raise ValueError(f"{name} of a request does not change")
    if new.hold != old.hold:
        raise ValueError("a hold changes by postings alone")
    if not settles and (new.charged or 0) != (old.charged or 0):
        raise ValueError("a charge changes by postings alone")


_Posted = tuple[Row, str, str]
"""What a posting changes of the request, and the row's `phase` and `posted` after it."""


def _post(row: Row, new: Request, posting: Posting, now: int) -> Transaction[_Posted | None]:
    """Post to the ledger; None when that leaves the request as it is."""
    if isinstance(posting, Reserve):
        return (yield from _reserve(row, new, posting.hold, now))
    if isinstance(posting, Grant):
        yield from _grant(row, new, posting, now)
        return None
    if isinstance(posting, Release) and (row["phase"] != OPEN or new.state in HOLDING):
        return None
    return (yield from _close(row, new, posting, now))


def _reserve(row: Row, new: Request, hold: Micros, now: int) -> Transaction[_Posted]:
    if hold < 0:
        raise ValueError("a hold is not negative")
    if row["phase"]:
        raise ValueError("this request has reserved before")
    found = yield from with_balances(_bounds(row, new.actor, now), lock)
    entries = ledger.reserve(found, hold, request_id=new.id, by=new.actor.person)
    yield from write_entries(entries, {line.balance.key: line.balance for line in found}, now)
    return {"hold": hold}, OPEN, postings_text([entry.key for entry in entries])


def _close(row: Row, new: Request, posting: Settle | Release, now: int) -> Transaction[_Posted]:
    if row["phase"] == CLOSED:
        raise ValueError("this request was settled or released before")
    keys = row["posted"]
    if row["phase"] != OPEN:
        keys = postings_text([key for _, key, _ in (yield from applicable(new.actor, now))])
    opening = _opening(keys, new)
    balances = yield from lock([entry.key for entry in opening])
    facts: Row = {"hold": ZERO}
    if isinstance(posting, Settle):
        if posting.cost < 0:
            raise ValueError("a cost is not negative")
        closing = ledger.settle(opening, posting.cost)
        facts |= {"charged": posting.cost, "overrun": Micros(max(0, posting.cost - new.hold))}
    else:
        closing = ledger.release(opening)
    yield from write_entries(closing, balances, now)
    return facts, CLOSED, keys


def _grant(row: Row, new: Request, posting: Grant, now: int) -> Transaction[None]:
    found = yield from with_balances(_bounds(row, new.actor, now), lock)
    entries = ledger.grant(found, posting.amount, request_id=new.id, by=posting.by)
    yield from write_entries(entries, {line.balance.key: line.balance for line in found}, now)


def _opening(posted: str, new: Request) -> list[Entry]:
    """What the request holds; without a hold, nothing wherever it would have held."""
    return [
        Entry(key=key, kind=Kind.RESERVE, request_id=new.id, held=new.hold, by=new.actor.person)
        for key in postings_of(posted)
    ]


def write_entries(
    entries: Sequence[Entry], balances: Mapping[BalanceKey, Balance], now: int
) -> Transaction[None]:
    """Append the entries and post them to their (locked) balances."""
    yield Put([ledger.post(balances[entry.key], entry) for entry in entries])
    yield Tell("entry_add", [entry_params(entry, now) for entry in entries])


Bound = tuple[Budget, BalanceKey, int | None]
"""A budget that applies, the balance it is counted on, and when that window ends."""


def applicable(actor: Actor, now: int) -> Transaction[list[Bound]]:
    """The budgets that bind the actor now; the account comes first."""
    rows = yield from ask("rules_of", tenant=actor.tenant, person=actor.person)
    return _bounds(rows[0], actor, now)


def _bounds(row: Row, actor: Actor, now: int) -> list[Bound]:
    tenant, budgets = rules_of(row, actor.tenant)
    return [
        bound(budget, subject, tenant.zone, now)
        for budget, subject in ledger.applicable(budgets, actor, exempt=tenant.exempts(actor))
    ]


# Windows begin on a quarter of an hour in every time zone, so all moments of one share their window.
QUARTER_US = 900_000_000
_window_bounds = lru_cache(maxsize=1024)(ledger.window_bounds)


def bound(budget: Budget, subject: str, zone: str, now: int) -> Bound:
    """The balance of a budget for a subject now; the installation's windows are those of UTC."""
    own = "UTC" if budget.tenant == INSTALLATION else zone
    start, end = _window_bounds(budget.window, now - now % QUARTER_US, own)
    return budget, BalanceKey(budget_id=budget.id, subject=subject, window_start=start), end


def lines(actor: Actor, now: int, fetch: Fetch) -> Transaction[list[Line]]:
    """`Store.lines`; `fetch` says whether the balances are to be held."""
    return (yield from with_balances((yield from applicable(actor, now)), fetch))


def with_balances(found: Sequence[Bound], fetch: Fetch) -> Transaction[list[Line]]:
    """Lines of these budgets."""
    balances = yield from fetch([key for _, key, _ in found])
    return [Line(budget=budget, balance=balances[key], resets_at=end) for budget, key, end in found]


def _remember(old: Request, new: Request, turns: Turns | None, now: int) -> Transaction[None]:
    """Learn how long the model took, and keep the conversation."""
    if new.state is State.SETTLED and old.state is not State.SETTLED and new.submitted_at is not None:
        elapsed = max(0, (new.finished_at or now) - new.submitted_at)
        yield from tell("timing_add", model=new.order.model, capability=new.capability, elapsed_us=elapsed)
    if turns is not None and turns[1]:
        conversation, said = turns
        yield Tell(
            "turn_add",
            [
                {
                    "conversation": conversation,
                    "at": now,
                    "request_id": new.id,
                    "place": place,
                    "role": turn.role,
                    "content": storable(turn.content),
                }
                for place, turn in enumerate(said)
            ],
        )
