"""`status`: how the whole installation stands, from the database and the process on this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import platform
from collections import Counter
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, time
from typing import Any

import httpx

from adapters.cli.configuration import load_settings
from adapters.cli.operations.as_json import Json, say
from adapters.cli.operations.counts import counted
from adapters.composition import open_storage
from bot import __version__
from bot.core.money import Micros, dollars
from bot.core.ports.load import UnfinishedCount
from bot.core.ports.store import Store
from bot.core.request import State
from bot.settings import Settings
from bot.telemetry import logging

PROBE_S = 8.0
"""Longer than the process itself waits for the parts that it asks."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The figures. A day begins at midnight UTC; `held` is in micro-dollars."""

    version: str
    python: str
    database: str
    places: int
    requests_today: int
    people_today: int
    running: int
    waiting: int
    asked: int
    posting: int
    unknown_outcomes: int
    held: Micros
    oldest_seconds: int
    unfinished_by_platform: dict[str, int] = field(default_factory=dict[str, int])
    platforms: tuple[str, ...] = ()
    process: dict[str, Any] = field(default_factory=dict[str, Any])


def status(json: Json = False) -> None:
    """Show who is there today, what runs and waits, unknown outcomes, money held, platforms, versions."""
    logging.configure(level="critical")
    found = asyncio.run(_look(load_settings()))
    say("\n".join(_lines(found)), asdict(found), json=json)


async def _look(settings: Settings) -> Standing:
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_storage(settings))
        process = await _process(settings)
        return await _standing(settings, store, process)


async def _standing(settings: Settings, store: Store, process: dict[str, Any]) -> Standing:
    now = datetime.now(UTC)
    midnight = int(datetime.combine(now.date(), time(), UTC).timestamp() * 1_000_000)
    today = await store.asked_between(midnight, int(now.timestamp() * 1_000_000) + 1)
    counts = await store.count_unfinished()
    where = _where(counts)
    oldest = min((one.oldest for one in counts), default=int(now.timestamp() * 1_000_000))
    origins: Counter[str] = Counter()
    for one in counts:
        origins[one.platform] += one.requests
    return Standing(
        version=__version__,
        python=platform.python_version(),
        database="PostgreSQL" if settings.database_url else "SQLite",
        places=len(await store.tenants()),
        requests_today=today.requests,
        people_today=today.people,
        running=where["running"],
        waiting=where["waiting"],
        asked=where["asked"],
        posting=where["posting"],
        unknown_outcomes=where["unknown"],
        held=Micros(sum(one.held for one in counts)),
        oldest_seconds=max(0, int(now.timestamp()) - oldest // 1_000_000),
        unfinished_by_platform=dict(origins),
        platforms=tuple(_configured(settings)),
        process=process,
    )


def _where(counts: Iterable[UnfinishedCount]) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in counts:
        found[_stage(State(one.state))] += one.requests
    return found


def _stage(state: State) -> str:
    """Where a request of this state stands, in the words of the figures."""
    match state:
        case State.RECEIVED | State.PRICED | State.RESERVED:
            return "waiting"
        case State.AWAITING_CONFIRMATION:
            return "asked"
        case State.SUBMITTED | State.RUNNING:
            return "running"
        case State.AMBIGUOUS:
            return "unknown"
        case State.SETTLED | State.DELIVERED | State.REFUSED | State.FAILED | State.CANCELLED:
            return "posting"


def _configured(settings: Settings) -> Iterable[str]:
    """The platforms that `run` would start."""
    if settings.discord_token:
        yield "discord"
    if settings.slack_bot_token or settings.slack_client_id:
        yield "slack"
    if settings.playground_password:
        yield "web"


async def _process(settings: Settings) -> dict[str, Any]:
    """What the process that listens on this machine says of itself; empty where none answers."""
    host = "127.0.0.1" if _everywhere(settings.host) else settings.host
    address = f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"
    try:
        async with httpx.AsyncClient(timeout=PROBE_S, trust_env=False) as client:
            body: Any = (await client.get(f"{address}/readyz")).json()
    except (httpx.HTTPError, ValueError):
        return {}
    return body if isinstance(body, dict) and "ready" in body else {}


def _everywhere(host: str) -> bool:
    """Whether that is the address of all interfaces."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return not host


def _lines(found: Standing) -> Iterable[str]:
    yield f"version    {found.version}, Python {found.python}, {found.database}"
    yield f"platforms  {', '.join(found.platforms) or 'none has credentials here'}"
    yield f"process    {_said(found.process)}"
    yield f"places     {found.places}"
    people = counted(found.people_today, "person", "people")
    requests = counted(found.requests_today, "request")
    yield f"today      {people}, {requests} (since midnight UTC)"
    yield f"running    {found.running}"
    yield f"waiting    {found.waiting}, and {found.asked} for a press on their price"
    yield f"posting    {found.posting}"
    yield f"unknown    {counted(found.unknown_outcomes, 'outcome')}"
    yield f"held       {dollars(found.held)}"
    if found.unfinished_by_platform:
        yield f"oldest     {found.oldest_seconds} s"


def _said(process: dict[str, Any]) -> str:
    if not process:
        return "none answers on this machine's HOST and PORT"
    if process["ready"]:
        return "ready"
    parts = [name for name, part in process.get("checks", {}).items() if not part.get("ok")]
    return f"not ready: {', '.join(parts)}"
