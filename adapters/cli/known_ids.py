"""Ids that an operator types: refused in one sentence when they name nothing that the database knows."""

from __future__ import annotations

import re

import typer

from bot.core.ledger import EVERYONE, GUESTS, INSTALLATION, OPERATORS, GivenBy, Scope
from bot.core.ports.store import Store

_ID = re.compile(r"[a-z]{2,20}:[\w:.-]{1,80}", re.ASCII)


def check_form(text: str, option: str) -> None:
    """Raise BadParameter unless the text has the form of an id; an empty one is fine."""
    if text and not _ID.fullmatch(text):
        raise typer.BadParameter(
            f"“{text[:40]}” is not an id such as discord:123 or slack:T123.", param_hint=option
        )


async def check_tenant(store: Store, tenant: str, *, new: bool = False) -> None:
    """Raise BadParameter for a place that nobody has used or set up; `new` allows it."""
    if tenant == INSTALLATION:
        return
    check_form(tenant, "--tenant")
    if not new and tenant not in await store.tenants() and not await _has_own(store, tenant):
        raise typer.BadParameter(
            f"Nothing is known of the place {tenant}. `lumenfall-bot places` shows them by their ids.",
            param_hint="--tenant",
        )


async def _has_own(store: Store, tenant: str) -> bool:
    """Whether anybody has set a budget for it; the starting limits bind every place."""
    lines = await store.budgets(tenant)
    return any(line.budget.tenant == tenant and line.budget.given_by is not GivenBy.STARTER for line in lines)


async def check_person(store: Store, person: str, option: str = "PERSON") -> None:
    """Raise BadParameter for a person of whom the database has nothing."""
    check_form(person, option)
    asked = await store.of_person(person)
    if not asked and not any(one.person == person for one in await store.known_people()):
        raise typer.BadParameter(f"Nothing is known of the person {person}.", param_hint=option)


async def check_subject(store: Store, scope: Scope, subject: str, option: str = "--subject") -> None:
    """Raise BadParameter for the subject of a budget that cannot be one of this scope."""
    if scope in OPERATORS and scope is not Scope.EVERYWHERE:
        if subject:
            raise typer.BadParameter(f"A budget of the {scope} has no --subject.", param_hint="--subject")
        return
    if not subject:
        raise typer.BadParameter(f"Say which {scope} with --subject.", param_hint="--subject")
    if scope in (Scope.PERSON, Scope.EVERYWHERE) and subject == EVERYONE:
        return
    if scope is Scope.PROJECT or (scope, subject) == (Scope.ROLE, GUESTS):
        return  # a project by its name, which `operator.set_limit` looks up
    check_form(subject, option)
    if scope in (Scope.PERSON, Scope.EVERYWHERE):
        await check_person(store, subject, option)
