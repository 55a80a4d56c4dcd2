"""`people link`: which accounts people have linked, and ending that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from adapters.cli.budgets import with_store
from adapters.cli.known_ids import check_form
from adapters.cli.operations.as_json import Json, say, say_json
from bot.core.audit.entries import OPERATOR
from bot.core.wallets.members import WalletMember

people_app = typer.Typer(no_args_is_help=True, help="People, in all places.")
link_app = typer.Typer(no_args_is_help=True, help="Accounts that people have linked with each other.")
people_app.add_typer(link_app, name="link")


@link_app.command("list")
def link_list(json: Json = False) -> None:
    """Show which accounts share their limits everywhere."""
    found = with_store(lambda store: store.wallets())
    if json:
        say_json(*({"accounts": [_facts(one) for one in members]} for members in found))
        return
    if not found:
        typer.echo("Nobody has linked accounts.")
        return
    Console().print(_table(found))


def _table(wallets: Sequence[Sequence[WalletMember]]) -> Table:
    table = Table("account", "name", "linked since", "leaves")
    for members in wallets:
        for one in members:
            table.add_row(_account(one), escape(one.name), _day(one.since), _day(one.ended_at))
        table.add_section()
    return table


def _account(one: WalletMember) -> str:
    return "an erased account" if one.erased else one.person


def _facts(one: WalletMember) -> dict[str, Any]:
    return {
        "account": None if one.erased else one.person,
        "name": one.name,
        "since": _day(one.since),
        "leaves": _day(one.ended_at) or None,
    }


@link_app.command("end")
def link_end(
    person: Annotated[str, typer.Argument(help="Account such as discord:42 or slack:U42.")],
    json: Json = False,
) -> None:
    """Let an account leave those it is linked with, when the month ends."""
    check_form(person, "PERSON")
    ends = with_store(lambda store: store.leave_wallet(person, by=OPERATOR))
    if ends is None:
        raise typer.BadParameter(f"{person} is not linked with another account.", param_hint="PERSON")
    said = f"{person} leaves on {_day(ends)} (UTC). Until then its limits everywhere are shared."
    say(said, {"person": person, "ends_at": ends}, json=json)


def _day(micros: int | None) -> str:
    return "" if micros is None else datetime.fromtimestamp(micros / 1e6, UTC).date().isoformat()
