"""`places` and `people list`: where the bot is used, by whom, and what they have spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.cli.budgets import with_store
from adapters.cli.known_ids import check_tenant
from adapters.cli.operations.as_json import Json, say_json
from bot.core.clock import SystemClock
from bot.core.money import Micros, dollars
from bot.core.ports.store import Store
from bot.telemetry import logging
from bot.use_cases.people.known import PersonFigures, people_known
from bot.use_cases.reports import MOST_DAYS, spending

Days = Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="Calendar days, today included.")]


@dataclass(frozen=True, kw_only=True)
class PlaceFigures:
    """A place: `spent` in micro-dollars and the people who spent it, in so many days."""

    place: str
    paused: bool
    zone: str
    people: int
    requests: int
    spent: Micros
    unfinished: int


def places(days: Days = 30, json: Json = False) -> None:
    """List every server and workspace that the database knows, with what it spent; most first."""
    logging.configure(level="critical")
    found = with_store(lambda store: _places(store, days))
    if _as_json(found, json=json):
        return
    table = Table("place", "paused", "time zone", "people", "requests", "spent", "unfinished")
    for one in found:
        paused = "paused" if one.paused else ""
        counts = (str(one.people), str(one.requests), dollars(one.spent), str(one.unfinished))
        table.add_row(one.place, paused, one.zone, *counts)
    _print(table, found, "No place has used the bot yet.")


async def _places(store: Store, days: int) -> list[PlaceFigures]:
    now, found = SystemClock().now(), list[PlaceFigures]()
    for tenant in await store.tenants():
        spent, its = await spending(store, tenant, days=days, now=now), await store.tenant(tenant)
        found.append(
            PlaceFigures(
                place=tenant,
                paused=its.paused,
                zone=its.zone,
                people=len(spent.people),
                requests=sum(one.requests for one in spent.people),
                spent=Micros(spent.spent),
                unfinished=len(await store.unfinished(tenant)),
            )
        )
    return sorted(found, key=lambda one: (-one.spent, one.place))


def people(
    tenant: Annotated[str, typer.Option(help="Only this place's, such as slack:T123.")] = "",
    days: Days = 30,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    json: Json = False,
) -> None:
    """List everybody whom the database knows, those who spent most first.

    Known is who asked for anything, has a limit or a home of their own, is
    linked, or is named in a setting as an admin or as blocked. What they spent
    is of the last --days.
    """
    logging.configure(level="critical")
    found = with_store(lambda store: _people(store, tenant, days))[:limit]
    if _as_json(found, json=json):
        return
    table = Table("person", "name", "spent", "requests", "places", "known by")
    for one in found:
        figures = (dollars(one.spent), str(one.requests), " ".join(one.places), ", ".join(one.known_by))
        table.add_row(one.person, escape(one.name), *figures)
    _print(table, found, "Nobody is known here yet.")


async def _people(store: Store, tenant: str, days: int) -> list[PersonFigures]:
    if tenant:
        await check_tenant(store, tenant)
    return await people_known(store, tenant, days=days, now=SystemClock().now())


def _as_json(found: Sequence[Any], *, json: bool) -> bool:
    """Print one line for each, if JSON was asked for; returns whether it was."""
    if json:
        say_json(*map(asdict, found))
    return json


def _print(table: Table, found: Sequence[object], nothing: str) -> None:
    if not found:
        typer.echo(nothing)
        return
    Console(width=None if Console().is_terminal else 200).print(table)
