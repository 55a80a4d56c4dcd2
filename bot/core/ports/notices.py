"""Notices and digests in the database; a part of `store.Store`, which only the core imports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bot.core.notices.digest import DigestPeriod, DigestSums
from bot.core.notices.thresholds import Notice, NoticeOutcome
from bot.core.tenant import Tenant


class Notices(Protocol):
    """What people are to be told, and what they were told. Those about limits are written by postings."""

    async def add_notice(self, notice: Notice) -> None:
        """Write a notice that no posting has caused; nothing where it, or a higher one, is known."""
        ...

    async def claim_notices(self, origins: Sequence[str], *, now: int, until: int, most: int) -> list[Notice]:
        """Lease due notices of these platforms until a moment (UTC micros), and count the attempt.

        With `attempts` above 1 somebody may have told it already and died before it was written.
        """
        ...

    async def end_notice(self, notice_id: str, outcome: NoticeOutcome) -> None:
        """It was told, or never will be."""
        ...

    async def notice_later(self, notice_id: str, due: int) -> None:
        """Try again at a moment (UTC micros)."""
        ...

    async def notice(self, notice_id: str) -> Notice | None: ...

    async def notices_of_person(self, person: str, *, most: int = 20) -> list[Notice]:
        """Those about a person's own limits, newest first."""
        ...

    async def notices_of_tenant(self, tenant: str, *, most: int = 20) -> list[Notice]:
        """Those about limits that many share, newest first; `*` is the installation."""
        ...

    async def digest_places(self) -> list[Tenant]:
        """The places that have chosen a channel for their digest."""
        ...

    async def add_digest(self, period: DigestPeriod) -> None:
        """Write that a period's digest is due; nothing where it is known."""
        ...

    async def claim_digests(
        self, origins: Sequence[str], *, now: int, until: int, most: int
    ) -> list[DigestPeriod]:
        """As `claim_notices`."""
        ...

    async def end_digest(self, period: DigestPeriod, outcome: NoticeOutcome) -> None: ...

    async def digest_later(self, period: DigestPeriod, due: int) -> None: ...

    async def digest_sums(self, tenant: str, *, since: int, until: int) -> DigestSums:
        """What was charged, failed and refused from `since` until before `until` (UTC micros)."""
        ...
