"""Reads the settings; a mistake in them becomes one readable line and exit code 2."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError

from adapters.cli.operations.failures import CommandFailed, misconfigured
from bot.core.errors import StoreUnavailable
from bot.settings import Settings
from bot.telemetry import logging
from storage import SchemaMismatch

T = TypeVar("T")


def load_settings(**changes: Any) -> Settings:
    """The environment's settings with `changes` on top. Raises CommandFailed with what is wrong.

    A command that has not said how it logs is quiet: its standard output is for its answer.
    """
    if not structlog.is_configured():
        logging.configure(level="critical")
    try:
        return Settings(**changes)
    except ValidationError as exc:
        problems = "; ".join(
            f"{'.'.join(str(part) for part in error['loc']).upper()}: {error['msg']}"
            for error in exc.errors()
        )
    except ValueError as exc:
        problems = str(exc)
    raise misconfigured(problems)


def need_sense(settings: Settings) -> None:
    """Raise CommandFailed with one line when the settings can be read but do not make a bot."""
    from adapters.cli.doctor.local_checks import misfits

    found = misfits(settings)
    if found:
        said = " ".join(f"{finding.text} {finding.remedy}" for finding in found)
        raise misconfigured(said)


def need_key(settings: Settings) -> None:
    """Raise CommandFailed unless there is a key for the gateway."""
    if settings.lumenfall_api_key is None:
        raise misconfigured("LUMENFALL_API_KEY is not set. `lumenfall-bot demo` needs none.")


def start(server: Coroutine[Any, Any, None]) -> None:
    """Run a server to its end. Raises CommandFailed with one line for what keeps it from starting."""
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
    raise CommandFailed(f"cannot start: {problem}", exit_code=2, code="cannot_start")


def ask_platform(work: Coroutine[Any, Any, T]) -> T:
    """Do something at a platform. Raises CommandFailed with one line where it refuses us or is not there."""
    try:
        return asyncio.run(work)
    except Exception as error:
        if problem := _refusal(error):
            raise CommandFailed(problem, exit_code=2, code="platform") from None
        raise


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
