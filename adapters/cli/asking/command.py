"""The command `ask`."""

from __future__ import annotations

import asyncio
import getpass
import hashlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from adapters.cli.asking.agreement import Agreement, agreement
from adapters.cli.asking.screen import Screen
from adapters.cli.asking.session import Session, Where
from adapters.cli.asking.terminal import Terminal, keyboard
from adapters.cli.configuration import load_settings, log_level, need_key
from adapters.cli.operations.as_json import Json
from adapters.composition import open_core
from adapters.lifecycle import serving
from adapters.web.command_table import NAMES
from bot.core.capability import Capability
from bot.core.command_parser import split_command
from bot.core.errors import InvalidOrder
from bot.core.request import Actor
from bot.settings import Settings
from bot.telemetry import logging

TENANT = "cli:local"


def ask(
    line: Annotated[
        str,
        typer.Argument(
            help="What you would like, in plain words or as a command such as '/generate a capybara';"
            " - reads it from standard input."
        ),
    ],
    file: Annotated[
        list[Path] | None,
        typer.Option("--file", "-f", "--image", help="A picture or a document; may be given several times."),
    ] = None,
    mask: Annotated[Path | None, typer.Option(help="A mask for /edit.")] = None,
    out: Annotated[Path, typer.Option(help="Folder for results.")] = Path(),
    conversation: Annotated[
        str, typer.Option("--conversation", "-c", help="Go on with what was said under this name.")
    ] = "",
    json: Json = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask about prices.")] = False,
    most: Annotated[
        str, typer.Option("--max", help="Refuse prices that come to more than this, such as $0.10.")
    ] = "",
) -> None:
    """Say one thing from this terminal: prices first, then what becomes of it.

    Takes every line that the playground's box takes: words that a model
    understands, orders, /balance, /compare, /budget and so on (/help lists
    them), and yes, stop and /forget in a --conversation. Where nobody can type,
    what costs something needs --yes, and --max bounds it.
    """
    text = sys.stdin.read().strip() if line == "-" else line
    agreed = agreement(yes=yes, most=most, spends=_spends(text))
    settings = load_settings()
    need_key(settings)
    logging.configure(level=log_level(settings, "error"))
    who = getpass.getuser()
    actor = Actor(tenant=TENANT, person=f"cli:{who}", name=who, is_admin=True)
    where = Where(actor=actor, conversation=_named(actor, conversation), out=out)
    if not asyncio.run(_asked(settings, where, text, file or [], mask, agreed, as_json=json)):
        raise typer.Exit(1)


async def _asked(
    settings: Settings,
    where: Where,
    text: str,
    files: list[Path],
    mask: Path | None,
    agreed: Agreement,
    *,
    as_json: bool,
) -> bool:
    screen, terminal = Screen(as_json=as_json), Terminal(as_json=as_json)
    async with open_core(settings) as core, serving(core, [terminal]):
        session = Session(core, terminal, where, agreed=agreed, screen=screen, keyboard=keyboard())
        done = await session.line(text, files, mask)
        await core.notices.tell_due()
    screen.close(done=done, spent=session.spending.total)
    return done


def _spends(text: str) -> bool:
    """Whether the line may cost something; only commands that are no orders never do."""
    try:
        name, _rest = split_command(text, NAMES)
    except InvalidOrder:
        return True
    return name == "" or name in set(Capability)


def _named(actor: Actor, name: str) -> str:
    """The key of a conversation. A name may be words of the person's, so only its hash is kept."""
    plain = " ".join(name.split()).casefold()
    return f"{actor.person}:{hashlib.sha256(plain.encode()).hexdigest()[:20]}" if plain else ""
