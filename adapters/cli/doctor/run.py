"""`lumenfall-bot doctor`: looks at everything a running bot needs, changes nothing, spends nothing.

Each check answers findings: ok, a warning, or a problem with what to do about it. Checks do not stop each
other, so one run names everything that is wrong. Tokens and keys are used and never shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from pydantic import ValidationError

from adapters.cli.doctor import discord_checks, gateway_checks, local_checks, slack_checks
from adapters.cli.doctor.findings import Check, Finding, Installation, problem
from bot.core.clock import SystemClock
from bot.core.ports.for_adapters import Clock
from bot.settings import Settings

PATIENCE_S = 60.0


def read_settings(**changes: Any) -> tuple[Settings | None, list[Finding]]:
    """The settings, or what is wrong with them, a line each."""
    remedy = "Correct it; docs/configuration.md lists every name with its meaning."
    try:
        return Settings(**changes), []
    except ValidationError as error:
        return None, [
            problem(
                "configuration",
                f"{'.'.join(str(part) for part in item['loc']).upper()}: {item['msg']}",
                remedy,
            )
            for item in error.errors(include_input=False, include_url=False)
        ]
    except ValueError as error:
        return None, [problem("configuration", str(error), remedy)]


async def examine(
    settings: Settings, *, channels: Sequence[int] = (), clock: Clock | None = None
) -> AsyncIterator[Finding]:
    """Every finding, in an order in which the first problem is usually the cause of the next."""
    installation = Installation(settings=settings, clock=clock or SystemClock(), channels=channels)
    checks: tuple[tuple[str, Check], ...] = (
        ("configuration", local_checks.configuration),
        ("disk", local_checks.disk),
        ("database", local_checks.database),
        ("gateway", gateway_checks.gateway),
        ("webhooks", gateway_checks.webhooks),
        ("discord", discord_checks.discord),
        ("slack", slack_checks.slack),
    )
    for name, check in checks:
        for finding in await _run(name, check, installation):
            yield finding


async def _run(name: str, check: Check, installation: Installation) -> list[Finding]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await check(installation)
    except TimeoutError:
        return [problem(name, f"No answer within {PATIENCE_S:.0f} seconds.", "Check the network.")]
    except Exception as error:
        text = f"The check itself failed: {type(error).__name__}."
        return [problem(name, text, "Run with LOG_LEVEL=debug and report it as a bug.")]
