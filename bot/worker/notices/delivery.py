"""Delivers notices and digests from their rows: claimed under a lease, told, then written that they were.

At least once, with a sender that looks before it posts what may have been posted: a worker that dies after a
message leaves a row whose lease ends, and the next worker finds the message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.core.errors.outside import DeliveryFinal, DeliveryPassing
from bot.core.money import dollars
from bot.core.notices.digest import DigestPeriod, due_period
from bot.core.notices.thresholds import NOTICE_CHOICE, UNASKED_S, Audience, Notice, NoticeOutcome
from bot.core.ports.for_adapters import Clock, NoticeAddress, NoticeSender
from bot.core.ports.store import Store
from bot.core.tenant import Tenant
from bot.core.text.translation import speaking
from bot.settings import Settings
from bot.telemetry.logging import metrics
from bot.telemetry.loops import Loops, Pace
from bot.use_cases.notices.digests import digest_for
from bot.worker.step_context import TELL_S, backoff, in_time

log = structlog.get_logger(__name__)

NOTICES_S = 2.0
DIGESTS_S = 60.0
LEASE_S = 90
"""Longer than one delivery may take, in seconds."""
AT_ONCE = 10


class NoticeDelivery:
    """The loops of one process. `senders` by origin; the operator's has none."""

    def __init__(
        self, *, store: Store, senders: Mapping[str, NoticeSender], clock: Clock, settings: Settings
    ) -> None:
        self._store = store
        self._senders = senders
        self._clock = clock
        self._settings = settings
        self._noted: set[DigestPeriod] = set()
        self.loops = Loops(clock)

    async def start(self) -> None:
        """Start the loops."""
        self.loops.run("notices", self.tell_due, Pace(every_s=NOTICES_S))
        self.loops.run("digests", self.post_due, Pace(every_s=DIGESTS_S))

    async def stop(self) -> None:
        """Stop the loops; what is under way is told again by whoever finds its lease over."""
        await self.loops.stop()

    async def tell_due(self) -> float | None:
        """Tell what is due; returns 0 where there is more."""
        now = self._clock.now()
        until = now + LEASE_S * 1_000_000
        found = await self._store.claim_notices(list(self._senders), now=now, until=until, most=AT_ONCE)
        await asyncio.gather(*map(self._tell, found))
        return 0.0 if len(found) == AT_ONCE else None

    async def _tell(self, notice: Notice) -> None:
        tenant = await self._store.tenant(notice.tenant)
        outcome = await self._without_telling(notice, tenant)
        if outcome is NoticeOutcome.WAITING:
            to, again = address_of(notice, tenant), notice.attempts > 1
            sender = self._senders[notice.origin]
            with speaking(await self._language(notice, tenant)):
                outcome, wait = await self._sent(
                    lambda: sender.notice(notice, to, again=again), notice.attempts
                )
            if outcome is NoticeOutcome.WAITING:
                await self._store.notice_later(notice.id, self._clock.now() + int(wait * 1_000_000))
                return
        await self._store.end_notice(notice.id, outcome)
        metrics.notices.labels(notice.audience, outcome).inc()
        if notice.audience is Audience.OPERATOR:
            log.warning(
                "limit_reached",
                limit=notice.budget.id,
                percent=notice.threshold,
                spent=dollars(notice.spent),
                of=dollars(notice.limit),
            )

    async def _language(self, notice: Notice, tenant: Tenant) -> str:
        """That of the person who is told, as their order had it; else the place's."""
        if notice.audience is not Audience.PERSON:
            return tenant.language
        request = await self._store.get(notice.request_id)
        return (request.actor.language if request else "") or tenant.language

    async def _without_telling(self, notice: Notice, tenant: Tenant) -> NoticeOutcome:
        """Why it is not told; `WAITING` where it is."""
        now = self._clock.now()
        if now > notice.at + UNASKED_S * 1_000_000 or (notice.resets_at or now + 1) <= now:
            return NoticeOutcome.LATE
        return NoticeOutcome.WAITING if await self._wanted(notice, tenant) else NoticeOutcome.UNWANTED

    async def _wanted(self, notice: Notice, tenant: Tenant) -> bool:
        match notice.audience:
            case Audience.PERSON:
                choice = await self._store.get_document(NOTICE_CHOICE, notice.person)
                return not (choice or {}).get("off")
            case Audience.ADMINS:
                return tenant.notices
            case Audience.OPERATOR:
                return self._settings.operator_notices

    async def _sent(self, send: Callable[[], Awaitable[None]], attempts: int) -> tuple[NoticeOutcome, float]:
        """What became of it; while it waits, the seconds until the next try."""
        wait = backoff(attempts, low=2, high=600)
        try:
            await in_time(TELL_S, send())
        except DeliveryPassing as error:
            log.info("notice_postponed", error=error.message)
            return NoticeOutcome.WAITING, error.retry_after or wait
        except DeliveryFinal as error:
            log.warning("notice_undeliverable", error=error.message)
            return NoticeOutcome.UNDELIVERABLE, 0
        except Exception:
            log.exception("notice_sender_crashed")
            return NoticeOutcome.WAITING, max(wait, 60.0)
        return NoticeOutcome.TOLD, 0

    # digests

    async def post_due(self) -> float | None:
        """Note the periods that are over, and post the digests that are due; 0 where there are more."""
        now = self._clock.now()
        for tenant in await self._store.digest_places():
            period = due_period(tenant, now)
            if period is not None and period not in self._noted:
                await self._store.add_digest(period)
                self._noted.add(period)
        until = now + LEASE_S * 1_000_000
        found = await self._store.claim_digests(list(self._senders), now=now, until=until, most=AT_ONCE)
        await asyncio.gather(*map(self._post, found))
        return 0.0 if len(found) == AT_ONCE else None

    async def _post(self, period: DigestPeriod) -> None:
        tenant = await self._store.tenant(period.tenant)
        wanted = due_period(tenant, self._clock.now())
        if wanted is None or (wanted.window, wanted.since) != (period.window, period.since):
            outcome = NoticeOutcome.UNWANTED if wanted is None else NoticeOutcome.LATE
        else:
            digest = await digest_for(self._store, tenant, period)
            sender = self._senders[period.tenant.partition(":")[0]]
            to = NoticeAddress(tenant=tenant.id, channel=tenant.digest_channel)
            again = period.attempts > 1
            with speaking(tenant.language):
                outcome, wait = await self._sent(
                    lambda: sender.digest(digest, to, again=again), period.attempts
                )
            if outcome is NoticeOutcome.WAITING:
                await self._store.digest_later(period, self._clock.now() + int(wait * 1_000_000))
                return
        await self._store.end_digest(period, outcome)
        metrics.digests.labels(outcome).inc()


def address_of(notice: Notice, tenant: Tenant) -> NoticeAddress:
    """Where a notice goes: in private, or to the admins' channel, else to the admin who set the limit."""
    private = notice.audience is Audience.PERSON
    setter = notice.set_by if notice.set_by.partition(":")[0] == notice.origin else ""
    return NoticeAddress(
        tenant=notice.tenant,
        channel="" if private else tenant.notice_channel or tenant.admin_channel,
        person=notice.person if private else setter,
        reply_to=notice.reply_to,
    )
