"""`Store`: the database of the core, and the values that are written to it and read from it.

Only the core, the storage and the composition import it. Its contract suite is `tests/contract/test_store*`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.core.audit.entries import AuditEntry
from bot.core.capability import Capability
from bot.core.identity import Home
from bot.core.ledger import Budget, BudgetLine, Entry
from bot.core.limits import ExplainedLine
from bot.core.money import Micros
from bot.core.ports.audit_log import AuditLog
from bot.core.ports.changes import Change, Fence, Posting, Release, Reserve, Settle
from bot.core.ports.conversations import Conversations
from bot.core.ports.for_adapters import Documents, Inbox, SpendRow
from bot.core.ports.load import Loads
from bot.core.ports.notices import Notices
from bot.core.ports.overview import Overview
from bot.core.ports.request_lists import RequestLists
from bot.core.ports.statements import Statements
from bot.core.ports.wallets import Wallets
from bot.core.request import Actor, Request, Turn
from bot.core.tenant import Tenant

NO_SHARE = 1_000_000
"""More than any worker has slots: a share that binds nothing."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much may run at once. `slots` is how many more requests this worker can take.

    `per_model`, `per_provider` and `per_platform` are shares of this worker's slots, counted over the rows
    that it has leased (see `load.waits_for`). `origins` names the adapters that run here, since only they
    can tell people about the result; empty means all.
    """

    slots: int
    per_person: int
    per_tenant: int
    per_model: int = NO_SHARE
    per_provider: int = NO_SHARE
    per_platform: int = NO_SHARE
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What was erased for one person; `unfinished` requests were left unchanged."""

    requests: Sequence[str]
    turns: int
    unfinished: int


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A balance or a request that differs from the sum of its entries."""

    where: str
    stored: str
    recomputed: str


class Store(
    Inbox,
    Documents,
    RequestLists,
    Conversations,
    Loads,
    AuditLog,
    Notices,
    Overview,
    Statements,
    Wallets,
    Protocol,
):
    """The database. Every method that writes is one transaction and is on disk when it returns.

    A method with the parameter `by` records in the audit log, in its transaction, what that actor changed.
    """

    # requests
    async def accept(
        self, request: Request, uploads: Mapping[str, bytes], *, press: str = ""
    ) -> tuple[Request, bool]:
        """Write a new request with its pictures; (existing row, False) when `dedupe_key` is known.

        In a conversation its pictures get their numbers: those that came with it, or that it will make.

        With a `press` (see `presses`), also returns the row that the same press made a moment before, even if
        both arrive at the same time at two replicas.
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
        audit: AuditEntry | None = None,
    ) -> Request:
        """Apply `change` to the row and `posting` to the ledger, in one transaction.

        Refuses moves that are not in `MOVES` (ValueError: a programming error). Raises NotFound,
        LeaseLost when `fence` no longer holds, BudgetExceeded and NoHome from a Reserve, and whatever
        `change` raises. `turns` appends to a conversation in the same transaction, and
        `audit` to the audit log. Reserve stores `hold`, Settle stores `charged` and `overrun` on the row.
        """
        ...

    async def claim(self, owner: str, *, now: int, until: int, limits: Limits) -> list[Request]:
        """Lease due rows to `owner`: fair between people, limited per person and tenant, oldest first.

        Only rows that start or continue work count against `per_person` and `per_tenant`. A row whose share
        is used up is left out and takes nobody's turn. The epoch of a claimed row is increased by one.
        """
        ...

    async def extend(self, owner: str, ids: Sequence[str], until: int) -> None:
        """Heartbeat: keep the leases of these rows."""
        ...

    async def release_leases(self, owner: str) -> None:
        """Release all leases at shutdown, so that another worker can go on at once."""
        ...

    async def next_due(self) -> int | None:
        """The earliest time (UTC micros) at which a row can be claimed, or None."""
        ...

    async def make_job_due(self, job_id: str) -> bool:
        """Make the running request of a gateway job due now; False when there is none."""
        ...

    async def submitted(self, *, since: int, until: int) -> list[Request]:
        """Requests whose last paid call left between two times, oldest first."""
        ...

    async def agreed_before(self, person: str, capabilities: Sequence[Capability]) -> bool:
        """Whether the person has agreed to the price of such a request before, or has paid for one."""
        ...

    async def expected_s(self, model: str, capability: Capability) -> float | None:
        """Mean seconds that this model has recently taken for our own requests; None when unknown."""
        ...

    # money
    async def lines(self, actor: Actor, project: str = "") -> list[BudgetLine]:
        """The budgets that bind an order of the actor for a project (its id, or none) now, with balances."""
        ...

    async def explained(self, actor: Actor, project: str = "") -> list[ExplainedLine]:
        """Every budget that might bind such an order, why it does or does not, and its balance."""
        ...

    async def places_with_note(self, note: str) -> list[str]:
        """The tenants (`*` is the installation) that have no limit somewhere, with this reason."""
        ...

    async def budgets(self, tenant: str) -> list[BudgetLine]:
        """All budgets of the tenant (and the installation's), each with the balance of its subject. What one
        person may spend everywhere is in the installation's own list (`*`) only.

        A limit that each person has separately (a role's, everyone's) has no balance here.
        """
        ...

    async def set_budget(self, budget: Budget, *, by: Actor) -> Budget:
        """Insert a budget, or replace the limit of the one with the same tenant, scope, subject, window
        and giver.
        """
        ...

    async def remove_budget(self, budget_id: str, *, by: Actor) -> bool:
        """Remove a budget and its grants; False when there is none."""
        ...

    async def grant(self, budget: Budget, subject: str, amount: Micros, *, by: Actor) -> None:
        """Raise the budget until its running window ends; only for person `subject` if each has their own.

        Raises NotFound for a budget that was removed.
        """
        ...

    async def adjust(self, request_id: str, charged: Micros, *, by: str, tell: bool = False) -> None:
        """Correct a closed request's charge to the gateway's figure, at the moment of the original charge.

        With `tell`, a charge that changes also makes the row due, so that its person is told.
        """
        ...

    async def spending(self, tenant: str, *, since: int) -> list[SpendRow]: ...

    def entries(self, *, since: int = 0) -> AsyncIterator[Entry]:
        """The ledger, oldest first."""
        ...

    async def verify(self) -> list[Difference]:
        """Recompute every balance from the entries, and every hold from the requests; [] if all are right."""
        ...

    # tenants, conversations, maintenance
    async def tenant(self, tenant_id: str) -> Tenant: ...

    async def tenants(self) -> list[str]: ...

    async def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant], *, by: Actor) -> Tenant:
        """Apply `change` to the current settings. When `change` raises, this raises the same and writes
        nothing.
        """
        ...

    async def home(self, person: str) -> Home | None:
        """The server that pays for a person in their direct messages, if they have chosen one."""
        ...

    async def choose_home(self, person: str, tenant_id: str) -> Home:
        """Write a person's home. Raises TooLate when another was chosen within a day; the same is kept."""
        ...

    async def ping(self) -> None:
        """Raise when the database does not answer."""
        ...

    async def check(self) -> None:
        """Write something small and delete it again. Raises StoreUnavailable when that fails."""
        ...

    async def purge(self, *, before: int) -> int:
        """Delete prompts, pictures, conversations and inbox rows older than `before`; the ledger stays."""
        ...

    async def erase(self, person: str) -> Erased:
        """Delete a person's home, and texts, pictures and name from ended requests; amounts and ids stay.

        A linked account is then a keyed hash, which counts with the others until the month ends.
        """
        ...

    async def close(self) -> None: ...


__all__ = [
    "Change", "Difference", "Erased", "Fence", "Limits", "Posting", "Release", "Reserve", "Settle", "Store",
]  # fmt: skip
