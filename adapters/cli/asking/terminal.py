"""The adapter of a terminal: what the worker tells of requests, and what the person types in between."""

from __future__ import annotations

import asyncio
import os
import sys

from adapters.cli.reports.notices import TerminalNotices
from bot.core.events import AwaitingConfirmation, Corrected, Event, Final, Progressed
from bot.core.request import ReplyTo

ORIGIN = "cli"


class TerminalNotifier:
    """Hands on what happens to requests, in its order. Another command on the same database hears the rest
    from the rows, so what is not awaited here is nothing to keep.
    """

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event] = asyncio.Queue()

    async def progress(self, reply_to: ReplyTo, event: Progressed) -> None:
        self.events.put_nowait(event)

    async def ask(self, reply_to: ReplyTo, event: AwaitingConfirmation) -> None:
        self.events.put_nowait(event)

    async def finish(self, reply_to: ReplyTo, event: Final) -> ReplyTo:
        self.events.put_nowait(event)
        return {}

    async def correct(self, reply_to: ReplyTo, event: Corrected) -> None:
        """The process ends with its request; `ledger` and `export` show what was corrected."""


class Terminal:
    """The adapter of the `ask` command."""

    ORIGIN = ORIGIN
    members = None

    def __init__(self, *, as_json: bool = False) -> None:
        self.notifier = TerminalNotifier()
        self.notices = TerminalNotices(as_json=as_json)

    async def start(self) -> None:
        """Nothing listens."""

    async def stop(self) -> None:
        """Nothing to take down."""

    async def ready(self) -> bool:
        """Always."""
        return True


class Keyboard:
    """Lines that somebody types, read without holding up what runs meanwhile."""

    async def line(self) -> str:
        """The next line without its end; empty when the input has ended."""
        loop, descriptor = asyncio.get_running_loop(), sys.stdin.fileno()
        typed: asyncio.Future[bytes] = loop.create_future()

        def read() -> None:
            if not typed.done():
                typed.set_result(os.read(descriptor, 4096))

        loop.add_reader(descriptor, read)
        try:
            return (await typed).decode(errors="replace").strip()
        finally:
            loop.remove_reader(descriptor)


def keyboard() -> Keyboard | None:
    """The keyboard of this process; None where nobody could type."""
    return Keyboard() if sys.stdin.isatty() else None
