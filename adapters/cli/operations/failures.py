"""How a command ends that could not do what it was asked for: one sentence, or JSON with `--json`.

A usage error keeps typer's own look. Exit codes: 1 for what was refused or has failed, 2 for what was typed
or set wrongly and for a database or gateway that cannot be read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from adapters.cli.operations.as_json import say_json
from bot.core.errors import BotError, StoreUnavailable
from bot.core.errors.outside import GatewayError


class CommandFailed(Exception):
    """One or two sentences for the operator; `code` is a stable word for programs."""

    def __init__(self, message: str, *, exit_code: int = 1, code: str = "failed") -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.code = code


def misconfigured(problem: str) -> CommandFailed:
    """A setting is wrong or missing."""
    return CommandFailed(f"configuration: {problem}", exit_code=2, code="configuration")


def unreadable(what: str, error: GatewayError) -> CommandFailed:
    """The gateway does not show something of its own, such as its log or its models."""
    text = f"The gateway's {what} cannot be read: {error.message}"
    return CommandFailed(text, exit_code=2, code=error.code)


class Program(TyperGroup):
    """The whole command line: every failure passes here once."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run a command and exit with its code."""
        words = list(sys.argv[1:] if args is None else args)
        as_json = "--json" in (words[: words.index("--")] if "--" in words else words)
        try:
            done = super().main(
                words,
                prog_name,
                complete_var,
                standalone_mode=standalone_mode and not as_json,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        except CommandFailed as error:
            done = _ended(str(error), error.code, error.exit_code, as_json=as_json)
        except BotError as error:
            exit_code = 2 if isinstance(error, StoreUnavailable) else 1
            done = _ended(error.message, error.code, exit_code, as_json=as_json)
        except OSError as error:
            if error.filename is None:
                raise
            done = _ended(f"{error.filename}: {error.strerror}.", "file", 1, as_json=as_json)
        except typer.Abort:
            done = _ended("Nothing was done.", "aborted", 1, as_json=as_json)
        except typer.TyperException as error:
            done = _mistyped(error)
        sys.exit(done if isinstance(done, int) else 0)


def _ended(message: str, code: str, exit_code: int, *, as_json: bool) -> int:
    if as_json:
        say_error(message, code)
    else:
        typer.echo(message, err=True)
    return exit_code


def _mistyped(error: typer.TyperException) -> int:
    """A usage error, which only reaches us with `--json`; it names what was typed wrongly."""
    hint: Any = getattr(error, "param_hint", None) or getattr(error, "param", None)
    name = hint if isinstance(hint, str) else getattr(hint, "name", "")
    message = getattr(error, "message", "") or _formatted(error)
    say_error(message, "usage", **({"parameter": name} if name else {}))
    return int(getattr(error, "exit_code", 2))


def _formatted(error: Any) -> str:
    return str(error.format_message()) if hasattr(error, "format_message") else str(error)


def say_error(message: str, code: str, **more: str) -> None:
    """Print what went wrong, for programs."""
    say_json({"error": {"code": code, "message": message, **more}}, err=True)
