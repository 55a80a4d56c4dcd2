"""`budget`: what the operator gives places and the installation, and what binds somebody and why."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.cli.configuration import load_settings
from adapters.cli.known_ids import check_form, check_subject, check_tenant
from adapters.cli.operations.as_json import say_json
from adapters.cli.operations.dates import on_this_clock
from adapters.cli.operations.limit_rows import COLUMNS, budget_facts, budget_row, every_budget
from adapters.common import house_rules, wording
from adapters.common.amounts import amount_of
from adapters.common.budget_words import BudgetWords
from adapters.common.spending_table import as_csv
from adapters.composition import open_storage
from bot.core.budget_rules.replaced_limits import BudgetChange
from bot.core.clock import SystemClock
from bot.core.errors import InvalidOrder, NotFound
from bot.core.identity import is_personal
from bot.core.ledger import INSTALLATION, Budget, BudgetLine, Scope
from bot.core.money import ZERO, Micros, dollars
from bot.core.place_lists.projects import project_named
from bot.core.ports.store import Store
from bot.core.tenant import local_time
from bot.core.text.blocked_words import BlockedUse
from bot.core.windows import Window
from bot.use_cases import operator
from bot.use_cases.budgets import Explained, explained, last_seen
from bot.use_cases.house_rules import BlockedUses
from bot.use_cases.reports import MOST_DAYS, Spending, spending

budget_app = typer.Typer(no_args_is_help=True, help="Budgets, the installation's own among them.")

T = TypeVar("T")
Tenant = Annotated[
    str, typer.Option(help="Tenant such as discord:123 or slack:T123; * is the whole installation.")
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
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object per line; amounts in micro-dollars.")
    ] = False,
) -> None:
    """Show everything that binds in a place, the starting limits among them, and what is left."""

    async def work(store: Store) -> list[BudgetLine]:
        await check_tenant(store, tenant, new=new)
        return await (every_budget(store) if every else store.budgets(tenant))

    lines = with_store(work)
    if json:
        say_json(*map(budget_facts, lines))
        return
    table = Table(*COLUMNS)
    for line in lines:
        table.add_row(*budget_row(line))
    Console(width=None if Console().is_terminal else 240).print(table)
    if not every:
        typer.echo(words_of(tenant).summary(lines))


@budget_app.command("set", context_settings={"ignore_unknown_options": True})  # -5 is an amount
def budget_set(
    limit: Annotated[str, typer.Argument(help="Dollars, for example 25 or 0.50.")],
    window: Annotated[Window, typer.Option(help="day, week, month or total.")] = Window.MONTH,
    tenant: Tenant = INSTALLATION,
    scope: Annotated[Scope | None, typer.Option(help="Default: the tenant, or the installation.")] = None,
    subject: Annotated[
        str,
        typer.Option(help="Id of a person, role or channel, or a project's name; * is everyone's default."),
    ] = "",
    everywhere: Annotated[
        str,
        typer.Option(metavar="PERSON", help="One person (* is each) in all places, with linked accounts."),
    ] = "",
    new: New = False,
) -> None:
    """Set or replace a budget. A place's total, the installation's and a person's everywhere are then yours:
    no admin can raise them.
    """
    if everywhere or scope is Scope.EVERYWHERE:
        _set_everywhere(everywhere, limit, window, alone=tenant == INSTALLATION and not subject)
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

    _say_set(tenant, _decided(work))


def _set_everywhere(person: str, limit: str, window: Window, *, alone: bool) -> None:
    """`--everywhere`: what one person, or each, may spend in all places."""
    if not person or not alone:
        raise typer.BadParameter("A limit everywhere is set with --everywhere PERSON, and nothing else.")
    amount = _amount(limit)

    async def work(store: Store) -> BudgetChange:
        await check_subject(store, Scope.EVERYWHERE, person, "--everywhere")
        return await operator.set_everywhere(store, person, window, amount)

    _say_set(INSTALLATION, _decided(work))


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


def _say_set(tenant: str, change: BudgetChange) -> None:
    typer.echo(f"{change.budget.id}: {dollars(change.budget.limit or ZERO)} per {change.budget.window}")
    if looser := words_of(tenant).looser(change):
        typer.echo(looser)


@budget_app.command("trust")
def budget_trust(place: Place, new: New = False) -> None:
    """Let a place spend without a total of yours; limits of people and of the installation stay."""
    if place == INSTALLATION:
        raise typer.BadParameter("Trust is given to a place. For the installation use `budget set`.")

    async def work(store: Store) -> list[Budget]:
        await check_tenant(store, place, new=new)
        return await operator.trust(store, place)

    lifted = with_store(work)
    typer.echo(f"{place} is trusted: nothing limits it as a whole but what its admins set.")
    _say_ended(place, lifted)


@budget_app.command("starter")
def budget_starter(place: Place) -> None:
    """Let the starting limits bind a place, or the installation (*), as if it were new: what you gave it,
    “trusted” and “kept from before” end.
    """

    async def work(store: Store) -> tuple[list[Budget], list[BudgetLine]]:
        await check_tenant(store, place)
        return await operator.start_over(store, place), await store.budgets(place)

    ended, lines = with_store(work)
    _say_ended(place, ended)
    typer.echo(words_of(place).summary(lines))


def _say_ended(place: str, ended: Iterable[Budget]) -> None:
    for one in ended:
        typer.echo(f"ended: {words_of(place).budget(one)}")


@budget_app.command("why")
def budget_why(
    place: Place,
    person: Annotated[str, typer.Argument(help="Id with its platform, such as discord:42 or slack:U42.")],
    channel: Annotated[str, typer.Option(help="As if they asked in this channel.")] = "",
    role: Annotated[
        list[str] | None, typer.Option(help="A role of theirs, instead of the last known.")
    ] = None,
    project: Annotated[str, typer.Option(help="As if they ordered for this project.")] = "",
) -> None:
    """Say which limits bind somebody now, and why; roles are those of their last request there."""

    async def work(store: Store) -> Explained:
        await check_tenant(store, place)
        about = await last_seen(store, place, person, channel)
        known = bool(role) or bool(about.name or about.roles or about.channel)
        about = replace(about, roles=tuple(role)) if role else about
        wanted = project_named((await store.tenant(place)).projects, project).id if project else ""
        return await explained(store, about, known=known, project=wanted)

    check_form(person, "PERSON")
    check_form(channel, "--channel")
    try:
        found = with_store(work)
    except InvalidOrder as error:
        raise typer.BadParameter(error.message) from None
    for line in words_of(place).why(found, person, on_this_clock):
        typer.echo(line)


@budget_app.command("remove")
def budget_remove(budget: Annotated[str, typer.Argument(help="The id that `budget list` shows.")]) -> None:
    """Remove a budget; the ledger keeps what was spent under it."""
    if budget.startswith("starter:"):
        raise typer.BadParameter("That is a starting limit: `budget set` gives another, `budget trust` none.")
    try:
        with_store(lambda store: operator.remove(store, budget))
    except NotFound as error:
        raise typer.BadParameter(error.message) from None
    typer.echo(f"removed {budget}")


@budget_app.command("report")
def budget_report(
    tenant: Annotated[str, typer.Option(help="Tenant such as discord:123 or slack:T123.")],
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Calendar days, today included.")] = 30,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Also write a table.")] = None,
) -> None:
    """Show who spent what in a tenant, largest first; days begin in its own time zone."""
    now = SystemClock().now()

    async def work(store: Store) -> tuple[Spending, list[BlockedUse]]:
        await check_tenant(store, tenant)
        uses = BlockedUses(store, SystemClock(), load_settings().retention_days)
        return await spending(store, tenant, days=days, now=now), await uses.of(tenant)

    found, blocked = with_store(work)
    table = Table("person", "name", "spent", "requests")
    for one in found.people:
        table.add_row(one.person, escape(one.name), dollars(one.charged), str(one.requests))
    Console().print(table)
    typer.echo(f"{wording.spent_in(found.spent, days)}, by the clock of {found.period.zone}")
    for use in blocked:
        typer.echo(house_rules.blocked_use(use, f"{use.name} {use.person}", str(local_time(use.at, "UTC"))))
    if csv_file is not None:
        csv_file.write_bytes(as_csv(found))
