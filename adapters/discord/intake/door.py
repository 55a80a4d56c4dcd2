"""Where Discord's events come in: what cannot be read goes no further, and takes nothing down with it.

discord.py reads an event in the task that holds the connection, and lets whatever goes wrong there end the
client for good (`discord.shard.Shard.worker`): one field of a shape it does not know, on one message in one
server, and the bot is gone for everybody. So every reader is wrapped, and an event it cannot read is left
out. Only READY stays as it is: without it there is no session to go on with.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import discord
import structlog

from adapters.discord.intake.payload_guard import fault

log = structlog.get_logger(__name__)

Read = Callable[[Any], None]
_NEEDED = "READY"


def guard(client: discord.Client) -> None:
    """Wrap the client's readers, before it connects."""
    # The table that connections look events up in; the library offers no other place to stand between.
    readers: dict[str, Read] = client._connection.parsers  # noqa: SLF001
    for event, read in list(readers.items()):
        if event != _NEEDED:
            readers[event] = _guarded(event, read)


def _guarded(event: str, read: Read) -> Read:
    def look_first(body: Any) -> None:
        if wrong := fault(event, body):
            log.info("event_malformed", event_name=event, at=wrong)
            return
        try:
            read(body)
        except Exception as error:
            # Where and what, but not the error's words: they may be people's.
            at = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{at.name}:{at.lineno}"
            log.warning("event_unreadable", event_name=event, error=type(error).__name__, at=where)

    return look_first
