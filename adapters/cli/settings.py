"""The operator's commands `settings show` and `settings set`: what an admin decides, from the terminal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from adapters.cli.configuration import load_settings, need_key
from adapters.cli.operations.as_json import Json, say, say_json
from adapters.cli.operations.failures import unreadable
from adapters.common.settings_forms import changes_of, field_of
from adapters.common.settings_table import SETTINGS, Kind
from adapters.common.settings_values import Names, shown, text_of
from adapters.composition import open_gateway, open_storage
from bot.core.audit.entries import OPERATOR
from bot.core.catalog import Catalog
from bot.core.clock import SystemClock
from bot.core.errors import BotError
from bot.core.errors.outside import GatewayError
from bot.core.request import Actor
from bot.core.tenant import Tenant
from bot.core.text.translation import gettext as _
from bot.settings import Settings
from bot.telemetry import logging
from bot.use_cases.admin import Admin

settings_app = typer.Typer(no_args_is_help=True, help="The settings of a server or workspace.")

T = TypeVar("T")
Place = Annotated[str, typer.Argument(help="Server or workspace, such as discord:123 or slack:T123.")]
_PLACE = re.compile(r"(?:discord|slack|web|cli):[\w:.-]{1,60}")


@settings_app.command("show")
def settings_show(tenant: Place, json: Json = False) -> None:
    """Show all settings; `value` is what `settings set` takes."""
    now = as_operator(tenant, False, lambda admin, actor: admin.tenant(actor))
    if json:
        say_json(*({"name": row.name, "value": text_of(row, getattr(now, row.name))} for row in SETTINGS))
        return
    table = Table("name", "value", "what it is")
    for row in SETTINGS:
        table.add_row(row.name, text_of(row, getattr(now, row.name)) or f"({_(row.empty)})", _(row.title))
    Console().print(table)


@settings_app.command("set")
def settings_set(
    tenant: Place,
    name: Annotated[str, typer.Argument(help="A name that `settings show` lists, or default_generate.")],
    value: Annotated[str, typer.Argument(help="The value; none for nothing; '+ a b' adds to a list.")],
    json: Json = False,
) -> None:
    """Change one setting."""

    async def change(admin: Admin, actor: Actor) -> Tenant:
        return await admin.revise(actor, lambda now: changes_of(now, {name: value}, _ident(tenant)))

    try:
        row = field_of(name).row
        now = as_operator(tenant, row.kind is Kind.MODELS, change)
    except GatewayError as error:
        raise unreadable("models", error) from None
    except BotError as error:
        raise typer.BadParameter(error.message) from None
    facts = {"place": tenant, "name": row.name, "value": text_of(row, getattr(now, row.name))}
    say(f"{_(row.title)}: {shown(row, now)}", facts, json=json)


def _ident(tenant: str) -> Names:
    """Ids may be given without their platform, which is the place's."""
    platform = tenant.partition(":")[0]
    return lambda _kind, word: word if word.startswith(f"{platform}:") else f"{platform}:{word}"


def as_operator(tenant: str, needs_models: bool, work: Callable[[Admin, Actor], Awaitable[T]]) -> T:
    """Do an admin's work as the operator, who may everywhere. The gateway is asked only for its models."""
    if not _PLACE.fullmatch(tenant):
        raise typer.BadParameter("A server or workspace is discord:, slack:, web: or cli: and its id.")
    settings = load_settings()
    logging.configure(level="warning")
    if needs_models:
        need_key(settings)
    return asyncio.run(_work(settings, tenant, needs_models, work))


async def _work(
    settings: Settings, tenant: str, needs_models: bool, work: Callable[[Admin, Actor], Awaitable[T]]
) -> T:
    catalog = Catalog()
    if needs_models:
        async with open_gateway(settings) as gateway:
            catalog.replace(await gateway.models())
    async with open_storage(settings) as store:
        admin = Admin(store=store, catalog=catalog, clock=SystemClock(), settings=settings)
        return await work(admin, replace(OPERATOR, tenant=tenant, is_admin=True))
