"""The whole bot on one platform as a process that kills itself, as `kill -9` would, after its n-th deed.

What counts is what outlives the process: a transaction that wrote, a paid call of the gateway, a call to the
platform that is no look. Nothing is mocked: the drivers, the clients and the adapter are the real ones,
watched. Which number is the last is read from a file that the test writes before each act of a person, and
what was done is written beside it, so that a test knows every kind of thing that there is to die after.
"""

from __future__ import annotations

import asyncio
import functools
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import FrameType
from typing import Any

from discord.http import HTTPClient, Route

from adapters.composition import open_core
from adapters.lifecycle import serving, until_signalled
from adapters.slack.client import Api
from bot.gateway.client import GatewayClient
from bot.settings import Settings
from bot.telemetry import logging
from bot.worker import corrections, log_lookup
from storage.postgres import PostgresDriver
from storage.sqlite import SqliteDriver
from tests.fakes.platform_apps import APPS
from tests.fakes.replica import SharedClock

DRIVERS = (SqliteDriver, PostgresDriver)
PAID = ("run", "chat", "start_video")
LOOKS = ("conversations.", "users.", "team.", "files.info", "auth.", "usergroups.", "bots.")
"""What begins so in Slack's Web API changes nothing."""
OWN = ("storage.", "bot.worker.step_context", "bot.telemetry.", "tests.fakes.mortal_bot", "functools")
"""Modules through which a write goes and which do not say what it was for."""
REGULAR = frozenset({"extend", "check", "purge"})
"""Writes of the clock's, not of a turn's."""
NEW = -1
"""Not a number but any thing of a kind after which no process died yet."""


class Fate:
    """Counts what was done since the last act of a person, and ends the process after the chosen one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._orders = os.open(folder / "fate", os.O_RDONLY)
        self._done = os.open(folder / "done", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._act, self._passed = "", 0

    def passed(self, kind: str) -> None:
        act, at = os.pread(self._orders, 64, 0).decode().split()
        if act != self._act:
            self._act, self._passed = act, 0
        self._passed += 1
        dies = self._is_new(kind) if int(at) == NEW else self._passed == int(at)
        os.write(self._done, f"{act}\t{'died' if dies else 'went on'}\t{kind}\n".encode())
        if dies:
            os.kill(os.getpid(), signal.SIGKILL)

    def _is_new(self, kind: str) -> bool:
        return all(not died or kind != known for _, died, known in done(self._folder))

    async def after(self, work: Awaitable[Any], kind: str) -> Any:
        found = await work
        if not (found == 0 or found == []):  # nothing was new, nothing was claimed
            self.passed(kind)
        return found


def orders(folder: Path, act: int, at: int) -> None:
    """From now on the process dies after the `at`-th thing that it does, or a `NEW` one; 0: it lives."""
    path = folder / "fate"
    path.write_text(f"{act} {at}".ljust(64))


def done(folder: Path) -> list[tuple[int, bool, str]]:
    """What was done: the number of the act, whether it was the last thing, and what it was."""
    path = folder / "done"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(act), end == "died", kind) for act, end, kind in (line.split("\t") for line in lines)]


def _site(frame: FrameType | None) -> str:
    """The method of the Store, and the function beyond the storage that wanted the write."""
    method = frame.f_code.co_name if frame else ""
    while frame is not None and frame.f_globals.get("__name__", "").startswith(OWN):
        frame = frame.f_back
    where = f"{frame.f_globals.get('__name__')}.{frame.f_code.co_name}" if frame else ""
    return f"{method} < {where}"


def watch_database(fate: Fate) -> None:
    for driver in DRIVERS:
        real: Any = driver.transact

        def transact(self: Any, work: Any, *, key: str | None = None, real: Any = real) -> Awaitable[Any]:
            caller = sys._getframe(1)
            write = real(self, work, key=key)
            return write if caller.f_code.co_name in REGULAR else fate.after(write, _site(caller))

        driver.transact = transact


def watch_calls(fate: Fate) -> None:
    for name in PAID:
        _watch(fate, GatewayClient, name, lambda _self, *_args, name=name, **_: f"gateway {name}")
    _watch(fate, HTTPClient, "request", _discord)
    _watch(fate, Api, "call", _slack)


def _discord(_self: Any, route: Route, **_: Any) -> str:
    return "" if route.method == "GET" or "commands" in route.path else f"{route.method} {route.path}"


def _slack(_self: Any, _where: Any, method: str, **_: Any) -> str:
    return "" if method.startswith(LOOKS) else f"slack {method}"


def _watch(fate: Fate, owner: type, name: str, kind_of: Callable[..., str]) -> None:
    real: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @functools.wraps(real)
    async def watched(*args: Any, **kwargs: Any) -> Any:
        found = await real(*args, **kwargs)
        if kind := kind_of(*args, **kwargs):
            fate.passed(kind)
        return found

    setattr(owner, name, watched)


def main(
    *, settings: dict[str, Any], platform: str, folder: str, start: float, speed: float, ahead: float
) -> None:
    """Serve until SIGTERM, or until the end that the file names."""
    logging.configure(level="warning")
    # The log is asked after an end within a minute instead of an hour.
    log_lookup.LOOKS_S = corrections.LOOKS_S = (3.0, 10.0, 20.0, 60.0)
    clock = SharedClock(start, speed)
    clock.jump(ahead)
    asyncio.run(_live(Settings(**settings), platform, Fate(Path(folder)), clock))


async def _live(settings: Settings, platform: str, fate: Fate, clock: SharedClock) -> None:
    watch_database(fate)
    watch_calls(fate)
    async with open_core(settings, clock=clock) as core, serving(core, [APPS[platform](core)]):
        await until_signalled()
