"""The command line and the composition root: the only module that may import everything."""

from __future__ import annotations

import asyncio
import os
import platform
import sys
import webbrowser
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from adapters.cli import money as money_commands
from adapters.cli import operator as operator_commands
from adapters.cli import platforms as platform_commands
from adapters.cli import settings as settings_commands
from adapters.cli.asking.command import ask
from adapters.cli.audit.command import audit
from adapters.cli.budgets import budget_app
from adapters.cli.configuration import load_settings, log_level, need_key, need_sense, start
from adapters.cli.doctor.understanding import understand
from adapters.cli.exposure import is_own_machine, made_password, with_password
from adapters.cli.operations import changes
from adapters.cli.operations.as_json import Json, say, warn
from adapters.cli.operations.budget_views import budget_report, budget_why
from adapters.cli.operations.failures import Program
from adapters.cli.operations.overview import people, places
from adapters.cli.operations.status import status
from adapters.cli.people.links import people_app
from adapters.cli.place_lists.lists import project_app, style_app
from adapters.cli.place_lists.statements import statement_app
from adapters.cli.reports.notices import digest, notices
from adapters.cli.requests import requests
from adapters.cli.servers import adapters_for, open_web
from adapters.cli.start_report import report_key, report_limits, starting
from adapters.composition import build_core, open_core, open_storage
from adapters.lifecycle import beside, serving, stoppable, until_signalled
from bot import __version__
from bot.settings import Settings
from bot.telemetry import logging, tracing
from storage.statements import Dialect, migrations

app = typer.Typer(
    cls=Program,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_enable=False,
    help="Generate, edit, upscale, chat and video from Discord and Slack: a price before, a receipt after,"
    " and a budget that holds.",
)
budget_app.command("why")(budget_why)
budget_app.command("report")(budget_report)
people_app.command("list")(people)

DEMO_KEY = SecretStr("lmnfl_demo.sandbox")
VIDEO_SECONDS = 6.0
"""How long a demo's video takes to make: long enough to watch its progress."""


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Generate, edit, upscale, chat and video from Discord and Slack: a price before, a receipt after, and a
    budget that holds.
    """


def version(json: Json = False) -> None:
    """Print the version."""
    say(__version__, {"version": __version__, "python": platform.python_version()}, json=json)


def migrate(json: Json = False) -> None:
    """Bring the database up to date; safe to run from several places at once."""
    settings = load_settings()

    async def work() -> None:
        async with open_storage(settings) as store:
            await store.ping()

    asyncio.run(work())
    dialect: Dialect = "postgres" if settings.database_url else "sqlite"
    facts = {"database": dialect, "migrations": max(one.number for one in migrations(dialect))}
    say("The database is up to date.", facts, json=json)


def sandbox(
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    video_seconds: Annotated[float, typer.Option(help="How long a video takes to make.")] = 6.0,
    bare: Annotated[bool, typer.Option("--bare", help="Only what the gateway's own pages print.")] = False,
    data: Annotated[Path | None, typer.Option(help="Folder to keep log, videos and files in.")] = None,
    json: Json = False,
) -> None:
    """Run the local gateway alone; it takes any key that begins with lmnfl_."""
    from sandbox import SandboxOptions, serve

    async def work() -> None:
        own = is_own_machine(host)
        if not own:
            text = "anybody who reaches this address may use the sandbox; it calls no private webhooks"
            warn(text, json=json)
        options = SandboxOptions(video_seconds=video_seconds, allow_local_webhooks=own, bare=bare, data=data)
        async with serve(options, host=host, port=port) as running:
            _say_ready(running.base_url, json=json)
            await until_signalled()

    start(stoppable(work()))


def demo(json: Json = False) -> None:
    """Open the product in the browser, on the sandbox: no account, no key, no money.

    PORT and DATA_DIR come from the environment. With LUMENFALL_API_KEY set the
    same page spends real money at the real gateway. Then, or where HOST is not
    this machine alone, people sign in with PLAYGROUND_PASSWORD, or with one
    that is made and printed.
    """
    settings = load_settings()
    logging.configure(level=log_level(settings, "warning"), json=json or settings.log_json)
    start(stoppable(_demo(settings, json=json)))


async def _demo(settings: Settings, *, json: bool) -> None:
    from adapters.cli.demo_limits import give_limits
    from adapters.web.demo import DemoClock, seed

    clock, given = DemoClock(), settings
    settings = with_password(given, spends=given.lumenfall_api_key is not None)
    async with AsyncExitStack() as stack:
        rehearsal = None
        if settings.lumenfall_api_key is None:
            from sandbox import SandboxOptions, serve

            kept = SandboxOptions(data=settings.sandbox_dir)
            rehearsal = await stack.enter_async_context(serve(kept))
            rehearsal.set(video_seconds=1)  # the past is furnished quickly
            settings = settings.model_copy(
                update={"lumenfall_api_key": DEMO_KEY, "lumenfall_base_url": rehearsal.base_url}
            )
        core = await stack.enter_async_context(open_core(settings, clock=clock))
        await give_limits(core.store)
        web = open_web(core, demo=True)
        await stack.enter_async_context(serving(core, [web.playground]))
        if not json:
            typer.echo("furnishing the demo …", err=True)
        await seed(web.playground, clock=clock, history=rehearsal is not None)
        if rehearsal is not None:
            rehearsal.set(video_seconds=VIDEO_SECONDS)
        url = await stack.enter_async_context(web.listening())
        _say_ready(url, json=json)
        if password := made_password(given, settings):
            said = f"password: {password}  (made for this start; PLAYGROUND_PASSWORD sets one that stays)"
            say(said, {"event": "password", "password": password}, json=json)
        if sys.stdout.isatty() and os.environ.get("DISPLAY", os.name != "posix"):
            webbrowser.open(url)
        await until_signalled()


def run(json: Json = False) -> None:
    """Run every adapter that has credentials, with health and metrics on HOST:PORT."""
    settings = load_settings()
    need_key(settings)
    need_sense(settings)
    logging.configure(level=settings.log_level, json=json or settings.log_json)
    tracing.configure()
    start(stoppable(_run(settings, json=json)))


async def _run(settings: Settings, *, json: bool) -> None:
    async with AsyncExitStack() as stack:
        core = await stack.enter_async_context(build_core(settings))
        adapters = adapters_for(core)
        starting(settings, [adapter.ORIGIN for adapter in adapters])
        await report_limits(core, spoken=not json)
        web = open_web(core, demo=False, adapters=adapters)
        await stack.enter_async_context(serving(core, [web.playground, *adapters]))
        await stack.enter_async_context(beside(report_key(core, spoken=not json)))
        url = await stack.enter_async_context(web.listening())
        _say_ready(url, json=json)
        await until_signalled()


def _say_ready(url: str, *, json: bool) -> None:
    say(f"ready: {url}", {"event": "ready", "url": url}, json=json)


RUN, SEE, CHANGE, MONEY, DATA, SET_UP = "Run", "See", "Change", "Money", "Data", "Set up"
"""The parts of the list of commands."""
COMMANDS = {
    "demo": (RUN, demo),
    "run": (RUN, run),
    "sandbox": (RUN, sandbox),
    "ask": (RUN, ask),
    "understand": (RUN, understand),
    "status": (SEE, status),
    "places": (SEE, places),
    "requests": (SEE, requests),
    "audit": (SEE, audit),
    "digest": (SEE, digest),
    "notices": (SEE, notices),
    "grant": (CHANGE, changes.grant),
    "pause": (CHANGE, changes.pause),
    "resume": (CHANGE, changes.resume),
    "reconcile": (MONEY, money_commands.reconcile),
    "export": (MONEY, money_commands.export),
    "migrate": (DATA, migrate),
    "backup": (DATA, operator_commands.backup),
    "restore": (DATA, operator_commands.restore),
    "erase": (DATA, operator_commands.erase),
    "export-person": (DATA, operator_commands.export_person),
    "doctor": (SET_UP, operator_commands.doctor),
    "version": (SET_UP, version),
}
GROUPS = {
    "people": (SEE, people_app),
    "settings": (CHANGE, settings_commands.settings_app),
    "project": (CHANGE, project_app),
    "style": (CHANGE, style_app),
    "budget": (MONEY, budget_app),
    "ledger": (MONEY, money_commands.ledger_app),
    "statement": (MONEY, statement_app),
    "discord": (SET_UP, platform_commands.discord_app),
    "slack": (SET_UP, platform_commands.slack_app),
    "tokens": (SET_UP, operator_commands.tokens_app),
}
for name, (panel, command) in COMMANDS.items():
    app.command(name, rich_help_panel=panel)(command)
for name, (panel, group) in GROUPS.items():
    app.add_typer(group, name=name, rich_help_panel=panel)


def main() -> None:
    """Entry point of the `lumenfall-bot` command."""
    app()


if __name__ == "__main__":
    main()
