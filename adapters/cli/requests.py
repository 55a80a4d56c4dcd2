"""`requests`: the recent ones in a list, or the whole life of one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from adapters.cli.configuration import load_settings
from adapters.cli.known_ids import check_form, check_person, check_tenant
from adapters.cli.operations import changes
from adapters.cli.operations.as_json import Json, say, say_json
from adapters.cli.operations.dates import Since
from adapters.cli.operations.failures import CommandFailed
from adapters.cli.request_story import as_json, as_text, tell
from adapters.composition import identity_key, open_gateway, open_storage
from bot.core.audit.entries import OPERATOR
from bot.core.clock import SystemClock
from bot.core.identity import person_hash
from bot.core.money import ZERO, dollars
from bot.core.request import Request, State
from bot.settings import Settings
from bot.telemetry import logging
from bot.telemetry.request_record import facts, iso
from bot.use_cases import unknown_calls

MOST = 1000


def requests(
    request_id: Annotated[str, typer.Argument(metavar="[ID]", help="One request; without it, a list.")] = "",
    state: Annotated[State | None, typer.Option(help="Only requests that stand here.")] = None,
    person: Annotated[str, typer.Option(help="Only this person's, such as discord:123.")] = "",
    tenant: Annotated[str, typer.Option(help="Only this place's, such as slack:T123.")] = "",
    since: Since = 0,
    limit: Annotated[int, typer.Option(min=1, max=MOST, help="How many at most.")] = 20,
    json: Json = False,
    words: Annotated[bool, typer.Option("--words", help="Show what was said, too.")] = False,
    settle: Annotated[bool, typer.Option("--settle", help="End an unknown outcome at its hold.")] = False,
    end: Annotated[bool, typer.Option("--end", help="Stop a request before or during its call.")] = False,
    release: Annotated[bool, typer.Option("--release", help="End an unknown outcome free.")] = False,
) -> None:
    """List recent requests, newest first, or tell the whole life of one from its event to its post."""
    logging.configure(level="critical")
    check_form(person, "--person")
    check_form(tenant, "--tenant")
    settings = load_settings()
    if end:
        if not request_id or settle or release:
            raise typer.BadParameter("Name one request, and one of --end, --settle and --release.")
        changes.end(settings, request_id, json=json)
        return
    if settle or release:
        _decide(settings, request_id, settle=settle, release=release, json=json)
    if request_id:
        _show_one(asyncio.run(_one(settings, request_id, words=words)), request_id, json=json)
        return

    async def work() -> tuple[list[Request], bytes]:
        async with open_storage(settings) as store:
            if tenant:
                await check_tenant(store, tenant)
            if person:
                await check_person(store, person, "--person")
            key = await identity_key(store, settings)
            filters = {"tenant": tenant, "person": person, "state": str(state or "")}
            return await store.recent(since=since, limit=limit, **filters), key

    rows, key = asyncio.run(work())
    if json:
        say_json(*(facts(row, person=person_hash(key, row.actor.person)) for row in rows))
    else:
        _table(rows)


def _decide(settings: Settings, request_id: str, *, settle: bool, release: bool, json: bool) -> None:
    """End a request with an unknown outcome; the bot tells its person, and the gateway's log overrules it."""
    if not request_id or (settle and release):
        raise typer.BadParameter("Name one request, and either --settle or --release.")

    async def work() -> Request:
        async with open_storage(settings) as store:
            end = unknown_calls.settle_at_hold if settle else unknown_calls.release
            return await end(store, request_id, by=OPERATOR, now=SystemClock().now())

    ended = asyncio.run(work())
    if not json:
        typer.echo(f"{ended.id}: ended, {dollars(ended.charged or ZERO)} charged", err=True)


async def _one(settings: Settings, request_id: str, *, words: bool) -> dict[str, Any] | None:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_storage(settings))
        keyed = settings.lumenfall_api_key is not None
        gateway = await stack.enter_async_context(open_gateway(settings)) if keyed else None
        story = await tell(store, gateway, request_id)
        key = await identity_key(store, settings)
        return as_json(story, key=key, words=words) if story else None


def _show_one(told: dict[str, Any] | None, request_id: str, *, json: bool) -> None:
    if told is None:
        raise CommandFailed(f"There is no request {request_id}.", code="not_found")
    say("\n".join(as_text(told)), told, json=json)


def _table(rows: list[Request]) -> None:
    if not rows:
        typer.echo("No such requests.")
        return
    table = Table("id", "accepted", "place", "person", "what", "model", "state", "charged")
    for row in rows:
        state = f"{row.state} ({row.failure.code})" if row.failure else str(row.state)
        charged = "–" if row.charged is None else dollars(row.charged)
        place, person = row.actor.tenant, row.actor.person
        table.add_row(
            row.id, iso(row.created_at), place, person, row.capability, row.order.model, state, charged
        )
    width = None if Console().is_terminal else 240
    Console(width=width).print(table)
