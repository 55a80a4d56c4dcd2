"""The gateway's own record of every call that was not a dry run (Lumenfall API, requests).

The rows are also the sandbox's only account of money: what was charged is the sum of their costs.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.clock import SandboxClock, iso
from sandbox.pricing import usd

Status = Literal["completed", "pending", "processing", "upstream_failure", "rejected", "cancelled"]

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KSUID_EPOCH = 1_400_000_000


def new_id(prefix: str, at: float) -> str:
    """`prefix` and 27 characters of base 62 that sort by second, as a KSUID does."""
    number = int.from_bytes(struct.pack(">I", int(at) - _KSUID_EPOCH) + secrets.token_bytes(16), "big")
    text = ""
    for _ in range(27):
        number, digit = divmod(number, 62)
        text = _DIGITS[digit] + text
    return prefix + text


@dataclass(kw_only=True)
class Row:
    """One request. `paid` is set at the moment a provider was put to work for money."""

    id: str
    created_at: float
    endpoint: str
    kind: str
    key_id: str | None
    trace_id: str | None
    user: str | None
    model: str | None
    modality: str | None
    request_size: int
    status: Status = "processing"
    cost_micros: int = 0
    paid: bool = False
    ended_at: float | None = None
    error_code: str | None = None
    error_message: str | None = None
    response_size: int = 0
    purged: bool = False

    def wire(self, now: float, delay: float) -> dict[str, Any]:
        """The row as the API shows it; until `delay` seconds after its end it is still `processing`."""
        settled = self.ended_at is not None and now >= self.ended_at + delay
        ended = self.ended_at if settled else None
        return {
            "id": self.id,
            "object": "request",
            "created_at": iso(self.created_at),
            "model": self.model,
            "modality": self.modality,
            "endpoint": self.endpoint,
            "status": self.status if settled or self.ended_at is None else "processing",
            "cost": usd(self.cost_micros) if settled else 0.0,
            "currency": "usd",
            "duration_ms": None if ended is None else round((ended - self.created_at) * 1000),
            "key_id": self.key_id,
            "error_code": self.error_code if settled else None,
            "error_message": self.error_message if settled else None,
            "session_id": None,
            "trace_id": self.trace_id,
            "user": self.user,
            "request_size_bytes": self.request_size,
            "response_size_bytes": self.response_size,
        }


class RequestLog:
    """Rows in order of arrival."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._rows: dict[str, Row] = {}

    def __iter__(self) -> Iterator[Row]:
        return iter(tuple(self._rows.values()))

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, row: Row) -> None:
        self._rows[row.id] = row

    def drop(self, row: Row) -> None:
        """Forget a call that turned out to be the replay of another one."""
        self._rows.pop(row.id, None)

    def get(self, row_id: str) -> Row | None:
        return self._rows.get(row_id)

    def clear(self) -> None:
        self._rows.clear()

    def end(
        self,
        row: Row,
        status: Status,
        *,
        cost_micros: int | None = None,
        error: tuple[str, str] | None = None,
    ) -> None:
        """Close a row once; a second end is ignored, because the first one told the truth."""
        if row.ended_at is not None:
            return
        row.status, row.ended_at = status, self._clock.time()
        if cost_micros is not None:
            row.cost_micros = cost_micros
        if error:
            row.error_code, row.error_message = error

    @property
    def charged_micros(self) -> int:
        return sum(row.cost_micros for row in self._rows.values())

    def paid(self) -> list[Row]:
        return [row for row in self._rows.values() if row.paid]
