"""What an operator does with the platforms themselves: `discord sync|invite`, `slack manifest`."""

from __future__ import annotations

import json as jsons
from typing import Annotated

import typer

from adapters.cli.configuration import ask_platform, load_settings
from adapters.cli.operations.as_json import Json, say
from adapters.cli.operations.failures import misconfigured
from adapters.composition import open_storage
from bot.settings import Settings

discord_app = typer.Typer(no_args_is_help=True, help="Set-up of the Discord application.")
slack_app = typer.Typer(no_args_is_help=True, help="Set-up of the Slack app.")


@slack_app.command("manifest")
def slack_manifest(
    name: Annotated[str, typer.Option(help="The app's name, at most 35 characters.")] = "Lumenfall",
    url: Annotated[str, typer.Option(help="Public https address, for HTTP; empty: Socket Mode.")] = "",
    json: Json = False,
) -> None:
    """Print the app manifest: paste it at “Create New App → From a manifest”."""
    from adapters.slack.manifest import manifest

    settings = load_settings()
    found = manifest(name=name, command=settings.slack_command, url=url)
    say(jsons.dumps(found, indent=2), found, json=json)


@discord_app.command("invite")
def discord_invite(json: Json = False) -> None:
    """Print the link that adds the bot to a server, with the least permissions."""
    from adapters.discord.command_sync import invite

    url = ask_platform(invite(_with_token()))
    say(url, {"url": url}, json=json)


@discord_app.command("sync")
def discord_sync(json: Json = False) -> None:
    """Send the commands to Discord, whether or not they have changed."""
    from adapters.discord.command_sync import sync

    settings = _with_token()

    async def work() -> int:
        async with open_storage(settings) as store:
            return await sync(settings, store)

    count = ask_platform(work())
    say(f"{count} commands are in place.", {"commands": count}, json=json)


def _with_token() -> Settings:
    settings = load_settings()
    if settings.discord_token is None:
        raise misconfigured("DISCORD_TOKEN is not set.")
    return settings
