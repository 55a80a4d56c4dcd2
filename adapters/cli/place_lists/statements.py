"""`statement create|list|show|verify`: closed months of a place, as the ledger has them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from adapters.cli.budgets import with_store
from adapters.cli.configuration import load_settings, need_key
from adapters.cli.known_ids import check_tenant
from adapters.cli.operations.as_json import Json, say, say_json
from adapters.cli.operations.failures import unreadable
from adapters.common.place_lists import texts
from adapters.composition import identity_key, open_gateway, open_storage
from bot.core.clock import SystemClock
from bot.core.errors import BotError
from bot.core.errors.outside import GatewayError
from bot.core.ports.statements import ClosedMonth
from bot.core.ports.store import Store
from bot.use_cases.place_lists import statements
from bot.use_cases.place_lists.statement_csv import csv_chunks, shown_lines
from bot.use_cases.place_lists.statements import StatementCheck

statement_app = typer.Typer(no_args_is_help=True, help="Statements: closed months of a place.")

_OPERATOR = "operator"
Tenant = Annotated[str, typer.Option(help="Server or workspace, such as discord:123 or slack:T123.")]
Month = Annotated[str, typer.Option(help="Such as 2026-10, by the clock of the place.")]


@statement_app.command("create")
def statement_create(
    tenant: Tenant,
    month: Annotated[str, typer.Option(help="Such as 2026-10; default: the last one.")] = "",
    json: Json = False,
) -> None:
    """Close a month that is over; the same month again is the same statement."""

    async def work(store: Store) -> ClosedMonth:
        await check_tenant(store, tenant)
        now = SystemClock().now()
        return await statements.close_month(store, tenant, month, by=_OPERATOR, now=now)

    try:
        closed = with_store(work)
    except BotError as error:
        raise typer.BadParameter(error.message) from None
    say(texts.statement(closed), asdict(closed), json=json)


@statement_app.command("list")
def statement_list(tenant: Tenant, json: Json = False) -> None:
    """Show the closed months of a place."""

    async def work(store: Store) -> list[ClosedMonth]:
        await check_tenant(store, tenant)
        return await store.statements(tenant)

    found = with_store(work)
    if json:
        say_json(*map(asdict, found))
    else:
        typer.echo(texts.statements(found))


@statement_app.command("show")
def statement_show(
    tenant: Tenant,
    month: Month,
    out: Annotated[Path | None, typer.Option(help="CSV file; default: standard output.")] = None,
    json: Json = False,
) -> None:
    """Write a closed month as CSV; docs/statements.md says what its columns mean.

    With --json its lines go to standard output as JSON.
    """

    async def work(store: Store) -> ClosedMonth:
        found, key = await statements.found(store, tenant, month), await identity_key(store, load_settings())
        if json and out is None:
            async for line in shown_lines(store, found, key):
                say_json(asdict(line))
        else:
            await _write(csv_chunks(store, found, await store.tenant(tenant), key), out)
        return found

    try:
        closed = with_store(work)
    except BotError as error:
        raise typer.BadParameter(error.message) from None
    if not json:
        typer.echo(texts.statement(closed), err=True)
    elif out:
        say_json({"file": str(out), **asdict(closed)})


async def _write(parts: AsyncIterator[bytes], out: Path | None) -> None:
    """To the file, or to standard output."""
    file: BinaryIO = await asyncio.to_thread(out.open, "wb") if out else sys.stdout.buffer
    try:
        async for part in parts:
            await asyncio.to_thread(file.write, part)
        file.flush()
    finally:
        if out:
            file.close()


@statement_app.command("verify")
def statement_verify(
    tenant: Tenant,
    month: Month,
    ledger_only: Annotated[
        bool, typer.Option("--ledger-only", help="Leave the gateway's log alone.")
    ] = False,
    json: Json = False,
) -> None:
    """Compare a closed month with the ledger and with the gateway's log; exit 1 when anything differs."""
    settings = load_settings()
    if not ledger_only:
        need_key(settings)

    async def work() -> StatementCheck:
        async with open_storage(settings) as store:
            found = await statements.found(store, tenant, month)
            if ledger_only:
                return await statements.check(store, found)
            async with open_gateway(settings) as gateway:
                return await statements.check(store, found, gateway)

    try:
        found = asyncio.run(work())
    except GatewayError as error:
        raise unreadable("log", error) from None
    except BotError as error:
        raise typer.BadParameter(error.message) from None
    say(texts.check(found), {**asdict(found), "sound": found.sound}, json=json)
    if not found.sound:
        raise typer.Exit(1)
