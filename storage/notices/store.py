"""Implements `bot.core.ports.notices.Notices`; a part of the Store."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from bot.core.notices.digest import DigestPeriod, DigestSums
from bot.core.notices.thresholds import Notice, NoticeOutcome
from bot.core.ports.for_adapters import Clock
from bot.core.tenant import Tenant
from storage import documents
from storage.notices import transactions
from storage.transaction import Driver


class NoticeStore:
    """The docstrings of the port apply here."""

    _driver: Driver
    _clock: Clock

    async def add_notice(self, notice: Notice) -> None:
        params = transactions.notice_params(notice)
        await self._driver.transact(partial(documents.do, "notice_add", **params))

    async def claim_notices(self, origins: Sequence[str], *, now: int, until: int, most: int) -> list[Notice]:
        return await self._driver.transact(partial(transactions.claim, origins, now, until, most))

    async def end_notice(self, notice_id: str, outcome: NoticeOutcome) -> None:
        await self._driver.transact(partial(documents.do, "notice_end", id=notice_id, outcome=outcome))

    async def notice_later(self, notice_id: str, due: int) -> None:
        await self._driver.transact(partial(documents.do, "notice_later", id=notice_id, due=due))

    async def notice(self, notice_id: str) -> Notice | None:
        found = await self._driver.read(partial(transactions.listed, "notice_get", id=notice_id))
        return found[0] if found else None

    async def notices_of_person(self, person: str, *, most: int = 20) -> list[Notice]:
        work = partial(transactions.listed, "notices_of_person", person=person, most=most)
        return await self._driver.read(work)

    async def notices_of_tenant(self, tenant: str, *, most: int = 20) -> list[Notice]:
        work = partial(transactions.listed, "notices_of_tenant", tenant=tenant, most=most)
        return await self._driver.read(work)

    async def digest_places(self) -> list[Tenant]:
        return await self._driver.read(transactions.digest_places)

    async def add_digest(self, period: DigestPeriod) -> None:
        await self._driver.transact(partial(transactions.digest_add, period, self._clock.now()))

    async def claim_digests(
        self, origins: Sequence[str], *, now: int, until: int, most: int
    ) -> list[DigestPeriod]:
        return await self._driver.transact(partial(transactions.digests_claim, origins, now, until, most))

    async def end_digest(self, period: DigestPeriod, outcome: NoticeOutcome) -> None:
        await self._driver.transact(partial(transactions.digest_end, period, outcome))

    async def digest_later(self, period: DigestPeriod, due: int) -> None:
        await self._driver.transact(partial(transactions.digest_later, period, due))

    async def digest_sums(self, tenant: str, *, since: int, until: int) -> DigestSums:
        work = partial(transactions.digest_sums, tenant, since, until)
        return await self._driver.read(work, steps=True, report=True)
