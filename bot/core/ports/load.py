"""What there is to do: what a request waits for, and the part of the store's port that counts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.core.money import Micros
from bot.core.request import Actor, Request, State


class WaitsFor(StrEnum):
    """What a step waits for, where that may not answer for long."""

    MODEL = "model"
    PROVIDER = "provider"
    PLATFORM = "platform"


def waits_for(request: Request) -> tuple[tuple[WaitsFor, str], ...]:
    """What the next step of the request waits for, by name; `claim_candidates` says the same in SQL."""
    match request.state:
        case State.RECEIVED | State.PRICED | State.RESERVED | State.SUBMITTED:
            model = (WaitsFor.MODEL, request.order.model)
            provider = request.estimate_provider
            return (model, (WaitsFor.PROVIDER, provider)) if provider else (model,)
        case State.SETTLED:
            return ((WaitsFor.PLATFORM, request.origin),)
        case State.AWAITING_CONFIRMATION | State.DELIVERED | State.REFUSED | State.FAILED | State.CANCELLED:
            told = request.notified == request.state
            return () if told else ((WaitsFor.PLATFORM, request.origin),)
        case State.RUNNING | State.AMBIGUOUS:
            return ()


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
