"""The operator's money commands: `ledger verify`, `export`, `reconcile`; `budget` is in `budgets`."""

from __future__ import annotations

import asyncio
import csv
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer
from rich.console import Console
from rich.table import Table

from adapters.cli.budgets import with_store
from adapters.cli.configuration import load_settings, need_key
from adapters.cli.operations.as_json import Json, say_json
from adapters.cli.operations.counts import counted
from adapters.cli.operations.dates import Since, Until
from adapters.cli.operations.failures import unreadable
from adapters.composition import open_gateway, open_storage
from bot.core.clock import SystemClock
from bot.core.errors.outside import GatewayError
from bot.core.ledger import Entry
from bot.core.money import dollars, plain
from bot.core.ports.store import Store
from bot.worker.reconciliation import Reconciliation
from bot.worker.reconciliation import reconcile as compare

COLUMNS = "at kind request moment tenant channel person held spent overrun approved by project".split()

ledger_app = typer.Typer(no_args_is_help=True, help="The ledger of every cent.")


@ledger_app.command("verify")
def ledger_verify(json: Json = False) -> None:
    """Recompute every balance from the entries; exit 1 and name the rows that differ."""
    differences = with_store(lambda store: store.verify())
    if json:
        say_json({"sound": not differences, "differences": list(map(asdict, differences))})
        raise typer.Exit(1 if differences else 0)
    for difference in differences:
        typer.echo(
            f"{difference.where}: stored {difference.stored}, recomputed {difference.recomputed}", err=True
        )
    if differences:
        raise typer.Exit(1)
    typer.echo("The ledger is sound.")


def export(
    out: Annotated[Path | None, typer.Option(help="CSV file; default: standard output.")] = None,
    since: Since = 0,
    json: Json = False,
) -> None:
    """Write the ledger's entries as CSV, oldest first, in dollars; with --json to standard output as JSON."""

    async def write(store: Store) -> int:
        with out.open("w", newline="") if out else _Stdout() as file:
            rows, writer = 0, csv.writer(file)
            if out or not json:
                writer.writerow(COLUMNS)
            async for entry in store.entries(since=since):
                if out or not json:
                    writer.writerow(_cells(entry))
                else:
                    say_json(asdict(entry))
                rows += 1
        return rows

    rows = with_store(write)
    if not json:
        typer.echo(counted(rows, "entry", "entries"), err=True)
    elif out:
        say_json({"file": str(out), "entries": rows})


def _cells(entry: Entry) -> tuple[str, ...]:
    return (
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
        entry.project,
    )


def reconcile(
    since: Since,
    until: Until = 0,
    apply: Annotated[bool, typer.Option("--apply", help="Correct what differs; people are told.")] = False,
    dry: Annotated[bool, typer.Option("--dry", help="Only show, which is the default.")] = False,
    json: Json = False,
) -> None:
    """Compare the ledger with the gateway's request log; exit 1 while anything differs.

    With --apply each charge is corrected to the log's figure, up or down. A
    running bot tells the people.
    """
    settings = load_settings()
    need_key(settings)
    end = until or SystemClock().now()

    async def work() -> Reconciliation:
        async with open_storage(settings) as store, open_gateway(settings) as gateway:
            return await compare(store, gateway, since=since, until=end, correct=apply and not dry)

    try:
        done = asyncio.run(work())
    except GatewayError as error:
        raise unreadable("log", error) from None
    if json:
        say_json(asdict(done))
    else:
        _show(done, applied=apply)
    if done.open:
        raise typer.Exit(1)


def _show(done: Reconciliation, *, applied: bool) -> None:
    table = Table("request", "trace", "ours", "gateway", "why")
    for one in done.mismatches:
        theirs = "–" if one.theirs is None else dollars(one.theirs)
        table.add_row(
            one.request_id, one.trace_id, dollars(one.ours), theirs, one.why + " (corrected)" * one.corrected
        )
    if done.mismatches:
        Console().print(table)
    typer.echo(
        f"{counted(done.compared, 'request')}: ours {dollars(done.ours)}, the gateway's"
        f" {dollars(done.theirs)}; {len(done.open)} differ."
        f" In the log but not ours: {counted(done.foreign, 'row')}."
    )
    if not applied and any(one.theirs is not None for one in done.open):
        typer.echo("Run it again with --apply to correct the charges to the gateway's figures.")


class _Stdout:
    """Standard output as a file that is left open."""

    def __enter__(self) -> TextIO:
        return sys.stdout

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()
