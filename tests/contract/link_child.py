"""Agrees to link two accounts and is killed before a step of the database: `python link_child.py URL FILE`.

Every life is a process of its own, which dies one step later than the one before, until one ends by itself.
Before it agrees each proposes a new pair, `test:<life>:one` and `test:<life>:other`, of whom the first has
agreed. Prints how many lives there were.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from storage import open_store, postgres_executor, sqlite
from tests.contract.store_world import SteppedClock


class Death:
    """Kills this process before the step of that number, counted from when `armed` is set."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.armed = False

    def step(self) -> None:
        self.at -= self.armed
        if self.armed and self.at <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def before(self, perform: Callable[..., Any]) -> Callable[..., Any]:
        def performing(*args: Any) -> Any:
            self.step()
            return perform(*args)

        return performing


async def life(url: str, file: str, number: int) -> None:
    death = Death(number)
    sqlite._perform = death.before(sqlite._perform)
    postgres_executor._perform = death.before(postgres_executor._perform)
    one, other = f"test:{number}:one", f"test:{number}:other"
    async with open_store(database_url=url or None, path=Path(file), pool=2, clock=SteppedClock()) as store:
        code = f"code-{number}"
        await store.open_code(one, "One", code)
        found = await store.enter_code(other, "Other", code)
        await store.answer_proposal(found.id, one, agrees=True)
        death.armed = True
        await store.answer_proposal(found.id, other, agrees=True)
        death.armed = False


def main(url: str, file: str) -> None:
    for number in itertools.count(1):
        if (pid := os.fork()) == 0:
            asyncio.run(life(url, file, number))
            os._exit(0)
        if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0:
            sys.stdout.write(f"{number}\n")
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
