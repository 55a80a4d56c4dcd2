"""Reads the settings; a mistake in them becomes one readable line and exit code 2."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import typer
from pydantic import ValidationError

from bot.errors import StoreUnavailable
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
        problem = f"{exc.strerror or exc} (HOST and PORT, or DATA_DIR)"
    else:
        return
    typer.echo(f"cannot start: {problem}", err=True)
    raise typer.Exit(2)
