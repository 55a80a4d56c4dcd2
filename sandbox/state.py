"""Everything a running sandbox remembers; one object, so that a reset forgets all of it."""

from __future__ import annotations

import base64
import secrets
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from sandbox import keeping
from sandbox.catalogue import TABLE
from sandbox.clock import SandboxClock
from sandbox.faults import FaultBook
from sandbox.media import MediaStore
from sandbox.options import SandboxOptions, Switches
from sandbox.pricing import usd
from sandbox.requestlog import RequestLog, Row
from sandbox.tasks import Tasks
from sandbox.tool_calls import ScriptBook
from sandbox.videojob import VideoJob

_CALLS_KEPT = 5000


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request as it arrived, for assertions: parameters without file contents, one per HTTP call."""

    endpoint: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    fields: Mapping[str, Any]
    files: tuple[str, ...]
    dry_run: bool
    fault: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One attempt to deliver a webhook; `status` 0 means that nobody answered."""

    url: str
    message_id: str
    type: str
    attempt: int
    status: int


@dataclass(kw_only=True)
class State:
    options: SandboxOptions
    switches: Switches
    clock: SandboxClock
    log: RequestLog
    media: MediaStore
    tasks: Tasks
    faults: FaultBook = field(default_factory=FaultBook)
    scripts: ScriptBook = field(default_factory=ScriptBook)
    calls: deque[Received] = field(default_factory=lambda: deque[Received](maxlen=_CALLS_KEPT))
    videos: dict[str, VideoJob] = field(default_factory=dict[str, VideoJob])
    video_keys: dict[str, str] = field(default_factory=dict[str, str])
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    keys: dict[str, float] = field(default_factory=dict[str, float])
    webhook_secret: str = ""
    port: int = 0

    table = TABLE

    @classmethod
    def of(cls, options: SandboxOptions) -> State:
        clock = options.clock or SandboxClock()
        folder = options.data / "media" if options.data else None
        state = cls(
            options=options,
            switches=Switches.of(options),
            clock=clock,
            log=RequestLog(clock),
            media=MediaStore(
                clock, ttl=options.media_ttl_seconds, cap=options.media_cap_bytes, folder=folder
            ),
            tasks=Tasks(),
            webhook_secret=options.webhook_secret or new_secret(),
        )
        keeping.load(state)
        return state

    def save(self) -> None:
        """Write down what is to survive, where a folder was given."""
        keeping.save(self)

    def reset(self) -> None:
        """Forget calls, jobs, files, faults and scripts, and set the switches back to the options."""
        self.tasks.cancel_all()
        self.switches = Switches.of(self.options)
        for part in (self.log, self.media, self.faults, self.scripts, self.calls):
            part.clear()
        self.videos.clear()
        self.video_keys.clear()
        self.deliveries.clear()
        self.save()

    @property
    def balance_micros(self) -> int | None:
        """What is left of the prepaid balance; None for a postpaid account."""
        start = self.switches.balance_micros
        return None if start is None else start - self.log.charged_micros

    def affords(self, micros: int) -> bool:
        left = self.balance_micros
        return left is None or micros == 0 or left >= micros

    def set_switches(self, changes: dict[str, Any]) -> None:
        """Change switches; a new `balance_micros` is what is left from now on. Raises ValidationError."""
        switches = self.switches.changed(changes)
        if isinstance(changes.get("balance_micros"), int) and switches.balance_micros is not None:
            left = switches.balance_micros + self.log.charged_micros
            switches = switches.changed({"balance_micros": left})
        self.switches = switches

    def wire(self) -> dict[str, Any]:
        """The summary for `GET /sandbox/state`."""
        paid = self.log.paid()
        return {
            "balance_micros": self.balance_micros,
            "charged_micros": self.log.charged_micros,
            "charged": usd(self.log.charged_micros),
            "calls": dict(Counter(call.endpoint for call in self.calls)),
            "dry_runs": dict(Counter(call.endpoint for call in self.calls if call.dry_run)),
            "paid_calls": [_paid_wire(row) for row in paid],
            "paid_calls_by_user": dict(Counter(row.user or "" for row in paid)),
            "paid_calls_by_trace_id": dict(Counter(row.trace_id or "" for row in paid)),
            "videos": {job.id: job.status for job in self.videos.values()},
            "webhooks": [vars(delivery) for delivery in self.deliveries],
            "switches": self.switches.model_dump(mode="json"),
            "faults": self.faults.list(),
            "scripts": self.scripts.list(),
        }


def _paid_wire(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "endpoint": row.kind,
        "model": row.model,
        "cost_micros": row.cost_micros,
        "status": row.status,
        "user": row.user,
        "trace_id": row.trace_id,
    }


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


STATE = web.AppKey("state", State)


def state_of(request: web.Request) -> State:
    return request.app[STATE]
