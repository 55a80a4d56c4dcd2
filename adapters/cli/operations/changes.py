"""`grant`, `pause`, `resume`, and ending a request: each leaves a line of the audit log, by the operator."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from adapters.cli.budgets import with_store
from adapters.cli.known_ids import check_person, check_tenant
from adapters.cli.operations.as_json import Json, say
from adapters.cli.settings import as_operator
from adapters.common.amounts import amount_of
from adapters.composition import open_storage
from bot.core.audit.entries import OPERATOR, Act, entry_by
from bot.core.clock import SystemClock
from bot.core.errors import InvalidOrder, NotFound
from bot.core.ledger import INSTALLATION, Budget
from bot.core.money import Micros, dollars
from bot.core.ports.changes import Release
from bot.core.ports.store import Store
from bot.core.request import Request, State
from bot.core.text.translation import gettext as _
from bot.settings import Settings
from bot.use_cases.row_changes import cancelled

Place = Annotated[str, typer.Argument(help="Server or workspace, such as discord:123 or slack:T123.")]


def grant(
    budget: Annotated[str, typer.Argument(help="The id that `budget list` shows.")],
    amount: Annotated[str, typer.Argument(help="Dollars, for example 5 or 0.50.")],
    tenant: Annotated[str, typer.Option(help="The place that the budget is of; * is the installation.")] = (
        INSTALLATION
    ),
    person: Annotated[str, typer.Option(help="For whom, where each person has the limit separately.")] = "",
    json: Json = False,
) -> None:
    """Raise a limit until its running window ends."""
    try:
        extra = amount_of(amount, "amount")
    except InvalidOrder as error:
        raise typer.BadParameter(error.message, param_hint="AMOUNT") from None

    async def work(store: Store) -> Budget:
        await check_tenant(store, tenant)
        if person:
            await check_person(store, person, "--person")
        found = await _granted(store, tenant, budget, person)
        await store.grant(found, person, extra, by=OPERATOR)
        return found

    try:
        found = with_store(work)
    except NotFound as error:
        raise typer.BadParameter(error.message, param_hint="BUDGET") from None
    _say_granted(found, person, extra, json=json)


async def _granted(store: Store, tenant: str, budget_id: str, person: str) -> Budget:
    """The budget of that id. Raises BadParameter for an unknown one, and where `person` does not fit it."""
    known = {line.budget.id: line.budget for line in await store.budgets(tenant)}
    if budget_id not in known:
        text = f"No budget {budget_id} binds in {tenant}; `budget list --all` shows their ids."
        raise typer.BadParameter(text, param_hint="BUDGET")
    found = known[budget_id]
    if found.limit is None:
        raise typer.BadParameter(f"{budget_id} says that there is no limit.", param_hint="BUDGET")
    if found.per_person != bool(person):
        text = "Each person has this limit separately: say whose." if not person else "All share this limit."
        raise typer.BadParameter(text, param_hint="--person")
    return found


def _say_granted(budget: Budget, person: str, extra: Micros, *, json: bool) -> None:
    whose = f" for {person}" if person else ""
    said = f"{budget.id}: {dollars(extra)} more{whose} until its {budget.window} ends"
    say(said, {"budget": budget.id, "person": person, "amount": extra, "window": budget.window}, json=json)


def pause(tenant: Place, json: Json = False) -> None:
    """Refuse new requests that a place would pay for; what is under way goes on."""
    _set_paused(tenant, True, json=json)


def resume(tenant: Place, json: Json = False) -> None:
    """Take new requests of a place again."""
    _set_paused(tenant, False, json=json)


def _set_paused(tenant: str, paused: bool, *, json: bool) -> None:
    if tenant == INSTALLATION:
        raise typer.BadParameter(
            "A place is paused. To stop all of them, set the installation's budget to 0."
        )
    with_store(lambda store: check_tenant(store, tenant))
    now = as_operator(tenant, False, lambda admin, actor: admin.change(actor, paused=paused))
    said = f"{tenant} is paused." if now.paused else f"{tenant} takes requests again."
    say(said, {"place": tenant, "paused": now.paused}, json=json)


def end(settings: Settings, request_id: str, *, json: bool) -> None:
    """Stop a request as its person or an admin could; the bot tells the person."""

    async def work() -> Request:
        async with open_storage(settings) as store:
            return await _ended(store, request_id)

    moved = asyncio.run(work())
    said = f"{moved.id}: the gateway is asked to stop it; what it charges until then is charged"
    if moved.state is State.CANCELLED:
        said = f"{moved.id}: ended, nothing charged"
    say(said, {"request": moved.id, "state": moved.state, "asked": moved.cancel_requested}, json=json)


async def _ended(store: Store, request_id: str) -> Request:
    found = await store.get(request_id)
    if found is None:
        raise NotFound(_("There is no such request."))
    now = SystemClock().now()
    audit = entry_by(OPERATOR, Act.STOPPED, tenant=found.actor.tenant, subject=request_id)
    return await store.move(request_id, lambda row: cancelled(row, now), posting=Release(), audit=audit)
