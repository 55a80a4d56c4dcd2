"""Commands of the command line, each in a process of its own that has imported everything already."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from adapters.cli.main import app
from tests.fakes.environment import bare
from tests.fakes.forked_processes import ProcessFactory, process_factory

SECONDS = 90
"""The most that a command may take."""


class Commands:
    """Runs commands, one after another or side by side."""

    def __init__(self, factory: ProcessFactory) -> None:
        self._factory = factory

    async def run(self, *args: str, **names: str) -> tuple[int, str]:
        """The exit code of a command and all that it said; `names` are its environment."""
        told: dict[str, Any] = {"args": list(args), "environment": {**bare(), "COLUMNS": "200", **names}}
        child = await self._factory.fork("tests.fakes.commands:main", told)
        code = await asyncio.wait_for(child.died, SECONDS)
        return code, child.said()

    async def __call__(self, *args: str, expect: int = 0, **names: str) -> str:
        """What a command said that ends with the expected code."""
        code, said = await self.run(*args, **names)
        assert code == expect, said
        return said


@asynccontextmanager
async def commands(folder: Path) -> AsyncGenerator[Commands, None]:
    """A way to run commands; their outputs are kept in the folder."""
    async with process_factory(folder) as factory:
        yield Commands(factory)


def main(*, args: Sequence[str], environment: dict[str, str]) -> None:
    """Be the command."""
    os.environ.clear()
    os.environ.update(environment)
    app(list(args))
