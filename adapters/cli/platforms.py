"""What an operator does with the platforms themselves: `discord sync|invite`, `slack manifest`."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated

import typer

from adapters.cli.configuration import load_settings
from adapters.composition import open_storage
from bot.settings import Settings

discord_app = typer.Typer(no_args_is_help=True, help="Set-up of the Discord application.")
slack_app = typer.Typer(no_args_is_help=True, help="Set-up of the Slack app.")


@slack_app.command("manifest")
def slack_manifest(
    name: Annotated[str, typer.Option(help="The app's name, at most 35 characters.")] = "Lumenfall",
    url: Annotated[str, typer.Option(help="Public https address, for HTTP; empty: Socket Mode.")] = "",
) -> None:
    """Print the app manifest: paste it at “Create New App → From a manifest”."""
    from adapters.slack.manifest import manifest

    settings = load_settings()
    typer.echo(json.dumps(manifest(name=name, command=settings.slack_command, url=url), indent=2))


@discord_app.command("invite")
def discord_invite() -> None:
    """Print the link that adds the bot to a server, with the least permissions."""
    from adapters.discord.command_sync import invite

    typer.echo(asyncio.run(invite(_with_token())))


@discord_app.command("sync")
def discord_sync() -> None:
    """Send the commands to Discord, whether or not they have changed."""
    from adapters.discord.command_sync import sync

    settings = _with_token()

    async def work() -> int:
        async with open_storage(settings) as store:
            return await sync(settings, store)

    typer.echo(f"{asyncio.run(work())} commands are in place.")


def _with_token() -> Settings:
    settings = load_settings()
    if settings.discord_token is None:
        typer.echo("configuration: DISCORD_TOKEN is not set.", err=True)
        raise typer.Exit(2)
    return settings
