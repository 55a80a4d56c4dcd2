"""`Store`: the durable memory of the core, and what is written to and read from it.

Only the core, the storage and the composition import it. Its contract suite is `tests/contract/test_store*`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.capability import Capability
from bot.core.ledger import Budget, BudgetLine, Entry
from bot.core.money import Micros
from bot.core.ports.for_adapters import Documents, Inbox, SpendRow
from bot.core.ports.request_lists import RequestLists
from bot.core.request import Actor, Request, Turn
from bot.core.tenant import Tenant

Change = Callable[[Request], Request]
"""A pure function of the row as it is now; may raise a Refusal to leave it untouched."""


@dataclass(frozen=True, kw_only=True)
class Reserve:
    """Hold `hold` micros against every budget that binds the request's actor.

    What an admin `approved` counts for the tenant and the installation only, and needs room only there. A
    request whose hold was released may hold again.
    """

    hold: Micros
    approved: bool = False


@dataclass(frozen=True, kw_only=True)
class Settle:
    """Book `cost` micros and give the hold back."""

    cost: Micros


@dataclass(frozen=True, kw_only=True)
class Release:
    """Give the hold back, nothing was spent: if there is one, and the row has left the holding states.

    A row that `change` leaves in a holding state keeps its hold, so that a cancellation may be asked for
    and decided in one transaction.
    """


Posting = Reserve | Settle | Release


@dataclass(frozen=True, kw_only=True)
class Fence:
    """Proof of a lease: a write under it fails when another worker has taken the row."""

    owner: str
    epoch: int


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much may run at once. `slots` is what this worker can still take.

    `origins` names the adapters that run here, since only they can tell people of the result; empty
    stands for all.
    """

    slots: int
    per_person: int
    per_tenant: int
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class UnfinishedCount:
    """Unfinished requests of one kind, as the database counts them; `oldest` in UTC microseconds."""

    capability: str
    state: str
    platform: str
    requests: int
    held: Micros
    oldest: int


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was erased of one person; `unfinished` requests were left alone."""

    requests: Sequence[str]
    turns: int
    unfinished: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A balance or a request that the entries do not explain."""

    where: str
    stored: str
    recomputed: str


class Store(Inbox, Documents, RequestLists, Protocol):
    """Durable memory. Every method that writes is one transaction and is on disk when it returns."""

    # requests
    async def accept(
        self, request: Request, uploads: Mapping[str, bytes], *, press: str = ""
    ) -> tuple[Request, bool]:
        """Write a new request with its pictures; (existing row, False) when `dedupe_key` is known.

        With a `press` (see `presses`) also the row that the same press made a moment before, even if both
        come at once to two replicas.
        """
        ...

    async def get(self, request_id: str) -> Request | None: ...

    async def by_dedupe_key(self, key: str) -> Request | None: ...

    async def upload(self, digest: str) -> bytes | None: ...

    async def move(
        self,
        request_id: str,
        change: Change,
        *,
        fence: Fence | None = None,
        posting: Posting | None = None,
        turns: tuple[str, Sequence[Turn]] | None = None,
    ) -> Request:
        """Apply `change` to the row and `posting` to the ledger, together or not at all.

        Refuses moves that are not in `MOVES` (ValueError: a programming error). Raises NotFound,
        LeaseLost when `fence` no longer holds, BudgetExceeded from a Reserve, and whatever `change`
        raises. `turns` appends to a conversation in the same transaction. Reserve stores `hold`, Settle
        stores `charged` and `overrun` on the row.
        """
        ...

    async def claim(self, owner: str, *, now: int, until: int, limits: Limits) -> list[Request]:
        """Lease due rows to `owner`: fair between people, bounded per person and tenant, oldest first.

        Only rows that start or continue work count against `per_person` and `per_tenant`; a taken
        row's epoch grows by one.
        """
        ...

    async def extend(self, owner: str, ids: Sequence[str], until: int) -> None:
        """Heartbeat: keep the leases of these rows."""
        ...

    async def release_leases(self, owner: str) -> None:
        """Hand everything back at shutdown, so that another worker may go on at once."""
        ...

    async def next_due(self) -> int | None:
        """The earliest time (UTC micros) at which a row can be claimed, or None."""
        ...

    async def waiting(self) -> int:
        """How many accepted requests have not ended."""
        ...

    async def count_unfinished(self) -> list[UnfinishedCount]:
        """The same by capability, state and platform, with what is held for them."""
        ...

    async def queue(self, *, now: int) -> list[str]:
        """The ids of requests that wait for a worker, in the order of their turns."""
        ...

    async def poke(self, job_id: str) -> bool:
        """Make the running request of a gateway job due now; False when there is none."""
        ...

    async def submitted(self, *, since: int, until: int) -> list[Request]:
        """Requests whose last paid call left between two times, oldest first."""
        ...

    async def expected_s(self, model: str, capability: Capability) -> float | None:
        """How many seconds this model has taken recently (a running mean of our own requests)."""
        ...

    # money
    async def lines(self, actor: Actor) -> list[BudgetLine]:
        """The budgets that bind the actor now, each with its subject's balance."""
        ...

    async def budgets(self, tenant: str) -> list[BudgetLine]:
        """All budgets of the tenant (and the installation's), each with its own subject's balance.

        A limit that each person has for themselves (a role's, everyone's) has none here.
        """
        ...

    async def set_budget(self, budget: Budget, *, by: str) -> Budget:
        """Insert, or replace the limit of the one with the same tenant, scope, subject and window."""
        ...

    async def remove_budget(self, budget_id: str) -> None:
        """Take a budget away, and what was granted on top of it."""
        ...

    async def grant(self, budget: Budget, subject: str, amount: Micros, *, by: str) -> None:
        """Raise the budget until its running window ends; for person `subject` where each has their own."""
        ...

    async def adjust(self, request_id: str, charged: Micros, *, by: str) -> None:
        """Correct a closed request's charge to what the gateway's log says, at the charge's own moment."""
        ...

    async def spending(self, tenant: str, *, since: int) -> list[SpendRow]: ...

    def entries(self, *, since: int = 0) -> AsyncIterator[Entry]:
        """The ledger, oldest first."""
        ...

    async def verify(self) -> list[Difference]:
        """Recompute every balance from the entries, and every hold from the requests; [] is health."""
        ...

    # tenants, conversations, maintenance
    async def tenant(self, tenant_id: str) -> Tenant: ...

    async def tenants(self) -> list[str]: ...

    async def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant]) -> Tenant:
        """Apply `change` to the settings as they are now; raises what `change` raises, and writes nothing."""
        ...

    async def turns(self, conversation: str, *, limit: int, since: int) -> list[Turn]:
        """The last turns of a conversation since a time, oldest first."""
        ...

    async def forget(self, conversation: str) -> int:
        """Erase a conversation; answers how many turns went."""
        ...

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        ...

    async def purge(self, *, before: int) -> int:
        """Drop prompts, pictures, conversations and inbox rows older than `before`; the ledger stays."""
        ...

    async def erase(self, person: str) -> Erased:
        """Drop a person's words, pictures and name from what has ended; amounts and ids stay."""
        ...

    async def close(self) -> None: ...
