"""Checks orders against the rules of their place, and keeps a list of what was refused for its admins.

A use is a small document per refusal, without the words. The newest `USES_KEPT` of a tenant stay, for as long
as prompts do.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import asdict

import structlog

from bot.core.errors import WordsBlocked
from bot.core.order_rules import Checks
from bot.core.ports.for_adapters import Clock, Documents
from bot.core.request import Actor, OrderOf, P
from bot.core.tenant import Tenant
from bot.core.text.blocked_words import BlockedUse

log = structlog.get_logger(__name__)

USES_KEPT = 100


class BlockedUses:
    """What was refused, by tenant. `retention_days` is how long a use is kept."""

    def __init__(self, documents: Documents, clock: Clock, retention_days: int) -> None:
        self._documents = documents
        self._clock = clock
        self._kept_us = retention_days * 86_400 * 1_000_000

    async def of(self, tenant_id: str) -> list[BlockedUse]:
        """Newest first; what is too old is deleted."""
        return [use for _key, use in await self._kept(tenant_id)]

    async def note(self, actor: Actor, capability: str, rule: str) -> None:
        """Write one down."""
        now = self._clock.now()
        use = BlockedUse(
            tenant=actor.tenant,
            person=actor.person,
            name=actor.name,
            channel=actor.channel,
            capability=str(capability),
            rule=rule,
            at=now,
        )
        key = f"{now:020d}-{secrets.token_hex(4)}"
        await self._documents.put_document(_kind(actor.tenant), key, asdict(use))
        log.info("words_blocked", tenant=actor.tenant, channel=actor.channel, capability=use.capability)
        await self._kept(actor.tenant)

    async def erase(self, tenant_id: str, person: str) -> int:
        """Delete what is kept of one person; returns how many."""
        found = [key for key, use in await self._kept(tenant_id) if use.person == person]
        for key in found:
            await self._documents.delete_document(_kind(tenant_id), key)
        return len(found)

    async def _kept(self, tenant_id: str) -> list[tuple[str, BlockedUse]]:
        kind, oldest = _kind(tenant_id), self._clock.now() - self._kept_us
        found = sorted((await self._documents.documents(kind)).items(), reverse=True)
        uses = [(key, BlockedUse(**body)) for key, body in found]
        kept = [(key, use) for key, use in uses[:USES_KEPT] if use.at >= oldest]
        for key, _use in uses[len(kept) :]:
            await self._documents.delete_document(kind, key)
        return kept


class HouseRules:
    """Asks the rules of places, and notes what they refuse."""

    def __init__(self, checks: Checks, uses: BlockedUses) -> None:
        self._checks = checks
        self._uses = uses

    async def check(self, actor: Actor, tenant: Tenant, order: OrderOf[P]) -> OrderOf[P]:
        """`Checks.check`, and a note for the admins when words were blocked. Raises a Refusal."""
        try:
            return self._checks.check(actor, tenant, order)
        except WordsBlocked as refusal:
            await self._uses.note(actor, order.capability, refusal.rule)
            raise

    async def check_words(self, actor: Actor, tenant: Tenant, texts: Sequence[str], capability: str) -> None:
        """The same for texts that are no order yet: arguments of tools, files. Raises WordsBlocked."""
        try:
            tenant.check_words(texts)
        except WordsBlocked as refusal:
            await self._uses.note(actor, capability, refusal.rule)
            raise


def _kind(tenant_id: str) -> str:
    return f"blocked_use:{tenant_id}"
