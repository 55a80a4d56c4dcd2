"""Whether a request can be accepted at all: room in the queue, and money in the gateway's account."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from gettext import gettext as _

from bot.core.capability import Capability
from bot.core.catalog import Catalog
from bot.core.errors import NotAllowed, QueueFull
from bot.core.money import Micros
from bot.core.order_rules import Checks
from bot.core.ports.store import Store
from bot.core.tenant import Access
from bot.core.validation import OrderLimits
from bot.settings import Settings


class QueueAdmission:
    """Allows at most `limit` unfinished requests in the whole database."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._entering = 0

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """Reserve a place in the queue while a request is written. Raises QueueFull.

        Requests that are being accepted at the same moment are not in the database yet, so they are counted
        here; otherwise a burst would exceed the limit.
        """
        ahead = self._entering
        self._entering += 1
        try:
            waiting = await self._store.waiting() + ahead
            if waiting >= self._limit:
                raise QueueFull(waiting)
            yield
        finally:
            self._entering -= 1


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
