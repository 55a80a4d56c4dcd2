"""Commands as somebody types them, in this process: what each said on standard output and beside it.

A command has an event loop of its own, so it runs in a thread beside the servers that a test has started.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from typer.testing import CliRunner

from adapters.cli.main import app
from tests.fakes.environment import bare


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    beside: str

    def facts(self) -> list[dict[str, Any]]:
        """The lines of `--json`; whatever is no JSON fails here."""
        return [json.loads(line) for line in self.out.splitlines()]

    def error(self) -> dict[str, Any]:
        """What went wrong, with `--json`."""
        [line] = self.beside.splitlines()
        assert self.out == ""
        return dict(json.loads(line)["error"])


class Typist:
    """Types commands with these settings."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = {**bare(), "COLUMNS": "120", **environment}

    async def any(self, *words: str, stdin: str = "") -> Said:
        """Type one, however it ends."""
        done = await asyncio.to_thread(
            CliRunner().invoke, app, words, input=stdin, env=self.environment, prog_name="lumenfall-bot"
        )
        assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
        return Said(code=done.exit_code, out=done.stdout, beside=done.stderr)

    async def __call__(self, *words: str, expect: int = 0, stdin: str = "") -> Said:
        """Type one that ends with the expected code."""
        said = await self.any(*words, stdin=stdin)
        assert said.code == expect, (words, said)
        return said

    async def facts(self, *words: str, expect: int = 0) -> list[dict[str, Any]]:
        """The same for programs."""
        return (await self(*words, "--json", expect=expect)).facts()


@contextmanager
def typist(environment: Mapping[str, str]) -> Generator[Typist]:
    """Somebody at a terminal: no log is set up yet, and that of this process is as before afterwards."""
    root, log = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    structlog.reset_defaults()
    try:
        yield Typist(environment)
    finally:
        structlog.configure(**log)
        root.handlers[:] = handlers
        root.setLevel(level)
