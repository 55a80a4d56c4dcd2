"""One running bot that is sent anything at all, and an ear for what goes wrong in it.

How people act, and how their payloads are changed on the wire, is each platform's own: `discord_fuzzing` and
`slack_fuzzing` derive from `FuzzedBot`. How trouble is heard of, when all is over, and how it has to end is
the same for both.
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from structlog.typing import EventDict

from tests.fakes.honesty import lies
from tests.fakes.mutations import Opaque
from tests.fakes.stack import Stack

PATIENCE_S = 20.0
"""How long anything that one person causes may take."""
T = TypeVar("T")


class Errors(logging.Handler):
    """Errors of any log. What a task raised and nobody awaited is among them: asyncio logs that itself.

    `expected` are events of the bot's own log that are no trouble; `heeded` says which records of others are.
    """

    def __init__(
        self,
        *,
        expected: Collection[str] = (),
        heeded: Callable[[logging.LogRecord], bool] = lambda _: True,
    ) -> None:
        super().__init__(logging.ERROR)
        self.addFilter(heeded)
        self.expected = expected
        self.own: list[EventDict] = []
        self.others: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.others.append(f"{record.name}: {self.format(record)}")

    @contextmanager
    def listening(self) -> Iterator[Errors]:
        """Hear all logs meanwhile."""
        root = logging.getLogger()
        with structlog.testing.capture_logs([structlog.processors.format_exc_info]) as self.own:
            root.addHandler(self)
            try:
                yield self
            finally:
                root.removeHandler(self)

    def taken(self) -> list[str]:
        """All that was heard, and forget it."""
        own = [
            f"{line['event']}: {line} {line.get('exception', '')}"
            for line in self.own
            if line["log_level"] in ("error", "critical") and line["event"] not in self.expected
        ]
        found = [*own, *self.others]
        self.own.clear()
        self.others.clear()
        return found


@dataclass(kw_only=True, repr=False, eq=False)
class FuzzedBot(Opaque, ABC):
    """A bot, and what went wrong with it. `change` is applied to each payload that a person causes."""

    stack: Stack
    errors: Errors
    change: Callable[[Any], None] | None = None
    tasks: int = 0
    runner: asyncio.Runner = field(init=False)

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        """Do it on the bot's own loop."""
        return self.runner.run(doing)

    async def idle(self) -> None:
        """Wait until nothing is being done for anybody."""
        while self.handling() or await self._working():
            self.stack.core.worker.wake()
            await asyncio.sleep(0.002)

    async def _working(self) -> bool:
        core = self.stack.core
        due = await core.store.next_due()
        return bool(core.worker.carrying) or (due is not None and due <= core.clock.now() + 60_000_000)

    @abstractmethod
    def handling(self) -> bool:
        """Whether the adapter is still busy with what it was sent."""

    def trouble(self) -> list[str]:
        """What nobody should have seen, and forget it."""
        return self.errors.taken()

    # at the end

    async def ends_well(self) -> None:
        """It works, owes nothing, and nothing is left running."""
        await self.still_works()
        assert self.trouble() == []
        assert await self.lies() == []
        async with asyncio.timeout(10):
            while self.busy() > self.tasks + 5:
                await asyncio.sleep(0.05)

    @abstractmethod
    async def still_works(self) -> None:
        """A good request is answered with a picture, whatever went before."""

    async def lies(self) -> list[str]:
        """What is not so of the money: charged for no request, twice, otherwise than booked, or held."""
        ids = await self.accepted()
        return await lies(self.stack.core.store, self.stack.sandbox.state.log, [], ids, silent=ids)

    @abstractmethod
    async def accepted(self) -> list[str]:
        """The ids of all requests that there should be."""

    def busy(self) -> int:
        """How many tasks there are."""
        return len(asyncio.all_tasks())


Bot = TypeVar("Bot", bound=FuzzedBot)


def kept_running(context: AbstractAsyncContextManager[Bot]) -> Iterator[Bot]:
    """One bot on a loop of its own for all that a fixture serves, with a look at how it ends."""
    with asyncio.Runner() as runner:
        bot = runner.run(context.__aenter__())
        bot.runner = runner
        try:
            yield bot
            runner.run(bot.ends_well())
        finally:
            runner.run(context.__aexit__(None, None, None))
