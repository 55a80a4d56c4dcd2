"""`audit`: the audit log in a table, as JSON, or as a CSV file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.budgets import with_store, words_of
from adapters.cli.known_ids import check_form, check_tenant
from adapters.cli.operations.as_json import Json, say, say_json
from adapters.cli.operations.counts import counted
from adapters.cli.operations.dates import Since, Until
from adapters.common.audit.table import audit_csv, facts
from adapters.common.audit.words import AuditWords, nothing_yet
from adapters.common.settings_table import Kind
from bot.core.audit.entries import Act, AuditFilter
from bot.core.ledger import INSTALLATION
from bot.core.ports.store import Store
from bot.core.text.dates import utc
from bot.telemetry import logging
from bot.use_cases.reports import AUDIT_MAX, AuditPage, audit_page


def audit(
    tenant: Annotated[
        str, typer.Option(help="Only this place's, such as slack:T123; * is the installation's own.")
    ] = "",
    person: Annotated[str, typer.Option(help="What this person did, or what was done about them.")] = "",
    kind: Annotated[Act | None, typer.Option(help="Only changes of this kind.")] = None,
    since: Since = 0,
    until: Until = 0,
    before: Annotated[int, typer.Option(min=0, help="Number of the last line of the page before.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=AUDIT_MAX, help="How many at most.")] = 50,
    json: Json = False,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Write a table to this file.")] = None,
) -> None:
    """Show who changed what, newest first: settings, limits, extra amounts, approvals, homes."""
    logging.configure(level="critical")
    check_form(person, "--person")
    wanted = AuditFilter(person=person, act=kind, since=since, until=until, before=before)

    async def work(store: Store) -> AuditPage:
        if tenant and tenant != INSTALLATION:
            await check_tenant(store, tenant)
        return await audit_page(store, tenant, wanted, limit=limit)

    found = with_store(work)
    if csv_file is not None:
        csv_file.write_bytes(audit_csv(found.entries, found.names))
        count = len(found.entries)
        say(f"{csv_file}: {counted(count, 'line')}", {"file": str(csv_file), "lines": count}, json=json)
        return
    _print(found, json=json)


def _print(found: AuditPage, *, json: bool) -> None:
    for entry in found.entries:
        if json:
            say_json(facts(entry, found.names))
            continue

        def name(kind: Kind, value: str) -> str:
            known = found.names.get(value, "") if kind is Kind.PEOPLE else ""
            return f"{known} ({value})" if known else value

        words = AuditWords(budgets=words_of(entry.tenant), names=name)
        typer.echo(f"{entry.tenant} · {words.line(entry, utc)}")
    if json:
        return
    if not found.entries:
        typer.echo(nothing_yet())
    if found.older:
        typer.echo(f"Older: --before {found.older}", err=True)
