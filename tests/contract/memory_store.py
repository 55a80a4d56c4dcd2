"""A Store in plain dictionaries: what the real ones are compared with.

It keeps no running balances: each is added up from the entries whenever it is asked for, by their moments.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bot.core import ledger, limits
from bot.core.audit.changes import granted, home_changed, limit_changed, settings_changed
from bot.core.audit.entries import AuditEntry, AuditFilter
from bot.core.budget_rules.starter_limits import NO_STARTERS, StarterLimits
from bot.core.capability import Capability, Output, about
from bot.core.errors import LeaseLost, NoHome, NotFound, TooLate
from bot.core.identity import Home
from bot.core.ledger import (
    EVERYONE,
    INSTALLATION,
    Balance,
    Budget,
    BudgetLine,
    Entry,
    Grant,
    Kind,
    RunningSpend,
    Scope,
    Subject,
)
from bot.core.money import ZERO, Micros
from bot.core.order_rules import is_told, pictures_until
from bot.core.ports.conversations import ConversationState, ConversationTotal
from bot.core.ports.for_adapters import Clock, InboxItem, SpendRow
from bot.core.ports.load import Load, UnfinishedCount, waits_for
from bot.core.ports.overview import Asked, KnownBy, KnownPerson
from bot.core.ports.store import (
    Change,
    Difference,
    Erased,
    Fence,
    Limits,
    Posting,
    Release,
    Reserve,
    Settle,
)
from bot.core.presses import is_same
from bot.core.request import (
    HOLDING,
    MOVES,
    TERMINAL,
    Actor,
    ChatOrder,
    Request,
    State,
    Turn,
    uploads_of,
    with_state_change,
)
from bot.core.spoken import ConversationPart, ConversationPicture, ResultOf
from bot.core.tenant import Tenant, local_time
from bot.core.wallets.limits import line_everywhere
from bot.core.windows import ZoneHistory
from tests.contract.memory_wallets import Links, MemoryWallets

STARTS = (State.RECEIVED, State.PRICED, State.RESERVED)


@dataclass
class Memory:
    """What survives a restart."""

    requests: dict[str, Request] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)
    payers: dict[str, Actor] = field(default_factory=dict)
    keep_until: dict[str, int | None] = field(default_factory=dict)
    purged: set[str] = field(default_factory=set)
    without_pictures: set[str] = field(default_factory=set)
    budgets: dict[str, Budget] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    entries: list[Entry] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    tenants: dict[str, Tenant] = field(default_factory=dict)
    turns: list[tuple[str, int, Turn, str]] = field(default_factory=list)
    timings: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    inbox: dict[tuple[str, str], InboxItem] = field(default_factory=dict)
    done: set[tuple[str, str]] = field(default_factory=set)
    documents: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    presses: dict[str, tuple[str, set[str]]] = field(default_factory=dict)
    homes: dict[str, Home] = field(default_factory=dict)
    pictures: dict[str, list[tuple[int, ConversationPicture]]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    newest: dict[str, tuple[int, int]] = field(default_factory=dict)
    links: Links = field(default_factory=Links)


def named_budget(budget: Budget, tenant: Tenant) -> Budget:
    """With the name of its project, written again so that the model does not use what it judges."""
    names = {one.id: one.name for one in tenant.projects}
    named = names.get(budget.subject, budget.subject)
    return replace(budget, name=named) if budget.scope is Scope.PROJECT else budget


class MemoryStore(MemoryWallets):
    """`bot.core.ports.store.Store`, one event loop, no disk."""

    def __init__(self, memory: Memory, clock: Clock, starters: StarterLimits = NO_STARTERS) -> None:
        self._m = memory
        self._clock = clock
        self._starters = starters

    # requests

    async def accept(
        self, request: Request, uploads: Mapping[str, bytes], *, press: str = ""
    ) -> tuple[Request, bool]:
        known = await self.by_dedupe_key(request.dedupe_key)
        if known is not None:
            return known, False
        if press:
            earlier, again = self._m.presses.get(press, (None, set[str]()))
            if earlier and (
                request.dedupe_key in again
                or is_same(self._m.requests[earlier].created_at, request.created_at)
            ):
                again.add(request.dedupe_key)
                return self._m.requests[earlier], False
            self._m.presses[press] = (request.id, set())
        entered = self._enter(request, request.created_at)
        for digest, body in uploads.items():
            self._m.payers.setdefault(digest, request.actor)
            self._m.uploads.setdefault(digest, body)
        self._drop_pictures()
        return entered, True

    def _enter(self, request: Request, arrived: int) -> Request:
        """Write a new request, with the numbers of its pictures."""
        key, first = request.conversation, self._m.counts.get(request.conversation, 0) + 1
        plain = ConversationPicture(number=first, request_id=request.id, author=request.actor.person)
        if request.reading is not None:
            sent = [place for place, one in enumerate(uploads_of(request.order)) if one.of is None]
            new = [replace(plain, index=place, sent=True) for place in sent]
        elif about(request.capability).output is Output.PICTURE:
            uses = request.part.uses if request.part else ()
            named = replace(plain, words=request.order.prompt[:200], source=uses[0] if uses else 0)
            new = [replace(named, index=place) for place in range(getattr(request.order, "n", 1))]
        else:
            new = []
        if key and new:
            new = [replace(one, number=first + place) for place, one in enumerate(new)]
            self._m.pictures.setdefault(key, []).extend((arrived, one) for one in new)
            self._m.counts[key] = new[-1].number
            if arrived >= self._m.newest.get(key, (0, 0))[1]:
                self._m.newest[key] = (first, arrived)
            if not new[0].sent:
                request = replace(request, part=replace(request.part or ConversationPart(), made=first))
        self._m.requests[request.id] = request
        return request

    async def become(
        self,
        request_id: str,
        change: Change,
        *,
        fence: Fence,
        orders: Sequence[Request] = (),
        turns: Sequence[Turn] = (),
        newest: int | None = None,
    ) -> Request:
        key = self._known(request_id).conversation
        row = await self.move(request_id, change, fence=fence, turns=(key, turns) if turns else None)
        if newest is not None:
            self._m.newest[key] = (newest, max(row.created_at, self._m.newest.get(key, (0, 0))[1]))
        for order in orders:
            if await self.by_dedupe_key(order.dedupe_key) is None:
                self._enter(order, row.created_at)
        return row

    async def move_together(self, request_ids: Sequence[str], change: Change) -> list[Request]:
        for one in sorted(request_ids):
            change(self._known(one))
        return [await self.move(one, change) for one in request_ids]

    async def conversation(
        self, key: str, *, before: int | None = None, limit: int = 50
    ) -> ConversationState:
        last = self._m.pictures.get(key, [])[-limit:]
        found = tuple(self._seen(one) for at, one in last if before is None or at <= before)
        newest, at = self._m.newest.get(key, (0, 0))
        if newest and before is not None and at > before:
            newest = found[-1].number if found else 0
        return ConversationState(pictures=found, newest=newest)

    async def picture_of(self, conversation: str, result: ResultOf) -> ConversationPicture | None:
        found = (one for _at, one in self._m.pictures.get(conversation, []) if one.result == result)
        return next(map(self._seen, found), None)

    async def pictures_numbered(self, conversation: str, numbers: Sequence[int]) -> list[ConversationPicture]:
        found = (self._seen(one) for _at, one in self._m.pictures.get(conversation, []))
        return [one for one in found if one.number in numbers]

    async def point(self, conversation: str, number: int, *, at: int) -> None:
        self._m.newest[conversation] = (number, max(at, self._m.newest.get(conversation, (0, 0))[1]))

    def _seen(self, picture: ConversationPicture) -> ConversationPicture:
        row = self._m.requests[picture.request_id]
        if picture.sent:
            return picture
        if row.state in (State.SETTLED, State.DELIVERED):
            return replace(picture, lost=picture.index >= len(row.assets))
        asked = row.state is State.AWAITING_CONFIRMATION
        return replace(picture, awaited=row.state not in TERMINAL, asked=asked, lost=row.state in TERMINAL)

    async def last_order_in(self, conversation: str) -> Request | None:
        rows = [row for row in self._in(conversation) if row.part and row.capability is not Capability.CHAT]
        rows = [row for row in rows if row.id not in self._m.purged]
        rows = [row for row in rows if row.state is not State.CANCELLED] or rows
        return max(rows, key=lambda row: (row.created_at, row.id), default=None)

    async def unfinished_in(self, conversation: str) -> list[Request]:
        rows = [row for row in self._in(conversation) if row.state not in TERMINAL]
        return sorted(rows, key=lambda row: (row.created_at, row.id))

    async def last_of_person_in(self, conversation: str, person: str) -> Request | None:
        rows = [row for row in self._in(conversation) if row.actor.person == person]
        return max(rows, key=lambda row: (row.created_at, row.id), default=None)

    async def orders_of(self, message: Request) -> list[Request]:
        rows = [row for row in self._in(message.conversation) if row.parent_id == message.id]
        return sorted((row for row in rows if row.part), key=lambda row: row.part.place if row.part else 0)

    async def conversation_total(self, conversation: str) -> ConversationTotal:
        rows = self._in(conversation)
        charged, held = (sum(row.charged or 0 for row in rows), sum(row.hold for row in rows))
        return ConversationTotal(charged=Micros(charged), held=Micros(held), requests=len(rows))

    async def requests_of(self, conversation: str, *, limit: int, before: str = "") -> list[Request]:
        rows = sorted(self._in(conversation), key=lambda row: (row.created_at, row.id), reverse=True)
        known = self._m.requests.get(before)
        if before:
            rows = [row for row in rows if known and (row.created_at, row.id) < (known.created_at, known.id)]
        return rows[:limit]

    async def conversations_from(self, prefix: str, *, limit: int, before: str = "") -> list[Request]:
        firsts: dict[str, Request] = {}
        for row in sorted(self._m.requests.values(), key=lambda row: (row.created_at, row.id), reverse=True):
            if row.conversation.startswith(prefix) and (not before or row.conversation < before):
                firsts[row.conversation] = row
        return [firsts[key] for key in sorted(firsts, reverse=True)][:limit]

    async def conversation_charged(self, conversation: str) -> Micros:
        return (await self.conversation_total(conversation)).charged

    def _in(self, conversation: str) -> list[Request]:
        return [row for row in self._m.requests.values() if row.conversation == conversation != ""]

    async def get(self, request_id: str) -> Request | None:
        return self._m.requests.get(request_id)

    async def by_dedupe_key(self, key: str) -> Request | None:
        return next((row for row in self._m.requests.values() if row.dedupe_key == key), None)

    async def upload(self, digest: str) -> bytes | None:
        return self._m.uploads.get(digest)

    async def move(
        self,
        request_id: str,
        change: Change,
        *,
        fence: Fence | None = None,
        posting: Posting | None = None,
        turns: tuple[str, Sequence[Turn]] | None = None,
        audit: AuditEntry | None = None,
    ) -> Request:
        old = self._known(request_id)
        if fence and (fence.owner, fence.epoch) != (old.lease_owner, old.lease_epoch):
            raise LeaseLost("taken")
        new = replace(change(old), updated_at=self._clock.now())
        if new.state is not old.state and new.state not in MOVES[old.state]:
            raise ValueError("illegal move")
        fixed = ("id", "dedupe_key", "origin", "created_at", "parent_id", "order", "hold")
        fixed += ("conversation", "part")
        if any(getattr(new, name) != getattr(old, name) for name in fixed):
            raise ValueError("fixed")
        if not isinstance(posting, Settle) and (new.charged or 0) != (old.charged or 0):
            raise ValueError("charge without posting")
        if posting:
            new = self._post(new, posting)
        new = with_state_change(old, new, updated_at=new.updated_at)
        self._m.requests[request_id] = new
        if new.state is not old.state:
            self._m.keep_until[new.id] = pictures_until(new, self._clock.now())
        if new.state is State.REFUSED:
            self._drop_pictures()
        if new.state is State.SETTLED is not old.state and new.submitted_at is not None:
            self._learn(new, (new.finished_at or self._clock.now()) - new.submitted_at)
        self._record([audit] if audit else [])
        if turns:
            self._m.turns += [(turns[0], self._clock.now(), turn, new.id) for turn in turns[1]]
        return new

    def _drop_pictures(self) -> None:
        now = self._clock.now()
        gone = {name for name, until in self._m.keep_until.items() if until is not None and until <= now}
        for request_id in gone:
            del self._m.keep_until[request_id]
        self._m.without_pictures |= gone
        if gone:
            self._drop_uploads()

    def _known(self, request_id: str) -> Request:
        if request_id not in self._m.requests:
            raise NotFound("no such request")
        return self._m.requests[request_id]

    def _post(self, new: Request, posting: Posting) -> Request:
        mine = [entry for entry in self._m.entries if entry.request_id == new.id]
        kind = next((one.kind for one in reversed(mine) if one.kind is not Kind.ADJUST), None)
        amount = getattr(posting, "hold", getattr(posting, "cost", 0))
        if amount < 0:
            raise ValueError("amounts are not negative")
        match posting:
            case Reserve():
                if kind in (Kind.RESERVE, Kind.SETTLE) or new.charged is not None:
                    raise ValueError("holds or was settled")
                if new.actor.unpaid:
                    raise NoHome
                opening = self._opening(new, hold=posting.hold, approved=posting.approved, more=1)
                entry = self._append(ledger.reserve(self._lines(new.actor, opening.project), opening))
                return replace(new, hold=entry.held)
            case Release():
                if kind is not Kind.RESERVE or new.state in HOLDING:
                    return new
                self._append(ledger.release(self._opening(new)))
                return replace(new, hold=ZERO)
            case Settle():
                if kind in (Kind.SETTLE, Kind.RELEASE) or new.charged is not None:
                    raise ValueError("closed before")
                entry = self._append(ledger.settle(self._opening(new, more=int(not mine)), posting.cost))
                return replace(new, hold=ZERO, charged=posting.cost, overrun=entry.overrun)

    def _opening(
        self, request: Request, *, hold: Micros | None = None, approved: bool | None = None, more: int = 0
    ) -> Entry:
        """What the request holds; with a `hold`, what it would hold in one more round."""
        mine = [entry for entry in self._m.entries if entry.request_id == request.id]
        last = mine[-1] if mine else None
        actor = request.actor
        return Entry(
            kind=Kind.RESERVE,
            request_id=request.id,
            moment=last.moment if last else self._clock.now(),
            tenant=actor.tenant,
            channel=actor.channel,
            project=request.order.project or "",
            person=actor.person,
            round=(last.round if last else 0) + more,
            held=request.hold if hold is None else hold,
            approved=(last is not None and last.approved) if approved is None else approved,
            by=actor.person,
        )

    def _append(self, entry: Entry) -> Entry:
        self._m.entries.append(replace(entry, at=self._clock.now()))
        return entry

    def _learn(self, request: Request, elapsed: int) -> None:
        key = (request.order.model, request.capability)
        mean, samples = self._m.timings.get(key, (elapsed, 0))
        self._m.timings[key] = (mean + int((elapsed - mean) / min(samples + 1, 20)), samples + 1)

    async def claim(self, owner: str, *, now: int, until: int, limits: Limits) -> list[Request]:
        ready = [row for row in self._ready(now) if not limits.origins or row.origin in limits.origins]
        most = {"model": limits.per_model, "provider": limits.per_provider, "platform": limits.per_platform}
        leased = [row for row in self._m.requests.values() if row.lease_owner == owner]
        running = Counter(key for row in leased if row.lease_until > now for key in waits_for(row))

        def fits(row: Request) -> bool:
            needed = waits_for(row)
            if any(running[key] >= most[key[0]] for key in needed):
                return False
            running.update(needed)
            return True

        rest = [row for row in self._rest(ready) if fits(row)]
        open_rows = [row for row in ready if all(running[key] < most[key[0]] for key in waits_for(row))]
        starts = [row for row in self._starts(open_rows, limits, *self._running(now)) if fits(row)]
        return [self._take(row, owner, until) for row in [*rest, *starts][: max(0, limits.slots)]]

    def _ready(self, now: int) -> list[Request]:
        """What is due and nobody has in hand, oldest first."""
        rows = [
            row
            for row in self._m.requests.values()
            if row.due_at is not None and row.due_at <= now >= row.lease_until
        ]
        return sorted(rows, key=lambda row: (row.created_at, row.id))

    def _running(self, now: int) -> tuple[dict[tuple[str, str], int], dict[str, int]]:
        """How many each person and each tenant has running."""
        people: dict[tuple[str, str], int] = {}
        tenants: dict[str, int] = {}
        for row in self._m.requests.values():
            if row.due_at is not None and (
                row.state in (State.SUBMITTED, State.RUNNING)
                or (row.state in STARTS and row.lease_until > now)
            ):
                who = (row.actor.tenant, row.actor.person)
                people[who] = people.get(who, 0) + 1
                tenants[who[0]] = tenants.get(who[0], 0) + 1
        return people, tenants

    @staticmethod
    def _rest(ready: Sequence[Request]) -> list[Request]:
        """Rows in progress: everybody's first, then everybody's second …"""
        turns: dict[str, int] = {}
        placed: list[tuple[int, Request]] = []
        for row in ready:
            if row.state not in STARTS:
                who = f"{row.actor.tenant} {row.actor.person}"
                turns[who] = turns.get(who, 0) + 1
                placed.append((turns[who], row))
        return [row for _, row in sorted(placed, key=lambda pair: pair[0])]

    @staticmethod
    def _starts(
        ready: Sequence[Request], limits: Limits, people: dict[tuple[str, str], int], tenants: dict[str, int]
    ) -> list[Request]:
        """Take the row of whoever has the fewest running, until nobody may have more."""
        left = [row for row in ready if row.state in STARTS]
        chosen: list[Request] = []

        def allowed(row: Request) -> bool:
            who = (row.actor.tenant, row.actor.person)
            return people.get(who, 0) < limits.per_person and tenants.get(who[0], 0) < limits.per_tenant

        while open_rows := [row for row in left if allowed(row)]:
            row = min(open_rows, key=lambda row: people.get((row.actor.tenant, row.actor.person), 0))
            who = (row.actor.tenant, row.actor.person)
            people[who] = people.get(who, 0) + 1
            tenants[who[0]] = tenants.get(who[0], 0) + 1
            left.remove(row)
            chosen.append(row)
        return chosen

    def _take(self, row: Request, owner: str, until: int) -> Request:
        taken = replace(row, lease_owner=owner, lease_until=until, lease_epoch=row.lease_epoch + 1)
        self._m.requests[row.id] = taken
        return taken

    async def extend(self, owner: str, ids: Sequence[str], until: int) -> None:
        for row in [self._m.requests[one] for one in ids if one in self._m.requests]:
            if row.lease_owner == owner:
                self._m.requests[row.id] = replace(row, lease_until=until)

    async def release_leases(self, owner: str) -> None:
        for row in list(self._m.requests.values()):
            if row.lease_owner == owner and row.due_at is not None:
                self._m.requests[row.id] = replace(row, lease_owner="", lease_until=0)

    async def next_due(self) -> int | None:
        rows = self._m.requests.values()
        return min((max(row.due_at, row.lease_until) for row in rows if row.due_at is not None), default=None)

    async def waiting(self, actor: Actor) -> Load:
        idle = {*TERMINAL, State.AWAITING_CONFIRMATION}
        rows = [row.actor for row in self._m.requests.values() if row.state not in idle]
        return Load(
            everyone=len(rows),
            tenant=sum(one.tenant == actor.tenant for one in rows),
            person=sum(one.person == actor.person for one in rows),
        )

    async def stored(self, actor: Actor) -> Load:
        kept = [(self._m.payers[digest], len(body)) for digest, body in self._m.uploads.items()]
        return Load(
            everyone=0,
            tenant=sum(size for payer, size in kept if payer.tenant == actor.tenant),
            person=sum(size for payer, size in kept if payer.person == actor.person),
        )

    async def offers(self, person: str) -> list[str]:
        rows = [row for row in self._m.requests.values() if row.state is State.AWAITING_CONFIRMATION]
        mine = [row for row in rows if row.actor.person == person]
        return [row.id for row in sorted(mine, key=lambda row: (row.created_at, row.id), reverse=True)]

    async def count_unfinished(self) -> list[UnfinishedCount]:
        kinds: dict[tuple[str, str, str], list[Request]] = {}
        for row in self._m.requests.values():
            if row.state not in TERMINAL:
                kinds.setdefault((row.capability, row.state, row.origin), []).append(row)
        return [
            UnfinishedCount(
                capability=capability,
                state=state,
                platform=origin,
                requests=len(rows),
                held=Micros(sum(row.hold for row in rows)),
                oldest=min(row.created_at for row in rows),
            )
            for (capability, state, origin), rows in sorted(kinds.items())
        ]

    async def make_job_due(self, job_id: str) -> bool:
        now = self._clock.now()
        for row in self._m.requests.values():
            if row.job_id == job_id and row.state is State.RUNNING and (row.due_at or 0) > now:
                self._m.requests[row.id] = replace(row, due_at=now)
                return True
        return False

    async def submitted(self, *, since: int, until: int) -> list[Request]:
        rows = [row for row in self._m.requests.values() if since <= (row.submitted_at or -1) < until]
        return sorted(rows, key=lambda row: (row.submitted_at, row.id))

    async def recent(
        self, *, since: int = 0, tenant: str = "", person: str = "", state: str = "", limit: int = 20
    ) -> list[Request]:
        found = [
            row
            for row in self._m.requests.values()
            if row.created_at >= since
            and tenant in ("", row.actor.tenant)
            and person in ("", row.actor.person)
            and state in ("", row.state)
        ]
        return sorted(found, key=lambda row: (row.created_at, row.id), reverse=True)[:limit]

    async def asked_between(self, since: int, until: int) -> Asked:
        found = [row for row in self._m.requests.values() if since <= row.created_at < until]
        return Asked(requests=len(found), people=len({row.actor.person for row in found}))

    async def known_people(self) -> list[KnownPerson]:
        now, limits = self._clock.now(), (Scope.PERSON, Scope.EVERYWHERE)
        found = {(row.actor.person, row.actor.tenant, KnownBy.ASKED) for row in self._m.requests.values()}
        found |= {
            (one.subject, one.tenant, KnownBy.LIMIT)
            for key, one in self._m.budgets.items()
            if one.scope in limits and one.subject != EVERYONE and key not in self._m.removed
        }
        found |= {(person, home.tenant, KnownBy.HOME) for person, home in self._m.homes.items()}
        links = self._m.links
        found |= {
            (one.person, INSTALLATION, KnownBy.LINK)
            for one in links.members
            if one.active(now) and (one.wallet, one.person) not in links.erased
        }
        return [
            KnownPerson(person=person, tenant=tenant, known_by=known_by)
            for person, tenant, known_by in sorted(found)
        ]

    async def of_person(self, person: str) -> list[Request]:
        rows = [row for row in self._m.requests.values() if row.actor.person == person]
        return sorted(rows, key=lambda row: (row.created_at, row.id))

    async def queue(self, *, now: int) -> list[str]:
        everybody = Limits(slots=10**9, per_person=10**9, per_tenant=10**9)
        return [row.id for row in self._starts(self._ready(now), everybody, *self._running(now))]

    async def history(
        self,
        tenant: str,
        *,
        person: str | None = None,
        limit: int = 20,
        before: str = "",
        project: str = "",
    ) -> list[Request]:
        found = [row for row in self._of(tenant, person) if not project or row.order.project == project]
        rows = sorted(found, key=lambda row: (row.created_at, row.id), reverse=True)
        if before:
            edge = self._m.requests[before]
            rows = [row for row in rows if (row.created_at, row.id) < (edge.created_at, edge.id)]
        return rows[:limit]

    async def unfinished(self, tenant: str, *, person: str | None = None) -> list[Request]:
        rows = [row for row in self._of(tenant, person) if row.state not in TERMINAL]
        return sorted(rows, key=lambda row: (row.created_at, row.id))

    def _of(self, tenant: str, person: str | None) -> list[Request]:
        rows = self._m.requests.values()
        if person is None:
            return [row for row in rows if row.actor.tenant == tenant]
        return [row for row in rows if (row.actor.place_id, row.actor.person) == (tenant, person)]

    async def expected_s(self, model: str, capability: Capability) -> float | None:
        mean = self._m.timings.get((model, capability))
        return mean[0] / 1_000_000 if mean else None

    # money

    def balance(self, subject: Subject, zones: ZoneHistory) -> Balance:
        """Added up from the entries, in the windows of now."""
        mine = [entry for entry in self._m.entries if subject in entry.subjects]
        began = ledger.starts(subject, self._clock.now(), zones)

        def running(start: int) -> RunningSpend:
            return RunningSpend(start, Micros(sum(entry.spent for entry in mine if entry.moment >= start)))

        return Balance(
            subject=subject,
            held=Micros(sum(entry.held for entry in mine)),
            total=Micros(sum(entry.spent for entry in mine)),
            day=running(began.day),
            week=running(began.week),
            month=running(began.month),
        )

    def _settings(self, tenant: str) -> Tenant:
        return self._m.tenants.get(tenant, self._starters.new_place(tenant))

    def _lines(self, actor: Actor, project: str) -> list[BudgetLine]:
        return [one.line for one in self._explained(actor, project) if one.binds]

    def _explained(self, actor: Actor, project: str) -> list[limits.ExplainedLine]:
        tenant = self._settings(actor.tenant)
        bound, linked = self._bound(actor.tenant), self.linked(actor.person)
        found = ledger.subjects(actor.tenant, actor.channel, actor.person, project)
        found += [limits.subject_of(one, "") for one in bound if one.scope is Scope.PROJECT]
        found += [ledger.everywhere(one.person) for one in linked]
        balances = {subject: self.balance(subject, tenant.zones) for subject in found}
        rules = limits.Rules(
            tenant=tenant,
            budgets=[
                one
                for one in bound
                if one.scope not in (Scope.PERSON, Scope.EVERYWHERE)
                or one.subject in (actor.person, EVERYONE)
            ]
            + [
                self._m.budgets[name]
                for name in sorted(self._m.budgets.keys() - self._m.removed)
                if self._m.budgets[name].scope is Scope.EVERYWHERE
                and self._m.budgets[name].subject in {one.person for one in linked}
            ],
            grants=self._m.grants,
            linked=linked,
        )
        return rules.explained(actor, balances, self._clock.now(), project)

    def _line(self, budget: Budget, zones: ZoneHistory) -> BudgetLine:
        now = self._clock.now()
        if budget.per_person:
            return limits.line(budget, "", None, [], now=now, zones=zones)
        if budget.scope is Scope.EVERYWHERE:
            linked = self.linked(budget.subject)
            people = [budget.subject, *(one.person for one in linked)]
            balances = {ledger.everywhere(one): self.balance(ledger.everywhere(one), zones) for one in people}
            more = limits.granted(self._m.grants, budget, budget.subject, now)
            return line_everywhere(budget, budget.subject, linked, balances, granted=more, now=now)
        balance = self.balance(limits.subject_of(budget, budget.subject), zones)
        return limits.line(budget, "", balance, self._m.grants, now=now, zones=zones)

    def _bound(self, tenant: str) -> list[Budget]:
        live = [self._m.budgets[one] for one in sorted(self._m.budgets) if one not in self._m.removed]
        own = [budget for budget in live if budget.tenant == tenant]
        common = [budget for budget in live if budget.tenant == INSTALLATION != tenant]
        place = self._settings(tenant)
        return [named_budget(one, place) for one in self._starters.added(tenant, own + common)]

    async def explained(self, actor: Actor, project: str = "") -> list[limits.ExplainedLine]:
        return self._explained(actor, project)

    async def places_with_note(self, note: str) -> list[str]:
        live = [one for name, one in self._m.budgets.items() if name not in self._m.removed]
        return sorted({one.tenant for one in live if one.note == note})

    async def agreed_before(self, person: str, capabilities: Sequence[Capability]) -> bool:
        return any(
            row.actor.person == person
            and row.capability in capabilities
            and (row.confirmed or (row.charged or 0) > 0)
            for row in self._m.requests.values()
        )

    async def lines(self, actor: Actor, project: str = "") -> list[BudgetLine]:
        return self._lines(actor, project)

    async def budgets(self, tenant: str) -> list[BudgetLine]:
        zones = self._settings(tenant).zones
        found = self._bound(tenant)
        if tenant != INSTALLATION:
            found = [one for one in found if one.scope is not Scope.EVERYWHERE or one.subject == EVERYONE]
        return [self._line(budget, zones) for budget in found]

    async def set_budget(self, budget: Budget, *, by: Actor) -> Budget:
        if budget.limit is None and not budget.note:
            raise ValueError("no limit and no reason")
        if budget.limit is not None and budget.limit < 0:
            raise ValueError("below zero")
        place = (budget.tenant, budget.scope, budget.subject, budget.window, budget.given_by)
        for known in self._m.budgets.values():
            if (known.tenant, known.scope, known.subject, known.window, known.given_by) == place:
                budget = replace(known, limit=budget.limit, note=budget.note)
        before = None if budget.id in self._m.removed else self._m.budgets.get(budget.id)
        self._record(limit_changed(before, budget, by))
        self._m.budgets[budget.id] = budget
        self._m.removed.discard(budget.id)
        return budget

    async def remove_budget(self, budget_id: str, *, by: Actor) -> bool:
        known = budget_id in self._m.budgets and budget_id not in self._m.removed
        if known:
            self._record(limit_changed(self._m.budgets[budget_id], None, by))
            self._m.removed.add(budget_id)
            self._m.grants = [one for one in self._m.grants if one.budget_id != budget_id]
        return known

    async def grant(self, budget: Budget, subject: str, amount: Micros, *, by: Actor) -> None:
        if budget.id in self._m.removed:
            raise NotFound("removed")
        zones = self._settings(budget.tenant).zones
        self._record([granted(budget, subject, amount, by)])
        self._m.grants.append(limits.grant(budget, subject, amount, now=self._clock.now(), zones=zones))

    async def adjust(self, request_id: str, charged: Micros, *, by: str, tell: bool = False) -> None:
        row = self._known(request_id)
        if row.hold or row.state in HOLDING:
            raise ValueError("still holds")
        held = [one.held for one in self._m.entries if one.request_id == request_id and one.held > 0]
        difference = Micros(charged - (row.charged or 0))
        if difference:
            self._append(ledger.adjust(self._opening(row), difference, by=by))
        overrun = Micros(max(0, charged - (held[-1] if held else 0)))
        now = self._clock.now()
        if tell and difference:
            row = replace(row, due_at=now, attempts=0)
        self._m.requests[row.id] = replace(
            row, charged=charged, charged_from="log", overrun=overrun, updated_at=now
        )

    async def spending(self, tenant: str, *, since: int) -> list[SpendRow]:
        zone = self._m.tenants.get(tenant, Tenant(id=tenant)).zone
        groups: dict[tuple[str, str, str], list[Request]] = {}
        for row in self._of(tenant, None):
            if row.charged is not None and row.created_at >= since:
                day = local_time(row.created_at, zone).date().isoformat()
                groups.setdefault((day, row.actor.person, row.capability), []).append(row)
        return [
            SpendRow(
                day=day,
                person=person,
                name=max(rows, key=lambda row: row.created_at).actor.name,
                capability=capability,
                charged=Micros(sum(row.charged or 0 for row in rows)),
                requests=len(rows),
                named_at=max(row.created_at for row in rows),
            )
            for (day, person, capability), rows in sorted(groups.items())
        ]

    async def entries(self, *, since: int = 0) -> AsyncIterator[Entry]:
        for entry in list(self._m.entries):
            if entry.at >= since:
                yield entry

    async def verify(self) -> list[Difference]:
        return []

    # tenants, conversations, maintenance

    async def tenant(self, tenant_id: str) -> Tenant:
        return self._m.tenants.get(tenant_id, self._starters.new_place(tenant_id))

    async def home(self, person: str) -> Home | None:
        return self._m.homes.get(person)

    async def choose_home(self, person: str, tenant_id: str) -> Home:
        now, before = self._clock.now(), self._m.homes.get(person)
        if before is None or (before.tenant != tenant_id and now >= before.stands_until):
            self._m.homes[person] = Home(person=person, tenant=tenant_id, chosen_at=now)
            self._record(home_changed(before, self._m.homes[person]))
        elif before.tenant != tenant_id:
            raise TooLate("once a day")
        return self._m.homes[person]

    async def tenants(self) -> list[str]:
        return sorted({*self._m.tenants, *(row.actor.tenant for row in self._m.requests.values())})

    def _record(self, entries: Iterable[AuditEntry]) -> None:
        for entry in entries:
            number = len(self._m.audit) + 1
            self._m.audit.append(replace(entry, at=self._clock.now(), number=number))

    async def audit(self, tenant: str, wanted: AuditFilter, *, limit: int) -> list[AuditEntry]:
        found = [
            one
            for one in reversed(self._m.audit)
            if tenant in ("", one.tenant)
            and (not wanted.person or wanted.person in (one.by, one.subject))
            and wanted.act in (None, one.act)
            and one.at >= wanted.since
            and (not wanted.until or one.at < wanted.until)
            and (not wanted.before or one.number < wanted.before)
        ]
        return found[:limit]

    async def names(self, people: Iterable[str]) -> dict[str, str]:
        rows = sorted(self._m.requests.values(), key=lambda row: row.created_at)
        return {
            row.actor.person: row.actor.name for row in rows if row.actor.name and row.actor.person in people
        }

    async def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant], *, by: Actor) -> Tenant:
        old = await self.tenant(tenant_id)
        self._m.tenants[tenant_id] = change(old).after(old, self._clock.now())
        self._record(settings_changed(old, self._m.tenants[tenant_id], by))
        return self._m.tenants[tenant_id]

    async def turns(self, conversation: str, *, limit: int, since: int) -> list[Turn]:
        found = [turn for name, at, turn, _ in self._m.turns if name == conversation and at >= since]
        return found[len(found) - limit :] if limit < len(found) else found

    async def forget(self, conversation: str) -> int:
        kept = [one for one in self._m.turns if one[0] != conversation]
        gone, self._m.turns = len(self._m.turns) - len(kept), kept
        self._m.pictures.pop(conversation, None)
        self._m.newest[conversation] = (0, self._m.newest.get(conversation, (0, 0))[1])
        self._blank(conversation)
        return gone

    def _blank(self, conversation: str) -> None:
        for row in self._in(conversation):
            if row.state in TERMINAL:
                self._m.requests[row.id] = replace(row, reading=None)

    async def inbox_put(self, source: str, key: str, payload: Mapping[str, Any]) -> bool:
        if (source, key) in self._m.inbox:
            return False
        now = self._clock.now()
        self._m.inbox[source, key] = InboxItem(source=source, key=key, payload=payload, received_at=now)
        return True

    async def inbox_get(self, source: str, key: str) -> Mapping[str, Any] | None:
        item = self._m.inbox.get((source, key))
        return {} if (source, key) in self._m.done else item and item.payload

    async def inbox_done(self, source: str, key: str) -> None:
        self._m.done.add((source, key))

    async def inbox_pending(self, source: str, *, older_than: int) -> list[InboxItem]:
        live = [item for where, item in self._m.inbox.items() if where not in self._m.done]
        found = [item for item in live if item.source == source and item.received_at <= older_than]
        return sorted(found, key=lambda item: (item.received_at, item.key))

    async def put_document(self, kind: str, key: str, body: Mapping[str, Any]) -> None:
        self._m.documents[kind, key] = body

    async def get_document(self, kind: str, key: str) -> Mapping[str, Any] | None:
        return self._m.documents.get((kind, key))

    async def documents(self, kind: str) -> dict[str, Mapping[str, Any]]:
        return {key: body for (of, key), body in sorted(self._m.documents.items()) if of == kind}

    async def delete_document(self, kind: str, key: str) -> None:
        self._m.documents.pop((kind, key), None)

    async def ping(self) -> None: ...

    async def check(self) -> None: ...

    async def purge(self, *, before: int) -> int:
        gone = [row for row in self._m.requests.values() if self._stale(row, before)]
        for row in gone:
            self._strip(row)
        self._drop_pictures()
        self._drop_uploads()
        turns = [turn for turn in self._m.turns if turn[1] >= before]
        inbox = {where: item for where, item in self._m.inbox.items() if item.received_at >= before}
        count = len(gone) + len(self._m.turns) - len(turns) + len(self._m.inbox) - len(inbox)
        self._m.turns, self._m.inbox = turns, inbox
        for key, pictures in self._m.pictures.items():
            self._m.pictures[key] = [one for one in pictures if one[0] >= before]
        self._m.presses = {
            press: made
            for press, made in self._m.presses.items()
            if self._m.requests[made[0]].created_at >= before
        }
        return count

    def _strip(self, row: Request, **facts: Any) -> None:
        self._m.purged.add(row.id)
        bare = {"prompt": "", "negative_prompt": None, "system": None, "house": None, "history": ()}
        bare |= {"conversation": None, "extra": {}}
        names = {one.name for one in fields(row.order)}
        order = replace(row.order, **{name: value for name, value in bare.items() if name in names})
        assets = tuple(replace(asset, revised_prompt="") for asset in row.assets)
        self._m.requests[row.id] = replace(
            row, order=order, text="", assets=assets, reading=None, purged=True, **facts
        )

    def _drop_uploads(self) -> None:
        gone = self._m.purged | self._m.without_pictures
        live = [row for row in self._m.requests.values() if row.id not in gone]
        needed = {upload.digest for row in live for upload in uploads_of(row.order)}
        self._m.uploads = {digest: body for digest, body in self._m.uploads.items() if digest in needed}

    async def erase(self, person: str) -> Erased:
        found = await self.of_person(person)
        ended = [row for row in found if is_told(row)]
        ids = {row.id for row in ended}
        for row in ended:
            self._strip(row, actor=replace(row.actor, name=""))
        kept = [turn for turn in self._m.turns if turn[3] not in ids and turn[2].author != person]
        gone, self._m.turns = len(self._m.turns) - len(kept), kept
        self._m.homes.pop(person, None)
        self.erase_links(person)
        for key, pictures in self._m.pictures.items():
            self._m.pictures[key] = [one for one in pictures if one[1].request_id not in ids]
        for conversation in {row.conversation for row in ended if row.conversation}:
            self._blank(conversation)
        self._forget_quotes(ended)
        self._drop_uploads()
        mine = {
            upload.digest
            for row in self._m.requests.values()
            if row.actor.person == person and row.id not in self._m.purged
            for upload in uploads_of(row.order)
        }
        for digest, payer in self._m.payers.items():
            if payer.person == person and digest not in mine:
                self._m.payers[digest] = Actor(tenant="", person="")
        return Erased(requests=[row.id for row in ended], turns=gone, unfinished=len(found) - len(ended))

    def _forget_quotes(self, ended: Sequence[Request]) -> None:
        threads = {(row.actor.place_id, getattr(row.order, "conversation", None)) for row in ended}
        for row in list(self._m.requests.values()):
            order = row.order
            if isinstance(order, ChatOrder) and (row.actor.place_id, order.conversation or 0) in threads:
                self._m.requests[row.id] = replace(row, order=replace(order, history=()))

    def _stale(self, row: Request, before: int) -> bool:
        ended = row.state in TERMINAL and row.due_at is None
        return ended and row.created_at < before and row.id not in self._m.purged

    async def close(self) -> None: ...
