"""Whether a request can be accepted at all: policy, room in the queue, and money in the gateway's account."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.bounds.breakers import Breakers
from bot.bounds.pace import DryRunPace
from bot.core import ledger
from bot.core.capability import Capability
from bot.core.catalog import Catalog
from bot.core.errors import NotAllowed, Refusal
from bot.core.errors.bounds import PicturesFull, QueueFull, Whose
from bot.core.money import Micros
from bot.core.order_rules import Checks
from bot.core.ports.store import Store
from bot.core.request import Actor, OrderOf, P, uploads_of
from bot.core.tenant import Access
from bot.core.text.translation import gettext as _
from bot.core.validation import OrderLimits
from bot.settings import Settings
from bot.telemetry.logging import metrics
from bot.use_cases.house_rules import HouseRules


class QueueAdmission:
    """Bounds the unfinished requests of the whole database, of each tenant and of each person.

    A price that waits for its press is none of them: it takes no place until it is agreed to.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._entering: Counter[str] = Counter()

    async def check(self, actor: Actor) -> None:
        """Raise QueueFull when there is no place for another request of the actor."""
        await self._check_behind(actor, self._entering)

    async def _check_behind(self, actor: Actor, ahead: Counter[str]) -> None:
        everyone, tenant, person = _names(actor)
        found, most = await self._store.waiting(actor), self._settings
        if (mine := found.person + ahead[person]) >= most.queue_per_person:
            raise QueueFull(mine, Whose.PERSON)
        if (ours := found.tenant + ahead[tenant]) >= most.queue_per_tenant:
            raise QueueFull(ours, Whose.TENANT)
        if (every := found.everyone + ahead[everyone]) >= most.queue_limit:
            raise QueueFull(every)

    @asynccontextmanager
    async def place(self, actor: Actor) -> AsyncGenerator[None]:
        """Reserve a place in the queue while a request is written. Raises QueueFull.

        Requests that are being accepted at the same moment are not in the database yet, so they are counted
        here; otherwise a burst would exceed the limit.
        """
        names = _names(actor)
        before = Counter({name: self._entering[name] for name in names})
        self._entering.update(names)
        try:
            await self._check_behind(actor, before)
            yield
        finally:
            self._entering.subtract(names)
            self._entering = +self._entering


def _names(actor: Actor) -> tuple[str, str, str]:
    return "", f"tenant {actor.tenant}", f"person {actor.person}"


class AccountFunds:
    """The balance of the gateway's account. `left` is None while unknown, and for post-paid accounts."""

    def __init__(self) -> None:
        self.left: Micros | None = None

    def check(self) -> None:
        """Raise NotAllowed when the gateway's account is empty, since no request could succeed."""
        if self.left is not None and self.left <= 0:
            raise NotAllowed(
                _(
                    "The account that pays for this bot is empty, so it cannot run anything right now."
                    " Nothing was charged; the operator has been told."
                )
            )


class Admission:
    """Everything that is known about an order before it is priced, and so before its pictures are fetched."""

    def __init__(
        self,
        *,
        store: Store,
        checks: Checks,
        house_rules: HouseRules,
        settings: Settings,
        funds: AccountFunds,
        breakers: Breakers,
        pace: DryRunPace,
    ) -> None:
        self._store = store
        self._checks = checks
        self._house_rules = house_rules
        self._settings = settings
        self._funds = funds
        self._breakers = breakers
        self._pace = pace
        self.queue = QueueAdmission(store, settings)

    async def check(self, actor: Actor, order: OrderOf[P], *, more_bytes: int = 0) -> OrderOf[P]:
        """The order with its defaults. Raises a Refusal; nothing has been written or counted.

        `more_bytes` are those of its pictures, 0 while they are not known.
        """
        tenant = await self._store.tenant(actor.tenant)
        order = await self._house_rules.check(actor, tenant, order)
        self._funds.check()
        if not self._breakers.answers(order.model):
            raise self._breakers.instead(self._checks, actor, tenant, order)
        if uploads_of(order):
            await self._check_pictures(actor, order, more_bytes)
        return order

    async def check_early(self, actor: Actor, order: OrderOf[P]) -> OrderOf[P]:
        """The same for adapters, before they fetch pictures; `Service.submit` checks it all again.

        Without pictures the queue and the pace are left to that, since nothing has been wasted by then.
        """
        try:
            checked = await self.check(actor, order)
            if uploads_of(checked):
                self._pace.check(actor)
                await self.queue.check(actor)
        except Refusal as refusal:
            metrics.refused(refusal.code)
            raise
        return checked

    async def _check_pictures(self, actor: Actor, order: OrderOf[P], more_bytes: int) -> None:
        """Nothing is stored for somebody without a budget, or above the bounds."""
        if not self._checks.is_free(order.model):
            ledger.check_any_left(await self._store.lines(actor, order.project or ""))
        stored, most = await self._store.stored(actor), self._settings
        if stored.person + max(1, more_bytes) > most.stored_bytes_per_person:
            raise PicturesFull(Whose.PERSON, most.retention_days)
        if stored.tenant + max(1, more_bytes) > most.stored_bytes_per_tenant:
            raise PicturesFull(Whose.TENANT, most.retention_days)


def checks_of(catalog: Catalog, settings: Settings) -> Checks:
    """The checks that every order must pass, with the operator's limits and default models."""
    limits = OrderLimits(prompt=settings.prompt_limit, max_tokens=settings.max_tokens_cap)
    defaults = {Capability(name): model for name, model in settings.default_models.items()}
    return Checks(catalog, limits, defaults, settings.chat_models, access_of(settings))


def access_of(settings: Settings) -> Access:
    """Whom the operator lets in, from the settings."""
    return Access(
        direct_messages=settings.direct_messages,
        personal_installs=settings.personal_installs,
        guests=settings.guests,
        people=settings.allowed_people,
        tenants={"discord": settings.allowed_servers, "slack": settings.allowed_workspaces},
    )
