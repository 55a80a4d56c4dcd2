"""Writes one log line for every order that is refused before it is accepted.

Most are refused by the use case that accepts them. An adapter refuses some before that: options that it
cannot read, pictures that it cannot load. It tells of them with `refusals_noted` or `note`. A refusal is
logged once, whoever notices it first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
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


def note(
    service: HashKey, refusal: Refusal, actor: Actor, *, origin: str, capability: str = "", model: str = ""
) -> None:
    """Log that an actor's order was refused, unless this refusal has been logged."""
    request_record.refused(
        refusal,
        actor,
        origin=origin,
        person=person_hash(service.identity_key, actor.person),
        capability=capability,
        model=model,
    )


@contextmanager
def refusals_noted(service: HashKey, actor: Actor, *, origin: str, capability: str = "") -> Generator[None]:
    """Log the Refusal that ends this block; it is raised on."""
    try:
        yield
    except Refusal as refusal:
        note(service, refusal, actor, origin=origin, capability=capability)
        raise


def refusals_logged(submit: Submit[S, P, T]) -> Submit[S, P, T]:
    """Decorates the use case that accepts an actor's order."""

    @wraps(submit)
    async def wrapper(service: S, actor: Actor, order: Order, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await submit(service, actor, order, *args, **kwargs)
        except Refusal as refusal:
            note(
                service,
                refusal,
                actor,
                origin=str(kwargs.get("origin", "")),
                capability=str(order.capability),
                model=order.model,
            )
            raise

    return wrapper
