"""Rows to values and back.

Some columns of a request never change after acceptance; only the others are written again, and of these a
JSON text only when its value is another object than the one that was read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field, TypeAdapter
from pydantic_core import PydanticSerializationError

from bot.core.budget_rules.starter_limits import StarterLimits
from bot.core.ledger import INSTALLATION, Budget, GivenBy, Grant, Scope
from bot.core.limits import Rules
from bot.core.money import Micros
from bot.core.place_lists.projects import name_of
from bot.core.prices.pricing import UNPRICED, Pricing
from bot.core.request import (
    TERMINAL,
    Actor,
    Asset,
    ConversationPart,
    Failure,
    Order,
    Reading,
    Request,
    State,
    StateChange,
    Turn,
)
from bot.core.tenant import Tenant
from bot.core.windows import Window
from storage.tenants import tenant_from
from storage.transaction import Row, T

_ORDER: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="capability")])
_ACTOR = TypeAdapter(Actor)
_ASSETS = TypeAdapter(tuple[Asset, ...])
_FAILURE = TypeAdapter(Failure | None)
_PRICING = TypeAdapter(Pricing)
_READING = TypeAdapter(Reading)
_PART = TypeAdapter(ConversationPart)

_FIXED = ("id", "dedupe_key", "origin", "created_at", "parent_id", "conversation")
_CHANGING = (
    "updated_at", "due_at", "lease_owner", "lease_epoch", "lease_until", "hold", "charged", "charged_from",
    "overrun", "estimate", "estimate_provider", "approved_by", "attempts", "trace_id", "submitted_at",
    "finished_at", "expires_at", "job_id", "gateway_id", "provider", "executed_model", "progress",
    "refused_budget", "resets_at", "notified",
)  # fmt: skip
_PLAIN = (*_FIXED, *_CHANGING, "text")
_FLAGS = ("ask_price", "confirmed", "cancel_requested", "purged")
_WORDS = ("estimate_provider", "job_id", "gateway_id", "provider", "executed_model", "text")
"""Texts that come from the gateway."""


def request_of(row: Row) -> Request:
    """A row of `requests`."""
    facts: Row = {name: row[name] for name in _PLAIN}
    facts.update({name: bool(row[name]) for name in _FLAGS})
    facts["state"] = State(row["state"])
    facts["left"] = row["remaining"]
    facts["actor"] = _actor(row["actor"])
    facts["order"] = _order(row["asked"])
    facts["reply_to"] = _from_json(row["reply_to"])
    facts["delivery"] = _from_json(row["delivery"])
    facts["failure"] = _FAILURE.validate_json(row["failure"]) if row["failure"] != "null" else None
    facts["pricing"] = _PRICING.validate_json(row["pricing"]) if row["pricing"] != "{}" else UNPRICED
    facts["state_changes"] = state_changes_of(row["state_changes"])
    facts["reading"] = _READING.validate_json(row["reading"]) if row["reading"] else None
    facts["part"] = _part(row["part"]) if row["part"] else None
    facts["assets"] = _ASSETS.validate_json(row["assets"]) if row["assets"] != "[]" else ()
    return Request(**facts)


def _from_json(text: str) -> Mapping[str, Any]:
    return {} if text == "{}" else json.loads(text)


# A worker's steps read the same request several times; the texts are the cache keys, so no entry is outdated.
@lru_cache(maxsize=1024)
def _order(text: str) -> Order:
    return _ORDER.validate_json(text)


@lru_cache(maxsize=1024)
def _part(text: str) -> ConversationPart:
    return _PART.validate_json(text)


@lru_cache(maxsize=1024)
def _actor(text: str) -> Actor:
    return _ACTOR.validate_json(text)


def insert_params(request: Request) -> Row:
    """Every column of a new request."""
    return {
        **update_params(request, None),
        "tenant": request.actor.tenant,
        "place": request.actor.place_id,
        "person": request.actor.person,
        "name": storable(request.actor.name),
        "capability": request.capability,
        "model": request.order.model,
        "project": request.order.project or "",
        "asked": order_text(request.order),
        "phase": "",
    }


def update_params(new: Request, old: tuple[Row, Request] | None) -> Row:
    """The columns that may change, except those of `LedgerPosting`; `old` is the row they were read from.

    Each statement uses the columns that it names.
    """
    params: Row = {**vars(new), "unfinished": new.state not in TERMINAL, "remaining": new.left}
    row, before = old if old else (None, None)
    for name, encode in _JSON.items():
        value = params[name]
        unchanged = row is not None and value is getattr(before, name)
        params[name] = row[name] if row is not None and unchanged else encode(value)
    params.update((name, storable(params[name])) for name in _WORDS)
    return params


def to_json(value: Mapping[str, Any]) -> str:
    """Free JSON of an adapter, in ASCII so that any string survives."""
    return _encode(value)


_encode = json.JSONEncoder(separators=(",", ":")).encode


def actor_text(actor: Actor) -> str:
    """Who asked, as it is stored."""
    return _ACTOR.dump_json(actor).decode()


_STATES = {str(state): state for state in State}
NO_CHANGES = "[]"
"""A request's state changes are `[[state, UTC microseconds, micro-dollars], …]`; this is the empty list."""


def state_changes_of(text: str) -> tuple[StateChange, ...]:
    """The state changes of a row; empty for old requests, which did not store them."""
    if text == NO_CHANGES:
        return ()
    return tuple(StateChange(_STATES[state], at, held) for state, at, held in json.loads(text))


def state_changes_text(changes: Sequence[StateChange]) -> str:
    """State changes as they are stored."""
    return _encode(changes)


def assets_text(assets: Sequence[Asset]) -> str:
    """Results as they are stored."""
    return _told(_ASSETS, tuple(assets))


def _reading_text(reading: Reading | None) -> str:
    """What a chat was given to read and what it called; empty for all others."""
    return "" if reading is None else _told(_READING, reading)


def _part_text(part: ConversationPart | None) -> str:
    return "" if part is None else _PART.dump_json(part).decode()


def _failure_text(failure: Failure | None) -> str:
    return _told(_FAILURE, failure)


def pricing_text(pricing: Pricing) -> str:
    """A price as it is stored, without the fields that have their default."""
    values = {name: value for name, value in vars(pricing).items() if value != getattr(UNPRICED, name)}
    return _encode(values)


def _told(adapter: TypeAdapter[T], value: T) -> str:
    """JSON of a value from the gateway, which may contain unpaired surrogates."""
    try:
        return adapter.dump_json(value).decode()
    except PydanticSerializationError:
        return storable(json.dumps(adapter.dump_python(value), ensure_ascii=False))


_JSON: Mapping[str, Any] = {
    "actor": actor_text,
    "reply_to": to_json,
    "delivery": to_json,
    "assets": assets_text,
    "failure": _failure_text,
    "pricing": pricing_text,
    "state_changes": state_changes_text,
    "reading": _reading_text,
    "part": _part_text,
}


def order_text(order: Order) -> str:
    """An order as it is stored."""
    return _ORDER.dump_json(order).decode()


def storable(text: str) -> str:
    """The text without characters that databases refuse: NUL and unpaired surrogates."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def budget_of(row: Row) -> Budget:
    """A row of `budgets`."""
    return _budget(
        row["id"],
        row["tenant"],
        row["scope"],
        row["subject"],
        row["span"],
        row["ceiling"],
        row["note"],
        row.get("given_by", GivenBy.ADMINS),  # not in the rows that an early upgrade reads
    )


def rules_of(row: Row, tenant_id: str, starters: StarterLimits) -> Rules:
    """The rules in a row of `rules_of`, or of `request_lock` with `rules_at`; the installation's budgets
    last.
    """
    tenant = tenant_from(row["settings"]) if row["settings"] else starters.new_place(tenant_id)
    return Rules(
        tenant=tenant,
        budgets=[named_budget(one, tenant) for one in _budgets(row["budgets"] or "[]", tenant_id, starters)],
        grants=_grants(row["grants"] or "[]"),
    )


def named_budget(budget: Budget, tenant: Tenant) -> Budget:
    """With the name of its project, if it is for one."""
    if budget.scope is not Scope.PROJECT:
        return budget
    return replace(budget, name=name_of(tenant.projects, budget.subject))


@lru_cache(maxsize=256)
def _budgets(text: str, tenant_id: str, starters: StarterLimits) -> tuple[Budget, ...]:
    found = [_budget(*fields) for fields in json.loads(text)]
    stored = sorted(found, key=lambda budget: (budget.tenant == INSTALLATION, budget.id))
    return tuple(starters.added(tenant_id, stored))


@lru_cache(maxsize=256)
def _grants(text: str) -> tuple[Grant, ...]:
    return tuple(_grant(*fields) for fields in json.loads(text))


@lru_cache(maxsize=4096)
def _budget(
    name: str,
    tenant: str,
    scope: str,
    subject: str,
    span: str,
    ceiling: int | None,
    note: str,
    given_by: str,
) -> Budget:
    return Budget(
        id=name,
        tenant=tenant,
        scope=Scope(scope),
        subject=subject,
        window=Window(span),
        limit=None if ceiling is None else Micros(ceiling),
        note=note,
        given_by=GivenBy(given_by),
    )


def grant_of(row: Row) -> Grant:
    """A row of `grants`."""
    return _grant(row["budget_id"], row["person"], row["amount"], row["until"])


def _grant(budget_id: str, person: str, amount: int, until: int | None) -> Grant:
    return Grant(budget_id=budget_id, person=person, amount=Micros(amount), until=until)


def turn_of(row: Row) -> Turn:
    """A row of `turns`."""
    return Turn(role=row["role"], content=row["content"], author=row["author"], name=row["name"])
