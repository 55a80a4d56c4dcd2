"""What a check is given and what it answers: one finding a line, with what to do about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from bot.core.ports.for_adapters import Clock
from bot.settings import Settings


class Status(StrEnum):
    """How bad it is. Only a problem keeps the bot, or part of it, from working."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line. `remedy` says what to do, in the imperative; empty where all is well."""

    check: str
    status: Status
    text: str
    remedy: str = ""

    def as_json(self) -> dict[str, str]:
        """For `--json`."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Installation:
    """What is looked at. `channels` are places of Discord whose permissions matter."""

    settings: Settings
    clock: Clock
    channels: Sequence[int] = ()


Check = Callable[[Installation], Awaitable[list[Finding]]]


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check=check, status=Status.OK, text=text)


def warning(check: str, text: str, remedy: str) -> Finding:
    """It works, but not for long or not as it should."""
    return Finding(check=check, status=Status.WARNING, text=text, remedy=remedy)


def problem(check: str, text: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check=check, status=Status.PROBLEM, text=text, remedy=remedy)
