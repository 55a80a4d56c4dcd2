"""The operator's money commands: `budget`, `ledger verify`, `export`, `reconcile`."""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.cli.configuration import load_settings, need_key
from adapters.cli.known_ids import check_budget, check_subject, check_tenant
from adapters.common import wording
from adapters.common.amounts import amount_of
from adapters.common.spending_table import as_csv
from adapters.composition import open_gateway, open_storage
from bot.core.clock import SystemClock
from bot.core.errors import GatewayError, InvalidOrder
from bot.core.identity import is_personal
from bot.core.ledger import INSTALLATION, Budget, BudgetLine, Scope
from bot.core.money import dollars, plain
from bot.core.ports.store import Store
from bot.core.windows import Window
from bot.use_cases.admin import budget_id
from bot.use_cases.reports import MOST_DAYS, Spending, spending
from bot.worker.reconciliation import Reconciliation
from bot.worker.reconciliation import reconcile as compare

COLUMNS = "at kind request moment tenant channel person held spent overrun approved by".split()

budget_app = typer.Typer(no_args_is_help=True, help="Budgets, the installation's own among them.")
ledger_app = typer.Typer(no_args_is_help=True, help="The ledger of every cent.")

T = TypeVar("T")
Tenant = Annotated[
    str, typer.Option(help="Tenant such as discord:123 or slack:T123; * is the whole installation.")
]


def _with_store(work: Callable[[Store], Awaitable[T]]) -> T:
    async def run() -> T:
        async with open_storage(load_settings()) as store:
            return await work(store)

    return asyncio.run(run())


@budget_app.command("list")
def budget_list(tenant: Tenant = INSTALLATION) -> None:
    """Show a tenant's budgets and what is left of them."""

    async def work(store: Store) -> list[BudgetLine]:
        await check_tenant(store, tenant)
        return await store.budgets(tenant)

    lines = _with_store(work)
    table = Table("id", "scope", "subject", "window", "limit", "spent", "held", "left")
    for line in lines:
        table.add_row(*_row(line))
    Console().print(table)


def _row(line: BudgetLine) -> tuple[str, ...]:
    budget = line.budget
    return (
        budget.id,
        budget.scope,
        budget.subject or "–",
        budget.window,
        "–" if line.limit is None else dollars(line.limit),
        dollars(line.spent),
        dollars(line.held),
        "–" if line.left is None else wording.left(line.left),
    )


@budget_app.command("set", context_settings={"ignore_unknown_options": True})  # -5 is an amount
def budget_set(
    limit: Annotated[str, typer.Argument(help="Dollars, for example 25 or 0.50.")],
    window: Annotated[Window, typer.Option(help="day, week, month or total.")] = Window.MONTH,
    tenant: Tenant = INSTALLATION,
    scope: Annotated[Scope | None, typer.Option(help="Default: the tenant, or the installation.")] = None,
    subject: Annotated[str, typer.Option(help="Person, role or channel id; * is everyone's default.")] = "",
    new: Annotated[bool, typer.Option("--new", help="For a place that nobody has used yet.")] = False,
) -> None:
    """Set or replace a budget."""
    scope = scope or (Scope.INSTALLATION if tenant == INSTALLATION else Scope.TENANT)
    if (scope is Scope.INSTALLATION) != (tenant == INSTALLATION):
        raise typer.BadParameter("The installation's budget goes with --tenant '*', and only that.")
    if is_personal(tenant):
        raise typer.BadParameter("In direct messages the server that the person has chosen pays.")
    try:
        amount = amount_of(limit, "limit")
    except InvalidOrder as error:
        raise typer.BadParameter(error.message) from None
    budget = Budget(
        id=budget_id(tenant, scope, subject, window),
        tenant=tenant,
        scope=scope,
        subject=subject,
        window=window,
        limit=amount,
    )

    async def work(store: Store) -> Budget:
        await check_tenant(store, tenant, new=new)
        await check_subject(store, scope, subject)
        return await store.set_budget(budget, by="operator")

    kept = _with_store(work)
    typer.echo(f"{kept.id}: {dollars(amount)} per {window}")


@budget_app.command("remove")
def budget_remove(budget: Annotated[str, typer.Argument(help="The id that `budget list` shows.")]) -> None:
    """Remove a budget; the ledger keeps what was spent under it."""

    async def work(store: Store) -> None:
        await check_budget(store, budget)
        await store.remove_budget(budget)

    _with_store(work)
    typer.echo(f"removed {budget}")


@budget_app.command("report")
def budget_report(
    tenant: Annotated[str, typer.Option(help="Tenant such as discord:123 or slack:T123.")],
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Calendar days, today included.")] = 30,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Also write a table.")] = None,
) -> None:
    """Show who spent what in a tenant, largest first; days begin in its own time zone."""
    now = SystemClock().now()

    async def work(store: Store) -> Spending:
        await check_tenant(store, tenant)
        return await spending(store, tenant, days=days, now=now)

    found = _with_store(work)
    table = Table("person", "name", "spent", "requests")
    for one in found.people:
        table.add_row(one.person, escape(one.name), dollars(one.charged), str(one.requests))
    Console().print(table)
    typer.echo(f"{wording.spent_in(found.spent, days)}, by the clock of {found.period.zone}")
    if csv_file is not None:
        csv_file.write_bytes(as_csv(found))


@ledger_app.command("verify")
def ledger_verify() -> None:
    """Recompute every balance from the entries; exit 1 and name the rows that differ."""
    differences = _with_store(lambda store: store.verify())
    for difference in differences:
        typer.echo(
            f"{difference.where}: stored {difference.stored}, recomputed {difference.recomputed}", err=True
        )
    if differences:
        raise typer.Exit(1)
    typer.echo("The ledger is sound.")


def export(
    out: Annotated[Path | None, typer.Option(help="File; default: standard output.")] = None,
    since: Annotated[str, typer.Option(help="Date such as 2026-01-31, UTC.")] = "1970-01-01",
) -> None:
    """Write the ledger's entries as CSV, oldest first, in dollars."""
    start = _moment(since)

    async def write(store: Store) -> int:
        with out.open("w", newline="") if out else _Stdout() as file:
            rows, writer = 0, csv.writer(file)
            writer.writerow(COLUMNS)
            async for entry in store.entries(since=start):
                writer.writerow(
                    (
                        datetime.fromtimestamp(entry.at / 1e6, UTC).isoformat(),
                        entry.kind,
                        entry.request_id,
                        datetime.fromtimestamp(entry.moment / 1e6, UTC).isoformat(),
                        entry.tenant,
                        entry.channel,
                        entry.person,
                        plain(entry.held),
                        plain(entry.spent),
                        plain(entry.overrun),
                        "yes" if entry.approved else "no",
                        entry.by,
                    )
                )
                rows += 1
        return rows

    typer.echo(f"{_with_store(write)} entries", err=True)


def reconcile(
    since: Annotated[str, typer.Option(help="Date such as 2026-01-31, UTC.")],
    until: Annotated[str, typer.Option(help="Date, UTC; default: now.")] = "",
    apply: Annotated[bool, typer.Option("--apply", help="Correct what differs; people are told.")] = False,
    dry: Annotated[bool, typer.Option("--dry", help="Only show, which is the default.")] = False,
) -> None:
    """Compare the ledger with the gateway's request log; exit 1 while anything differs.

    With --apply each charge is corrected to the log's figure, up or down. A running bot tells the people.
    """
    settings = load_settings()
    need_key(settings)
    start, end = _moment(since), _moment(until) if until else SystemClock().now()

    async def work() -> Reconciliation:
        async with open_storage(settings) as store, open_gateway(settings) as gateway:
            return await compare(store, gateway, since=start, until=end, correct=apply and not dry)

    try:
        done = asyncio.run(work())
    except GatewayError as error:
        typer.echo(f"The gateway's log cannot be read: {error.message}", err=True)
        raise typer.Exit(2) from None
    table = Table("request", "trace", "ours", "gateway", "why")
    for one in done.mismatches:
        theirs = "–" if one.theirs is None else dollars(one.theirs)
        table.add_row(
            one.request_id, one.trace_id, dollars(one.ours), theirs, one.why + " (corrected)" * one.corrected
        )
    if done.mismatches:
        Console().print(table)
    typer.echo(
        f"{done.compared} requests: ours {dollars(done.ours)}, the gateway's {dollars(done.theirs)};"
        f" {len(done.open)} differ. {done.foreign} rows of the log are not ours."
    )
    if not apply and any(one.theirs is not None for one in done.open):
        typer.echo("Run it again with --apply to correct the charges to the gateway's figures.")
    if done.open:
        raise typer.Exit(1)


def _moment(date: str) -> int:
    try:
        return int(datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()) * 1_000_000
    except ValueError as exc:
        raise typer.BadParameter(f"not a date: {exc}") from None


class _Stdout:
    """Standard output as a file that is left open."""

    def __enter__(self) -> TextIO:
        return sys.stdout

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()
