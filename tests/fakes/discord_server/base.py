"""Small parts everything else in the fake Discord stands on: time, ids, waiting, errors.

Time is injected so that a test can let three seconds or fifteen minutes pass at once; waiting is by signals
so that no test ever sleeps and hopes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from tests.fakes.clocks import own_time

T = TypeVar("T")
Json = dict[str, Any]

DISCORD_EPOCH_MS = 1_420_070_400_000
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_EMBEDS = 1 << 2
SILENT = 1 << 12
COMPONENTS_V2 = 1 << 15


class Clock:
    """The server's own clock, in seconds since 1970; `scale` makes it run faster, `advance` makes it jump."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale
        self._start_wall = time.time()
        self._start = time.perf_counter()
        self._jumped = 0.0

    def now(self) -> float:
        return self._start_wall + (time.perf_counter() - self._start) * self.scale + self._jumped

    def advance(self, seconds: float) -> None:
        self._jumped += seconds

    def iso(self, moment: float | None = None) -> str:
        return datetime.fromtimestamp(self.now() if moment is None else moment, UTC).isoformat()


class Snowflakes:
    """Ids as Discord makes them: milliseconds since 2015 in the high bits, a counter in the low ones."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def __call__(self) -> int:
        fresh = (int(self._clock.now() * 1000) - DISCORD_EPOCH_MS) << 22
        self._last = max(fresh, self._last + 1)
        return self._last


class Signal:
    """Wakes whoever waits for a condition on one thing; cheap when nobody does."""

    def __init__(self) -> None:
        self._waiting: list[asyncio.Future[None]] = []

    def fire(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def wait_for(self, probe: Callable[[], T | None], timeout: float, wanted: Callable[[], str]) -> T:
        """First truthy value of `probe`, looked at again after each `fire`.

        Raises: TimeoutError, with what `wanted` says, after `timeout` seconds of `own_time`.
        """
        deadline = own_time() + timeout
        while True:
            found = probe()
            if found:
                return found
            if (left := deadline - own_time()) <= 0:
                raise TimeoutError(f"after {timeout} s: {wanted()}")
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            await asyncio.wait([future], timeout=left)


class ApiError(Exception):
    """An answer Discord gives instead of doing what was asked."""

    def __init__(self, status: int, code: int, message: str, **more: Any) -> None:
        super().__init__(f"{status} {code} {message}")
        self.status = status
        self.code = code
        self.body: Json = {"message": message, "code": code, **more}


class ClientRefused(Exception):
    """Discord's own app would not let the person do this (hidden command, disabled button)."""


def form_error(path: str, code: str, message: str) -> ApiError:
    """50035 Invalid Form Body with the nested `_errors` that clients parse; `path` is dotted."""
    nested: Json = {"_errors": [{"code": code, "message": message}]}
    for part in reversed(path.split(".")):
        nested = {part: nested}
    return ApiError(400, 50035, "Invalid Form Body", errors=nested)


def unknown(code: int, what: str) -> ApiError:
    return ApiError(404, code, f"Unknown {what}")


def missing_access() -> ApiError:
    return ApiError(403, 50001, "Missing Access")


def missing_permissions() -> ApiError:
    return ApiError(403, 50013, "Missing Permissions")
