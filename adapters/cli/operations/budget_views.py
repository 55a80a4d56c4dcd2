"""`budget why` and `budget report`: which limits bind somebody, and who spent what in a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.cli.budgets import Place, with_store, words_of
from adapters.cli.configuration import load_settings
from adapters.cli.known_ids import check_form, check_tenant
from adapters.cli.operations.as_json import Json, say, say_json
from adapters.cli.operations.dates import on_this_clock
from adapters.cli.operations.limit_rows import line_facts
from adapters.common import house_rules, wording
from adapters.common.spending_table import as_csv
from bot.core.clock import SystemClock
from bot.core.errors import InvalidOrder
from bot.core.money import dollars
from bot.core.place_lists.projects import project_named
from bot.core.ports.store import Store
from bot.core.tenant import local_time
from bot.core.text.blocked_words import BlockedUse
from bot.use_cases.budgets import Explained, explained, last_seen
from bot.use_cases.house_rules import BlockedUses
from bot.use_cases.reports import MOST_DAYS, Spending, spending


def budget_why(
    place: Place,
    person: Annotated[str, typer.Argument(help="Id with its platform, such as discord:42 or slack:U42.")],
    channel: Annotated[str, typer.Option(help="As if they asked in this channel.")] = "",
    role: Annotated[
        list[str] | None, typer.Option(help="A role of theirs, instead of the last known.")
    ] = None,
    project: Annotated[str, typer.Option(help="As if they ordered for this project.")] = "",
    json: Json = False,
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
    say("\n".join(words_of(place).why(found, person, on_this_clock)), _why(place, found), json=json)


def _why(place: str, found: Explained) -> dict[str, Any]:
    return {
        "place": place,
        "person": found.person,
        "known": found.known,
        "blocked": found.blocked,
        "paused": found.paused,
        "budgets": [
            {**line_facts(one.line), "binds": one.binds, "reason": one.reason} for one in found.lines
        ],
    }


def budget_report(
    tenant: Annotated[str, typer.Option(help="Server or workspace, such as discord:123 or slack:T123.")],
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Calendar days, today included.")] = 30,
    csv_file: Annotated[Path | None, typer.Option("--csv", help="Also write a table.")] = None,
    json: Json = False,
) -> None:
    """Show who spent what in a place, largest first; days begin in its own time zone."""
    now = SystemClock().now()

    async def work(store: Store) -> tuple[Spending, list[BlockedUse]]:
        await check_tenant(store, tenant)
        uses = BlockedUses(store, SystemClock(), load_settings().retention_days)
        return await spending(store, tenant, days=days, now=now), await uses.of(tenant)

    found, blocked = with_store(work)
    if csv_file is not None:
        csv_file.write_bytes(as_csv(found))
    if json:
        say_json(_reported(tenant, days, found, blocked))
    else:
        _show(days, found, blocked)


def _show(days: int, found: Spending, blocked: Sequence[BlockedUse]) -> None:
    table = Table("person", "name", "spent", "requests")
    for one in found.people:
        table.add_row(one.person, escape(one.name), dollars(one.charged), str(one.requests))
    Console().print(table)
    typer.echo(f"{wording.spent_in(found.spent, days)}, by the clock of {found.period.zone}")
    for use in blocked:
        typer.echo(house_rules.blocked_use(use, f"{use.name} {use.person}", str(local_time(use.at, "UTC"))))


def _reported(tenant: str, days: int, found: Spending, blocked: Sequence[BlockedUse]) -> dict[str, Any]:
    return {
        "place": tenant,
        "days": days,
        "zone": found.period.zone,
        "spent": found.spent,
        "requests": found.requests,
        "people": [
            {"person": one.person, "name": one.name, "spent": one.charged, "requests": one.requests}
            for one in found.people
        ],
        "refused_by_house_rules": list(map(asdict, blocked)),
    }
