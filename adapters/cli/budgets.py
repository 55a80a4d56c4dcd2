"""`budget`: what the operator gives places and the installation, and what binds somebody and why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from adapters.cli.configuration import load_settings
from adapters.cli.known_ids import check_subject, check_tenant
from adapters.cli.operations.as_json import Json, say, say_json
from adapters.cli.operations.limit_rows import COLUMNS, budget_facts, budget_row, every_budget, line_facts
from adapters.common.amounts import amount_of
from adapters.common.budget_words import BudgetWords
from adapters.composition import open_storage
from bot.core.budget_rules.replaced_limits import BudgetChange
from bot.core.errors import InvalidOrder, NotFound
from bot.core.identity import is_personal
from bot.core.ledger import INSTALLATION, Budget, BudgetLine, Scope
from bot.core.money import ZERO, Micros, dollars
from bot.core.ports.store import Store
from bot.core.windows import Window
from bot.use_cases import operator

budget_app = typer.Typer(no_args_is_help=True, help="Budgets, the installation's own among them.")

T = TypeVar("T")
Tenant = Annotated[
    str, typer.Option(help="Place such as discord:123 or slack:T123; * is the whole installation.")
]
Place = Annotated[str, typer.Argument(help="Server or workspace, such as discord:123 or slack:T123.")]
New = Annotated[bool, typer.Option("--new", help="For a place that nobody has used yet.")]


def with_store(work: Callable[[Store], Awaitable[T]]) -> T:
    """Do something with the database alone."""

    async def run() -> T:
        async with open_storage(load_settings()) as store:
            return await work(store)

    return asyncio.run(run())


def words_of(place: str) -> BudgetWords:
    """How budgets are worded on the terminal."""
    word = (
        "workspace" if place.startswith("slack:") else "server" if place.startswith("discord:") else "place"
    )
    return BudgetWords(place=word, names=lambda budget: budget.subject)


@budget_app.command("list")
def budget_list(
    tenant: Tenant = INSTALLATION,
    new: New = False,
    every: Annotated[bool, typer.Option("--all", help="Of the installation and of every place.")] = False,
    json: Json = False,
) -> None:
    """Show everything that binds in a place, the starting limits among them, and what is left."""

    async def work(store: Store) -> list[BudgetLine]:
        await check_tenant(store, tenant, new=new)
        return await (every_budget(store) if every else store.budgets(tenant))

    lines = with_store(work)
    if json:
        say_json(*map(line_facts, lines))
        return
    if lines:
        table = Table(*COLUMNS)
        for line in lines:
            table.add_row(*budget_row(line))
        Console(width=None if Console().is_terminal else 240).print(table)
    if not every:
        typer.echo(words_of(tenant).summary(lines))


@budget_app.command("set", context_settings={"ignore_unknown_options": True})  # -5 is an amount
def budget_set(
    limit: Annotated[str, typer.Argument(help="Dollars, for example 25 or 0.50.")],
    window: Annotated[Window, typer.Option(help="When it begins again; a total never does.")] = Window.MONTH,
    tenant: Tenant = INSTALLATION,
    scope: Annotated[
        Scope | None, typer.Option(help="What it limits; default: the whole place, or the installation.")
    ] = None,
    subject: Annotated[
        str,
        typer.Option(help="Id of a person, role or channel, or a project's name; * is everyone's default."),
    ] = "",
    everywhere: Annotated[
        str,
        typer.Option(metavar="PERSON", help="One person (* is each) in all places, with linked accounts."),
    ] = "",
    new: New = False,
    json: Json = False,
) -> None:
    """Set or replace a budget.

    A place's total, the installation's and a person's everywhere are then
    yours: no admin can raise them.
    """
    if everywhere or scope is Scope.EVERYWHERE:
        alone = tenant == INSTALLATION and not subject
        _say_set(INSTALLATION, _set_everywhere(everywhere, limit, window, alone=alone), json=json)
        return
    scope = scope or (Scope.INSTALLATION if tenant == INSTALLATION else Scope.TENANT)
    if (scope is Scope.INSTALLATION) != (tenant == INSTALLATION):
        raise typer.BadParameter("The installation's budget goes with --tenant '*', and only that.")
    if is_personal(tenant):
        raise typer.BadParameter("In direct messages the server that the person has chosen pays.")
    amount = _amount(limit)

    async def work(store: Store) -> BudgetChange:
        await check_tenant(store, tenant, new=new)
        await check_subject(store, scope, subject)
        return await operator.set_limit(store, tenant, scope, subject, window, amount)

    _say_set(tenant, _decided(work), json=json)


def _set_everywhere(person: str, limit: str, window: Window, *, alone: bool) -> BudgetChange:
    """`--everywhere`: what one person, or each, may spend in all places."""
    if not person or not alone:
        raise typer.BadParameter("A limit everywhere is set with --everywhere PERSON, and nothing else.")
    amount = _amount(limit)

    async def work(store: Store) -> BudgetChange:
        await check_subject(store, Scope.EVERYWHERE, person, "--everywhere")
        return await operator.set_everywhere(store, person, window, amount)

    return _decided(work)


def _decided(work: Callable[[Store], Awaitable[BudgetChange]]) -> BudgetChange:
    try:
        return with_store(work)
    except InvalidOrder as error:
        raise typer.BadParameter(error.message) from None


def _amount(limit: str) -> Micros:
    try:
        return amount_of(limit, "limit")
    except InvalidOrder as error:
        raise typer.BadParameter(error.message) from None


def _say_set(tenant: str, change: BudgetChange, *, json: bool) -> None:
    lines = [f"{change.budget.id}: {dollars(change.budget.limit or ZERO)} per {change.budget.window}"]
    lines += filter(None, [words_of(tenant).looser(change)])
    looser = budget_facts(change.looser_than) if change.looser_than else None
    say("\n".join(lines), {**budget_facts(change.budget), "looser_than": looser}, json=json)


@budget_app.command("trust")
def budget_trust(place: Place, new: New = False, json: Json = False) -> None:
    """Let a place spend without a total of yours; limits of people and of the installation stay."""
    if place == INSTALLATION:
        raise typer.BadParameter("Trust is given to a place. For the installation use `budget set`.")

    async def work(store: Store) -> list[Budget]:
        await check_tenant(store, place, new=new)
        return await operator.trust(store, place)

    lifted = with_store(work)
    said = f"{place} is trusted: nothing limits it as a whole but what its admins set."
    facts = {"place": place, "trusted": True, "ended": list(map(budget_facts, lifted))}
    say("\n".join([said, *_ended(place, lifted)]), facts, json=json)


@budget_app.command("starter")
def budget_starter(place: Place, json: Json = False) -> None:
    """Let the starting limits bind a place, or the installation (*), as if it were new.

    What you gave it, “trusted” and “kept from before” end.
    """

    async def work(store: Store) -> tuple[list[Budget], list[BudgetLine]]:
        await check_tenant(store, place)
        return await operator.start_over(store, place), await store.budgets(place)

    ended, lines = with_store(work)
    said = "\n".join([*_ended(place, ended), words_of(place).summary(lines)])
    standing = list(map(line_facts, lines))
    say(said, {"place": place, "ended": list(map(budget_facts, ended)), "budgets": standing}, json=json)


def _ended(place: str, ended: Iterable[Budget]) -> list[str]:
    return [f"ended: {words_of(place).budget(one)}" for one in ended]


@budget_app.command("remove")
def budget_remove(
    budget: Annotated[str, typer.Argument(help="The id that `budget list` shows.")], json: Json = False
) -> None:
    """Remove a budget; the ledger keeps what was spent under it."""
    if budget.startswith("starter:"):
        raise typer.BadParameter("That is a starting limit: `budget set` gives another, `budget trust` none.")
    try:
        with_store(lambda store: operator.remove(store, budget))
    except NotFound as error:
        raise typer.BadParameter(error.message) from None
    say(f"removed {budget}", {"removed": budget}, json=json)
