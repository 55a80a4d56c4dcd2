"""Making and checking orders: defaults, policy, derived orders. Pure but for the catalogue it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.core import validation
from bot.core.capability import Capability, about
from bot.core.catalog import Catalog, check_policy
from bot.core.drafts import Draft
from bot.core.errors import InvalidOrder
from bot.core.request import Actor, OrderOf, P, Turn, chat_of
from bot.core.tenant import Tenant


class Checks:
    """Everything an order must pass before it is stored or priced."""

    def __init__(self, catalog: Catalog, limits: validation.OrderLimits) -> None:
        self._catalog = catalog
        self._limits = limits

    def check(self, actor: Actor, tenant: Tenant, order: OrderOf[P]) -> OrderOf[P]:
        """The order in clean words and with its defaults filled in. Raises a Refusal where it may not run."""
        tenant.admit(actor, order.capability)
        order = validation.normalised(order)
        order = self._with_defaults(tenant, order)
        model = self._catalog.require(order.model, order.capability)
        check_policy(order.model, model, tenant, actor)
        validation.check(order, model, self._limits)
        return order

    def _with_defaults(self, tenant: Tenant, order: OrderOf[P]) -> OrderOf[P]:
        if chat := chat_of(order):
            cap = self._limits.max_tokens
            order = replace(chat, max_tokens=cap if chat.max_tokens is None else min(chat.max_tokens, cap))
        if order.model:
            return order
        name = tenant.defaults.get(order.capability, "")
        found = self._catalog.default(order.capability)
        if not name and found is None:
            raise InvalidOrder("Name a model; no default is set here.", field="model")
        return replace(order, model=name or (found.id if found else ""))


def conversation_key(tenant: str, conversation: str) -> str:
    """Where a conversation's turns are kept; a thread's name never crosses tenants."""
    return f"{tenant}/{conversation}"


def last_turns(turns: Sequence[Turn], tokens: int) -> Sequence[Turn]:
    """The newest turns that fit `tokens`, counted as four characters each."""
    room, kept = tokens * 4, 0
    for turn in reversed(turns):
        room -= len(turn.content)
        if room < 0:
            break
        kept += 1
    return turns[len(turns) - kept :]


def changed(order: OrderOf[P], changes: Mapping[str, Any]) -> OrderOf[P]:
    """The order with those of the changes that it has a field for."""
    return replace(order, **{name: value for name, value in changes.items() if hasattr(order, name)})


def order_on(picture: P, capability: Capability, prompt: str, changes: Mapping[str, Any]) -> OrderOf[P]:
    """An order on one picture, with those changes (values by field) that fit. Raises InvalidOrder."""
    said = {"prompt": prompt} if prompt and about(capability).takes_prompt else {}
    return changed(Draft(capability=capability, values=said).order((picture,)), changes)
