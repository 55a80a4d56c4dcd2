"""Whether a request may come in at all: room in the queue, and money at the gateway."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.core.capability import Capability
from bot.core.catalog import Catalog
from bot.core.errors import NotAllowed, QueueFull
from bot.core.money import Micros
from bot.core.order_rules import Checks
from bot.core.ports.store import Store
from bot.core.validation import OrderLimits
from bot.settings import Settings


class QueueAdmission:
    """Has places for `limit` unfinished requests, in the whole database."""

    def __init__(self, store: Store, limit: int) -> None:
        self._store = store
        self._limit = limit
        self._entering = 0

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[None]:
        """A place for a request that is written within. Raises QueueFull.

        Who is entering at the same moment is not in the database yet and counts as well, or a burst would
        find the room empty as one.
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
    """`left` None while unknown, or for accounts that pay later."""

    def __init__(self) -> None:
        self.left: Micros | None = None

    def check(self) -> None:
        """Raise NotAllowed when the gateway's account has run dry: no request could succeed."""
        if self.left is not None and self.left <= 0:
            raise NotAllowed(
                "The account that pays for this bot is empty, so nothing can be made just now. Nothing was"
                " charged; the operator has been told."
            )


def checks_of(catalog: Catalog, settings: Settings) -> Checks:
    """The checks of every order, with the operator's bounds and default models."""
    limits = OrderLimits(prompt=settings.prompt_limit, max_tokens=settings.max_tokens_cap)
    defaults = {Capability(name): model for name, model in settings.default_models.items()}
    return Checks(catalog, limits, defaults, settings.chat_models)
