"""The gateway's request log: what a call really cost, found by the trace id that was sent with it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlsplit

from bot.core.errors.outside import GatewayError
from bot.core.ports.gateway import JobStatus, LogEntry
from bot.gateway.failures import harmless
from bot.gateway.http import Http
from bot.gateway.wire import LogPage, LogRow

PAGE = 100
FIND_PAGES = 20
LOG_PAGES = 2000
SLACK_US = 120_000_000
"""How far the gateway's clock and ours may differ, in microseconds."""
_STATUS = {
    "completed": JobStatus.COMPLETED,
    "upstream_failure": JobStatus.FAILED,
    "rejected": JobStatus.FAILED,
    "failed": JobStatus.FAILED,
    "cancelled": JobStatus.CANCELLED,
    "canceled": JobStatus.CANCELLED,
}


def entry(row: LogRow) -> LogEntry:
    """A row as the core's value; `pending`, `processing` and unknown states count as running."""
    return LogEntry(
        id=row.id,
        status=_STATUS.get(row.status.lower(), JobStatus.RUNNING),
        cost=row.cost if row.currency.lower() in {"usd", ""} else None,
        trace_id=row.trace_id,
        user=row.user,
        error_code=row.error_code,
        error_message=harmless(row.error_message),
        created_at=row.created_at or 0,
    )


async def by_id(http: Http, url: str, gateway_id: str, trace_id: str) -> LogEntry | None:
    """The row with the gateway's own id; None when it is unknown, cannot be read, or belongs to
    another call.
    """
    try:
        answer = await http.read("GET", f"{url}/{quote(gateway_id, safe='')}")
    except GatewayError:
        return None
    row = LogRow.model_validate(answer.body)
    ours = not row.trace_id or trace_id.lower() in row.trace_id.lower()
    return entry(row) if row.id and row.status and ours else None


async def find(http: Http, url: str, trace_id: str, *, since: int) -> LogEntry | None:
    """The row with this trace id, searched in at most `FIND_PAGES` pages; the log has no filter for it.

    Of several rows, one that did not fail is preferred. A page is read to its end, whatever its times.
    """
    wanted, oldest = trace_id.lower(), since - SLACK_US
    failed: list[LogEntry] = []
    async with aclosing(_pages(http, url, oldest, None, pages=FIND_PAGES)) as pages:
        async for page in pages:
            for row in page:
                if wanted not in row.trace_id.lower():
                    continue
                found = entry(row)
                if found.status != JobStatus.FAILED:
                    return found
                failed.append(found)
            if any(row.created_at is not None and row.created_at < oldest for row in page):
                break
    return max(failed, key=lambda found: found.cost or 0, default=None)


async def between(http: Http, url: str, *, since: int, until: int) -> AsyncGenerator[LogEntry]:
    """Rows from `since` to `until`, newest first."""
    async with aclosing(_pages(http, url, since, until, pages=LOG_PAGES)) as pages:
        async for page in pages:
            for row in page:
                if row.created_at is None or since <= row.created_at <= until:
                    yield entry(row)


async def _pages(
    http: Http, url: str, since: int, until: int | None, *, pages: int
) -> AsyncGenerator[list[LogRow]]:
    params = {"limit": str(PAGE), "created_after": _iso(since)}
    if until is not None:
        params["created_before"] = _iso(until)
    for _ in range(pages):
        answer = await http.read("GET", url, params=params)
        page = LogPage.model_validate(answer.body)
        yield page.data
        # Only the query of the next page is used: its host is not trusted.
        following = dict(parse_qsl(urlsplit(page.next_page_url).query))
        if not page.data or not following or following == params:
            return
        params = following


def _iso(micros: int) -> str:
    when = datetime.fromtimestamp(max(micros, 0) / 1_000_000, UTC)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")
