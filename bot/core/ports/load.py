"""The part of the store's port that says how much there is to do, and of whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.core.money import Micros
from bot.core.request import Actor


@dataclass(frozen=True, kw_only=True)
class Load:
    """How much there is of something: in the whole database, of an actor's tenant, and of their person."""

    everyone: int
    tenant: int
    person: int


@dataclass(frozen=True, kw_only=True)
class UnfinishedCount:
    """Unfinished requests of one kind, as the database counts them; `oldest` in UTC microseconds."""

    capability: str
    state: str
    platform: str
    requests: int
    held: Micros
    oldest: int


class Loads(Protocol):
    """Counts of what waits, and lists of it."""

    async def waiting(self, actor: Actor) -> Load:
        """How many accepted requests have not ended, without prices that wait for their press."""
        ...

    async def stored(self, actor: Actor) -> Load:
        """Bytes of the pictures that the actor and their tenant have sent in; `everyone` is not counted."""
        ...

    async def offers(self, person: str) -> list[str]:
        """The ids of a person's prices that wait for their press, newest first."""
        ...

    async def count_unfinished(self) -> list[UnfinishedCount]:
        """Unfinished requests by capability, state and platform, with the amounts held for them."""
        ...

    async def queue(self, *, now: int) -> list[str]:
        """The ids of requests that wait for a worker, next one first."""
        ...
