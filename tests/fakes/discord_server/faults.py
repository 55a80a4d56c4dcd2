"""Trouble on demand: rate limits, server errors, cut connections, requests held until a test lets them go."""

from __future__ import annotations

import asyncio
import hashlib
import re
import socket
import struct
import time
from dataclasses import dataclass, field

from aiohttp import web

from tests.fakes.discord_server.base import Json

_LINGER_RESET = struct.pack("ii", 1, 0)
_MAJOR = re.compile(r"^/(?:channels|guilds|webhooks|interactions)/[^/]+(?:/[A-Za-z0-9_\-]{40,})?")


@dataclass(eq=False, kw_only=True)
class Fault:
    """One planned trouble for requests whose "METHOD /path" matches `where`."""

    where: re.Pattern[str]
    times: int
    status: int = 0
    body: Json | str | None = None
    reset: bool = False
    after: bool = False  # the request takes effect, only its answer is lost
    via: bool = True  # without Via a client takes a 429 for a Cloudflare ban
    hold: bool = False
    hits: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        self.released.set()

    def response(self) -> web.Response:
        default: Json = {"message": f"{self.status}: Server Error", "code": 0}
        return answer(self.status, default if self.body is None else self.body, via=self.via)


class Faults:
    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def add(
        self,
        where: str,
        *,
        times: int = 1,
        status: int = 0,
        body: Json | str | None = None,
        reset: bool = False,
        after: bool = False,
        via: bool = True,
        hold: bool = False,
    ) -> Fault:
        """`where` is a regular expression over "METHOD /path", e.g. r"PATCH .*/@original"."""
        fault = Fault(
            where=re.compile(where),
            times=times,
            status=status,
            body=body,
            reset=reset,
            after=after,
            via=via,
            hold=hold,
        )
        self.planned.append(fault)
        return fault

    def take(self, request_line: str) -> Fault | None:
        for fault in self.planned:
            if fault.hits < fault.times and fault.where.search(request_line):
                fault.hits += 1
                fault.arrived.set()
                return fault
        return None


def answer(
    status: int, body: Json | list[Json] | str | None, *, via: bool = True, headers: Json | None = None
) -> web.Response:
    """JSON with the bare Content-Type that discord.py insists on."""
    response = web.Response(status=status, headers=headers)
    if via:
        response.headers["Via"] = "1.1 google"
    if isinstance(body, str):
        response.text = body
    elif body is not None:
        response.body = web.json_response(body).body
        response.headers["Content-Type"] = "application/json"
    return response


def cut(request: web.Request) -> None:
    """Reset the connection the hard way, so that the client sees ECONNRESET and not an orderly end."""
    transport = request.transport
    if transport is None:
        return
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
    transport.abort()


@dataclass(kw_only=True)
class Rule:
    where: re.Pattern[str]
    limit: int
    window: float


@dataclass(kw_only=True)
class Bucket:
    rule: Rule
    started: float
    used: int = 0


class RateLimits:
    """Buckets by route and major parameter; roomy unless a test sets rules. Windows are real seconds."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.buckets: dict[str, Bucket] = {}
        self.refused = 0
        self._roomy = Rule(where=re.compile(""), limit=10_000, window=1.0)

    def set(self, where: str, limit: int, window: float) -> None:
        self.rules.insert(0, Rule(where=re.compile(where), limit=limit, window=window))

    def like_discord(self) -> None:
        """Seen in practice: 5 in 5 s per channel for sending and for editing, 5 in 2 s per webhook."""
        self.set(r"POST /channels/\d+/messages$", 5, 5.0)
        self.set(r"PATCH /channels/\d+/messages/\d+$", 5, 5.0)
        self.set(r"(POST|PATCH) /webhooks/", 5, 2.0)

    def spend(self, method: str, path: str, template: str) -> tuple[Json, float]:
        """Headers for the answer, and seconds to wait when the bucket is empty (0 when it is not)."""
        found = _MAJOR.match(path)
        major = found[0] if found else ""
        rule = next((item for item in self.rules if item.where.search(f"{method} {path}")), self._roomy)
        name = hashlib.sha256(f"{method} {template}".encode()).hexdigest()[:16]
        now = time.monotonic()
        bucket = self.buckets.get(name + major)
        if bucket is None or bucket.rule is not rule or now - bucket.started >= rule.window:
            bucket = self.buckets[name + major] = Bucket(rule=rule, started=now)
        wait = bucket.started + rule.window - now
        empty = bucket.used >= rule.limit
        bucket.used += not empty
        self.refused += empty
        headers = {
            "X-RateLimit-Limit": str(rule.limit),
            "X-RateLimit-Remaining": str(rule.limit - bucket.used),
            "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
            "X-RateLimit-Reset-After": f"{wait:.3f}",
            "X-RateLimit-Bucket": name,
        }
        return headers, wait if empty else 0.0


def limited(wait: float, headers: Json) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": round(wait, 3), "global": False}
    more = {"Retry-After": str(int(wait) + 1), "X-RateLimit-Scope": "user"}
    return answer(429, body, headers=headers | more)
