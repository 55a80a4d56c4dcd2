"""Reads the settings; a mistake in them becomes one readable line and exit code 2."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import typer
from pydantic import ValidationError

from bot.core.errors import StoreUnavailable
from bot.settings import Settings
from storage import SchemaMismatch


def load_settings(**changes: Any) -> Settings:
    """The environment's settings with `changes` on top. Exits with 2 and one line when they are wrong."""
    try:
        return Settings(**changes)
    except ValidationError as exc:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in error['loc']).upper()}: {error['msg']}"
            for error in exc.errors()
        )
    except ValueError as exc:
        problems = str(exc)
    typer.echo(f"configuration: {problems}", err=True)
    raise typer.Exit(2)


def need_sense(settings: Settings) -> None:
    """Exit with 2 and one line when the settings can be read but do not make a bot."""
    from adapters.cli.doctor.local_checks import misfits

    found = misfits(settings)
    if found:
        said = " ".join(f"{finding.text} {finding.remedy}" for finding in found)
        typer.echo(f"configuration: {said}", err=True)
        raise typer.Exit(2)


def need_key(settings: Settings) -> None:
    """Exit with 2 unless there is a key for the gateway."""
    if settings.lumenfall_api_key is None:
        typer.echo("configuration: LUMENFALL_API_KEY is not set. `lumenfall-bot demo` needs none.", err=True)
        raise typer.Exit(2)


def start(server: Coroutine[Any, Any, None]) -> None:
    """Run a server to its end; what keeps it from starting becomes one line and exit code 2."""
    try:
        asyncio.run(server)
    except (StoreUnavailable, SchemaMismatch) as exc:
        problem = str(exc)
    except OSError as exc:
        problem = _refusal(exc) or f"{exc.strerror or exc} (HOST and PORT, or DATA_DIR)"
    except Exception as exc:
        problem = _refusal(exc)
        if not problem:
            raise
    else:
        return
    typer.echo(f"cannot start: {problem}", err=True)
    raise typer.Exit(2)


def _refusal(error: Exception) -> str:
    """What a platform had against our credentials, or nothing; by name, as not every library is loaded."""
    match f"{type(error).__module__}.{type(error).__name__}":
        case "discord.errors.LoginFailure":
            return "Discord refuses DISCORD_TOKEN. Reset it in the developer portal and set the new one."
        case "slack_sdk.errors.SlackApiError":
            code = getattr(error, "response", {}).get("error", "")
            tokens = "SLACK_BOT_TOKEN or SLACK_APP_TOKEN"
            return f"Slack refuses {tokens} ({code}). `lumenfall-bot doctor` says more."
        case (
            "aiohttp.client_exceptions.ClientConnectorError"
            | "aiohttp.client_exceptions.ClientConnectorDNSError"
        ):
            return f"{getattr(error, 'host', 'a platform')} cannot be reached ({error})."
        case "builtins.TimeoutError":
            return "a platform did not answer in time."
        case _:
            return ""


def log_level(settings: Settings, quiet: str) -> str:
    """LOG_LEVEL where it is set; otherwise a terminal that people watch is kept quiet."""
    return settings.log_level if "log_level" in settings.model_fields_set else quiet
