"""Writes one log line for every order that is refused before it is accepted."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from bot.core.errors import Refusal
from bot.core.identity import person_hash
from bot.core.request import Actor, Order
from bot.telemetry import request_record

P = ParamSpec("P")
T = TypeVar("T")


class HashKey(Protocol):
    """Has the key of the hash that replaces people's ids in the log."""

    @property
    def identity_key(self) -> bytes: ...


S = TypeVar("S", bound=HashKey)
Submit = Callable[Concatenate[S, Actor, Order, P], Awaitable[T]]


def refusals_logged(submit: Submit[S, P, T]) -> Submit[S, P, T]:
    """Decorates the use case that accepts an actor's order."""

    @wraps(submit)
    async def wrapper(service: S, actor: Actor, order: Order, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await submit(service, actor, order, *args, **kwargs)
        except Refusal as refusal:
            request_record.refused(
                refusal,
                actor,
                order,
                origin=str(kwargs.get("origin", "")),
                person=person_hash(service.identity_key, actor.person),
            )
            raise

    return wrapper
