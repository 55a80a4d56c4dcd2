"""Implements the Store of `bot.core.ports.store`: each method gives one transaction to a driver."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from bot.core.audit.entries import AuditEntry
from bot.core.budget_rules.starter_limits import NO_STARTERS, StarterLimits
from bot.core.capability import Capability
from bot.core.errors import StoreUnavailable
from bot.core.identity import Home
from bot.core.ledger import Budget, BudgetLine, Entry
from bot.core.limits import ExplainedLine
from bot.core.money import Micros
from bot.core.ports.for_adapters import Clock, InboxItem, SpendRow
from bot.core.ports.load import Load, UnfinishedCount
from bot.core.ports.store import Change, Difference, Erased, Fence, Limits, Posting
from bot.core.request import Actor, Request, State, Turn, uploads_of
from bot.core.tenant import Tenant
from storage import documents as document_queries
from storage import ledger as ledger_queries
from storage import moves, requests
from storage.audit.store import AuditStore
from storage.closed_months.store import StatementStore
from storage.conversations.store import ConversationStore
from storage.notices.store import NoticeStore
from storage.overview.store import OverviewStore
from storage.privacy import erasure
from storage.transaction import Driver
from storage.wallets.store import WalletStore


class SqlStore(ConversationStore, AuditStore, NoticeStore, OverviewStore, StatementStore, WalletStore):
    """`bot.core.ports.store.Store` on SQLite or PostgreSQL; its docstrings apply here."""

    def __init__(self, driver: Driver, clock: Clock, starters: StarterLimits = NO_STARTERS) -> None:
        self._driver = driver
        self._clock = clock
        self._starters = starters

    # requests

    async def accept(
        self, request: Request, uploads: Mapping[str, bytes], *, press: str = ""
    ) -> tuple[Request, bool]:
        accepted = await self._driver.transact(partial(requests.accept, request, uploads, press))
        if uploads:
            await self._drop_pictures()
        return accepted

    async def _drop_pictures(self) -> None:
        """Best effort: what is left goes with the next one, or with the purge."""
        with suppress(StoreUnavailable):
            await self._driver.transact(partial(requests.drop_pictures, self._clock.now()))

    async def get(self, request_id: str) -> Request | None:
        return await self._driver.read(partial(requests.one, "request_get", id=request_id))

    async def by_dedupe_key(self, key: str) -> Request | None:
        return await self._driver.read(partial(requests.one, "request_by_dedupe_key", dedupe_key=key))

    async def upload(self, digest: str) -> bytes | None:
        return await self._driver.read(partial(document_queries.value, "upload_get", "body", digest=digest))

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
        def work() -> Any:
            return moves.move(
                request_id,
                change,
                fence=fence,
                posting=posting,
                turns=turns,
                audit=audit,
                starters=self._starters,
                now=self._clock.now(),
            )

        moved: Request = await self._driver.transact(work, key=request_id)
        if uploads_of(moved.order) and moved.state is State.REFUSED:
            await self._drop_pictures()
        return moved

    async def claim(self, owner: str, *, now: int, until: int, limits: Limits) -> list[Request]:
        return await self._driver.transact(
            partial(requests.claim, owner, now=now, until=until, limits=limits)
        )

    async def extend(self, owner: str, ids: Sequence[str], until: int) -> None:
        await self._driver.transact(partial(requests.extend, owner, ids, until))

    async def release_leases(self, owner: str) -> None:
        await self._driver.transact(partial(document_queries.do, "lease_release", owner=owner))

    async def next_due(self) -> int | None:
        return await self._driver.read(partial(document_queries.value, "next_due", "at"))

    async def waiting(self, actor: Actor) -> Load:
        return await self._driver.read(partial(requests.load, "waiting", actor))

    async def stored(self, actor: Actor) -> Load:
        return await self._driver.read(partial(requests.load, "stored", actor))

    async def offers(self, person: str) -> list[str]:
        return await self._driver.read(partial(document_queries.values, "offers", "id", person=person))

    async def count_unfinished(self) -> list[UnfinishedCount]:
        return await self._driver.read(requests.count_unfinished)

    async def queue(self, *, now: int) -> list[str]:
        return await self._driver.read(partial(document_queries.values, "queue", "id", now=now))

    async def history(
        self,
        tenant: str,
        *,
        person: str | None = None,
        limit: int = 20,
        before: str = "",
        project: str = "",
    ) -> list[Request]:
        return await self._driver.read(partial(requests.history, tenant, person, limit, before, project))

    async def unfinished(self, tenant: str, *, person: str | None = None) -> list[Request]:
        return await self._driver.read(partial(requests.unfinished, tenant, person))

    async def agreed_before(self, person: str, capabilities: Sequence[Capability]) -> bool:
        return await self._driver.read(partial(requests.agreed_before, person, capabilities))

    async def make_job_due(self, job_id: str) -> bool:
        return await self._driver.transact(partial(requests.make_job_due, job_id, self._clock.now()))

    async def submitted(self, *, since: int, until: int) -> list[Request]:
        return await self._driver.read(
            partial(requests.many, "submitted_between", since=since, until=until), report=True
        )

    async def expected_s(self, model: str, capability: Capability) -> float | None:
        mean_us: int | None = await self._driver.read(
            partial(document_queries.value, "timing_get", "mean_us", model=model, capability=capability)
        )
        return None if mean_us is None else mean_us / 1_000_000

    # money

    async def lines(self, actor: Actor, project: str = "") -> list[BudgetLine]:
        work = partial(ledger_queries.lines, actor, project, self._starters, self._clock.now())
        return await self._driver.read(work, steps=True)

    async def explained(self, actor: Actor, project: str = "") -> list[ExplainedLine]:
        work = partial(ledger_queries.explained, actor, project, self._starters, self._clock.now())
        return await self._driver.read(work, steps=True)

    async def budgets(self, tenant: str) -> list[BudgetLine]:
        work = partial(ledger_queries.budgets, tenant, self._starters, self._clock.now())
        return await self._driver.read(work, steps=True)

    async def places_with_note(self, note: str) -> list[str]:
        work = partial(document_queries.values, "places_with_note", "tenant", note=note)
        return await self._driver.read(work)

    async def set_budget(self, budget: Budget, *, by: Actor) -> Budget:
        work = partial(ledger_queries.set_budget, budget, by=by, now=self._clock.now())
        return await self._driver.transact(work)

    async def remove_budget(self, budget_id: str, *, by: Actor) -> bool:
        work = partial(ledger_queries.remove_budget, budget_id, by=by, now=self._clock.now())
        return await self._driver.transact(work)

    async def grant(self, budget: Budget, subject: str, amount: Micros, *, by: Actor) -> None:
        await self._driver.transact(
            partial(ledger_queries.grant, budget, subject, amount, by=by, now=self._clock.now())
        )

    async def adjust(self, request_id: str, charged: Micros, *, by: str, tell: bool = False) -> None:
        now = self._clock.now()
        work = partial(
            ledger_queries.adjust, request_id, charged, self._starters, by=by, tell_person=tell, now=now
        )
        await self._driver.transact(work, key=request_id)

    async def spending(self, tenant: str, *, since: int) -> list[SpendRow]:
        return await self._driver.read(
            partial(ledger_queries.spending, tenant, since), steps=True, report=True
        )

    async def entries(self, *, since: int = 0) -> AsyncIterator[Entry]:
        after = 0
        while page := await self._driver.read(
            partial(ledger_queries.entries_page, after, since), report=True
        ):
            for number, entry in page:
                after = number
                yield entry

    async def verify(self) -> list[Difference]:
        return await self._driver.read(ledger_queries.verify, steps=True, report=True)

    # tenants, maintenance

    async def tenant(self, tenant_id: str) -> Tenant:
        return await self._driver.read(partial(document_queries.tenant, tenant_id, self._starters))

    async def tenants(self) -> list[str]:
        return await self._driver.read(partial(document_queries.values, "tenant_ids", "id"), report=True)

    async def change_tenant(self, tenant_id: str, change: Callable[[Tenant], Tenant], *, by: Actor) -> Tenant:
        now = self._clock.now()
        work = partial(document_queries.change_tenant, tenant_id, change, self._starters, by=by, now=now)
        return await self._driver.transact(work)

    async def home(self, person: str) -> Home | None:
        return await self._driver.read(partial(document_queries.home, person))

    async def choose_home(self, person: str, tenant_id: str) -> Home:
        work = partial(document_queries.choose_home, person, tenant_id, self._clock.now())
        return await self._driver.transact(work)

    async def inbox_put(self, source: str, key: str, payload: Mapping[str, Any]) -> bool:
        work = partial(document_queries.inbox_put, source, key, payload, self._clock.now())
        return await self._driver.transact(work)

    async def inbox_get(self, source: str, key: str) -> Mapping[str, Any] | None:
        text: str | None = await self._driver.read(
            partial(document_queries.value, "inbox_get", "payload", source=source, key=key)
        )
        return None if text is None else json.loads(text)

    async def inbox_done(self, source: str, key: str) -> None:
        await self._driver.transact(partial(document_queries.do, "inbox_done", source=source, key=key))

    async def inbox_pending(self, source: str, *, older_than: int) -> list[InboxItem]:
        return await self._driver.read(partial(document_queries.inbox_pending, source, older_than))

    async def put_document(self, kind: str, key: str, body: Mapping[str, Any]) -> None:
        await self._driver.transact(partial(document_queries.put_document, kind, key, body))

    async def get_document(self, kind: str, key: str) -> Mapping[str, Any] | None:
        text: str | None = await self._driver.read(
            partial(document_queries.value, "document_get", "body", kind=kind, key=key)
        )
        return None if text is None else json.loads(text)

    async def documents(self, kind: str) -> dict[str, Mapping[str, Any]]:
        return await self._driver.read(partial(document_queries.documents, kind))

    async def delete_document(self, kind: str, key: str) -> None:
        await self._driver.transact(partial(document_queries.do, "document_delete", kind=kind, key=key))

    async def ping(self) -> None:
        await self._driver.read(document_queries.ping)

    async def check(self) -> None:
        await self._driver.transact(document_queries.check)

    async def purge(self, *, before: int) -> int:
        gone: int = await self._driver.transact(partial(document_queries.purge, before, self._clock.now()))
        while some := await self._driver.transact(partial(requests.purge_some, before, self._clock.now())):
            gone += some
        return gone

    async def of_person(self, person: str) -> list[Request]:
        return await self._driver.read(
            partial(requests.many, "requests_of_person", person=person), report=True
        )

    async def recent(
        self, *, since: int = 0, tenant: str = "", person: str = "", state: str = "", limit: int = 20
    ) -> list[Request]:
        work = partial(
            requests.many,
            "requests_recent",
            since=since,
            tenant=tenant,
            person=person,
            state=state,
            limit=limit,
        )
        return await self._driver.read(work, report=True)

    async def erase(self, person: str) -> Erased:
        return await self._driver.transact(partial(erasure.erase, person, self._clock.now()))

    async def close(self) -> None:
        await self._driver.close()
