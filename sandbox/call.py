"""What is known of one HTTP call while it is being answered."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web

from sandbox.body import Body
from sandbox.faults import PAID, Fault
from sandbox.requestlog import Row

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")


@dataclass(kw_only=True)
class Call:
    """`endpoint` is the sandbox's word for it (generate, edit, upscale, video, chat, balance …)."""

    id: str
    endpoint: str
    started_at: float
    dry_run: bool
    body: Body
    key_id: str | None = None
    fault: Fault | None = None
    row: Row | None = None
    model: str | None = None
    provider: str | None = None
    mocked: bool = False

    @property
    def paid(self) -> bool:
        """Whether it is one of the calls that cost money and are logged."""
        return self.endpoint in PAID and not self.dry_run

    def has(self, *faults: str) -> Fault | None:
        return self.fault if self.fault and self.fault.name in faults else None


_CALL = web.RequestKey("call", Call)


def attach(request: web.Request, call: Call) -> None:
    request[_CALL] = call


def find_call(request: web.BaseRequest) -> Call | None:
    return request.get(_CALL)


def call_of(request: web.Request) -> Call:
    """The call the middleware has attached. Raises KeyError outside of it."""
    return request[_CALL]


def trace_id(header: str | None) -> str | None:
    """The trace id of a W3C `traceparent`; None when the header is absent or not valid."""
    match = _TRACEPARENT.fullmatch((header or "").strip())
    if not match:
        return None
    version, trace, parent, _, more = match.groups()
    if version == "ff" or (version == "00" and more) or not trace.strip("0") or not parent.strip("0"):
        return None
    return trace
